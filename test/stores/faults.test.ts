// What goes wrong around a database (row O4): each a clear StoreError, and nothing that was acknowledged is lost.

import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type StoreError, sqliteStore } from 'guise/outbox'
import { afterEach, describe, expect, test } from 'vitest'
import type { SqliteDatabase } from '../../src/outbox/stores/sqlite-driver.js'
import { NOW, Scene } from '../../src/testing/store-suite-kit.js'
import { drivers, failure, libsql, refuses, scratch } from './support.js'

const places: ReturnType<typeof scratch>[] = []
function place() {
  const made = scratch()
  places.push(made)
  return made
}
afterEach(() => {
  for (const made of places.splice(0)) made.clear()
})

for (const [name, Driver] of drivers) {
  if (Driver === undefined) {
    test.skip(`faults of sqliteStore on ${name}: Node ${process.versions.node} has no SQLite built in`, () => {})
    continue
  }
  describe(`faults of sqliteStore on ${name}`, () => {
    const opened = async (db: SqliteDatabase, options = {}) => {
      const store = sqliteStore(db, { busyTimeout: 20, ...options })
      await store.open()
      return { store, scene: new Scene({ store }) }
    }

    test('locked for too long: every writing operation says so, reading goes on', async () => {
      const { open } = place()
      const { store, scene } = await opened(open(Driver))
      const [row] = scene.rows(1)
      await scene.record(scene.row({ id: 'there' }))
      const holder = open(Driver)
      holder.exec('begin immediate')
      const act = { ids: ['there'], actor: 'kim', reason: 'test', now: NOW }
      const writes: Record<string, Promise<unknown>> = {
        record: store.record(row === undefined ? [] : [row]),
        claim: scene.claim(),
        settle: store.settle([]),
        reap: store.reap(NOW, 1),
        replay: store.replay({ ...act, expiresAt: NOW + 1 }),
        cancel: store.cancel(act),
        pause: store.pause('activity', act),
        resume: store.resume('activity', act),
        purge: store.purge({ done: NOW, dead: NOW }, 1),
      }
      for (const [operation, write] of Object.entries(writes))
        await refuses(
          write,
          new RegExp(`^${operation}: the database is locked .*SQLITE_BUSY.*nothing was changed`),
        )
      expect((await store.find('there'))[0]?.state).toBe('pending')
      holder.exec('rollback')
      expect(await scene.claimIds()).toEqual(['there'])
    })

    test('read-only: the change is refused, what is there can be read', async () => {
      const { open } = place()
      const db = open(Driver)
      const { store, scene } = await opened(db)
      await scene.record(scene.row({ id: 'there' }))
      db.exec('pragma query_only = 1')
      await refuses(store.record([scene.row()]), /^record: the database is read-only.*SQLITE_READONLY/)
      expect((await store.find('there')).length).toBe(1)
    })

    test('full: the call rejects, all that was acknowledged is there, and it goes on when there is room', async () => {
      const { open } = place()
      const db = open(Driver)
      const { store, scene } = await opened(db)
      db.prepare('pragma max_page_count = 60').all()
      const there: string[] = []
      let error: unknown
      for (let count = 0; error === undefined && count < 200; count++) {
        const rows = scene.rows(3, { body: new Uint8Array(2_000) })
        error = await failure(store.record(rows).then(() => there.push(...rows.map(({ id }) => id))))
      }
      expect(String(error)).toMatch(/StoreError: record: the disk or the database is full.*SQLITE_FULL/)
      const [stats] = await store.stats()
      expect(stats?.pending).toBe(there.length)
      for (const id of there) expect((await store.find(id)).length).toBe(1)
      expect(db.prepare('pragma integrity_check').all()).toMatchObject([{ integrity_check: 'ok' }])
      db.prepare('pragma max_page_count = 100000').all()
      await scene.record(scene.row())
    })

    test('made by a newer version: open rejects, and changes nothing', async () => {
      const { open } = place()
      const db = open(Driver)
      await opened(db)
      db.exec('update guise_outbox_version set version = 99')
      const store = sqliteStore(open(Driver))
      await refuses(
        store.open(),
        /^open: the outbox tables have version 99, made by a newer guise.*update guise/,
      )
      await refuses(store.stats(), /not open/)
      expect(db.prepare('select version from guise_outbox_version').all()).toMatchObject([{ version: 99 }])
    })

    test('an open that failed may be tried again', async () => {
      const { open } = place()
      const holder = open(Driver)
      holder.exec('pragma journal_mode = wal; create table t (a); begin immediate')
      const store = sqliteStore(open(Driver), { busyTimeout: 20 })
      await refuses(store.open(), /^open: the database is locked/)
      holder.exec('rollback')
      await store.open()
      expect(await store.stats()).toEqual([])
    })
  })
}

