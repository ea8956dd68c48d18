/** What a request that is being served hands on to the calls made for it: headers, the time left, a way back. */
import { AsyncLocalStorage } from 'node:async_hooks'

/** Carried by AsyncLocalStorage through everything that is awaited. */
export interface Context {
  /** Headers of the request being served, by names in lower case. A client sends those that its `forward` lists. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Calls end by then, in milliseconds of `performance.now()`; `undefined`: no limit from outside. */
  readonly deadline: number | undefined
  /** Takes the response headers that a client's `handBack` lists. */
  readonly handBack: (name: string, value: string | string[]) => void
  /** How many services a notification has gone through to get here; what an outbox records goes on with it. */
  readonly hops: number
}

/** Made when a context is first entered: until then, a call has nothing to look up. */
let storage: AsyncLocalStorage<Context> | undefined

/** The context of the request being served, if there is one. */
export function currentContext(): Context | undefined {
  return storage?.getStore()
}

/** Runs a function in no context: what works in the background serves no request, whoever started it. */
export function withoutContext<T>(run: () => T): T {
  return storage === undefined ? run() : storage.exit(run)
}

/** What a context is made of. */
export interface ContextOptions {
  /** Headers to hand on, as Node gives those of an incoming request. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Milliseconds from now in which all calls have to end. A context within a context cannot extend it. */
  readonly timeout?: number
  /** Takes response headers that are to go back. */
  readonly handBack?: (name: string, value: string | string[]) => void
  /** How many services the notification being handled has gone through. Default: 0. */
  readonly hops?: number
}

/**
 * Runs a function in a context: calls made in it, however deep, forward its headers and keep its deadline.
 *
 * @param options what is not given is inherited from the context around it.
 * @throws RangeError if `timeout` is no positive number.
 *
 * @example
 * await runInContext({ headers: request.headers, timeout: 2_000 }, () => members.byId(7))
 */
export function runInContext<T>(options: ContextOptions, run: () => T): T {
  const outer = currentContext()
  const own: ContextOptions = Object.assign(Object.create(null), options)
  const {
    headers = outer?.headers ?? {},
    timeout,
    handBack = outer?.handBack ?? (() => {}),
    hops = outer?.hops ?? 0,
  } = own
  checkTimeout(timeout)
  const ends = timeout === undefined ? Number.POSITIVE_INFINITY : performance.now() + timeout
  const deadline = Math.min(ends, outer?.deadline ?? Number.POSITIVE_INFINITY)
  storage ??= new AsyncLocalStorage()
  return storage.run(
    { headers, deadline: deadline === Number.POSITIVE_INFINITY ? undefined : deadline, handBack, hops },
    run,
  )
}

/** @throws RangeError if `timeout` is no positive number. */
export function checkTimeout(timeout: number | undefined): void {
  if (timeout !== undefined && !(timeout > 0))
    throw new RangeError('timeout must be a positive number of milliseconds')
}
