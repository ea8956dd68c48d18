// The servers that the bench needs: whether they are there, how they are set, and what the bench leaves behind in them.

import amqp from 'amqplib'
import pg from 'pg'
import { CLIENTS } from './work.js'

/** Overridden by the usual variables (PGHOST, PGUSER, ...) and by RABBITMQ_URL. */
export const postgres = {
  host: process.env.PGHOST ?? '127.0.0.1',
  port: Number(process.env.PGPORT ?? 5432),
  user: process.env.PGUSER ?? 'postgres',
  database: process.env.PGDATABASE ?? 'test',
}
export const rabbitmq = process.env.RABBITMQ_URL ?? 'amqp://guest:guest@127.0.0.1:5672'

export async function openPool(max = CLIENTS) {
  const pool = new pg.Pool({ ...postgres, max, connectionTimeoutMillis: 10_000 })
  // An idle client whose connection breaks; the next query tells.
  pool.on('error', () => {})
  return pool
}

/** What each server says of how it keeps things; `undefined` where it is not there. */
export async function lookAround() {
  const [there, broker] = await Promise.all([
    ask(async pool => {
      const { rows } = await pool.query(`select name, setting from pg_settings where name in
        ('server_version', 'fsync', 'synchronous_commit', 'wal_sync_method', 'full_page_writes', 'shared_buffers')`)
      return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))
    }),
    askBroker(connection => {
      const { product, version } = connection.connection.serverProperties
      return { product, version, queue: 'classic, durable', messages: 'persistent, confirmed' }
    }),
  ])
  return { postgres: there, rabbitmq: broker }
}

/** Drops all that a run has made under its name. */
export async function cleanUp(name) {
  await ask(async pool => {
    for (const schema of [name, `${name}_boss`, `${name}_plain`])
      await pool.query(`drop schema if exists "${schema}" cascade`)
  })
  await askBroker(async connection => {
    const channel = await connection.createChannel()
    await channel.deleteQueue(name)
  })
}

async function ask(question) {
  const pool = await openPool(1)
  try {
    await pool.query('select 1')
  } catch {
    await pool.end()
    return undefined
  }
  try {
    return await question(pool)
  } finally {
    await pool.end()
  }
}

async function askBroker(question) {
  let connection
  try {
    connection = await amqp.connect(rabbitmq, { timeout: 5_000 })
  } catch {
    return undefined
  }
  try {
    return await question(connection)
  } finally {
    await connection.close()
  }
}
