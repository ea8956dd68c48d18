/** The SQL of `postgresDedupe`, and its table, which many processes may make at once. */
import type { PostgresClient } from './postgres-dedupe.js'

const NAME = /^(?:[a-z_][a-z0-9_]{0,62}\.)?[a-z_][a-z0-9_]{0,48}$/
/** One lock for all tables of this kind: they are made seldom. */
const CREATION_LOCK = '7091850312465312001'

/** @throws TypeError for a name that would have to be quoted. */
export function statementsFor(table: string) {
  if (!NAME.test(table))
    throw new TypeError(
      'postgresDedupe: table must be lower-case letters, digits and underscores, at most 49, with or without a schema',
    )
  const expires = (ttl: string) => `now() + ${ttl} * interval '1 millisecond'`
  return {
    /** The server itself ends a transaction that the handler's process has left alone for the lease. */
    lock: `select set_config('idle_in_transaction_session_timeout', $1, true),
      pg_try_advisory_xact_lock($2::bigint) as ours`,
    insert: `insert into ${table} (key, fingerprint, expires_at)
      values ($1, $2, ${expires('$3::bigint')}) on conflict (key) do nothing`,
    select: `select fingerprint, status, headers, body from ${table}
      where key = $1 and status is not null and expires_at > now()`,
    renew: `update ${table} set fingerprint = $2, expires_at = ${expires('$3::bigint')},
      status = null, headers = null, body = null where key = $1`,
    finish: `update ${table} set status = $2, headers = $3::jsonb, body = $4 where key = $1`,
    record: `insert into ${table} (key, status, headers, body, fingerprint, expires_at)
      values ($1, $2, $3::jsonb, $4, $5, ${expires('$6::bigint')}) on conflict (key) do nothing`,
    /** Rows of a handler that runs are locked by it, and left alone. */
    cleanUp: `delete from ${table} where key in
      (select key from ${table} where expires_at < now() order by expires_at limit 500 for update skip locked)`,
  }
}

/** Makes the table if it is not there and that is wanted. Two processes that make it at once would get in each other's way. */
export async function prepareTable(client: PostgresClient, table: string, create: boolean): Promise<void> {
  const [found] = (await client.query('select to_regclass($1) is not null as there', [table])).rows
  if ((found as { there: boolean }).there) return
  if (!create) throw new Error(`postgresDedupe: there is no table ${table}, and createTable is false`)
  await client.query('begin')
  try {
    await client.query('select pg_advisory_xact_lock($1::bigint)', [CREATION_LOCK])
    // The index for cleaning up is a constraint, since `create index if not exists` waits for all handlers that run.
    await client.query(`create table if not exists ${table} (
      key text primary key,
      fingerprint text not null,
      status integer,
      headers jsonb,
      body bytea,
      expires_at timestamptz not null,
      unique (expires_at, key)
    )`)
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}
