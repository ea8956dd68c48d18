// openSqlite: a file of its own, on the SQLite that Node has built in, or a clear error where it has none.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { openSqlite, StoreError } from 'guise/outbox'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { storeSuite } from '../../src/testing/store-suite.js'
import { Scene } from '../../src/testing/store-suite-kit.js'
import { scratch } from './support.js'

const builtIn = process.getBuiltinModule?.('node:sqlite') !== undefined
const why = `Node ${process.versions.node} has no SQLite built in`

let place: ReturnType<typeof scratch>
beforeEach(() => {
  place = scratch()
})
afterEach(() => {
  vi.restoreAllMocks()
  place.clear()
})

test('where Node has no SQLite, open says what to use instead', async () => {
  vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never)
  const error = await openSqlite(place.file)
    .open()
    .catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(StoreError)
  expect(String(error)).toMatch(
    /no SQLite built in \(22\.13.*use sqliteStore\(db\) with better-sqlite3 or libsql/,
  )
})

if (!builtIn) test.skip(`openSqlite: ${why}`, () => {})
else {
  describe('openSqlite', () => {
    const make = async () => {
      const { file, clear } = scratch()
      const store = openSqlite(file)
      await store.open()
      const again = async () => {
        const other = openSqlite(pathToFileURL(file))
        await other.open()
        return other
      }
      return { store, again, dispose: async () => clear() }
    }
    for (const { name, run } of storeSuite(make, { without: ['transaction'] })) test(name, run)

    test('rows are there when the file is opened again', async () => {
      const first = openSqlite(place.file)
      await first.open()
      const scene = new Scene({ store: first })
      await scene.record(scene.row({ id: 'kept' }))
      await first.close()
      const second = openSqlite(place.file, { create: false, check: true })
      await second.open()
      expect((await second.find('kept')).length).toBe(1)
      await second.close()
    })

    test('closing while it is being opened closes it', async () => {
      const store = openSqlite(place.file)
      const opening = store.open()
      await store.close()
      await opening
      await expect(store.stats()).rejects.toThrow('stats: the store was closed')
    })

    test('a directory that is not there, and a file that was lost or cut, are clear errors', async () => {
      const nowhere = openSqlite(join(place.directory, 'nowhere', 'outbox.db'))
      await expect(nowhere.open()).rejects.toThrow(/^open: the file cannot be opened.*SQLITE_CANTOPEN/)
      const lost = () => openSqlite(place.file, { create: false }).open()
      await expect(lost()).rejects.toThrow('open: the file is not there or is empty, and `create` is false')
      writeFileSync(place.file, '')
      await expect(lost()).rejects.toThrow('was it lost or cut?')
    })
  })
}
