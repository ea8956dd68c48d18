// Damaged database files (row O4): each a clear StoreError, and no row is made up.
import {
  closeSync,
  copyFileSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { type OutboxStore, StoreError, sqliteStore } from 'guise/outbox'
import { afterEach, describe, expect, test } from 'vitest'
import type { SqliteDatabase } from '../../src/outbox/stores/sqlite-driver.js'
import { NOW, Scene } from '../../src/testing/store-suite-kit.js'
import { drivers, failure, libsql, refuses, scratch } from './support.js'

const PAGE = 4096
const places: ReturnType<typeof scratch>[] = []
function place() {
  const made = scratch()
  places.push(made)
  return made
}
afterEach(() => {
  for (const made of places.splice(0)) made.clear()
})

/** A file with so many deliveries in it, twice, without a log beside it. A copy: a closed handle may keep its locks. */
async function filled(made: ReturnType<typeof scratch>, count: number) {
  const original = join(made.directory, 'original.db')
  const db = made.open(libsql, original)
  const store = sqliteStore(db)
  await store.open()
  const scene = new Scene({ store })
  await scene.record(...scene.rows(count, { body: new Uint8Array(300), orderKey: 'k' }), ...scene.rows(count))
  db.prepare('pragma wal_checkpoint(truncate)').all()
  db.close()
  copyFileSync(original, made.file)
}

function overwrite(file: string, at: number, bytes: Uint8Array) {
  const handle = openSync(file, 'r+')
  writeSync(handle, bytes, 0, bytes.length, at)
  closeSync(handle)
}

for (const [name, Driver] of drivers) {
  if (Driver === undefined) {
    test.skip(`damage to sqliteStore on ${name}: Node ${process.versions.node} has no SQLite built in`, () => {})
    continue
  }
  describe(`damage to sqliteStore on ${name}`, () => {
    const opened = async (db: SqliteDatabase, options = {}) => {
      const store = sqliteStore(db, { busyTimeout: 20, ...options })
      await store.open()
      return { store, scene: new Scene({ store }) }
    }

    test('the file holds something else: open rejects', async () => {
      const { file, open } = place()
      writeFileSync(file, 'x'.repeat(2 * PAGE))
      await refuses(
        sqliteStore(open(Driver)).open(),
        /^open: the file is not an SQLite database \(SQLITE_NOTADB\)/,
      )
      expect(readFileSync(file, 'utf8')).toBe('x'.repeat(2 * PAGE))
    })

    test('its first page was overwritten: open rejects', async () => {
      const made = place()
      await filled(made, 20)
      overwrite(made.file, 0, new Uint8Array(PAGE).fill(0x55))
      await refuses(sqliteStore(made.open(Driver)).open(), /^open: .*SQLITE_NOTADB/)
      const second = place()
      await filled(second, 20)
      overwrite(second.file, 100, new Uint8Array(PAGE - 100).fill(0x55))
      await refuses(sqliteStore(second.open(Driver)).open(), /^open: .*SQLITE_(CORRUPT|NOTADB)/)
    })

    test('cut to nothing: open rejects with `create: false`, and cannot know it otherwise', async () => {
      const made = place()
      await filled(made, 20)
      truncateSync(made.file, 0)
      await refuses(sqliteStore(made.open(Driver), { create: false }).open(), /no outbox tables.*lost or cut/)
      const { store } = await opened(made.open(Driver))
      expect(await store.stats()).toEqual([])
    })

    test('cut in the middle: open rejects with `check: true`', async () => {
      const made = place()
      await filled(made, 200)
      truncateSync(made.file, Math.floor(statSync(made.file).size / PAGE / 2) * PAGE)
      await refuses(sqliteStore(made.open(Driver), { check: true }).open(), /^open: the database is damaged/)
    })

    test('a damaged page: `check: true` finds it; without, no answer is made up, and the store gives up', async () => {
      const made = place()
      await filled(made, 60)
      const pages = statSync(made.file).size / PAGE
      expect(pages).toBeGreaterThan(10)
      let gaveUp = 0
      for (let page = 1; page < pages; page++) {
        const file = join(made.directory, `page-${page}.db`)
        copyFileSync(made.file, file)
        overwrite(file, page * PAGE, Uint8Array.of(0xff))
        const checked = sqliteStore(made.open(Driver, file), { check: true })
        await refuses(checked.open(), /^open: the database is damaged/)
        const store = sqliteStore(made.open(Driver, file))
        if (await touched(store)) gaveUp++
      }
      // What no operation reads, like a page with nothing but a body, is found by `check` alone.
      expect(gaveUp).toBeGreaterThan(pages / 3)
    })

    /** Uses every part of a store that may be damaged; whether it has given up. */
    async function touched(store: OutboxStore<SqliteDatabase>): Promise<boolean> {
      const scene = new Scene({ store })
      const done = [await failure(store.open())]
      for (const act of [
        () => store.record([scene.row({ id: 'new' })]),
        () => scene.claim(),
        () => store.list({ state: 'pending', limit: 1000 }),
        () => store.reap(NOW * 2, 1000),
        () => store.stats(),
      ])
        done.push(await failure(act()))
      const errors = done.filter(error => error !== undefined)
      for (const error of errors) expect(error).toBeInstanceOf(StoreError)
      if (errors.length === 0) return false
      expect(String(errors[0])).toMatch(/SQLITE_CORRUPT/)
      // Everything after the first is refused.
      expect(done.indexOf(errors[0])).toBe(done.length - errors.length)
      return true
    }

    test('the file is removed or cut while it is open: nothing is made up', async () => {
      const made = place()
      const { store, scene } = await opened(made.open(Driver))
      await scene.record(...scene.rows(50))
      truncateSync(made.file, 0)
      const done = await failure(
        store.list({ state: 'pending', limit: 1000 }).then(rows => expect(rows.length).toBe(50)),
      )
      if (done !== undefined) expect(done).toBeInstanceOf(StoreError)
    })
  })
}
