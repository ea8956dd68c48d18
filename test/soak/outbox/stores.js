// The databases of the soak: the outbox's store, and what the receiver remembers and does.

import { postgresStore, sqliteStore } from 'guise/outbox'
import { memoryDedupe, postgresDedupe } from 'guise/receiver'
import Database from 'libsql'
import pg from 'pg'

const SERVER = { host: '127.0.0.1', port: 5432, user: 'postgres', database: 'test' }

function poolOf(max, schema) {
  const pool = new pg.Pool({
    ...SERVER,
    max,
    connectionTimeoutMillis: 20_000,
    options: `-c search_path=${schema}`,
  })
  // An idle client whose connection breaks says so here; unheard it would end the process.
  pool.on('error', () => {})
  return pool
}

export async function hasPostgres() {
  const client = new pg.Client({ ...SERVER, connectionTimeoutMillis: 2_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.end()
    return true
  } catch {
    return false
  }
}

export async function withSchema(sql) {
  const client = new pg.Client(SERVER)
  await client.connect()
  try {
    await client.query("set client_min_messages = 'warning'")
    await client.query(sql)
  } finally {
    await client.end()
  }
}

/** The store of the outbox, and how to let go of its database. */
export function openStore({ store, outboxFile, schema }) {
  if (store === 'postgres') {
    const pool = poolOf(2, schema)
    return { store: postgresStore(pool, { schema }), end: () => pool.end() }
  }
  const db = new Database(outboxFile)
  return { store: sqliteStore(db, { busyTimeout: 5_000 }), end: () => db.close() }
}

/**
 * What the receiver remembers and does. With PostgreSQL the effect is done by the transaction that remembers the key, and
 * its table would take it twice. Without, keys are remembered in memory only, and the effect's own key is what holds
 * after a crash; `runs` counts how often it was tried.
 */
export async function openEffects({ dedupe, effectsFile, schema }) {
  if (dedupe === 'postgres') {
    const pool = poolOf(12, schema)
    await pool.query('create table if not exists effects (target text not null, id text not null)')
    return {
      store: postgresDedupe(pool, { table: 'seen' }),
      effect: (target, id, tx) => tx.query('insert into effects values ($1, $2)', [target, id]),
      all: async () => (await pool.query('select target, id from effects')).rows,
      runs: async () => undefined,
      end: () => pool.end(),
    }
  }
  const db = new Database(effectsFile)
  db.exec('pragma busy_timeout = 5000; pragma journal_mode = wal; pragma synchronous = full')
  db.exec(`create table if not exists effects (target text, id text, primary key (target, id));
    create table if not exists runs (target text, id text)`)
  return {
    store: memoryDedupe(),
    effect(target, id) {
      db.exec('begin immediate')
      db.prepare('insert into runs values (?, ?)').run(target, id)
      db.prepare('insert or ignore into effects values (?, ?)').run(target, id)
      db.exec('commit')
    },
    all: async () => db.prepare('select target, id from effects').all(),
    runs: async () => db.prepare('select count(*) as count from runs').all()[0].count,
    end: () => db.close(),
  }
}
