// Recording inside the user's own SQLite transaction, and what is refused there.
import { type OutboxStore, StoreError, sqliteStore } from 'guise/outbox'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { NOW, outcomes, Scene } from '../../src/testing/store-suite-kit.js'
import { drivers, type Handle, scratch } from './support.js'

for (const [name, Driver] of drivers) {
  if (Driver === undefined) {
    test.skip(`transactions of sqliteStore on ${name}: Node ${process.versions.node} has no SQLite built in`, () => {})
    continue
  }
  describe(`transactions of sqliteStore on ${name}`, () => {
    let place: ReturnType<typeof scratch>
    let db: Handle
    let store: OutboxStore<Handle>
    let scene: Scene
    beforeEach(async () => {
      place = scratch()
      db = place.open(Driver)
      db.exec('create table posts (id integer primary key)')
      store = sqliteStore(db)
      await store.open()
      scene = new Scene({ store })
    })
    afterEach(() => place.clear())
    const posts = () => db.prepare('select count(*) as count from posts').all()

    test('the message is there if, and only if, the change that it tells of is', async () => {
      const [first, second] = [scene.row(), scene.row()]
      db.exec('begin')
      db.exec('insert into posts values (1)')
      await store.record([first], db)
      db.exec('rollback')
      db.exec('begin')
      db.exec('insert into posts values (2)')
      await store.record([second], db)
      db.exec('commit')
      expect(posts()).toMatchObject([{ count: 1 }])
      expect(await scene.claimIds()).toEqual([second.id])
    })

    test('other handles see it once it is committed', async () => {
      const other = sqliteStore(place.open(Driver))
      await other.open()
      const row = scene.row()
      db.exec('begin')
      await store.record([row], db)
      expect(await other.find(row.id)).toEqual([])
      db.exec('commit')
      expect((await other.find(row.id)).length).toBe(1)
    })

    test('is recorded before `record` returns, so that nothing can come in between', async () => {
      const row = scene.row()
      db.exec('begin')
      const recorded = store.record([row], db)
      db.exec('commit')
      expect(outcomes(await recorded)).toEqual(['recorded'])
      expect((await store.find(row.id)).length).toBe(1)
    })

    test('without a transaction on the handle it is refused, and nothing is recorded', async () => {
      const row = scene.row()
      await expect(store.record([row], db)).rejects.toThrow('record: no transaction is open on the handle')
      expect(await store.find(row.id)).toEqual([])
      expect(outcomes(await store.record([row]))).toEqual(['recorded'])
    })

    test('a transaction of another handle is refused', async () => {
      const other = place.open(Driver)
      other.exec('begin')
      await expect(store.record([scene.row()], other)).rejects.toThrow(
        'record: the transaction must be of the database that the store was made with',
      )
      other.exec('rollback')
    })

    test('other work on a handle whose transaction is open is refused, and leaves the transaction alone', async () => {
      const row = scene.row()
      db.exec('begin')
      db.exec('insert into posts values (1)')
      await store.record([row], db)
      for (const work of [() => scene.claim(), () => store.record([scene.row()]), () => store.reap(NOW, 1)]) {
        const error = await work().catch((reason: unknown) => reason)
        expect(error).toBeInstanceOf(StoreError)
        expect(String(error)).toContain('the handle is inside a transaction')
      }
      db.exec('commit')
      expect(posts()).toMatchObject([{ count: 1 }])
      expect(await scene.claimIds()).toEqual([row.id])
    })

    test('what fails in the middle is undone, the rest of the transaction stays', async () => {
      db.exec(`create trigger full before insert on guise_outbox_deliveries when new.target = 'b'
        begin select raise(abort, 'no'); end`)
      const row = scene.row()
      db.exec('begin')
      db.exec('insert into posts values (1)')
      await expect(store.record([row, { ...row, target: 'b' }], db)).rejects.toThrow('SQLITE_CONSTRAINT')
      await store.record([scene.row({ id: 'kept' })], db)
      db.exec('commit')
      expect(await store.find(row.id)).toEqual([])
      expect((await store.find('kept')).length).toBe(1)
      expect(posts()).toMatchObject([{ count: 1 }])
    })

    test('the tables hold the bounds, whoever writes to them', async () => {
      await scene.record(scene.row({ maxAttempts: 2, replayAttempts: 1 }))
      for (const change of [
        'attempts = 3',
        'max_attempts = 26',
        'generation = 4',
        'sends = 6',
        "state = 'lost'",
        "state = 'dead'",
        "state = 'in-flight'",
        "state = 'delivered'",
        "reason = 'rejected'",
      ])
        expect(() => db.exec(`update guise_outbox_deliveries set ${change}`), change).toThrow(/constraint/i)
      db.exec('update guise_outbox_deliveries set sends = 5')
    })

    test('who did what, and why, is kept', async () => {
      const row = scene.row()
      await scene.record(row)
      await store.pause('activity', { actor: 'kim', reason: 'maintenance', now: NOW })
      await scene.cancel([row.id, 'nobody'], { now: NOW + 1 })
      await scene.replay([row.id], { now: NOW + 2, target: 'activity' })
      await store.resume('activity', { actor: 'kim', reason: 'done', now: NOW + 3 })
      const acts = db
        .prepare('select at, act, ids, target, actor, reason from guise_outbox_acts order by number')
        .all()
      expect(acts).toMatchObject([
        { at: NOW, act: 'pause', ids: null, target: 'activity', actor: 'kim', reason: 'maintenance' },
        {
          at: NOW + 1,
          act: 'cancel',
          ids: JSON.stringify([row.id, 'nobody']),
          target: null,
          reason: 'not wanted',
        },
        { at: NOW + 2, act: 'replay', ids: JSON.stringify([row.id]), target: 'activity', reason: 'mended' },
        { at: NOW + 3, act: 'resume', ids: null, target: 'activity', actor: 'kim', reason: 'done' },
      ])
    })

    test("opening sets WAL, full sync and the timeout, and leaves the user's tables and version alone", async () => {
      db.exec('pragma user_version = 7; insert into posts values (1)')
      const again = sqliteStore(db, { busyTimeout: 1234 })
      await again.open()
      expect(db.prepare('pragma journal_mode').all()).toMatchObject([{ journal_mode: 'wal' }])
      expect(db.prepare('pragma synchronous').all()).toMatchObject([{ synchronous: 2 }])
      expect(Object.values(db.prepare('pragma busy_timeout').all()[0] as object)).toEqual([1234])
      expect(db.prepare('pragma user_version').all()).toMatchObject([{ user_version: 7 }])
      expect(posts()).toMatchObject([{ count: 1 }])
      await again.close()
      expect(posts()).toMatchObject([{ count: 1 }])
      for (const busyTimeout of [-1, 1.5, Number.NaN])
        await expect(sqliteStore(db, { busyTimeout }).open()).rejects.toThrow(
          'busyTimeout must be a whole number',
        )
    })

    test('opening while a transaction is open on the handle is refused', async () => {
      db.exec('begin')
      await expect(sqliteStore(db).open()).rejects.toThrow(StoreError)
      db.exec('rollback')
    })

    test('before open, every call is refused', async () => {
      const fresh = sqliteStore(db)
      await expect(fresh.stats()).rejects.toThrow('stats: the store is not open; call open() first')
      await expect(fresh.record([], db)).rejects.toThrow('call open() first')
      await fresh.close()
      await expect(fresh.open()).rejects.toThrow('open: the store was closed')
    })
  })
}