test('a failed fsync: the store gives up, since a second one could succeed with the pages lost', async () => {
  for (const code of ['SQLITE_IOERR_FSYNC', 'SQLITE_IOERR', 'SQLITE_CORRUPT_INDEX']) {
    const made = place()
    const db = made.open(libsql)
    let failing = false
    const faulty = {
      prepare: (sql: string) => db.prepare(sql),
      exec(sql: string) {
        if (failing && sql === 'commit') throw Object.assign(new Error('disk I/O error'), { code })
        return db.exec(sql)
      },
    }
    const store = sqliteStore(faulty)
    await store.open()
    const scene = new Scene({ store })
    const row = scene.row()
    failing = true
    await refuses(store.record([row]), /^record: .*SQLITE_(IOERR|CORRUPT)\); nothing was changed$/)
    failing = false
    await refuses(store.record([row]), /^record: the database failed before/)
    await refuses(store.find(row.id), /failed before/)
    const again = sqliteStore(db)
    await again.open()
    expect(await again.find(row.id)).toEqual([])
  }
})

test('another process switches to WAL at the same time: open tries again, whatever SQLite says at once', async () => {
  const made = place()
  const db = made.open(libsql)
  let busy = 3
  const store = sqliteStore({
    exec: sql => db.exec(sql),
    prepare(sql) {
      if (sql.includes('journal_mode') && busy-- > 0)
        throw Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' })
      return db.prepare(sql)
    },
  })
  await store.open()
  expect(busy).toBe(-1)
  expect(await store.stats()).toEqual([])
})

test('a driver that fails in another way is named as the cause', async () => {
  const made = place()
  const db = made.open(libsql)
  const cause = new Error('worker died')
  const store = sqliteStore({ exec: sql => db.exec(sql), prepare: sql => db.prepare(sql) })
  await store.open()
  db.exec('drop table guise_outbox_paused')
  await refuses(
    store.pause('a', { actor: 'kim', reason: 'x', now: NOW }),
    /^pause: the driver failed; its error is the cause/,
  )
  const dead = sqliteStore({
    exec() {
      throw cause
    },
    prepare: sql => db.prepare(sql),
  })
  expect(((await failure(dead.open())) as StoreError).cause).toBe(cause)
})

const mounted = mountable()
test.skipIf(!mounted)(
  mounted
    ? 'a full disk: the same as a full database'
    : 'a full disk: no tmpfs can be mounted here, so it is not tried',
  async () => {
    const made = place()
    const disk = join(made.directory, 'disk')
    mkdirSync(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk])
    try {
      const db = made.open(libsql, join(disk, 'outbox.db'))
      const store = sqliteStore(db)
      await store.open()
      const scene = new Scene({ store })
      const there: string[] = []
      let error: unknown
      for (let count = 0; error === undefined && count < 500; count++) {
        const row = scene.row({ body: new Uint8Array(5_000) })
        error = await failure(store.record([row]).then(() => there.push(row.id)))
      }
      expect(String(error)).toMatch(/StoreError: record: the (disk|database).*SQLITE_(FULL|IOERR)/)
      expect(there.length).toBeGreaterThan(10)
      db.close()
      const again = sqliteStore(made.open(libsql, join(disk, 'outbox.db')), { check: true })
      await again.open()
      expect((await again.stats())[0]?.pending).toBe(there.length)
    } finally {
      // Lazily: a closed handle may keep its files open until its statements are collected.
      execFileSync('umount', ['-l', disk])
    }
  },
)

/** Whether this process may mount a file system. */
function mountable(): boolean {
  const made = scratch()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', made.directory], { stdio: 'ignore' })
    execFileSync('umount', [made.directory], { stdio: 'ignore' })
    return true
  } catch {
    return false
  } finally {
    made.clear()
  }
}
