/** How the PostgreSQL store talks to its driver: transactions, the retries that are safe, and errors that tell no secret. */
import { StoreError } from '../../errors/outbox-errors.js'

/** A client of `pg`, or whatever has its `query`; inside the caller's own transaction where it is handed to `record`. */
export interface PostgresClient {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: unknown[] }>
}

/** A client that a pool has lent. */
export interface PostgresPoolClient extends PostgresClient {
  release(error?: Error | boolean): void
  on?(event: 'error', listener: (error: Error) => void): unknown
  removeListener?(event: 'error', listener: (error: Error) => void): unknown
}

/** A `Pool` of `pg`, or whatever has its `query` and `connect`. */
export interface PostgresPool extends PostgresClient {
  connect(): Promise<PostgresPoolClient>
}

/** What PostgreSQL or the driver threw; what it carries besides (rows, connection strings) is never passed on. */
interface DriverError {
  readonly code?: unknown
  readonly severity?: unknown
  readonly constraint?: unknown
}

/** How often a transaction that lost against others is tried in all. */
const MOST_TRIES = 4
const LOST_AGAINST_OTHERS = ['40001', '40P01']
/** Another transaction was faster; to be thrown inside a transaction that may be tried again. */
export const lostRace = (): Error =>
  Object.assign(new Error('lost a race'), { code: '40001', severity: 'ERROR' })

/** Node's codes for a connection that never came about. */
const NEVER_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

/** What to do about it, by SQLSTATE or its class (Appendix A of PostgreSQL's manual). */
const ADVICE: Readonly<Record<string, string>> = {
  '42P01': 'its tables are not there; call open() first',
  '3F000': 'its schema is not there; call open() first',
  '42501': 'the user is not allowed to; grant it the right, or let another one call open()',
  '25006': 'the server, or the transaction, is read-only',
  '25P02': 'the transaction had failed before',
  '22021': 'a text holds a character that PostgreSQL does not store (NUL)',
  '40': 'other transactions were in its way again and again; try again',
  '53': 'the server is out of disk, memory or connections; try again later',
  '23': 'the rows break a rule of the table',
  '28': 'the server did not accept the user',
  '57014': 'it took longer than a timeout of the server allows',
}

/** A pool, and what is known of its database. */
export class Link {
  readonly #pool: PostgresPool
  /** A statement alone has the level of isolation that it needs. */
  #plain = false

  constructor(pool: PostgresPool) {
    this.#pool = pool
  }

  /** Looks at the database's default level; until then, and where it is another one, each statement says its own. */
  async look(what: string): Promise<void> {
    await again(what, async () => {
      const { rows } = await this.#pool.query(
        "select current_setting('default_transaction_isolation') as level",
      )
      this.#plain = (rows[0] as { level?: unknown } | undefined)?.level === 'read committed'
    })
  }

  /**
   * Runs one statement, or several that need not be done together, and again if they lost against others. On the levels
   * above `read committed` claims would lose against each other all the time.
   */
  single<Result>(what: string, run: (client: PostgresClient) => Promise<Result>): Promise<Result> {
    return this.#plain ? again(what, () => run(this.#pool)) : this.transaction(what, run)
  }

  /**
   * Runs several statements in one transaction, and again if it lost against others. Each statement has to see what was
   * committed before it began: that is `read committed`.
   */
  transaction<Result>(what: string, run: (client: PostgresClient) => Promise<Result>): Promise<Result> {
    return again(what, () => this.once(run))
  }

  /** One transaction, tried once; what `run` rejects with is passed on. */
  async once<Result>(run: (client: PostgresClient) => Promise<Result>): Promise<Result> {
    const client = await this.#pool.connect()
    let broken: Error | undefined
    // A lent client whose connection breaks between two statements says so by an event, which unheard ends the process.
    const listener = (error: Error): void => {
      broken = error
    }
    client.on?.('error', listener)
    try {
      await client.query('begin isolation level read committed')
      const result = await run(client)
      await client.query('commit')
      return result
    } catch (error) {
      await client.query('rollback').catch((failure: Error) => {
        broken ??= failure
      })
      throw error
    } finally {
      client.removeListener?.('error', listener)
      client.release(broken)
    }
  }
}

/** Runs statements inside the caller's transaction; if they fail, what they did is undone and his transaction goes on. */
export async function nested<Result>(
  client: PostgresClient,
  what: string,
  run: (client: PostgresClient) => Promise<Result>,
): Promise<Result> {
  try {
    await client.query('savepoint guise_outbox')
    try {
      const result = await run(client)
      await client.query('release savepoint guise_outbox')
      return result
    } catch (error) {
      // On a connection that broke this fails too, and the first error is the one to tell.
      await client.query('rollback to savepoint guise_outbox').catch(() => {})
      throw error
    }
  } catch (error) {
    throw storeError(what, error)
  }
}

async function again<Result>(what: string, run: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await run()
    } catch (error) {
      if (tries < MOST_TRIES && LOST_AGAINST_OTHERS.includes(stateOf(error) ?? '')) continue
      throw storeError(what, error)
    }
  }
}

/** The error to reject with; `error` stays out of it but for its code, since drivers put rows and addresses into theirs. */
export function storeError(what: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error
  const state = stateOf(error)
  const { code, constraint } = Object(error) as DriverError
  const shown = state ?? (typeof code === 'string' && /^[A-Z_]{1,40}$/.test(code) ? code : 'no connection')
  const cause = Object.assign(new Error(`PostgreSQL: ${shown}`), {
    code: shown,
    ...(typeof constraint === 'string' && { constraint }),
  })
  const advice = NEVER_CONNECTED.has(shown)
    ? 'there was no connection, so nothing was done; try again'
    : adviceOn(state)
  return new StoreError(`PostgreSQL could not ${what} (${shown}): ${advice}`, { cause })
}

function adviceOn(state: string | undefined): string {
  // Shut down, crashed or cut off; what was sent with the last word, and whether it was done, is unknown then.
  if (state === undefined || /^(08|57P)/.test(state))
    return 'the connection broke or there was none, so whether it was done is unknown; try again'
  return ADVICE[state] ?? ADVICE[state.slice(0, 2)] ?? 'look the code up in the manual of PostgreSQL'
}

/** The SQLSTATE of an error that the server sent. */
function stateOf(error: unknown): string | undefined {
  const { code, severity } = Object(error) as DriverError
  return typeof code === 'string' && typeof severity === 'string' ? code : undefined
}
