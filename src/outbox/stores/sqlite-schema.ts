/** The tables of the SQLite store: made, updated and checked when it is opened. */
import { setTimeout as pause } from 'node:timers/promises'
import { StoreError } from '../../errors/outbox-errors.js'
import { DEAD_REASONS, DELIVERY_STATES, MOST_ATTEMPTS, MOST_GENERATIONS } from '../store.js'
import type { SqliteDatabase, SqliteRow } from './sqlite-driver.js'
import { knownOf } from './sqlite-error.js'
import { undo } from './sqlite-transaction.js'

const listed = (names: readonly string[]) => names.map(name => `'${name}'`).join(', ')

/** Each brings the tables from the version before to the next. One that was published is never changed. */
const MIGRATIONS: readonly string[] = [
  `
  create table guise_outbox_deliveries (
    seq integer primary key autoincrement,
    id text not null,
    target text not null,
    method text not null,
    verb text not null,
    path text not null,
    fingerprint text not null,
    order_key text,
    blocks integer not null check (blocks in (0, 1)),
    -- 1: an earlier one of its key stands before it, and a claim need not look at it
    held integer not null check (held in (0, 1)),
    hops integer not null,
    state text not null check (state in (${listed(DELIVERY_STATES)})),
    reason text check (reason in (${listed(DEAD_REASONS)})),
    attempts integer not null check (attempts between 0 and max_attempts),
    max_attempts integer not null check (max_attempts between 1 and ${MOST_ATTEMPTS}),
    replay_attempts integer not null check (replay_attempts between 1 and ${MOST_ATTEMPTS}),
    sends integer not null check (sends between 0 and most_sends),
    most_sends integer not null check (most_sends <= ${MOST_ATTEMPTS * (1 + MOST_GENERATIONS)}),
    generation integer not null check (generation between 0 and ${MOST_GENERATIONS}),
    created_at integer not null,
    next_attempt_at integer not null,
    expires_at integer not null,
    first_attempt_at integer,
    delivered_at integer,
    ended_at integer,
    last_status integer,
    last_error text,
    last_error_at integer,
    lease_owner text,
    lease_until integer,
    fence integer not null,
    receipt text,
    headers text not null,
    body blob,
    unique (id, target),
    check ((state = 'dead') = (reason is not null)),
    check ((state = 'in-flight') = (lease_owner is not null)),
    check ((state = 'in-flight') = (lease_until is not null)),
    check ((state in ('pending', 'in-flight')) = (ended_at is null))
  ) strict;
  create index guise_outbox_due on guise_outbox_deliveries (target, next_attempt_at)
    where state = 'pending' and held = 0;
  create index guise_outbox_held on guise_outbox_deliveries (target, order_key)
    where state = 'pending' and held = 1;
  create index guise_outbox_standing on guise_outbox_deliveries (target, order_key)
    where order_key is not null and state in ('pending', 'in-flight');
  create index guise_outbox_blocking on guise_outbox_deliveries (target, order_key)
    where order_key is not null and state = 'dead' and blocks = 1;
  create index guise_outbox_leases on guise_outbox_deliveries (lease_until) where state = 'in-flight';
  create index guise_outbox_expiry on guise_outbox_deliveries (expires_at) where state = 'pending';
  create index guise_outbox_spent on guise_outbox_deliveries (target)
    where state = 'pending' and attempts >= max_attempts;
  create index guise_outbox_ended on guise_outbox_deliveries (state, ended_at) where ended_at is not null;
  create index guise_outbox_states on guise_outbox_deliveries (state, target, created_at);
  -- Whatever ends a delivery, the next one of its key becomes visible to claims.
  create trigger guise_outbox_release after update of state on guise_outbox_deliveries
  when old.order_key is not null and old.state in ('pending', 'in-flight') and new.ended_at is not null
  begin
    update guise_outbox_deliveries set held = 0 where seq = (
      select min(seq) from guise_outbox_deliveries
      where target = new.target and order_key = new.order_key and state = 'pending' and held = 1
    );
  end;
  create table guise_outbox_paused (target text primary key, actor text not null, reason text not null, at integer not null) strict;
  create table guise_outbox_acts (
    number integer primary key autoincrement,
    at integer not null,
    act text not null check (act in ('replay', 'cancel', 'pause', 'resume')),
    ids text,
    target text,
    actor text not null,
    reason text not null
  ) strict;
  `,
]

