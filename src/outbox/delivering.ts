/** One claimed delivery: looked at, sent, judged, and its outcome written down. */
import type { Clock } from '../clock.js'
import { classify } from '../policy/classify.js'
import { Batch } from './batch.js'
import type { DeadHandler } from './dead.js'
import { publish } from './events.js'
import { headersOf } from './fingerprint.js'
import type { ClaimedDelivery, DeliveryRecord, OutboxStore, Settlement } from './store.js'
import type { DeliveryRoute, Target } from './target.js'
import { type Attempted, deadUnsent, deferred, type Verdict, verdictOf } from './verdict.js'

/** Settlements of one write. */
const WRITE = 500
/** Milliseconds. */
const UNKNOWN_ROUTE_WAIT = 30_000
const BUDGET_WAIT = 1_000
const FIRST_STORE_WAIT = 100
const LONGEST_STORE_WAIT = 5_000

export interface DeliveringParts {
  readonly store: OutboxStore<unknown>
  readonly clock: Clock
  readonly dead: DeadHandler
  readonly random: () => number
  /** Aborts when the worker is closed and has waited long enough. */
  readonly stop: AbortSignal
}

export class Delivering {
  readonly #parts: DeliveringParts
  readonly #settlements: Batch<Settlement, boolean>

  constructor(parts: DeliveringParts) {
    this.#parts = parts
    this.#settlements = new Batch(settlements => parts.store.settle(settlements), { most: WRITE })
  }

  /** Never rejects: what cannot be written down is left to its lease, which ends. */
  async deliver(
    delivery: ClaimedDelivery,
    target: Target,
    claimedAt: number,
    sent: () => void,
  ): Promise<void> {
    const { clock } = this.#parts
    const leaseEnds = claimedAt + target.lease
    const route = target.route(delivery.method)
    const unsent = this.#unsent(delivery, target, route, leaseEnds)
    if (unsent === 'late') return
    if (unsent !== undefined || route === undefined) {
      if (unsent !== undefined) await this.#settle(delivery, unsent, leaseEnds)
      return
    }
    const headers = headersOf(delivery)
    if (headers === undefined) {
      await this.#settle(delivery, deadUnsent(clock.wallNow(), 'corrupt'), leaseEnds)
      return
    }
    const { random, stop: signal } = this.#parts
    const attempted = await route.send(delivery, headers, { clock, random, signal })
    const verdict = verdictOf(attempted, delivery, route.schedule, clock.wallNow(), random)
    this.#tell(target, delivery, attempted, verdict)
    if (route.parkOn.includes(attempted.status ?? 0)) await this.#park(target, attempted)
    sent()
    await this.#settle(delivery, verdict, leaseEnds)
  }

  /** Why it is not sent now; `late`: whoever gets the lease next shall decide. */
  #unsent(
    { method, expiresAt, attempts }: ClaimedDelivery,
    target: Target,
    route: DeliveryRoute | undefined,
    leaseEnds: number,
  ): Verdict | 'late' | undefined {
    const { clock, random } = this.#parts
    const now = clock.now()
    const wall = clock.wallNow()
    if (wall >= expiresAt) return deadUnsent(wall, 'expired')
    // An older or a newer version of this process knows it.
    if (route === undefined) return deferred(wall, UNKNOWN_ROUTE_WAIT, `unknown route ${method}`, expiresAt)
    if (target.restUntil > now) return deferred(wall, target.restUntil - now, 'circuit-open', expiresAt)
    if (leaseEnds - now <= route.attemptTimeout) return 'late'
    target.budget.deposit()
    if (attempts > 1 && !target.budget.withdraw())
      return deferred(wall, BUDGET_WAIT * (1 + random()), 'retry budget spent', expiresAt)
    return undefined
  }

  /** What an attempt tells of the target, and those who listen of the attempt. */
  #tell(target: Target, { id, attempts }: ClaimedDelivery, { failure }: Attempted, verdict: Verdict): void {
    const { clock } = this.#parts
    const { name } = target
    if (failure === undefined) {
      target.restUntil = 0
      return
    }
    const error = verdict.error ?? failure.kind
    if (failure.kind === 'circuit-open')
      target.restUntil = clock.now() + Math.max(BUDGET_WAIT, failure.retryAfter ?? 0)
    if (classify(failure) === 'suspect') publish(() => ({ type: 'config-error', id, target: name, error }))
    if (verdict.state !== 'pending') return
    const { refund, nextAttemptAt } = verdict
    publish(() =>
      refund
        ? { type: 'deferred', id, target: name, error }
        : { type: 'retry', id, target: name, attempts, error, nextAttemptAt: nextAttemptAt ?? 0 },
    )
  }

  async #park({ name }: Target, { status }: Attempted): Promise<void> {
    const { store, clock } = this.#parts
    const act = { actor: 'guise', reason: `the target answered ${status}`, now: clock.wallNow() }
    try {
      await store.pause(name, act)
      publish(() => ({ type: 'parked', target: name, status: status ?? 0 }))
    } catch (error) {
      publish(() => ({ type: 'store-failed', operation: 'pause', error }))
    }
  }

  /** Written again and again while the lease lasts: what is not written down is sent once more. */
  async #settle(delivery: ClaimedDelivery, verdict: Verdict, leaseEnds: number): Promise<void> {
    const { clock, stop } = this.#parts
    const { seq, fence } = delivery
    for (let wait = FIRST_STORE_WAIT; ; wait = Math.min(LONGEST_STORE_WAIT, wait * 2)) {
      try {
        if (await this.#settlements.add({ seq, fence, ...verdict })) this.#settled(delivery, verdict)
        return
      } catch (error) {
        publish(() => ({ type: 'store-failed', operation: 'settle', error }))
        if (clock.now() + wait >= leaseEnds || stop.aborted) return
        await new Promise<void>(resolve => clock.setTimeout(resolve, wait))
      }
    }
  }

  #settled(delivery: ClaimedDelivery, verdict: Verdict): void {
    const { id, target, attempts } = delivery
    if (verdict.state === 'delivered') publish(() => ({ type: 'delivered', id, target, attempts }))
    if (verdict.state === 'dead') this.#parts.dead.tell(deadRecord(delivery, verdict))
  }
}

/** The row as it is in the store now. */
function deadRecord(
  delivery: ClaimedDelivery,
  { reason, refund, status, error, now }: Verdict,
): DeliveryRecord {
  const { headers: _headers, body: _body, fingerprint: _fingerprint, ...record } = delivery
  const used = refund ? 1 : 0
  return {
    ...record,
    state: 'dead',
    reason,
    attempts: record.attempts - used,
    sends: record.sends - used,
    lastStatus: status ?? record.lastStatus,
    lastError: error,
    lastErrorAt: now,
    leaseOwner: null,
    leaseUntil: null,
  }
}
