/** Bounds what is not the transport's: a URL that is looked up, an interceptor, a schema that is asynchronous. */
import type { Clock } from '../clock.js'
import { Failure } from '../errors/failure.js'
import { type Delivery, TimeoutError, type TimeoutPhase } from '../errors/index.js'
import { onAbort } from '../http/index.js'
import { aborted } from '../policy/attempt.js'

export interface Bounds<T> {
  readonly clock: Clock
  /** On the clock's monotonic time. */
  readonly deadline: number
  readonly signal: AbortSignal | undefined
  /** What it fails with when the deadline passes. */
  readonly late: () => Failure
  /** Takes a result that comes too late. */
  readonly dropped?: (value: T) => void
}

/** Settles as `promise` does, unless the deadline passes or the signal aborts before; a late result is dropped. */
export function within<T>(
  promise: Promise<T>,
  { clock, deadline, signal, late, dropped = () => {} }: Bounds<T>,
): Promise<T> {
  if (signal?.aborted) {
    promise.then(dropped, () => {})
    return Promise.reject(aborted(signal, 'unknown'))
  }
  return new Promise((resolve, reject) => {
    let over = false
    const settle = (act: () => void): void => {
      over = true
      clock.clearTimeout(timer)
      forget?.()
      act()
    }
    const timer = clock.setTimeout(() => settle(() => reject(late())), Math.max(0, deadline - clock.now()))
    const forget =
      signal === undefined
        ? undefined
        : onAbort(signal, () => settle(() => reject(aborted(signal, 'unknown'))))
    promise.then(
      value => (over ? dropped(value) : settle(() => resolve(value))),
      error => settle(() => reject(error)),
    )
  })
}

/** A deadline that passed outside of the transport. Only where a request is under way may the service be to blame. */
export function lateFailure(phase: TimeoutPhase, milliseconds: number, delivery: Delivery): Failure {
  const local = delivery !== 'unknown'
  const what = phase === 'total' ? 'the call' : 'the attempt'
  const took = `${what} took longer than ${Math.round(milliseconds)} ms`
  const reason = milliseconds > 0 ? took : 'no time was left for the call'
  return new Failure(
    { kind: 'timeout', delivery, local },
    facts => new TimeoutError({ ...facts, phase, reason }),
  )
}