/** The version that this code was written for. */
export const SQLITE_VERSION = MIGRATIONS.length

export interface SqliteOptions {
  /**
   * How long an operation waits while another process writes, in milliseconds; the event loop waits with it.
   * Default: 5,000.
   */
  readonly busyTimeout?: number
  /**
   * Whether `open` makes the tables where there are none. Default: true. With `false` a file that was lost, or cut to
   * nothing, is an error; otherwise it cannot be told from a new one.
   */
  readonly create?: boolean
  /** Whether `open` looks through the whole file for damage (`pragma quick_check`). Default: false. */
  readonly check?: boolean
}

/** Sets up a handle and its tables. Many processes may do so at once; one of them makes the tables. */
export async function prepareDatabase(db: SqliteDatabase, options: SqliteOptions): Promise<void> {
  const { busyTimeout = 5_000, create = true, check = false } = options
  if (!Number.isSafeInteger(busyTimeout) || busyTimeout < 0)
    throw new StoreError('open: busyTimeout must be a whole number of milliseconds, 0 or more')
  db.exec(`pragma busy_timeout = ${busyTimeout}`)
  // While another process switches, SQLite says at once that it is busy, whatever the timeout.
  await patiently(busyTimeout, () => db.prepare('pragma journal_mode = wal').all())
  db.exec('pragma synchronous = full')
  if (check) checkWhole(db)
  if (versionOf(db) === SQLITE_VERSION) return
  await patiently(busyTimeout, () => db.exec('begin immediate'))
  try {
    migrate(db, create)
    db.exec('commit')
  } catch (error) {
    undo(db, 'rollback')
    throw error
  }
}

function migrate(db: SqliteDatabase, create: boolean): void {
  const version = versionOf(db)
  if (version > SQLITE_VERSION)
    throw new StoreError(
      `open: the outbox tables have version ${version}, made by a newer guise; this one knows up to ${SQLITE_VERSION}: update guise`,
    )
  if (version === 0) {
    if (!create)
      throw new StoreError(
        'open: the database has no outbox tables, and `create` is false; was the file lost or cut?',
      )
    db.exec('create table guise_outbox_version (version integer not null) strict')
    db.exec('insert into guise_outbox_version (version) values (0)')
  }
  for (const migration of MIGRATIONS.slice(version)) db.exec(migration)
  db.exec(`update guise_outbox_version set version = ${SQLITE_VERSION}`)
}

/** 0 where there are no tables. In a table of its own, since `user_version` belongs to the user's own tables. */
function versionOf(db: SqliteDatabase): number {
  const there = db.prepare(`select 1 from sqlite_master where name = 'guise_outbox_version'`).all()
  if (there.length === 0) return 0
  const [row] = db.prepare('select version from guise_outbox_version').all() as SqliteRow[]
  return Number(row?.version ?? 0)
}

function checkWhole(db: SqliteDatabase): void {
  const rows = db.prepare('pragma quick_check(1)').all() as SqliteRow[]
  const said = String(Object.values(rows[0] ?? {})[0])
  if (said !== 'ok') throw new StoreError(`open: the database is damaged; restore it from a backup (${said})`)
}

async function patiently(patience: number, act: () => unknown): Promise<void> {
  for (const end = performance.now() + patience; ; await pause(5 + Math.random() * 10)) {
    try {
      act()
      return
    } catch (error) {
      if (knownOf(error)?.code !== 'SQLITE_BUSY' || performance.now() >= end) throw error
    }
  }
}
