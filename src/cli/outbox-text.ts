/** Deliveries and their counts, as a person reads them; headers and bodies never, a path without its query. */
import type { DeliveryRecord, TargetStats } from '../outbox/store.js'
import { duration, printable, table } from './text.js'

export function statsTable(all: readonly TargetStats[], now: number): string {
  if (all.length === 0) return 'nothing is recorded\n'
  const names = [
    'TARGET',
    'PENDING',
    'IN FLIGHT',
    'DELIVERED',
    'DEAD',
    'CANCELLED',
    'OLDEST PENDING',
    'PAUSED',
  ]
  const rows = all.map(one => [
    one.target,
    one.pending,
    one.inFlight,
    one.delivered,
    one.dead,
    one.cancelled,
    one.oldestPendingAt === null ? null : duration(now - one.oldestPendingAt),
    one.paused ? 'yes' : null,
  ])
  return `${table(names, rows)}\n`
}

export function deadTable(rows: readonly DeliveryRecord[], now: number): string {
  if (rows.length === 0) return 'no delivery is dead\n'
  const names = ['SEQ', 'ID', 'TARGET', 'METHOD', 'REASON', 'SENT', 'REPLAYS', 'STATUS', 'ERROR', 'RECORDED']
  const cells = rows.map(row => [
    row.seq,
    row.id,
    row.target,
    row.method,
    row.reason,
    row.sends,
    row.generation,
    row.lastStatus,
    row.lastError,
    `${duration(now - row.createdAt)} ago`,
  ])
  return `${table(names, cells)}\n`
}

export function describeDelivery(row: DeliveryRecord, now: number): string {
  const ago = (at: number | null) => (at === null ? undefined : `${duration(now - at)} ago`)
  const until = (at: number) => (at > now ? `in ${duration(at - now)}` : ago(at))
  const waiting = row.state === 'pending'
  const lines: readonly (readonly [string, string | number | null | undefined])[] = [
    ['id', row.id],
    ['target', row.target],
    ['state', row.reason === null ? row.state : `${row.state} (${row.reason})`],
    ['request', `${row.method}, ${row.verb} ${withoutQuery(row).path || '/'}`],
    ['attempts', `${row.attempts} of ${row.maxAttempts}`],
    ['sent', `${row.sends} in all, replayed ${row.generation} times`],
    ['recorded', `${ago(row.createdAt)}, seq ${row.seq}`],
    ['first sent', ago(row.firstAttemptAt)],
    ['next attempt', waiting ? until(row.nextAttemptAt) : undefined],
    ['delivered', ago(row.deliveredAt)],
    ['expires', waiting || row.state === 'in-flight' ? until(row.expiresAt) : undefined],
    ['last status', row.lastStatus],
    ['last error', row.lastError === null ? undefined : `${row.lastError}, ${ago(row.lastErrorAt)}`],
    ['held by', row.leaseOwner],
    ['order key', row.orderKey],
    ['hops', row.hops > 0 ? row.hops : undefined],
    ['receipt', row.receipt],
  ]
  const said = lines.filter(([, value]) => value !== undefined && value !== null)
  return said.map(([name, value]) => `${name.padEnd(14)}${printable(String(value))}\n`).join('')
}

/** A query may hold what a path should not: values of the caller's. */
export const withoutQuery = (row: DeliveryRecord): DeliveryRecord => ({
  ...row,
  path: row.path.replace(/[?#].*$/s, ''),
})
