// Databases for the tests of the SQLite store: libsql on every Node, node:sqlite where Node has it.

import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StoreError, sqliteStore } from 'guise/outbox'
import { expect } from 'vitest'
import type { SqliteDatabase } from '../../src/outbox/stores/sqlite-driver.js'
import type { SqliteOptions } from '../../src/outbox/stores/sqlite-schema.js'
import type { StoreUnderTest } from '../../src/testing/store-suite.js'

export type Handle = SqliteDatabase & { close(): void }
type Driver = new (file: string) => Handle

const require = createRequire(import.meta.url)
const builtIn = process.getBuiltinModule?.('node:sqlite') as { DatabaseSync: Driver } | undefined

/** By name; `undefined` where this Node does not have it. */
export const drivers: readonly (readonly [name: string, driver: Driver | undefined])[] = [
  ['libsql', require('libsql') as Driver],
  ['node:sqlite', builtIn?.DatabaseSync],
]
export const libsql = require('libsql') as Driver

/** A directory of its own, and what goes with it. */
export function scratch() {
  const directory = mkdtempSync(join(tmpdir(), 'guise-store-'))
  const handles: Handle[] = []
  return {
    file: join(directory, 'outbox.db'),
    directory,
    open(Driver: Driver, file = join(directory, 'outbox.db')): Handle {
      const handle = new Driver(file)
      handles.push(handle)
      return handle
    },
    clear() {
      for (const handle of handles) {
        try {
          handle.close()
        } catch {}
      }
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** For the store suite. */
export function makeSqlite(Driver: Driver, options: SqliteOptions = {}) {
  return async (): Promise<StoreUnderTest<SqliteDatabase>> => {
    const place = scratch()
    const db = place.open(Driver)
    const store = sqliteStore<SqliteDatabase>(db, options)
    await store.open()
    return {
      store,
      async again() {
        const other = sqliteStore<SqliteDatabase>(place.open(Driver), options)
        await other.open()
        return other
      },
      async transaction(run) {
        db.exec('begin immediate')
        try {
          const result = await run(db)
          db.exec('commit')
          return result
        } catch (error) {
          db.exec('rollback')
          throw error
        }
      },
      dispose: async () => place.clear(),
    }
  }
}

/** What a promise rejects with, or `undefined`. */
export const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

/** Fails unless a promise rejects with a StoreError of this message. */
export async function refuses(promise: Promise<unknown>, message: RegExp) {
  const error = await failure(promise)
  expect(error).toBeInstanceOf(StoreError)
  expect((error as StoreError).message).toMatch(message)
}
