/** Bounds what is not the transport's: a URL that is looked up, an interceptor, a schema that is asynchronous. */
import type { Clock } from '../clock.js'
import { Failure } from '../errors/failure.js'
import { TimeoutError, type TimeoutPhase } from '../errors/index.js'
import { onAbort } from '../http/index.js'
import { aborted } from '../policy/attempt.js'

export interface Bounds {
  readonly clock: Clock
  /** On the clock's monotonic time. */
  readonly deadline: number
  readonly signal: AbortSignal | undefined
  /** What it fails with when the deadline passes. */
  readonly late: () => Failure
}

/** Settles as `promise` does, unless the deadline passes or the signal aborts before; a late result is dropped. */
export function within<T>(promise: Promise<T>, { clock, deadline, signal, late }: Bounds): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      clock.clearTimeout(timer)
      forget?.()
      act()
    }
    const timer = clock.setTimeout(() => settle(() => reject(late())), Math.max(0, deadline - clock.now()))
    const forget =
      signal === undefined ? undefined : onAbort(signal, () => settle(() => reject(aborted(signal, 'unknown'))))
    promise.then(
      value => settle(() => resolve(value)),
      error => settle(() => reject(error)),
    )
  })
}

/** A deadline that passed outside of the transport. */
export function lateFailure(phase: TimeoutPhase, milliseconds: number, delivery: 'not-sent' | 'unknown'): Failure {
  const what = phase === 'total' ? 'the call' : 'the attempt'
  const reason = `${what} took longer than ${Math.round(milliseconds)} ms`
  return new Failure({ kind: 'timeout', delivery }, facts => new TimeoutError({ ...facts, phase, reason }))
}
