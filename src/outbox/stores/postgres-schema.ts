/** The tables of the PostgreSQL store, and how many processes at once bring them up to date. */
import { StoreError } from '../../errors/outbox-errors.js'
import { DEAD_REASONS, DELIVERY_STATES, MOST_ATTEMPTS, MOST_GENERATIONS } from '../store.js'
import type { Link } from './postgres-link.js'

/** The names of the tables, ready to stand in a statement. */
export interface Tables {
  readonly schema: string
  readonly deliveries: string
  readonly paused: string
  readonly acts: string
  readonly version: string
}

const VERSION = 1
/** Of the advisory lock that a migration takes; made up once, and the same in all versions. */
const MIGRATION_LOCK = 7_104_895_229

/** @throws RangeError if the schema's name is not made of a-z, 0-9 and `_`, or too long for PostgreSQL. */
export function tablesOf(schema: string): Tables {
  if (typeof schema !== 'string' || !/^[a-z_][a-z0-9_]{0,62}$/.test(schema))
    throw new RangeError('the schema of a store must be 1 to 63 of a-z, 0-9 and _, and begin with no digit')
  const table = (name: string) => `"${schema}"."outbox_${name}"`
  return {
    schema,
    deliveries: table('deliveries'),
    paused: table('paused'),
    acts: table('acts'),
    version: table('version'),
  }
}

/** Whether an earlier row holds back the later ones of its key, but for the dead one's end of time; see `ordered`. */
export const HOLDS = `(state in ('pending', 'in-flight') or (state = 'dead' and blocks))`

/** Brings the tables up to date; rejects with `StoreError` if a newer version has made them. */
export async function migrate(link: Link, tables: Tables, create: boolean): Promise<void> {
  const what = 'make the tables of the outbox'
  // What is up to date takes no lock and needs no right to make tables.
  const there = await versionOf(link, tables, what)
  if (there === VERSION) return
  if (there === 0 && !create)
    throw new StoreError(`there is no outbox in the schema ${tables.schema} of this database`)
  await link.transaction(what, async client => {
    await client.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK])
    const { rows } = await client.query('select 1 from pg_namespace where nspname = $1', [tables.schema])
    if (rows.length === 0) await client.query(`create schema "${tables.schema}"`)
    await client.query(
      `create table if not exists ${tables.version} (
        one boolean primary key default true check (one),
        version int not null
      )`,
    )
    const found = (await client.query(`select version from ${tables.version}`)).rows as VersionRow[]
    const version = checked(found[0]?.version ?? 0, tables)
    for (const statement of MIGRATIONS.slice(version).flatMap(steps => steps(tables)))
      await client.query(statement)
    await client.query(
      `insert into ${tables.version} (version) values ($1) on conflict (one) do update set version = excluded.version`,
      [VERSION],
    )
  })
}

interface VersionRow {
  readonly version: number
}

async function versionOf(link: Link, tables: Tables, what: string): Promise<number> {
  return link.single(what, async client => {
    const { rows } = await client.query('select to_regclass($1) is not null as there', [tables.version])
    if ((rows[0] as { there: boolean } | undefined)?.there !== true) return 0
    const found = (await client.query(`select version from ${tables.version}`)).rows as VersionRow[]
    return checked(found[0]?.version ?? 0, tables)
  })
}

function checked(version: number, { schema }: Tables): number {
  if (version <= VERSION) return version
  throw new StoreError(
    `the outbox in schema ${schema} is of version ${version}, made by a newer guise; this one knows ${VERSION}: update it`,
  )
}

const among = (values: readonly string[]): string => values.map(value => `'${value}'`).join(', ')

/** Each step brings the tables from the version of its index to the next one. A released step is never changed. */
const MIGRATIONS: readonly ((tables: Tables) => string[])[] = [
  ({ deliveries, paused, acts }) => [
    // Rows are rewritten about three times in their life, so that dead ones have to be cleared early.
    `create table ${deliveries} (
      seq bigint generated always as identity primary key,
      id text not null,
      target text not null,
      method text not null,
      verb text not null,
      path text not null,
      headers text not null,
      body bytea,
      fingerprint text not null,
      order_key text,
      blocks boolean not null,
      hops int not null,
      state text not null check (state in (${among(DELIVERY_STATES)})),
      reason text check (reason in (${among(DEAD_REASONS)})),
      attempts int not null default 0,
      max_attempts int not null check (max_attempts between 1 and ${MOST_ATTEMPTS}),
      replay_attempts int not null check (replay_attempts between 1 and ${MOST_ATTEMPTS}),
      sends int not null default 0,
      most_sends int not null,
      generation int not null default 0 check (generation between 0 and ${MOST_GENERATIONS}),
      created_at bigint not null,
      next_attempt_at bigint not null,
      expires_at bigint not null,
      first_attempt_at bigint,
      delivered_at bigint,
      ended_at bigint,
      last_status int,
      last_error text,
      last_error_at bigint,
      lease_owner text,
      lease_until bigint,
      fence bigint not null default 0,
      receipt text,
      behind bigint,
      unique (id, target),
      constraint outbox_attempts check (attempts between 0 and max_attempts),
      constraint outbox_sends check (sends between 0 and most_sends),
      constraint outbox_dead check ((state = 'dead') = (reason is not null)),
      constraint outbox_lease check ((state = 'in-flight') = (lease_owner is not null and lease_until is not null)),
      constraint outbox_ended check ((state in ('delivered', 'dead', 'cancelled')) = (ended_at is not null))
    ) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05)`,
    `create index outbox_due on ${deliveries} (target, next_attempt_at, seq)
      where state = 'pending' and behind is null`,
    // `seq + 0`, so that the planner cannot think that a walk through the primary key might do.
    `create index outbox_order on ${deliveries} (target, order_key, (seq + 0))
      where order_key is not null and ${HOLDS}`,
    `create index outbox_behind on ${deliveries} (behind) where behind is not null`,
    `create index outbox_leases on ${deliveries} (lease_until) where state = 'in-flight'`,
    `create index outbox_expiry on ${deliveries} (expires_at) where state = 'pending'`,
    `create index outbox_spent on ${deliveries} (seq) where state = 'pending' and attempts >= max_attempts`,
    `create index outbox_dead on ${deliveries} (seq) where state = 'dead'`,
    `create index outbox_ended on ${deliveries} (state, ended_at) where ended_at is not null`,
    `create table ${paused} (target text primary key, actor text not null, reason text not null, at bigint not null)`,
    `create table ${acts} (
      act bigint generated always as identity primary key,
      kind text not null check (kind in ('replay', 'cancel', 'pause', 'resume')),
      ids text[] not null,
      target text,
      actor text not null,
      reason text not null,
      at bigint not null
    )`,
  ],
]
