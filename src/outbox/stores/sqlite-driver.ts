/** What the SQLite store asks of a driver, and how its rows become deliveries. */
import type { ClaimedDelivery, DeliveryRecord } from '../store.js'

export type SqliteValue = null | number | string | Uint8Array

/** A prepared statement; the part that all drivers have in common. */
export interface SqliteStatement {
  run(...values: SqliteValue[]): unknown
  all(...values: SqliteValue[]): unknown[]
}

/** An open database: node:sqlite's `DatabaseSync`, better-sqlite3's or libsql's `Database`, or anything like them. */
export interface SqliteDatabase {
  exec(sql: string): unknown
  prepare(sql: string): SqliteStatement
}

/** A row as a driver gives it, by column. */
export type SqliteRow = Readonly<Record<string, unknown>>

/** The columns of a record, by the names of its members. */
const RECORD: Readonly<Record<keyof DeliveryRecord, string>> = {
  seq: 'seq',
  id: 'id',
  target: 'target',
  method: 'method',
  verb: 'verb',
  path: 'path',
  orderKey: 'order_key',
  hops: 'hops',
  state: 'state',
  reason: 'reason',
  attempts: 'attempts',
  maxAttempts: 'max_attempts',
  sends: 'sends',
  generation: 'generation',
  createdAt: 'created_at',
  nextAttemptAt: 'next_attempt_at',
  expiresAt: 'expires_at',
  firstAttemptAt: 'first_attempt_at',
  deliveredAt: 'delivered_at',
  lastStatus: 'last_status',
  lastError: 'last_error',
  lastErrorAt: 'last_error_at',
  leaseOwner: 'lease_owner',
  leaseUntil: 'lease_until',
  fence: 'fence',
  receipt: 'receipt',
}
const MEMBERS = Object.entries(RECORD)

/** For a `select` or `returning`. */
export const RECORD_COLUMNS = Object.values(RECORD).join(', ')
export const CLAIMED_COLUMNS = `${RECORD_COLUMNS}, headers, body, fingerprint`

export function recordOf(row: SqliteRow): DeliveryRecord {
  // The table's constraints hold each column to the type of its member.
  return Object.fromEntries(
    MEMBERS.map(([member, column]) => [member, plain(row[column])]),
  ) as unknown as DeliveryRecord
}

export function claimedOf(row: SqliteRow): ClaimedDelivery {
  const { headers, body, fingerprint } = row
  return { ...recordOf(row), headers: String(headers), body: bytesOf(body), fingerprint: String(fingerprint) }
}

/** A user may have set his driver to give integers as BigInt; none of ours is above 2^53 - 1. */
const plain = (value: unknown) => (typeof value === 'bigint' ? Number(value) : value)

/** Drivers give a blob as Uint8Array, Buffer or ArrayBuffer. */
function bytesOf(body: unknown): Uint8Array | null {
  if (body === null) return null
  if (body instanceof ArrayBuffer) return new Uint8Array(body)
  const { buffer, byteOffset, byteLength } = body as Uint8Array
  return new Uint8Array(buffer, byteOffset, byteLength)
}
