// libsql made as strict as better-sqlite3, which is not installed here: what reads is not run, what does not is not
// asked for rows; bytes come as Buffer, and whole numbers as BigInt where its user asks for that.
import type { SqliteStatement, SqliteValue } from '../../src/outbox/stores/sqlite-driver.js'
import { type Handle, libsql } from './support.js'

type Statement = SqliteStatement & { readonly reader: boolean }

export class StrictDriver implements Handle {
  readonly #db: Handle

  constructor(file: string) {
    this.#db = new libsql(file)
  }

  exec(sql: string): this {
    this.#db.exec(sql)
    return this
  }

  close(): void {
    this.#db.close()
  }

  prepare(sql: string): SqliteStatement {
    const statement = this.#db.prepare(sql) as Statement
    return {
      run: (...values: SqliteValue[]) => {
        if (statement.reader)
          throw new TypeError('This statement returns data. Use get(), all(), or iterate() instead')
        return statement.run(...values.map(bound))
      },
      all: (...values: SqliteValue[]) => {
        if (!statement.reader) throw new TypeError('This statement does not return data. Use run() instead')
        return statement.all(...values.map(bound)).map(row => strict(row as Record<string, unknown>))
      },
    }
  }
}

function bound(value: SqliteValue): SqliteValue {
  if (value !== null && !['number', 'string'].includes(typeof value) && !(value instanceof Uint8Array))
    throw new TypeError('SQLite3 can only bind numbers, strings, bigints, buffers, and null')
  return value
}

function strict(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      if (value instanceof ArrayBuffer) return [name, Buffer.from(new Uint8Array(value))]
      return [name, Number.isInteger(value) ? BigInt(value as number) : value]
    }),
  )
}
