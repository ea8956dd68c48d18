// Many processes on one SQLite file: opening, claiming and being killed at once; nothing acknowledged is lost.
import { sqliteStore } from 'guise/outbox'
import { afterAll, afterEach, expect, test } from 'vitest'
import { Scene } from '../../src/testing/store-suite-kit.js'
import { compileWorker, startWorker, type Worker } from './children.js'
import { libsql, scratch } from './support.js'

const NOW = 1_800_000_000_000
const compiled = compileWorker()
const places: ReturnType<typeof scratch>[] = []
const workers: Worker[] = []

function place() {
  const made = scratch()
  places.push(made)
  return made
}
function start(file: string, task: string, name?: string) {
  const worker = startWorker(compiled.worker, file, task, name)
  workers.push(worker)
  return worker
}
afterEach(async () => {
  for (const { child, ended } of workers.splice(0)) {
    child.kill('SIGKILL')
    await ended
  }
  for (const made of places.splice(0)) made.clear()
})
afterAll(() => compiled.clear())

test('six processes open a new file at once: each opens, and the tables are made once', {
  timeout: 60_000,
}, async () => {
  const { file, open } = place()
  const all = Array.from({ length: 6 }, () => start(file, 'open'))
  for (const { ended, lines } of all) {
    expect(await ended).toEqual({ code: 0, signal: null, stderr: '' })
    expect(lines).toEqual(['open'])
  }
  expect(open(libsql).prepare('select version from guise_outbox_version').all()).toEqual([{ version: 1 }])
})

test('three processes claim at once: each delivery goes to one of them, each key in order', {
  timeout: 60_000,
}, async () => {
  const { file, open } = place()
  const store = sqliteStore(open(libsql))
  await store.open()
  const scene = new Scene({ store })
  const rows = Array.from({ length: 150 }, (_, n) =>
    scene.row({ target: 'a', orderKey: n % 2 ? `key-${n % 5}` : null }),
  )
  const seqs = await scene.record(...rows)

  const all = ['w1', 'w2', 'w3'].map(name => start(file, 'claim', name))
  for (const worker of all) await worker.said(2)
  for (const { child } of all) child.send('go')
  for (const worker of all) await worker.said(3)
  for (const { child } of all) child.send('on')
  for (const { ended } of all) expect(await ended).toEqual({ code: 0, signal: null, stderr: '' })
  // A worker that found nothing three times over has stopped; what was held back for a moment is left to this one.
  for (let round = 0; round < 150; round++)
    for (const row of await scene.claim({ target: 'a' })) await scene.settle(row)

  const claims = all.flatMap(({ lines }) => lines.slice(2).map(line => line.split(' ')))
  const claimed = claims.map(([seq]) => Number(seq))
  expect(new Set(claimed).size).toBe(claimed.length)
  expect(claims.every(([, fence, sends]) => fence === '1' && sends === '1')).toBe(true)
  expect(all.map(({ lines }) => lines.length > 2)).toEqual([true, true, true])
  for (const { lines } of all)
    for (let key = 0; key < 5; key++) {
      const own = lines
        .slice(2)
        .filter(line => line.endsWith(` key-${key}`))
        .map(line => Number(line.split(' ')[0]))
      expect(own).toEqual([...own].sort((one, other) => one - other))
    }
  const delivered = await store.list({ state: 'delivered', limit: 1000 })
  expect(delivered.map(({ seq, sends }) => [seq, sends])).toEqual(seqs.map(seq => [seq, 1]))
})

test('a process killed while it records: all that it acknowledged is there, and whole', {
  timeout: 120_000,
}, async () => {
  const { file, open } = place()
  for (let round = 0; round < 6; round++) {
    const worker = start(file, 'record', `round-${round}`)
    await worker.said(10 + Math.floor(Math.random() * 60))
    worker.child.kill('SIGKILL')
    expect((await worker.ended).signal).toBe('SIGKILL')
    const acknowledged = worker.lines.slice(1)

    const db = open(libsql)
    const store = sqliteStore(db, { check: true, create: false })
    await store.open()
    expect(db.prepare('pragma integrity_check').all()).toEqual([{ integrity_check: 'ok' }])
    for (const id of acknowledged)
      expect((await store.find(id)).map(({ target }) => target)).toEqual(['a', 'b'])
    // At most one more was recorded and not acknowledged; rows of one id are there together or not at all.
    const counted =
      db.prepare(`select count(*) as rows, count(distinct id) as ids from guise_outbox_deliveries
      where id like 'round-${round}-%'`)
    const [{ rows, ids } = { rows: 0, ids: 0 }] = counted.all() as { rows: number; ids: number }[]
    expect(rows).toBe(2 * ids)
    expect(ids - acknowledged.length).toBeOneOf([0, 1])
    await store.close()
    db.close()
  }
})

test('a process killed while it delivers: every attempt that it began is counted', {
  timeout: 120_000,
}, async () => {
  const { file, open } = place()
  const store = sqliteStore(open(libsql), { busyTimeout: 20_000 })
  await store.open()
  const scene = new Scene({ store })
  await scene.record(...scene.rows(200, { target: 'a' }))
  const began = new Map<number, number>()
  for (let round = 0; round < 4; round++) {
    const worker = start(file, 'claim')
    await worker.said(2)
    worker.child.send('go')
    worker.child.send('on')
    await worker.said(12 + Math.floor(Math.random() * 20))
    worker.child.kill('SIGKILL')
    await worker.ended
    for (const line of worker.lines.slice(2)) {
      const [seq = 0, , sends = 0] = line.split(' ').map(Number)
      began.set(seq, sends)
    }
    for (const state of ['pending', 'in-flight', 'delivered'] as const)
      for (const { seq, sends } of await store.list({ state, limit: 1000 }))
        expect(sends, `seq ${seq}`).toBeGreaterThanOrEqual(began.get(seq) ?? 0)
    // What it had claimed is given to the next one when the lease has run out.
    expect(await store.reap(NOW + 5, 100)).toEqual([])
    expect(await store.list({ state: 'in-flight', limit: 10 })).toEqual([])
  }
  const [stats] = await store.stats()
  expect((stats?.pending ?? 0) + (stats?.delivered ?? 0)).toBe(200)
})

test('the lock is held by another process for too long: a clear error, and nothing is recorded', {
  timeout: 60_000,
}, async () => {
  const { file, open } = place()
  const store = sqliteStore(open(libsql), { busyTimeout: 30 })
  await store.open()
  const scene = new Scene({ store })
  const holder = start(file, 'lock')
  await holder.said(2)
  const row = scene.row()
  await expect(store.record([row])).rejects.toMatchObject({
    code: 'GUISE_STORE',
    message:
      'record: the database is locked by another process or handle; try again (SQLITE_BUSY); nothing was changed',
  })
  expect(await store.find(row.id)).toEqual([])
  holder.child.kill('SIGKILL')
  await holder.ended
  // A lock dies with its process.
  expect((await store.record([row]))[0]?.outcome).toBe('recorded')
})
