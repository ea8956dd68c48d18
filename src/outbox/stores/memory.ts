/** The store that keeps deliveries in this process's memory: for tests, and for what may be lost. */
import { StoreError } from '../../errors/outbox-errors.js'
import {
  type ActResult,
  type Claim,
  type ClaimedDelivery,
  type DeadReason,
  type DeliveryRecord,
  type ListQuery,
  MOST_GENERATIONS,
  type NewDelivery,
  type OperatorAct,
  type OutboxStore,
  type Recorded,
  type Replay,
  type Settlement,
  type TargetStats,
} from '../store.js'
import { checkDeliveries, checkSettlements } from './fit.js'
import { claimedOf, hasEnded, type Row, Rows } from './memory-rows.js'
import { recordById } from './record-by-id.js'

/**
 * A store in memory. It is **not durable**: all that it holds is lost when the process ends, and no other process sees
 * it. For tests, and for notifications that may be lost with their sender. It holds what is recorded until `purge`.
 *
 * @returns a store of its own, empty; call `open()` before use, as an outbox does.
 *
 * @example
 * const outbox = createOutbox({ store: memoryStore() })
 */
export function memoryStore(): OutboxStore {
  return new MemoryStore()
}

class MemoryStore implements OutboxStore {
  #state: 'new' | 'open' | 'closed' = 'new'
  readonly #rows = new Rows()
  readonly #paused = new Set<string>()

  async open(): Promise<void> {
    if (this.#state === 'closed') throw new StoreError('open: the store was closed; make a new one')
    this.#state = 'open'
  }

  async close(): Promise<void> {
    this.#state = 'closed'
  }

  async record(deliveries: readonly NewDelivery[], tx?: never): Promise<Recorded[]> {
    this.#check('record')
    if (tx !== undefined)
      throw new StoreError('record: a store in memory has no transactions; nothing was recorded')
    checkDeliveries(deliveries)
    const rows = this.#rows
    return recordById(
      deliveries,
      id => (rows.byId.get(id) ?? []).map(({ record, fingerprint }) => ({ ...record, fingerprint })),
      delivery => rows.add(delivery).record.seq,
    )
  }

  async claim({ owner, now, targets }: Claim): Promise<ClaimedDelivery[]> {
    this.#check('claim')
    return targets.flatMap(({ target, limit, leaseUntil }) => {
      if (this.#paused.has(target)) return []
      return this.#rows.take(target, now, limit).map(row => {
        const { record } = row
        record.state = 'in-flight'
        record.attempts++
        record.sends++
        record.fence++
        record.firstAttemptAt ??= now
        record.leaseOwner = owner
        record.leaseUntil = leaseUntil
        this.#rows.moved(row)
        return claimedOf(row)
      })
    })
  }

  async settle(settlements: readonly Settlement[]): Promise<boolean[]> {
    this.#check('settle')
    checkSettlements(settlements)
    return settlements.map(
      ({ seq, fence, now, state, reason, nextAttemptAt, refund, status, error, receipt }) => {
        const row = this.#rows.bySeq.get(seq)
        if (row?.record.state !== 'in-flight' || row.record.fence !== fence) return false
        const { record } = row
        if (refund) {
          record.attempts--
          record.sends--
        }
        record.nextAttemptAt = nextAttemptAt ?? record.nextAttemptAt
        record.deliveredAt = state === 'delivered' ? now : null
        record.lastStatus = status ?? record.lastStatus
        record.lastError = error ?? record.lastError
        record.lastErrorAt = error === null ? record.lastErrorAt : now
        record.receipt = receipt ?? record.receipt
        this.#end(row, state, reason, now)
        return true
      },
    )
  }

