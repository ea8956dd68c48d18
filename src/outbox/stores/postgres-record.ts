/** Recording in PostgreSQL: many rows in one statement, those of one id together or not at all. */
import type { NewDelivery, Recorded } from '../store.js'
import { lostRace, type PostgresClient } from './postgres-link.js'
import { columns } from './postgres-rows.js'
import type { Tables } from './postgres-schema.js'
import type { statementsOf } from './postgres-statements.js'

type Statements = Pick<ReturnType<typeof statementsOf>, 'record' | 'lockOrder' | 'sameIds' | 'unrecord'>

/** What the statement `record` says of one row. */
interface RecordedRow {
  readonly made: string | null
  readonly found: string | null
  readonly clash: boolean
}

interface SameId {
  readonly id: string
  readonly target: string
  readonly seq: string
  readonly fingerprint: string
}

/** Records one row without an order key: the one statement may be its transaction. */
export async function recordOne(
  client: PostgresClient,
  deliveries: readonly NewDelivery[],
  sql: Statements,
): Promise<Recorded[]> {
  const rows = (await client.query(sql.record, valuesOf(deliveries))).rows as RecordedRow[]
  const same = rows.some(isOpen)
    ? (await client.query(sql.sameIds, [deliveries.map(({ id }) => id)])).rows
    : []
  return outcomes(deliveries, rows, same as SameId[])
}

/** Records rows inside a transaction. */
export async function recordIn(
  client: PostgresClient,
  deliveries: readonly NewDelivery[],
  { schema }: Tables,
  sql: Statements,
): Promise<Recorded[]> {
  const clashing = clashingIds(deliveries)
  const fit = deliveries.filter(({ id }) => !clashing.has(id))
  if (fit.length === 0) return deliveries.map(conflict)
  const ordered = fit.filter(({ orderKey }) => orderKey !== null)
  // A number is drawn before its row is committed. Whoever draws one for a key holds the key's lock until he commits, so
  // that no row ever appears before one that was sent already.
  if (ordered.length > 0)
    await client.query(sql.lockOrder, [
      schema,
      ordered.map(({ target }) => target),
      ordered.map(({ orderKey }) => orderKey),
    ])
  const rows = (await client.query(sql.record, valuesOf(fit))).rows as RecordedRow[]
  let same: SameId[] = []
  if (rows.some(isOpen)) {
    // Another transaction recorded one of the ids meanwhile. A new statement sees what it was.
    same = (await client.query(sql.sameIds, [fit.map(({ id }) => id)])).rows as SameId[]
  }
  const results = outcomes(fit, rows, same)
  const lost = new Set(results.filter(({ outcome }) => outcome === 'conflict').map(({ id }) => id))
  const undone = rows.filter((row, index) => row.made !== null && lost.has(fit[index]?.id ?? ''))
  if (undone.length > 0) await client.query(sql.unrecord, [undone.map(({ made }) => made)])
  const byPlace = results[Symbol.iterator]()
  return deliveries.map(delivery => {
    if (clashing.has(delivery.id)) return conflict(delivery)
    const result = byPlace.next().value as Recorded
    return lost.has(delivery.id) ? conflict(delivery) : result
  })
}

/** Neither made, nor seen, nor another message's: it was recorded by another transaction after the statement began. */
const isOpen = ({ made, found, clash }: RecordedRow): boolean => made === null && found === null && !clash

const conflict = ({ id, target }: NewDelivery): Recorded => ({ id, target, outcome: 'conflict', seq: null })

/** The ids that the rows themselves use for different messages to one target. */
function clashingIds(deliveries: readonly NewDelivery[]): ReadonlySet<string> {
  const prints = new Map<string, string>()
  const clashing = new Set<string>()
  for (const { id, target, fingerprint } of deliveries) {
    const place = JSON.stringify([id, target])
    if ((prints.get(place) ?? fingerprint) !== fingerprint) clashing.add(id)
    prints.set(place, fingerprint)
  }
  return clashing
}

function outcomes(
  deliveries: readonly NewDelivery[],
  rows: readonly RecordedRow[],
  same: readonly SameId[],
): Recorded[] {
  const seen = new Set<string>()
  return deliveries.map((delivery, index) => {
    const { id, target, fingerprint } = delivery
    const { made, found, clash } = rows[index] as RecordedRow
    const there = same.find(other => other.id === id && other.target === target)
    if (clash || (there !== undefined && there.fingerprint !== fingerprint)) return conflict(delivery)
    if (made !== null) {
      // The second of two rows that are the same in one call finds the first one.
      const outcome = seen.has(made) ? 'duplicate' : 'recorded'
      seen.add(made)
      return { id, target, outcome, seq: Number(made) }
    }
    const seq = found ?? there?.seq
    // It was there for a moment only: recorded, seen as a duplicate, and deleted.
    if (seq === undefined) throw lostRace()
    return { id, target, outcome: 'duplicate', seq: Number(seq) }
  })
}

function valuesOf(deliveries: readonly NewDelivery[]): unknown[][] {
  return columns(deliveries, [
    d => d.id,
    d => d.target,
    d => d.method,
    d => d.verb,
    d => d.path,
    d => d.headers,
    d => (d.body === null ? null : Buffer.from(d.body.buffer, d.body.byteOffset, d.body.byteLength)),
    d => d.fingerprint,
    d => d.orderKey,
    d => d.blocks,
    d => d.hops,
    d => d.createdAt,
    d => d.nextAttemptAt,
    d => d.expiresAt,
    d => d.maxAttempts,
    d => d.replayAttempts,
    d => d.dead,
  ])
}
