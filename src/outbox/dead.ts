/** Runs the user's handler of dead deliveries: once for each, bounded, and unable to notify. */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Clock } from '../clock.js'
import { publish } from './events.js'
import type { DeliveryRecord } from './store.js'

/** Milliseconds that a handler may take. */
const LIMIT = 5_000

const handling = new AsyncLocalStorage<true>()

/** Whether this code runs on behalf of a handler of dead deliveries. */
export const insideDeadHandler = (): boolean => handling.getStore() === true

export class DeadHandler {
  readonly #handle: ((dead: DeliveryRecord) => unknown) | undefined
  readonly #clock: Clock
  readonly #running = new Set<Promise<void>>()
  /** How many handlers threw or took too long. */
  failures = 0

  constructor(handle: ((dead: DeliveryRecord) => unknown) | undefined, clock: Clock) {
    this.#handle = handle
    this.#clock = clock
  }

  tell(dead: DeliveryRecord): void {
    const { id, target, attempts, reason, lastError } = dead
    publish(() => ({ type: 'dead', id, target, attempts, reason: reason ?? 'corrupt', error: lastError }))
    if (this.#handle === undefined) return
    const handle = this.#handle
    const handled = handling.run(true, async () => handle(dead))
    const run = this.#bounded(handled).then(
      () => {},
      () => {
        this.failures++
        publish(() => ({ type: 'dead-handler-failed', id, target }))
      },
    )
    this.#running.add(run)
    void run.finally(() => this.#running.delete(run))
  }

  /** Settles when no handler runs any more. */
  async idle(): Promise<void> {
    await Promise.all(this.#running)
  }

  #bounded(handled: Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timer = this.#clock.setTimeout(() => reject(new Error('onDead took too long')), LIMIT)
      handled.then(resolve, reject).finally(() => this.#clock.clearTimeout(timer))
    })
  }
}
