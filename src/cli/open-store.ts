/** Opens the store that a URL names, with the drivers of the project that the command is run in. */
import { statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { OutboxStore } from '../outbox/store.js'
import { type PostgresPool, postgresStore } from '../outbox/stores/postgres.js'
import { sqliteStore } from '../outbox/stores/sqlite.js'
import type { SqliteDatabase } from '../outbox/stores/sqlite-driver.js'
import { openSqlite } from '../outbox/stores/sqlite-open.js'
import { CommandError, type OpenedStore, UsageError } from './io.js'

interface Where {
  readonly cwd: string
  /** Of PostgreSQL. */
  readonly schema?: string | undefined
}

export async function openStore(url: string, where: Where): Promise<OpenedStore> {
  if (/^sqlite:/i.test(url)) return openFile(resolve(where.cwd, url.replace(/^sqlite:(?:\/\/)?/i, '')), where)
  if (/^postgres(?:ql)?:\/\//i.test(url)) return openPostgres(url, where)
  // Not quoted: it may hold a password all the same.
  throw new UsageError('the store must be sqlite:<file> or postgres://<host>/<database>')
}

async function openFile(file: string, { cwd }: Where): Promise<OpenedStore> {
  // A driver would make a new, empty file for a name that was mistyped.
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) throw new CommandError(`there is no file ${file}`)
  if (process.getBuiltinModule?.('node:sqlite') !== undefined) {
    const store = openSqlite(file, { create: false })
    return { store: store as unknown as OutboxStore, close: () => store.close() }
  }
  type Driver = new (file: string) => SqliteDatabase & { close(): void }
  const Database = (await driver('better-sqlite3', cwd)) ?? (await driver('libsql', cwd))
  if (Database === undefined) {
    const need = 'use Node 22.13 or later, or install better-sqlite3 or libsql here'
    throw new CommandError(`Node ${process.versions.node} has no SQLite built in; ${need}`)
  }
  const db = new (Database.default as Driver)(file)
  const store = sqliteStore(db, { create: false })
  return {
    store: store as unknown as OutboxStore,
    async close() {
      await store.close()
      db.close()
    },
  }
}

async function openPostgres(url: string, { cwd, schema }: Where): Promise<OpenedStore> {
  // The driver's own complaint about a URL quotes it.
  if (!URL.canParse(url)) throw new UsageError('the URL of the store is malformed')
  const pg = await driver('pg', cwd)
  if (pg === undefined) throw new CommandError('install pg here to reach PostgreSQL')
  const { Pool } = pg.default as {
    readonly Pool: new (
      options: object,
    ) => PostgresPool & { end(): Promise<void>; on(event: 'error', listener: () => void): void }
  }
  const pool = new Pool({ connectionString: url, max: 2, connectionTimeoutMillis: 5_000 })
  // An idle connection that breaks is told by the next query.
  pool.on('error', () => {})
  const store = postgresStore(pool, { create: false, ...(schema === undefined ? {} : { schema }) })
  return {
    store: store as unknown as OutboxStore,
    async close() {
      await store.close()
      await pool.end()
    },
  }
}

/** A driver as the project has it; `undefined` if it has none. */
async function driver(name: string, cwd: string): Promise<{ readonly default: unknown } | undefined> {
  let file: string
  try {
    file = createRequire(join(cwd, 'package.json')).resolve(name)
  } catch {
    return undefined
  }
  return (await import(pathToFileURL(file).href)) as { readonly default: unknown }
}
