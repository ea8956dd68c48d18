/** A call as policies see it, and the shape of a policy: (attempt) -> (attempt). */
import type { Clock } from '../clock.js'
import { Failure } from '../errors/failure.js'
import { onAbort } from '../http/index.js'
import type { Address } from './addresses.js'
import type { Repeatable } from './classify.js'

/** Counts attempts; each says itself how it ended, since a `then` around it would cost every call a promise. */
export interface Counter {
  succeeded(): void
  /** Resolves when it is counted. */
  failed(failure: Failure, call: Call): Promise<void>
}

/** One logical call: it may become several attempts. */
export interface Call extends Repeatable {
  readonly clock: Clock
  /** When the present attempt began, on the clock's monotonic time: read once for all that want to know. */
  now: number
  /** On the clock's monotonic time. */
  readonly deadline: number
  /** The total timeout, for messages. */
  readonly total: number
  readonly signal: AbortSignal | undefined
  /** The request's body can be sent more than once. */
  readonly replayable: boolean
  /** How many requests were sent. */
  attempts: number
  /** Where the next attempt goes. */
  address: Address
  /** The service has other addresses, so that a retry can go elsewhere. */
  readonly hasOthers: boolean
  /** The circuit breaker of the address was open when the last attempt had ended. */
  circuitOpen: boolean
  /** The circuit that wants to know how the attempt ends, if any. */
  circuit?: Counter | undefined
}

/** What becomes of a call after a failed attempt: its value, or its error. */
export type Otherwise = (failure: Failure, call: Call) => unknown

/**
 * Sends a call once more; rejects with a `Failure`, always, or settles as `otherwise` says. That is what `.catch` would
 * do; handed down instead, it costs a call that succeeds no promise: 3 % of its CPU, and 150 B.
 */
export type Attempt = (call: Call, otherwise?: Otherwise) => Promise<unknown>

/** For a policy that has to wait for the end of an attempt itself. */
export const caught = (
  attempt: Promise<unknown>,
  call: Call,
  otherwise: Otherwise | undefined,
): Promise<unknown> =>
  otherwise === undefined ? attempt : attempt.catch(failure => otherwise(failure, call))

/**
 * For an attempt that is refused at once. `otherwise` is called later all the same: the stack of the error that it makes
 * would begin so deep in guise that it did not reach the caller.
 */
export const failed = (failure: Failure, call: Call, otherwise: Otherwise | undefined): Promise<unknown> =>
  caught(Promise.reject(failure), call, otherwise)

/** The caller's abort: the signal's own reason, untouched. */
export const aborted = (signal: AbortSignal, delivery: 'not-sent' | 'unknown' = 'not-sent'): Failure =>
  new Failure({ kind: 'aborted', delivery }, () => signal.reason)

/** Waits, unless the caller's signal ends it. */
export async function wait(milliseconds: number, { clock, signal }: Call): Promise<void> {
  if (signal?.aborted) throw aborted(signal)
  if (milliseconds === 0) return
  await new Promise<void>((resolve, reject) => {
    const timer = clock.setTimeout(() => {
      forget?.()
      resolve()
    }, milliseconds)
    const forget =
      signal === undefined
        ? undefined
        : onAbort(signal, () => {
            clock.clearTimeout(timer)
            reject(aborted(signal))
          })
  })
}
