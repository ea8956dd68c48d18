/** What became of one call to many targets: the result of each, and the report of all. */
import { GroupError } from './group-error.js'

/** A target that took the call. */
export interface Delivered<V = unknown, Name extends string = string> {
  readonly ok: true
  readonly target: Name
  /** What the method would have resolved to. */
  readonly value: V
  /** Requests that were sent to this target. */
  readonly attempts: number
}

/** A target that the call failed at. */
export interface Failed<Name extends string = string> {
  readonly ok: false
  readonly target: Name
  /** What the method would have rejected with. */
  readonly error: unknown
  /** Requests that were sent to this target; 0: nothing was. */
  readonly attempts: number
}

/** What became of a call at one target; `ok` says which. */
export type GroupResult<V = unknown, Name extends string = string> = Delivered<V, Name> | Failed<Name>

/** What became of a call at all targets, in the order in which the group names them. */
export interface GroupReport<V = unknown, Name extends string = string> {
  readonly delivered: readonly Delivered<V, Name>[]
  readonly failed: readonly Failed<Name>[]
  /** No target failed. */
  readonly ok: boolean
  /**
   * The values by target.
   *
   * @throws GroupError if a target failed; the report is on it.
   */
  orThrow(): { readonly [N in Name]: V }
}

/**
 * A call to all targets. It has begun, whether it is awaited or not. As a promise it resolves to the report when the
 * last target is done; as an async iterable it gives each result as it comes, and waits for no other. It rejects only
 * for a bad argument, with nothing sent.
 */
export type GroupCall<V = unknown, Name extends string = string> = Promise<GroupReport<V, Name>> &
  AsyncIterable<GroupResult<V, Name>>

class Report<V, Name extends string> implements GroupReport<V, Name> {
  readonly delivered: readonly Delivered<V, Name>[]
  readonly failed: readonly Failed<Name>[]
  readonly ok: boolean
  /** For the error to name; not listed. */
  readonly #method: string
  readonly #client: string

  constructor(results: readonly GroupResult<V, Name>[], { id, client }: { id: string; client: string }) {
    this.delivered = results.filter(result => result.ok)
    this.failed = results.filter(result => !result.ok)
    this.ok = this.failed.length === 0
    this.#method = id
    this.#client = client
  }

  orThrow(): { readonly [N in Name]: V } {
    if (!this.ok) throw new GroupError(this, { client: this.#client, method: this.#method })
    const values = this.delivered.map(({ target, value }) => [target, value])
    return Object.fromEntries(values) as { readonly [N in Name]: V }
  }
}

/**
 * Gathers results that are under way.
 *
 * @param refused rejects if an argument turns out to be bad; it never resolves. `undefined` where all are known to be good.
 */
export function gather<V, Name extends string>(
  results: readonly Promise<GroupResult<V, Name>>[],
  method: { readonly id: string; readonly client: string },
  refused: Promise<never> | undefined,
): GroupCall<V, Name> {
  /** In the order in which they came. */
  const arrived: GroupResult<V, Name>[] = []
  const waiting = new Set<() => void>()
  let refusal: { readonly error: unknown } | undefined
  refused?.catch((error: unknown) => {
    refusal = { error }
  })
  const arrive = (result: GroupResult<V, Name>): GroupResult<V, Name> => {
    arrived.push(result)
    for (const wake of waiting) wake()
    waiting.clear()
    return result
  }
  const whole = Promise.all(results.map(result => result.then(arrive)))
  const report = or(refused, whole).then(all => new Report(all, method))

  async function* each(): AsyncGenerator<GroupResult<V, Name>, void, undefined> {
    for (let i = 0; i < results.length; i++) {
      if (refusal === undefined && arrived.length === i) {
        await or(refused, new Promise<void>(resolve => waiting.add(resolve)))
      }
      if (refusal !== undefined) throw refusal.error
      yield arrived[i] as GroupResult<V, Name>
    }
  }
  return iterable(report, each)
}

/** A call that is refused for a bad argument. */
export function refusedCall(
  error: unknown,
  method: { readonly id: string; readonly client: string },
): GroupCall {
  return gather([new Promise<never>(() => {})], method, Promise.reject(error))
}

const or = <T>(refused: Promise<never> | undefined, promise: Promise<T>): Promise<T> =>
  refused === undefined ? promise : Promise.race([refused, promise])

function iterable<V, Name extends string>(
  report: Promise<GroupReport<V, Name>>,
  each: () => AsyncGenerator<GroupResult<V, Name>, void, undefined>,
): GroupCall<V, Name> {
  const iterator = () => {
    // Who iterates hears of a bad argument there, and need not await the report as well.
    report.catch(() => {})
    return each()
  }
  return Object.defineProperty(report, Symbol.asyncIterator, { value: iterator }) as GroupCall<V, Name>
}
