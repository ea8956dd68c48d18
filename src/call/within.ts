/** Bounds what is not the transport's: a URL that is looked up, a schema that is asynchronous. */
import type { Clock } from '../clock.js'
import { Failure } from '../errors/failure.js'
import { TimeoutError } from '../errors/index.js'
import { onAbort } from '../http/index.js'

export interface Bounds {
  readonly clock: Clock
  /** Milliseconds of the whole call, for the message. */
  readonly total: number
  /** On the clock's monotonic time. */
  readonly deadline: number
  readonly signal: AbortSignal | undefined
}

/** Settles as `promise` does, unless the call's deadline passes or its signal aborts before; a late result is dropped. */
export function within<T>(promise: Promise<T>, { clock, total, deadline, signal }: Bounds): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(
      () => settle(() => reject(totalTimeout(total))),
      Math.max(0, deadline - clock.now()),
    )
    const forget =
      signal === undefined ? undefined : onAbort(signal, () => settle(() => reject(signal.reason)))
    const settle = (act: () => void) => {
      clock.clearTimeout(timer)
      forget?.()
      act()
    }
    promise.then(
      value => settle(() => resolve(value)),
      error => settle(() => reject(error)),
    )
  })
}

export function totalTimeout(total: number): Failure {
  const reason = `the call took longer than ${total} ms`
  return new Failure(
    { kind: 'timeout', delivery: 'not-sent' },
    facts => new TimeoutError({ ...facts, phase: 'total', reason }),
  )
}
