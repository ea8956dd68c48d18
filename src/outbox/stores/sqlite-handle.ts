/** One handle of the SQLite store: opened, used one transaction at a time, and given up when its database is broken. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { StoreError } from '../../errors/outbox-errors.js'
import type { SqliteDatabase } from './sqlite-driver.js'
import { explain, knownOf } from './sqlite-error.js'
import { prepareDatabase, type SqliteOptions } from './sqlite-schema.js'
import { prepareStatements, type SqliteStatements } from './sqlite-statements.js'
import { isInTransaction, undo } from './sqlite-transaction.js'

/** Where a handle comes from, and what becomes of it. */
export interface Connection<Db> {
  /** Called by `open`. */
  connect(): Db
  /** Called by `close`, and where `open` fails. */
  disconnect(db: Db): void
}

export class SqliteHandle<Db extends SqliteDatabase> {
  readonly #connection: Connection<Db>
  readonly #options: SqliteOptions
  #open: { readonly db: Db; readonly sql: SqliteStatements } | undefined
  #opening: Promise<void> | undefined
  /** Ends with the transaction that is open on the handle, if one is. */
  #busy: Promise<void> | undefined
  readonly #inside = new AsyncLocalStorage<true>()
  /** Why it does no more work. */
  #over: string | undefined

  constructor(connection: Connection<Db>, options: SqliteOptions) {
    this.#connection = connection
    this.#options = options
  }

  open(): Promise<void> {
    this.#opening ??= this.#prepare().catch((error: unknown) => {
      // One that failed may be tried again.
      this.#opening = undefined
      throw explain('open', error)
    })
    return this.#opening
  }

  async #prepare(): Promise<void> {
    if (this.#over !== undefined) throw new StoreError(`open: ${this.#over}`)
    const db = this.#connection.connect()
    try {
      await prepareDatabase(db, this.#options)
      this.#open = { db, sql: prepareStatements(db) }
    } catch (error) {
      this.#connection.disconnect(db)
      throw error
    }
  }

  async close(): Promise<void> {
    this.#over ??= 'the store was closed; make a new one'
    // One that is being opened is closed when it is open.
    await this.#opening?.catch(() => {})
    if (this.#open !== undefined) this.#connection.disconnect(this.#open.db)
    this.#open = undefined
  }

  /** Does all that `work` does, or nothing of it. */
  write<T>(operation: string, work: (sql: SqliteStatements) => T): Promise<T> {
    return this.read(operation, (sql, db) => {
      db.exec('begin immediate')
      try {
        const result = work(sql)
        db.exec('commit')
        return result
      } catch (error) {
        undo(db, 'rollback')
        throw error
      }
    })
  }

  /** Does it in the caller's own transaction; what fails is undone, and the transaction can go on. */
  within<T>(operation: string, tx: Db, work: (sql: SqliteStatements) => T): T {
    return this.#use(operation, (sql, db) => {
      if (tx !== db)
        throw new StoreError(
          `${operation}: the transaction must be of the database that the store was made with`,
        )
      if (!isInTransaction(db))
        throw new StoreError(`${operation}: no transaction is open on the handle; begin one, or leave out tx`)
      db.exec('savepoint guise_outbox')
      try {
        const result = work(sql)
        db.exec('release guise_outbox')
        return result
      } catch (error) {
        undo(db, 'rollback to guise_outbox; release guise_outbox')
        throw error
      }
    })
  }

  /** Waits for its turn: a transaction of the caller's own may be open on the handle. */
  async read<T>(operation: string, work: (sql: SqliteStatements, db: Db) => T): Promise<T> {
    while (this.#busy !== undefined) await this.#ahead(operation)
    // Nothing comes in between from here on: no driver of SQLite waits for anything.
    return this.#use(operation, work)
  }

  /** A transaction of the caller's: whatever else is asked of the handle meanwhile waits for its end. */
  async transaction<T>(run: (tx: Db) => Promise<T>): Promise<T> {
    while (this.#busy !== undefined) await this.#ahead('transaction')
    let end = () => {}
    this.#busy = new Promise(resolve => {
      end = resolve
    })
    try {
      const db = this.#use('transaction', (_, handle) => {
        handle.exec('begin immediate')
        return handle
      })
      try {
        const result = await this.#inside.run(true, () => run(db))
        this.#use('transaction', () => db.exec('commit'))
        return result
      } catch (error) {
        undo(db, 'rollback')
        throw error
      }
    } finally {
      this.#busy = undefined
      end()
    }
  }

  /** The transaction that comes first; whoever asks from inside of it would wait for himself. */
  #ahead(operation: string): Promise<void> | undefined {
    if (this.#inside.getStore())
      throw new StoreError(`${operation}: a transaction is open here; record in it with within(tx)`)
    return this.#busy
  }

  #use<T>(operation: string, work: (sql: SqliteStatements, db: Db) => T): T {
    if (this.#over !== undefined) throw new StoreError(`${operation}: ${this.#over}; nothing was changed`)
    if (this.#open === undefined)
      throw new StoreError(`${operation}: the store is not open; call open() first; nothing was changed`)
    try {
      return work(this.#open.sql, this.#open.db)
    } catch (error) {
      // After a failed fsync a second one may succeed though the pages are lost: nothing may be acknowledged any more.
      const known = knownOf(error)
      if (known?.broken)
        this.#over = `the database failed before (${known.code}); make a new store once it is mended`
      throw explain(operation, error)
    }
  }
}
