/** Seen keys in PostgreSQL: the claim, what the handler does and the answer are one transaction. */
import { createHash } from 'node:crypto'
import { type Clock, systemClock } from '../clock.js'
import { prepareTable, statementsFor } from './postgres-statements.js'
import type { Claim, ClaimRequest, DedupeStore, StoredAnswer } from './store.js'

/** A client of node-postgres, as far as it matters here. */
export interface PostgresClient {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[]; rowCount: number | null }>
  release(error?: Error | boolean): void
  on(event: 'error', listener: (error: Error) => void): unknown
  off(event: 'error', listener: (error: Error) => void): unknown
}

/** A pool of node-postgres. */
export interface PostgresPool {
  connect(): Promise<PostgresClient>
}

/** Where and how keys are kept. */
export interface PostgresDedupeOptions {
  /** The table, with its schema if it needs one. Default: `guise_dedupe`. */
  readonly table?: string
  /** Whether the table is made if it is not there. Default: true. */
  readonly createTable?: boolean
  /** For tests: what tells that it is time to clean up. */
  readonly clock?: Clock
}

/** A store in PostgreSQL. */
export interface PostgresDedupe extends DedupeStore {
  /** Deletes at most 500 keys that are remembered no longer, and tells how many. Called once a minute while keys come. */
  cleanUp(): Promise<number>
}

const MINUTE = 60_000

/**
 * A store in PostgreSQL 12 or newer, and the only one with which an effect happens once across crashes: the handler does
 * its work with `notificationOf(request).tx`, and that work, the key and the answer are committed together or not at all.
 * The handler neither ends that transaction nor releases the client.
 * A handler holds a client of the pool while it runs, so the pool needs one for each request at a time, and some more if
 * the handler takes others. The claim is a lock of that transaction: the server ends it with the connection, or after the
 * handler has left it idle for the lease.
 *
 * @param pool the user's pool of node-postgres; it is not closed.
 * @throws TypeError for something else, or a bad name of the table.
 *
 * @example
 * app.post('/mails', deduplicate({ store: postgresDedupe(pool) }), async (req, res) => {
 *   await notificationOf<PoolClient>(req).tx.query('insert into mails (body) values ($1)', [req.body])
 *   res.status(204).end()
 * })
 */
export function postgresDedupe(pool: PostgresPool, options: PostgresDedupeOptions = {}): PostgresDedupe {
  const { table = 'guise_dedupe', createTable = true, clock = systemClock } = options
  if (typeof pool?.connect !== 'function') throw new TypeError('postgresDedupe needs a pool of node-postgres')
  const statements = statementsFor(table)
  let ready: Promise<void> | undefined
  let cleaned = clock.now()

  const prepared = (): Promise<void> => {
    ready ??= withClient(pool, client => prepareTable(client, table, createTable)).catch(error => {
      ready = undefined
      throw error
    })
    return ready
  }

  const claimOn = async (held: HeldClient, request: ClaimRequest): Promise<Claim> => {
    const { key, fingerprint, lease, ttl } = request
    await held.query('begin isolation level read committed')
    const [lock] = (await held.query(statements.lock, [String(lease), lockOf(key)])).rows
    const { ours } = lock as { readonly ours: boolean }
    // Whoever has the lock handles the key, or looks at what is known of it, as here.
    if (!ours || (await held.query(statements.insert, [key, fingerprint, ttl])).rowCount === 0) {
      const [row] = (await held.query(statements.select, [key])).rows
      if (row !== undefined || !ours) {
        await held.leave('rollback')
        return row === undefined ? { state: 'running' } : doneOf(row as Row)
      }
      // It is there and counts no longer: too old, or left by a handler that committed on its own.
      await held.query(statements.renew, [key, fingerprint, ttl])
    }
    return {
      state: 'claimed',
      tx: held.client,
      async finish(answer) {
        const values = [key, answer.status, JSON.stringify(answer.headers), answer.body ?? null]
        try {
          if (answer.status < 400) {
            const updated = await held.query(statements.finish, values)
            await held.leave(updated.rowCount === 1 ? 'commit' : 'rollback')
            return updated.rowCount === 1
          }
          // An error that is to be remembered: what the handler did is not.
          await held.query('rollback')
          await held.query(statements.record, [...values, fingerprint, ttl])
          held.free()
          return true
        } catch (error) {
          held.free(error)
          throw error
        }
      },
      release: () => held.leave('rollback'),
    }
  }

  const cleanUp = (): Promise<number> =>
    withClient(pool, async client => (await client.query(statements.cleanUp)).rowCount ?? 0)

  return {
    cleanUp,
    async claim(request) {
      await prepared()
      if (clock.now() - cleaned >= MINUTE) {
        cleaned = clock.now()
        cleanUp().catch(error => request.report({ name: 'dedupe_store_failed', step: 'clean-up', error }))
      }
      const held = new HeldClient(await pool.connect())
      try {
        return await claimOn(held, request)
      } catch (error) {
        held.free(error)
        throw error
      }
    },
  }
}

interface Row {
  readonly fingerprint: string
  readonly status: number
  readonly headers: StoredAnswer['headers']
  readonly body: Uint8Array | null
}

const doneOf = ({ fingerprint, status, headers, body }: Row): Claim => ({
  state: 'done',
  fingerprint,
  answer: { status, headers, body: body ?? undefined },
})

/** A client for the time of one transaction: given back once, and thrown away when its connection broke. */
class HeldClient {
  readonly client: PostgresClient
  #free = false
  // Without a listener the error of a connection that breaks while the handler does something else ends the process.
  readonly #broke = (error: Error) => this.free(error)

  constructor(client: PostgresClient) {
    this.client = client
    client.on('error', this.#broke)
  }

  query(text: string, values?: unknown[]) {
    if (this.#free) throw new Error('the connection to PostgreSQL broke while the handler ran')
    return this.client.query(text, values)
  }

  /** Ends the transaction and gives the client back. */
  async leave(how: 'commit' | 'rollback'): Promise<void> {
    if (this.#free) return
    try {
      await this.query(how)
      this.free()
    } catch (error) {
      this.free(error)
      throw error
    }
  }

  free(error?: unknown): void {
    if (this.#free) return
    this.#free = true
    if (error === undefined) this.client.off('error', this.#broke)
    this.client.release(error === undefined ? undefined : error instanceof Error ? error : true)
  }
}

async function withClient<T>(pool: PostgresPool, run: (client: PostgresClient) => Promise<T>): Promise<T> {
  const held = new HeldClient(await pool.connect())
  try {
    const value = await run(held.client)
    held.free()
    return value
  } catch (error) {
    held.free(error)
    throw error
  }
}

/** 64 bits of a hash: what PostgreSQL's advisory locks are named by. */
const lockOf = (key: string): string =>
  createHash('sha256').update(`guise dedupe ${key}`).digest().readBigInt64BE().toString()
