// Where content-svc keeps its data in the demo: a file of SQLite in a temporary folder, or a schema of PostgreSQL's.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OutboxStore } from 'guise/outbox'
import { Client } from 'pg'
import { postgresDatabase, sqliteDatabase } from '../../content/database.js'
import { type ContentOptions, type ContentService, startContentService } from '../../content/start.js'

export interface Place {
  readonly name: string
  /** The processes of content-svc. */
  readonly roles: readonly ('all' | 'api' | 'worker')[]
  /** A new, empty database. */
  make(): Promise<Data>
  /** Ends what is left of all of them. */
  clear(): Promise<void>
}

export interface Data {
  /** For the processes. */
  readonly env: Readonly<Record<string, string>>
  /** A view of the same data from this process. */
  readonly store: OutboxStore<never>
  /** content-svc in this process. */
  start(options: ContentOptions): Promise<Pick<ContentService<unknown>, 'url' | 'publish' | 'close'>>
  close(): Promise<void>
}

/** One process, which takes requests and delivers. */
export async function onSqlite(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'dailyfeed-'))
  let files = 0
  return {
    name: 'SQLite',
    roles: ['all'],
    async make() {
      const file = join(folder, `content-${++files}.db`)
      const { store, close } = await sqliteDatabase(file)
      return {
        ...{ env: { DATABASE_URL: file }, store: store as OutboxStore<never>, close },
        start: async options => startContentService(await sqliteDatabase(file), options),
      }
    },
    clear: () => rm(folder, { recursive: true, force: true }),
  }
}

/** One process that takes requests, and two that deliver. */
export async function onPostgres(url: string): Promise<Place> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 3_000 })
  await client.connect()
  await client.query("set client_min_messages = 'warning'")
  const prefix = `dailyfeed_${randomBytes(4).toString('hex')}`
  const schemas: string[] = []
  return {
    name: 'PostgreSQL',
    roles: ['api', 'worker', 'worker'],
    async make() {
      const schema = `${prefix}_${schemas.length + 1}`
      schemas.push(schema)
      const { store, close } = await postgresDatabase(url, schema)
      const env = { DATABASE_URL: url, DATABASE_SCHEMA: schema }
      return {
        ...{ env, store: store as OutboxStore<never>, close },
        start: async options => startContentService(await postgresDatabase(url, schema), options),
      }
    },
    async clear() {
      for (const schema of schemas) await client.query(`drop schema if exists ${schema} cascade`)
      await client.end()
    },
  }
}
