/** The statements of the SQLite store, prepared once for a handle. */
import {
  CLAIMED_COLUMNS,
  RECORD_COLUMNS,
  type SqliteDatabase,
  type SqliteStatement,
} from './sqlite-driver.js'

const TABLE = 'guise_outbox_deliveries'

/** Whether an earlier one of its key holds back the row `d`; takes the present time. */
const IS_FIRST = `(d.order_key is null or (
  not exists (
    select 1 from ${TABLE} e where e.target = d.target and e.order_key = d.order_key
    and e.order_key is not null and e.state in ('pending', 'in-flight') and e.seq < d.seq
  ) and not exists (
    select 1 from ${TABLE} e where e.target = d.target and e.order_key = d.order_key
    and e.order_key is not null and e.state = 'dead' and e.blocks = 1 and e.seq < d.seq and e.expires_at > ?
  )))`

const OVER = '(attempts >= max_attempts or expires_at <= ?)'

/** By what they do; the values each takes stand beside it. */
const SQL = {
  /** id */
  known: `select seq, target, fingerprint from ${TABLE} where id = ?`,
  /** As {@link insertValues} gives them. */
  insert: `insert into ${TABLE} (
      id, target, method, verb, path, fingerprint, order_key, blocks, hops, state, reason, max_attempts,
      replay_attempts, most_sends, created_at, next_attempt_at, expires_at, ended_at, headers, body,
      attempts, sends, generation, fence, held
    ) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, exists (
      select 1 from ${TABLE} where target = ? and order_key = ?
      and order_key is not null and state in ('pending', 'in-flight')
    )) returning seq`,
  /** now, owner, leaseUntil, target, now, now, target, now, limit */
  claim: `update ${TABLE} set state = 'in-flight', attempts = attempts + 1, sends = sends + 1, fence = fence + 1,
      first_attempt_at = coalesce(first_attempt_at, ?), lease_owner = ?, lease_until = ?
    where seq in (
      select seq from ${TABLE} d indexed by guise_outbox_due
      where d.state = 'pending' and d.held = 0 and d.target = ? and d.next_attempt_at <= ? and d.expires_at > ?
      and d.attempts < d.max_attempts and not exists (select 1 from guise_outbox_paused where target = ?)
      and ${IS_FIRST}
      order by d.next_attempt_at, d.seq limit ?
    ) returning ${CLAIMED_COLUMNS}`,
  /** state, reason, nextAttemptAt, deliveredAt, endedAt, refund, refund, status, error, errorAt, receipt, seq, fence */
  settle: `update ${TABLE} set state = ?, reason = ?, next_attempt_at = coalesce(?, next_attempt_at), delivered_at = ?,
      ended_at = ?, attempts = attempts - ?, sends = sends - ?, last_status = coalesce(?, last_status),
      last_error = coalesce(?, last_error), last_error_at = coalesce(?, last_error_at),
      receipt = coalesce(?, receipt), lease_owner = null, lease_until = null
    where seq = ? and fence = ? and state = 'in-flight' returning seq`,
  /** now, limit */
  leasesOver: `select seq from ${TABLE} indexed by guise_outbox_leases where state = 'in-flight' and lease_until <= ? order by lease_until limit ?`,
  /** limit */
  spent: `select seq from ${TABLE} indexed by guise_outbox_spent
    where state = 'pending' and attempts >= max_attempts limit ?`,
  /** now, limit */
  expired: `select seq from ${TABLE} indexed by guise_outbox_expiry where state = 'pending' and attempts < max_attempts and expires_at <= ?
    order by expires_at limit ?`,
  /** now, now, now, now, seq */
  reap: `update ${TABLE} set
      state = case when ${OVER} then 'dead' else 'pending' end,
      reason = case when attempts >= max_attempts then 'exhausted' when expires_at <= ? then 'expired' end,
      ended_at = case when ${OVER} then ? end, lease_owner = null, lease_until = null
    where seq = ? returning ${RECORD_COLUMNS}`,
  /** id */
  find: `select ${RECORD_COLUMNS} from ${TABLE} where id = ? order by seq`,
  /** state, after, limit */
  list: `select ${RECORD_COLUMNS} from ${TABLE} where seq in (
      select seq from ${TABLE} indexed by guise_outbox_states where state = ? and seq > ? order by seq limit ?
    ) order by seq`,
  /** state, target, after, limit */
  listTarget: `select ${RECORD_COLUMNS} from ${TABLE} where seq in (
      select seq from ${TABLE} indexed by guise_outbox_states where state = ? and target = ? and seq > ? order by seq limit ?
    ) order by seq`,
  stats: `select target, state, count(*) as count, min(created_at) as oldest from ${TABLE} group by state, target`,
  paused: 'select target from guise_outbox_paused',
  /** id */
  acted: `select seq, target, state, generation from ${TABLE} where id = ? order by seq`,
  /** now, expiresAt, seq */
  replay: `update ${TABLE} set state = 'pending', reason = null, ended_at = null, attempts = 0, held = 0,
      max_attempts = replay_attempts, generation = generation + 1, next_attempt_at = ?, expires_at = ?
    where seq = ?`,
  /** now, seq */
  cancel: `update ${TABLE} set state = 'cancelled', ended_at = ? where seq = ?`,
  /** target, actor, reason, now */
  pause: `insert into guise_outbox_paused (target, actor, reason, at) values (?, ?, ?, ?) on conflict (target) do nothing`,
  /** target */
  resume: 'delete from guise_outbox_paused where target = ?',
  /** now, act, ids, target, actor, reason */
  act: 'insert into guise_outbox_acts (at, act, ids, target, actor, reason) values (?, ?, ?, ?, ?, ?)',
  /** state, before, limit */
  purge: `delete from ${TABLE} where seq in (
      select seq from ${TABLE} indexed by guise_outbox_ended where state = ? and ended_at < ? order by ended_at limit ?
    ) returning seq`,
} as const

export type SqliteStatements = { readonly [K in keyof typeof SQL]: SqliteStatement }

export function prepareStatements(db: SqliteDatabase): SqliteStatements {
  return Object.fromEntries(
    Object.entries(SQL).map(([name, sql]) => [name, db.prepare(sql)]),
  ) as unknown as SqliteStatements
}
