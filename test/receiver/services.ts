/** PostgreSQL and Redis on loopback: looked for first, and where they are not, said so in the names of the tests. */
import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import pg from 'pg'
import { createClient } from 'redis'
import { describe, onTestFinished } from 'vitest'

const POSTGRES = { host: '127.0.0.1', port: 5432, user: 'postgres', database: 'test' }
const REDIS = { host: '127.0.0.1', port: 6379 }
/** Set where both must be there. */
const demanded = process.env.GUISE_SERVICES === '1'

async function there(probe: () => Promise<unknown>): Promise<boolean> {
  try {
    await probe()
    return true
  } catch {
    return false
  }
}

const hasPostgres = await there(async () => {
  const client = new pg.Client({ ...POSTGRES, connectionTimeoutMillis: 2_000 })
  client.on('error', () => {})
  await client.connect()
  await client.end()
})
const hasRedis = await there(async () => {
  const client = new Redis({ ...REDIS, lazyConnect: true, retryStrategy: () => null, connectTimeout: 2_000 })
  client.on('error', () => {})
  await client.connect()
  client.disconnect()
})

type Describe = (name: string, run: () => void) => void
const where =
  (is: boolean, missing: string): Describe =>
  (name, run) =>
    is || demanded ? describe(name, run) : describe.skip(`${name} (skipped: no ${missing})`, run)

export const withPostgres = where(hasPostgres, 'PostgreSQL on 127.0.0.1:5432')
export const withRedis = where(hasRedis, 'Redis on 127.0.0.1:6379')

/** A pool whose tables are in a schema of its own, which `close` drops. */
export async function postgresSchema(max = 6) {
  const schema = `guise_${randomUUID().replaceAll('-', '').slice(0, 16)}`
  const admin = new pg.Pool({ ...POSTGRES, max: 2 })
  await admin.query(`create schema ${schema}`)
  const lasting: pg.Pool[] = []
  const pool = (size: number) => {
    const made = new pg.Pool({ ...POSTGRES, max: size, options: `-c search_path=${schema}` })
    made.on('error', () => {})
    return made
  }
  /** Closed with its test; that waits for clients that were not given back, so a leak is seen. */
  const newPool = (size = max) => {
    const made = pool(size)
    onTestFinished(() => (made.ended ? undefined : made.end()))
    return made
  }
  const lastingPool = (size = max) => {
    const made = pool(size)
    lasting.push(made)
    return made
  }
  return {
    schema,
    admin,
    newPool,
    lastingPool,
    close: async () => {
      await Promise.all(lasting.map(pool => pool.end()))
      await admin.query(`drop schema ${schema} cascade`)
      await admin.end()
    },
  }
}

/** Clients of both libraries, and a prefix of their own for the keys, which `close` deletes. */
export async function redisClients() {
  const prefix = `guise-test:${randomUUID()}:`
  const ioredis = new Redis(REDIS)
  const node = createClient({ socket: REDIS })
  await node.connect()
  const keys = () => ioredis.keys(`${prefix}*`)
  const forget = async () => {
    const all = await keys()
    if (all.length > 0) await ioredis.del(...all)
  }
  return {
    prefix,
    ioredis,
    node,
    keys,
    forget,
    close: async () => {
      await forget()
      ioredis.disconnect()
      node.destroy()
    },
  }
}
