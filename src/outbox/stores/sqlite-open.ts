/** The SQLite store on the SQLite that Node has built in. */
import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { StoreError } from '../../errors/outbox-errors.js'
import type { OutboxStore } from '../store.js'
import { SqliteStore } from './sqlite.js'
import type { SqliteDatabase } from './sqlite-driver.js'
import type { SqliteOptions } from './sqlite-schema.js'

/** Of `node:sqlite`, which the types of Node 20 do not know. */
interface NodeSqlite {
  readonly DatabaseSync: new (file: string) => SqliteDatabase & { close(): void }
}

/**
 * A store in an SQLite file of its own, with the SQLite that is built into Node 22.13 and later. (Node 22 says on
 * stderr that it is experimental.) The file is opened by `open()` and closed by `close()`. Your own tables may be in the
 * same file: `outbox.transaction` hands its database to you.
 *
 * @param file path or file URL; its directory must be there. `:memory:` keeps all in memory.
 * @param options how long to wait for a lock, whether to make the file and the tables, whether to look for damage.
 * @returns the store. `open()` rejects with StoreError where Node has no SQLite: take `sqliteStore(db)` there, with
 *   better-sqlite3 or libsql.
 *
 * @example
 * const outbox = createOutbox({ store: openSqlite('outbox.db') })
 * outbox.start()
 */
export function openSqlite(file: string | URL, options: SqliteOptions = {}): OutboxStore<SqliteDatabase> {
  const path = typeof file === 'string' ? file : fileURLToPath(file)
  const connect = () => {
    const sqlite = process.getBuiltinModule?.('node:sqlite') as NodeSqlite | undefined
    if (sqlite === undefined)
      throw new StoreError(
        `open: Node ${process.versions.node} has no SQLite built in (22.13 and later have); use sqliteStore(db) with better-sqlite3 or libsql`,
      )
    if (
      options.create === false &&
      path !== ':memory:' &&
      (statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0
    )
      throw new StoreError(
        'open: the file is not there or is empty, and `create` is false; was it lost or cut?',
      )
    return new sqlite.DatabaseSync(path)
  }
  return new SqliteStore({ connect, disconnect: db => db.close() }, options)
}
