/** What an outbox publishes on the diagnostics channel `guise:outbox`; nothing is made where nobody listens. */
import { channel } from 'node:diagnostics_channel'
import type { DeadReason } from './store.js'

/** One event. It names messages and targets; it holds no path, header or body. */
export type OutboxEvent =
  | { readonly type: 'recorded'; readonly id: string; readonly targets: readonly string[] }
  | { readonly type: 'delivered'; readonly id: string; readonly target: string; readonly attempts: number }
  /** An attempt failed, and there will be another. */
  | {
      readonly type: 'retry'
      readonly id: string
      readonly target: string
      readonly attempts: number
      readonly error: string
      readonly nextAttemptAt: number
    }
  /** Nothing was sent, and no attempt was used: an open circuit, a spent budget, a route that this process has not. */
  | { readonly type: 'deferred'; readonly id: string; readonly target: string; readonly error: string }
  | {
      readonly type: 'dead'
      readonly id: string
      readonly target: string
      readonly attempts: number
      readonly reason: DeadReason
      readonly error: string | null
    }
  /** The target, or the way to it, looks wrongly configured: 401, 403, 404, 3xx, a certificate. */
  | { readonly type: 'config-error'; readonly id: string; readonly target: string; readonly error: string }
  | { readonly type: 'parked'; readonly target: string; readonly status: number }
  /** `onDead` threw, or took too long. */
  | { readonly type: 'dead-handler-failed'; readonly id: string; readonly target: string }
  /** The store did not do what it was asked; the worker tries again. */
  | { readonly type: 'store-failed'; readonly operation: string; readonly error: unknown }

const outbox = channel('guise:outbox')

/** @param make is called only if somebody listens. */
export function publish(make: () => OutboxEvent): void {
  if (outbox.hasSubscribers) outbox.publish(make())
}
