/** Where deliveries go, as the worker sees it: by name, with what is under way and until when it is left alone. */
import type { Clock } from '../clock.js'
import { RetryBudget } from '../policy/retry-budget.js'
import type { ClaimedDelivery } from './store.js'
import type { Attempted } from './verdict.js'

/** What sending needs besides the message. */
export interface SendContext {
  readonly clock: Clock
  /** From 0 to 1. */
  readonly random: () => number
  /** Aborts when the worker is closed. */
  readonly signal: AbortSignal
}

/** A way to deliver messages of one kind. */
export interface DeliveryRoute {
  /** Milliseconds that `send` takes at the most. */
  readonly attemptTimeout: number
  /** Milliseconds before each attempt. */
  readonly schedule: readonly number[]
  /** Statuses that stop all deliveries to the target. */
  readonly parkOn: readonly number[]
  /** One attempt; never rejects. `headers`: as recorded, names and values in turn. */
  send(delivery: ClaimedDelivery, headers: readonly string[], context: SendContext): Promise<Attempted>
}

export class Target {
  readonly name: string
  /** Retries beyond it wait. */
  readonly budget: RetryBudget
  /** Attempts at the same time. */
  concurrency = 1
  /** Milliseconds that a claim is kept: it outlives any attempt that is made under it. */
  lease = 0
  inFlight = 0
  /** On the monotonic clock. */
  restUntil = 0
  readonly #routes = new Map<string, DeliveryRoute>()

  constructor(name: string, clock: Clock) {
    this.name = name
    this.budget = new RetryBudget({}, clock)
  }

  /** @param method class and method, as it stands in the store. */
  add(method: string, concurrency: number, route: DeliveryRoute): void {
    this.#routes.set(method, route)
    this.concurrency = Math.max(this.concurrency, concurrency)
    this.lease = Math.max(this.lease, 2 * route.attemptTimeout + 5_000)
  }

  route(method: string): DeliveryRoute | undefined {
    return this.#routes.get(method)
  }
}
