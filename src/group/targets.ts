/** Who notifies whom: what a group or an outbox was told of its targets, for `targetsOf` and `npx guise map`. */

/** One way that a message can take: a method of a service's class, to one target. */
export interface TargetDeclaration {
  /** Who sends, where the guise was told; `undefined` if not. */
  readonly from?: string | undefined
  /** The declared service's name, from `@Client({ name })`, or the class's name. */
  readonly service: string
  /** Class and method: `ActivityClient.postCreated`. */
  readonly method: string
  /** The target's name, as the sender calls it. */
  readonly target: string
  /** Its base URL; several are joined by `, `. `undefined` where a function is asked for each call. */
  readonly url: string | undefined
  /** Sent while the caller waits, or recorded first and sent after. */
  readonly how: 'group' | 'outbox'
}

type Targets = () => readonly TargetDeclaration[]

/** Registered, so that a `guise` command of one copy of the package can read the guises of another. */
const TARGETS = Symbol.for('guise.targets')

/**
 * Notes whom a guise notifies.
 *
 * @param list asked whenever somebody wants to know; a guise that grows answers with what it has by then.
 */
export function declareTargets(guise: object, list: Targets): void {
  Object.defineProperty(guise, TARGETS, { value: list, configurable: true })
}

/**
 * Whom a group or an outbox notifies: one entry for each method and target.
 *
 * @param guise what `createGroup` or `createOutbox` made.
 * @throws TypeError for anything else.
 *
 * @example
 * for (const { method, target, url } of targetsOf(notifier)) console.log(method, target, url)
 */
export function targetsOf(guise: object): readonly TargetDeclaration[] {
  const list = declaredTargets(guise)
  if (list === undefined) throw new TypeError('targetsOf() takes a group or an outbox')
  return list()
}

/** The same for whatever value; `undefined` if it notifies nobody. */
export function declaredTargets(value: unknown): Targets | undefined {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined
  const own = Object.getOwnPropertyDescriptor(value, TARGETS)?.value as unknown
  return typeof own === 'function' ? (own as Targets) : undefined
}
