/** The options of `createGroup`: its types, its check, and what each target gets of them. */
import { checkOptions, isPlain, urlMistake } from '../client/check-options.js'
import type { ClientOptions, ServiceUrl } from '../client/index.js'
import { targetOf } from '../encode/index.js'
import { DeclarationError, type Mistake } from '../errors/index.js'
import type { TimeoutOptions } from '../policy/settings.js'

/** Options of one target; they win over the group's. */
export type GroupTargetOptions<T = object> = Omit<ClientOptions<T>, 'fallback'>

/** Options of {@link createGroup}: the targets, and what they have in common. */
export interface GroupOptions<T = object, Name extends string = string>
  extends Omit<ClientOptions<T>, 'url' | 'fallback'> {
  /**
   * Who is called, by names of 1 to 64 letters, digits, dots, dashes and underscores: the URL of each, or its options.
   * Policies and headers of a target are laid over the group's; of all other options the target's own counts.
   */
  readonly targets: { readonly [N in Name]: ClientOptions<T>['url'] | GroupTargetOptions<T> }
}

/** A target's options, the group's among them. */
export interface CheckedTarget<T> {
  readonly name: string
  readonly options: ClientOptions<T>
}

type Options = Readonly<Record<string, unknown>>

/** The same names as an outbox's, so that a group can become one. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

const NO_FALLBACK = 'fallback has no place in a group: what failed is in the report'

/** @throws DeclarationError that lists every mistake. */
export function checkGroup<T>(
  className: string,
  options: unknown,
  methods: readonly string[],
): CheckedTarget<T>[] {
  const where = `createGroup(${className}, options)`
  const mistakes: Mistake[] = []
  const check = (own: Options, place: string) => {
    try {
      checkOptions<T>(className, own, methods, place)
    } catch (error) {
      mistakes.push(...(error as DeclarationError).mistakes)
    }
  }
  const common = without(ownOf(options), 'targets')
  if ('url' in common) mistakes.push({ rule: 'a group has no url of its own; name it among targets', where })
  if ('fallback' in common) mistakes.push({ rule: NO_FALLBACK, where })
  check({ ...without(common, 'url', 'fallback'), url: 'http://group' }, where)

  const found: CheckedTarget<T>[] = []
  const addresses = new Map<string, string>()
  for (const [name, said] of targetsIn(options, where, mistakes)) {
    const place = `${where}, target ${JSON.stringify(name)}`
    if (!NAME.test(name)) {
      const rule =
        'the name must be 1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first'
      mistakes.push({ rule, where: place })
    }
    const own = optionsOf(said)
    if ('fallback' in own) mistakes.push({ rule: NO_FALLBACK, where: place })
    // A URL alone needs no more than this: a group may have thousands.
    if (isPlainObject(said)) check(without(own, 'fallback'), place)
    else if (typeof said !== 'function') {
      const mistake = urlMistake(said)
      if (mistake !== undefined) mistakes.push({ rule: `url ${mistake}`, where: place })
    }
    for (const address of addressesOf(own.url)) {
      const other = addresses.get(address)
      if (other === undefined) addresses.set(address, name)
      else if (other !== name)
        mistakes.push({ rule: `has the same URL as the target ${JSON.stringify(other)}`, where: place })
    }
    found.push({ name, options: laidOver(common, own) as unknown as ClientOptions<T> })
  }
  if (mistakes.length > 0) throw new DeclarationError(className, mistakes)
  return found
}

function targetsIn(options: unknown, where: string, mistakes: Mistake[]): [string, unknown][] {
  const { targets } = ownOf(options)
  if (!isPlainObject(targets)) {
    mistakes.push({ rule: 'targets must be an object of names and URLs', where })
    return []
  }
  const entries = Object.entries(targets)
  if (entries.length === 0) mistakes.push({ rule: 'a group needs at least one target', where })
  return entries
}

const isPlainObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && isPlain(value)

/** Its own members, without a prototype; none if it is no object. */
function ownOf(value: unknown): Options {
  return Object.assign(Object.create(null), typeof value === 'object' ? value : undefined)
}

function without(options: Options, ...names: readonly string[]): Options {
  return ownOf(Object.fromEntries(Object.entries(options).filter(([name]) => !names.includes(name))))
}

const optionsOf = (said: unknown): Options => (isPlainObject(said) ? ownOf(said) : ownOf({ url: said }))

/** Origin and path of each URL that is one. */
function addressesOf(url: unknown): string[] {
  const urls = (Array.isArray(url) ? url : [url]) as readonly ServiceUrl[]
  return urls
    .filter(one => typeof one !== 'function' && urlMistake(one) === undefined)
    .map(one => targetOf(one))
    .map(({ origin, prefix }) => origin + prefix)
}

/** What is laid over member by member; all else of the target's own replaces the group's. */
const POLICIES = ['timeout', 'retry', 'circuitBreaker', 'bulkhead']

function laidOver(common: Options, own: Options): Options {
  const options: Record<string, unknown> = { ...common, ...defined(own) }
  for (const name of POLICIES) {
    const laid = policyOver(name, common[name], own[name])
    if (laid !== undefined) options[name] = laid
  }
  if (isPlainObject(common.headers) && isPlainObject(own.headers)) {
    options.headers = { ...lowerCased(common.headers), ...lowerCased(own.headers) }
  }
  if (isPlainObject(common.methods) && isPlainObject(own.methods)) {
    const [far, near] = [ownOf(common.methods), ownOf(own.methods)]
    const names = new Set([...Object.keys(far), ...Object.keys(near)])
    options.methods = Object.fromEntries(
      [...names].map(name => [name, laidOver(ownOf(far[name]), ownOf(near[name]))]),
    )
  }
  return options
}

function policyOver(name: string, common: unknown, own: unknown): unknown {
  const [far, near] = name === 'timeout' ? [common, own].map(phases) : [common, own]
  if (own === undefined) return common
  return isPlainObject(far) && isPlainObject(near) ? { ...far, ...defined(ownOf(near)) } : own
}

/** A number alone is `total`. */
const phases = (timeout: unknown): unknown =>
  typeof timeout === 'number' ? ({ total: timeout } satisfies TimeoutOptions) : timeout

const defined = (options: Options): Options =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))

const lowerCased = (headers: object): Options =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
