/** Many workers and many recorders at once: nothing is claimed twice, and the order of a key holds. */
import { expect, onTestFinished, test } from 'vitest'
import type { OutboxStore } from '../../src/outbox/store.js'
import { type PostgresClient, postgresStore } from '../../src/outbox/stores/postgres.js'
import {
  claimOf,
  DAY,
  delivered,
  describeWithPostgres,
  makeStore,
  NOW,
  poolOf,
  row,
  untilWaiting,
} from './support.js'

async function made(workers = 0) {
  const subject = await makeStore()
  onTestFinished(subject.dispose)
  const pools = Array.from({ length: workers }, () => poolOf({ max: 2 }))
  onTestFinished(async () => void (await Promise.all(pools.map(pool => pool.end()))))
  return { ...subject, stores: pools.map(pool => postgresStore(pool, { schema: subject.schema })) }
}

/** How many rows wait behind another one. */
async function setAside({ pool, schema }: Awaited<ReturnType<typeof made>>): Promise<number> {
  const { rows } = await pool.query(`select count(behind)::int as count from "${schema}".outbox_deliveries`)
  return rows[0].count
}

/** Claims and delivers until nothing has been found twice in a row. */
async function work(store: OutboxStore<PostgresClient>, limit: number, seen: (ids: string[]) => void) {
  for (let idle = 0, turns = 0; idle < 2 && turns < 2_000; turns++) {
    const claimed = await store.claim(claimOf(limit))
    seen(claimed.map(({ id }) => id))
    idle = claimed.length === 0 ? idle + 1 : 0
    expect(await store.settle(claimed.map(delivered))).toEqual(claimed.map(() => true))
  }
}

describeWithPostgres('postgresStore and many workers', () => {
  test('8 workers on 8 pools: each of 1,000 deliveries is claimed and settled once', async () => {
    const { store, stores } = await made(8)
    const rows = Array.from({ length: 1_000 }, () => row())
    await store.record(rows)
    const claimed: string[] = []
    await Promise.all(stores.map((worker, n) => work(worker, 3 + n, ids => void claimed.push(...ids))))
    expect(claimed.sort()).toEqual(rows.map(({ id }) => id).sort())
    const all = await store.list({ state: 'delivered', limit: 1_000 })
    expect(all.every(({ sends, fence }) => sends === 1 && fence === 1)).toBe(true)
    expect(all.length).toBe(1_000)
  }, 60_000)

  test('8 workers on few keys with hundreds waiting: set aside, in order, and none forgotten', async () => {
    const subject = await made(8)
    const { store, stores } = subject
    const rows = Array.from({ length: 600 }, (_, n) => row({ orderKey: `k${n % 4}` }))
    await store.record(rows)
    const sent = new Map<string, string[]>()
    const keys = new Map(rows.map(({ id, orderKey }) => [id, orderKey ?? '']))
    const note = (ids: string[]) => {
      for (const id of ids) sent.set(keys.get(id) ?? '', [...(sent.get(keys.get(id) ?? '') ?? []), id])
    }
    await Promise.all(stores.map(worker => work(worker, 5, note)))
    // A worker that finds nothing twice goes home while others still free rows: one goes on to the end.
    await Promise.all(stores.map(worker => worker.close()))
    await work(store, 5, note)
    for (const key of ['k0', 'k1', 'k2', 'k3'])
      expect(sent.get(key)).toEqual(rows.filter(({ orderKey }) => orderKey === key).map(({ id }) => id))
    expect(await setAside(subject)).toBe(0)
  }, 120_000)

  test('what waits is set aside once, freed by the end of the one before it, and by nothing else', async () => {
    const subject = await made()
    const { store, pool, schema } = subject
    const rows = Array.from({ length: 120 }, () => row({ orderKey: 'k' }))
    await store.record([...rows, row({ id: 'free', nextAttemptAt: NOW })])
    const claimed = await store.claim(claimOf())
    expect(claimed.map(({ id }) => id)).toEqual([rows[0]?.id, 'free'])
    await store.close()
    expect(await setAside(subject)).toBe(119)
    const again = postgresStore(pool, { schema })
    const [head] = claimed
    if (head === undefined) throw new Error('nothing claimed')
    // Cancelled in the middle: the one after it is free to be looked at, and waits all the same.
    await again.cancel({ ids: [rows[50]?.id ?? ''], actor: 'kim', reason: 'not wanted', now: NOW })
    expect([await setAside(subject), await again.claim(claimOf())]).toEqual([117, []])
    await again.settle([delivered(head)])
    expect(await setAside(subject)).toBe(116)
    expect((await again.claim(claimOf())).map(({ id }) => id)).toEqual([rows[1]?.id])
    // A lease that ran out frees nothing: the row is the first of its key again.
    expect(await again.reap(NOW + 60_000, 10)).toEqual([])
    expect((await again.claim(claimOf(1, NOW + 60_000))).map(({ id }) => id)).toEqual([rows[1]?.id])
  })

  test('an expired one frees what was set aside behind it, and a replayed one is not set aside', async () => {
    const subject = await made()
    const { store, pool, schema } = subject
    const [first, second] = [row({ orderKey: 'k' }), row({ orderKey: 'k', expiresAt: NOW + 5 })]
    const rest = Array.from({ length: 110 }, () => row({ orderKey: 'k' }))
    await store.record([first, second, ...rest])
    const [head] = await store.claim(claimOf())
    if (head === undefined) throw new Error('nothing claimed')
    await store.close()
    const again = postgresStore(pool, { schema })
    expect(await setAside(subject)).toBe(111)
    expect((await again.reap(NOW + 5, 10)).map(({ id }) => id)).toEqual([second.id])
    expect(await setAside(subject)).toBe(109)
    await again.settle([delivered(head)])
    const act = { actor: 'kim', reason: 'mended', now: NOW + 5, expiresAt: NOW + DAY }
    await again.replay({ ids: [second.id], ...act })
    expect((await again.claim(claimOf(9, NOW + 5))).map(({ id }) => id)).toEqual([second.id])
  })
})