  async reap(now: number, limit: number): Promise<DeliveryRecord[]> {
    this.#check('reap')
    const over = [...this.#rows.inFlight].filter(({ record }) => (record.leaseUntil ?? 0) <= now)
    const rows = new Set([...over, ...this.#rows.spent].slice(0, limit))
    for (const row of this.#rows.expired(now, limit - rows.size)) rows.add(row)
    for (const row of rows) {
      const { record } = row
      if (record.attempts >= record.maxAttempts) this.#end(row, 'dead', 'exhausted', now)
      else if (record.expiresAt <= now) this.#end(row, 'dead', 'expired', now)
      else this.#end(row, 'pending', null, now)
    }
    return [...rows].filter(({ record }) => record.state === 'dead').map(copy)
  }

  async find(id: string): Promise<DeliveryRecord[]> {
    this.#check('find')
    return (this.#rows.byId.get(id) ?? []).map(copy)
  }

  async list({ state, target, after = 0, limit }: ListQuery): Promise<DeliveryRecord[]> {
    this.#check('list')
    const listed: DeliveryRecord[] = []
    for (const row of this.#rows.bySeq.values()) {
      if (listed.length >= limit) break
      const { record } = row
      if (record.seq > after && record.state === state && (target ?? record.target) === record.target)
        listed.push(copy(row))
    }
    return listed
  }

  async stats(): Promise<TargetStats[]> {
    this.#check('stats')
    const all = new Map<string, Counts>()
    for (const target of this.#paused) all.set(target, none())
    for (const { record } of this.#rows.bySeq.values()) {
      const counts = all.get(record.target) ?? none()
      all.set(record.target, counts)
      counts[record.state === 'in-flight' ? 'inFlight' : record.state]++
      if (record.state === 'pending')
        counts.oldestPendingAt = Math.min(record.createdAt, counts.oldestPendingAt ?? record.createdAt)
    }
    return [...all].map(([target, counts]) => ({ target, ...counts, paused: this.#paused.has(target) }))
  }

  async replay(replay: Replay): Promise<ActResult[]> {
    this.#check('replay')
    return this.#act(replay, row => {
      const { record } = row
      if (record.state !== 'dead') return 'unfit'
      if (record.generation >= MOST_GENERATIONS) return 'used-up'
      record.attempts = 0
      record.maxAttempts = row.replayAttempts
      record.generation++
      record.nextAttemptAt = replay.now
      record.expiresAt = replay.expiresAt
      this.#end(row, 'pending', null, replay.now)
      return 'done'
    })
  }

  async cancel(act: OperatorAct): Promise<ActResult[]> {
    this.#check('cancel')
    return this.#act(act, row => {
      if (row.record.state !== 'pending') return 'unfit'
      this.#end(row, 'cancelled', null, act.now)
      return 'done'
    })
  }

  async pause(target: string): Promise<void> {
    this.#check('pause')
    this.#paused.add(target)
  }

  async resume(target: string): Promise<void> {
    this.#check('resume')
    this.#paused.delete(target)
  }

  async purge(before: { readonly done: number; readonly dead: number }, limit: number): Promise<number> {
    this.#check('purge')
    const old: Row[] = []
    for (const row of this.#rows.bySeq.values()) {
      if (old.length >= limit) break
      if (row.endedAt !== null && row.endedAt < (row.record.state === 'dead' ? before.dead : before.done))
        old.push(row)
    }
    if (old.length > 0) this.#rows.remove(old)
    return old.length
  }

  /** Ends what was under way with a row; its new state says what is to be done with it. */
  #end(row: Row, state: DeliveryRecord['state'], reason: DeadReason | null, now: number): void {
    const { record } = row
    record.state = state
    record.reason = reason
    record.leaseOwner = null
    record.leaseUntil = null
    row.endedAt = hasEnded(state) ? now : null
    this.#rows.moved(row)
  }

  #act({ ids, target }: OperatorAct, act: (row: Row) => ActResult['outcome']): ActResult[] {
    return [...new Set(ids)].flatMap(id =>
      (this.#rows.byId.get(id) ?? [])
        .filter(({ record }) => (target ?? record.target) === record.target)
        .map(row => ({ id, target: row.record.target, outcome: act(row) })),
    )
  }

  #check(operation: string): void {
    if (this.#state === 'open') return
    const why = this.#state === 'new' ? 'is not open; call open() first' : 'was closed'
    throw new StoreError(`${operation}: the store ${why}; nothing was done`)
  }
}

type Counts = { -readonly [K in Exclude<keyof TargetStats, 'target' | 'paused'>]: TargetStats[K] }

const none = (): Counts => ({
  pending: 0,
  inFlight: 0,
  delivered: 0,
  dead: 0,
  cancelled: 0,
  oldestPendingAt: null,
})

const copy = ({ record }: Row): DeliveryRecord => ({ ...record })
