/** What PostgreSQL gives back, as records; and lists of rows as lists of columns. */
import {
  type ActResult,
  type ClaimedDelivery,
  type DeadReason,
  type DeliveryRecord,
  type DeliveryState,
  MOST_GENERATIONS,
  type Settlement,
  type TargetStats,
} from '../store.js'

/** A `bigint` as the driver reads it: text, or whatever parser the user has set for all of it. */
type Big = string | number | bigint

/** A row of `RECORD`. */
export interface RecordRow {
  readonly seq: Big
  readonly id: string
  readonly target: string
  readonly method: string
  readonly verb: string
  readonly path: string
  readonly order_key: string | null
  readonly hops: number
  readonly state: DeliveryState
  readonly reason: DeadReason | null
  readonly attempts: number
  readonly max_attempts: number
  readonly sends: number
  readonly generation: number
  readonly created_at: Big
  readonly next_attempt_at: Big
  readonly expires_at: Big
  readonly first_attempt_at: Big | null
  readonly delivered_at: Big | null
  readonly last_status: number | null
  readonly last_error: string | null
  readonly last_error_at: Big | null
  readonly lease_owner: string | null
  readonly lease_until: Big | null
  readonly fence: Big
  readonly receipt: string | null
}

export interface ClaimedRow extends RecordRow {
  readonly headers: string
  readonly body: Uint8Array | null
  readonly fingerprint: string
}

/** Times and sequence numbers stay far below 2^53. */
const orNull = (value: Big | null): number | null => (value === null ? null : Number(value))

export function recordOf(row: RecordRow): DeliveryRecord {
  return {
    seq: Number(row.seq),
    id: row.id,
    target: row.target,
    method: row.method,
    verb: row.verb,
    path: row.path,
    orderKey: row.order_key,
    hops: row.hops,
    state: row.state,
    reason: row.reason,
    attempts: row.attempts,
    maxAttempts: row.max_attempts,
    sends: row.sends,
    generation: row.generation,
    createdAt: Number(row.created_at),
    nextAttemptAt: Number(row.next_attempt_at),
    expiresAt: Number(row.expires_at),
    firstAttemptAt: orNull(row.first_attempt_at),
    deliveredAt: orNull(row.delivered_at),
    lastStatus: row.last_status,
    lastError: row.last_error,
    lastErrorAt: orNull(row.last_error_at),
    leaseOwner: row.lease_owner,
    leaseUntil: orNull(row.lease_until),
    fence: Number(row.fence),
    receipt: row.receipt,
  }
}

export function claimedOf(row: ClaimedRow): ClaimedDelivery {
  return { ...recordOf(row), headers: row.headers, body: row.body, fingerprint: row.fingerprint }
}

/** One list for each column, as `unnest` takes them. */
export function columns<Row>(rows: readonly Row[], read: readonly ((row: Row) => unknown)[]): unknown[][] {
  return read.map(column => rows.map(column))
}

export function settlementColumns(settlements: readonly Settlement[]): unknown[][] {
  return columns(settlements, [
    s => s.seq,
    s => s.fence,
    s => s.now,
    s => s.state,
    s => s.reason,
    s => s.nextAttemptAt,
    s => s.refund,
    s => s.status,
    s => s.error,
    s => s.receipt,
  ])
}

/** A row of the statement `stats`. */
export interface StatsRow {
  readonly target: string
  readonly pending: Big
  readonly in_flight: Big
  readonly delivered: Big
  readonly dead: Big
  readonly cancelled: Big
  readonly oldest_pending_at: Big | null
  readonly paused: boolean
}

export function statsOf(row: StatsRow): TargetStats {
  return {
    target: row.target,
    pending: Number(row.pending),
    inFlight: Number(row.in_flight),
    delivered: Number(row.delivered),
    dead: Number(row.dead),
    cancelled: Number(row.cancelled),
    oldestPendingAt: orNull(row.oldest_pending_at),
    paused: row.paused,
  }
}

/** A row of the statement `meant`. */
export interface MeantRow {
  readonly seq: Big
  readonly id: string
  readonly target: string
  readonly state: DeliveryState
  readonly generation: number
}

/** What an operator's act does to a row. */
export function outcomeOf(kind: 'replay' | 'cancel', { state, generation }: MeantRow): ActResult['outcome'] {
  if (state !== (kind === 'replay' ? 'dead' : 'pending')) return 'unfit'
  return kind === 'replay' && generation >= MOST_GENERATIONS ? 'used-up' : 'done'
}
