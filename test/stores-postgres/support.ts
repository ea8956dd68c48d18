/** PostgreSQL for the tests: a schema of its own for each store, and a visible skip where there is no server. */
import { randomBytes } from 'node:crypto'
import { Pool, type PoolClient, type PoolConfig } from 'pg'
import { describe } from 'vitest'
import type { NewDelivery, Settlement } from '../../src/outbox/store.js'
import { type PostgresClient, type PostgresPool, postgresStore } from '../../src/outbox/stores/postgres.js'
import type { StoreUnderTest } from '../../src/testing/store-suite.js'

const SERVER: PoolConfig = {
  host: '127.0.0.1',
  port: 5432,
  user: 'postgres',
  database: 'test',
  password: 'unused',
}

export function poolOf(config: PoolConfig = {}): Pool {
  const pool = new Pool({ ...SERVER, max: 4, connectionTimeoutMillis: 20_000, ...config })
  // An idle client that is cut off says so here; unheard it would end the process.
  pool.on('error', () => {})
  return pool
}

async function probe(): Promise<string | undefined> {
  const pool = poolOf({ connectionTimeoutMillis: 2_000 })
  try {
    await pool.query('select 1')
    return undefined
  } catch (error) {
    return (error as { code?: string }).code ?? 'no answer'
  } finally {
    await pool.end()
  }
}

const missing = await probe()
if (missing !== undefined && process.env.GUISE_SERVICES === '1')
  throw new Error(`GUISE_SERVICES=1, but there is no PostgreSQL at 127.0.0.1:5432 (${missing})`)

/** `describe`, or one that skips and says why. */
export function describeWithPostgres(name: string, run: () => void): void {
  if (missing === undefined) describe(name, run)
  else describe.skip(`${name} (skipped: no PostgreSQL at 127.0.0.1:5432, ${missing})`, run)
}

export const freshSchema = (): string => `guise_test_${randomBytes(6).toString('hex')}`

export async function dropSchema(schema: string): Promise<void> {
  const pool = poolOf()
  await pool.query('set client_min_messages = warning')
  await pool.query(`drop schema if exists "${schema}" cascade`)
  await pool.end()
}

/** A store in a schema of its own, with all that the suite can use. */
export async function makeStore(config: PoolConfig = {}): Promise<StoreUnderTest<PostgresClient> & Made> {
  const schema = freshSchema()
  const pools = [poolOf(config)]
  const pool = pools[0] as Pool
  const store = postgresStore(pool, { schema })
  await store.open()
  return {
    store,
    schema,
    pool,
    again: async () => {
      const other = poolOf(config)
      pools.push(other)
      const handle = postgresStore(other, { schema })
      await handle.open()
      return handle
    },
    transaction: async run => {
      const client = await pool.connect()
      try {
        await client.query('begin')
        const result = await run(client)
        await client.query('commit')
        return result
      } catch (error) {
        await client.query('rollback')
        throw error
      } finally {
        client.release()
      }
    },
    dispose: async () => {
      await Promise.all(pools.map(each => each.end()))
      await dropSchema(schema)
    },
  }
}

export interface Made {
  readonly schema: string
  readonly pool: Pool
  readonly dispose: () => Promise<void>
}

export const NOW = 1_800_000_000_000
export const DAY = 86_400_000

let rows = 0

/** A delivery that is due now, for a day; each with an id of its own. */
export function row(different: Partial<NewDelivery> = {}): NewDelivery {
  const number = ++rows
  return {
    id: `msg_${number}`,
    target: 'activity',
    method: 'ActivityClient.postCreated',
    verb: 'POST',
    path: `/posts/${number}`,
    headers: '["content-type","application/json"]',
    body: new TextEncoder().encode(`{"id":${number}}`),
    fingerprint: `print-${number}`,
    orderKey: null,
    blocks: false,
    hops: 0,
    createdAt: NOW,
    nextAttemptAt: NOW,
    expiresAt: NOW + DAY,
    maxAttempts: 10,
    replayAttempts: 3,
    dead: null,
    ...different,
  }
}

/** A pool that lets a test in before each statement; it stands for what happens in the middle of a transaction. */
export function watched(
  pool: Pool,
  before: (text: string, client: PoolClient) => Promise<void>,
  released: (error?: Error | boolean) => void = () => {},
): PostgresPool {
  const connect = async () => {
    const client = await pool.connect()
    return {
      query: async (text: string, values?: unknown[]) => {
        await before(text, client)
        return client.query(text, values)
      },
      release: (error?: Error | boolean) => {
        released(error)
        client.release(error)
      },
      on: (event: 'error', listener: (error: Error) => void) => client.on(event, listener),
      removeListener: (event: 'error', listener: (error: Error) => void) =>
        client.removeListener(event, listener),
    }
  }
  const query = async (text: string, values?: unknown[]) => {
    const client = await connect()
    let broken: Error | undefined
    const listener = (error: Error) => {
      broken = error
    }
    client.on('error', listener)
    try {
      return await client.query(text, values)
    } finally {
      client.removeListener('error', listener)
      client.release(broken)
    }
  }
  return { connect, query }
}

/** Cuts a client off, as a restart of the server or a failover does; resolves when the client has seen it. */
export async function cutOff(pool: Pool, client: PoolClient): Promise<void> {
  const { rows } = await client.query('select pg_backend_pid() as pid')
  const ended = new Promise(resolve => client.once('end', resolve))
  await pool.query('select pg_terminate_backend($1)', [rows[0].pid])
  await ended
}

/** Cuts off whoever waits for a lock in the schema's tables; resolves when somebody did. */
export async function cutOffWaiting(pool: Pool, schema: string): Promise<void> {
  for (let looks = 0; looks < 2_000; looks++) {
    const { rows } = await pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where wait_event_type = 'Lock' and query like '%' || $1 || '%' and pid <> pg_backend_pid()`,
      [schema],
    )
    if (rows.length > 0) return
  }
  throw new Error('nobody waits for a lock')
}

/** Resolves when so many wait for a lock in the schema's tables. */
export async function untilWaiting(schema: string, count: number): Promise<void> {
  const pool = poolOf({ max: 1 })
  try {
    for (let looks = 0; looks < 5_000; looks++) {
      const { rows } = await pool.query(
        `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%' || $1 || '%'`,
        [schema],
      )
      if (rows.length >= count) return
    }
  } finally {
    await pool.end()
  }
  throw new Error(`fewer than ${count} wait for a lock`)
}

export const claimOf = (limit = 100, now = NOW, target = 'activity') => ({
  owner: 'w1',
  now,
  targets: [{ target, limit, leaseUntil: now + 60_000 }],
})

export const delivered = ({ seq, fence }: { seq: number; fence: number }): Settlement => ({
  seq,
  fence,
  now: NOW,
  state: 'delivered',
  reason: null,
  nextAttemptAt: null,
  refund: false,
  status: 200,
  error: null,
  receipt: null,
})