describeWithPostgres('postgresStore and many recorders', () => {
  test('under one key a later transaction waits for the earlier one: seq is the order of commits', async () => {
    const { store, pool } = await made()
    const [a, b] = [await pool.connect(), await pool.connect()]
    onTestFinished(() => {
      a.release()
      b.release()
    })
    const done: string[] = []
    await a.query('begin')
    await b.query('begin')
    const [first] = await store.record([row({ id: 'first', orderKey: 'k' })], a)
    const later = store.record([row({ id: 'second', orderKey: 'k' })], b).then(async results => {
      done.push('second')
      await b.query('commit')
      return results
    })
    // Another key, and no key, wait for nobody: when these are done, `later` was asked for long before.
    expect(await store.record([row({ orderKey: 'l' })])).toMatchObject([{ outcome: 'recorded' }])
    expect(await store.record([row()])).toMatchObject([{ outcome: 'recorded' }])
    expect(done).toEqual([])
    done.push('first')
    await a.query('commit')
    const [second] = await later
    expect(done).toEqual(['first', 'second'])
    expect(second?.seq ?? 0).toBeGreaterThan(first?.seq ?? Number.NaN)
  })

  test('40 transactions record under 3 keys in any order: nobody ever sees a gap that is filled later', async () => {
    const { store, stores } = await made(6)
    const keys = ['x', 'y', 'z']
    const seen = new Map<string, number>()
    let recording = true
    const watch = async () => {
      while (recording) {
        const listed = await store.list({ state: 'pending', limit: 1_000 })
        const now = new Set(listed.map(({ seq }) => seq))
        for (const key of keys) {
          const last = seen.get(key) ?? 0
          const seqs = listed.filter(({ orderKey }) => orderKey === key).map(({ seq }) => seq)
          const known = counts.get(key) ?? new Set<number>()
          for (const seq of seqs)
            if (!known.has(seq)) expect(seq, 'a row appears behind a later one').toBeGreaterThan(last)
          counts.set(key, new Set(seqs))
          seen.set(key, Math.max(last, ...seqs))
        }
        expect(now.size).toBe(listed.length)
      }
    }
    const counts = new Map<string, Set<number>>()
    const watching = watch()
    await Promise.all(
      stores.map(async (worker, w) => {
        for (let n = 0; n < 7; n++) {
          const order = w % 2 === 0 ? keys : keys.toReversed()
          await worker.record(order.map(orderKey => row({ orderKey })))
        }
      }),
    )
    recording = false
    await watching
    expect((await store.list({ state: 'pending', limit: 1_000 })).length).toBe(6 * 7 * 3)
  }, 60_000)

  test('of two transactions with different messages under one id, the later finds the conflict and records nothing of it', async () => {
    const { store, pool, schema } = await made()
    const client = await pool.connect()
    onTestFinished(() => client.release())
    const message = row({ target: 'b', fingerprint: 'first' })
    await client.query('begin')
    await store.record([message], client)
    const three = ['a', 'b', 'c'].map(target => ({ ...message, target, fingerprint: 'other' }))
    const later = store.record([...three, row({ id: 'beside' })])
    const alone = store.record([{ ...message, fingerprint: 'other' }])
    const same = store.record([message])
    // All three have begun before the commit, and cannot have seen what it brings.
    await untilWaiting(schema, 3)
    await client.query('commit')
    expect((await later).map(({ outcome }) => outcome)).toEqual([
      'conflict',
      'conflict',
      'conflict',
      'recorded',
    ])
    expect((await alone).map(({ outcome }) => outcome)).toEqual(['conflict'])
    expect((await same).map(({ outcome }) => outcome)).toEqual(['duplicate'])
    expect((await store.find(message.id)).map(({ target }) => target)).toEqual(['b'])
  })
})
