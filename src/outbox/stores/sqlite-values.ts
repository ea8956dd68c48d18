/** Between deliveries and the values of the SQLite store's statements. */
import { MOST_GENERATIONS, type NewDelivery, type TargetStats } from '../store.js'
import type { Known } from './record-by-id.js'
import type { SqliteRow, SqliteValue } from './sqlite-driver.js'

/** In the order of the statement `insert`. */
export function insertValues(delivery: NewDelivery): SqliteValue[] {
  const { id, target, method, verb, path, fingerprint, orderKey, blocks, hops, dead } = delivery
  const { maxAttempts, replayAttempts, createdAt, nextAttemptAt, expiresAt, headers, body } = delivery
  return [
    ...[id, target, method, verb, path, fingerprint, orderKey, blocks ? 1 : 0, hops],
    ...[dead === null ? 'pending' : 'dead', dead],
    ...[maxAttempts, replayAttempts, maxAttempts + MOST_GENERATIONS * replayAttempts],
    ...[createdAt, nextAttemptAt, expiresAt, dead === null ? null : createdAt, headers, body],
    ...[target, orderKey],
  ]
}

/** Drivers type their rows as unknown. */
export const rowsOf = (rows: readonly unknown[]) => [...rows] as SqliteRow[]

export const knownRow = ({ target, seq, fingerprint }: SqliteRow): Known => ({
  target: String(target),
  seq: Number(seq),
  fingerprint: String(fingerprint),
})

type Counts = { -readonly [K in Exclude<keyof TargetStats, 'target' | 'paused'>]: TargetStats[K] }

/** Rows of `stats` and of `paused`. */
export function statsOf(rows: readonly SqliteRow[], paused: readonly SqliteRow[]): TargetStats[] {
  const all = new Map<string, Counts>()
  const countsOf = (target: string) => {
    const counts =
      all.get(target) ??
      ({
        pending: 0,
        inFlight: 0,
        delivered: 0,
        dead: 0,
        cancelled: 0,
        oldestPendingAt: null,
      } satisfies Counts)
    all.set(target, counts)
    return counts
  }
  const stopped = new Set(paused.map(({ target }) => String(target)))
  for (const target of stopped) countsOf(target)
  for (const { target, state, count, oldest } of rows) {
    const counts = countsOf(String(target))
    // The table's constraint knows no other state.
    const name =
      state === 'in-flight' ? 'inFlight' : (state as 'pending' | 'delivered' | 'dead' | 'cancelled')
    counts[name] = Number(count)
    if (state === 'pending') counts.oldestPendingAt = Number(oldest)
  }
  return [...all].map(([target, counts]) => ({ target, ...counts, paused: stopped.has(target) }))
}
