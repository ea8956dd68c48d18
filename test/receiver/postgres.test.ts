// Seen keys in PostgreSQL: the claim, the handler's effects and its answer in one transaction, whatever breaks.
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import {
  type ClaimRequest,
  type DedupeEvent,
  memoryDedupe,
  type Notification,
  postgresDedupe,
} from 'guise/receiver'
import { testClock } from 'guise/testing'
import type { PoolClient } from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { postgresSchema, withPostgres } from './services.js'
import { answer, claimed, storeRules } from './store-rules.js'
import { codeOf, gate, kinds, send } from './support.js'

const events: DedupeEvent[] = []
const request = (key: string, more: Partial<ClaimRequest> = {}): ClaimRequest => ({
  key,
  fingerprint: 'f',
  lease: 60_000,
  ttl: 120_000,
  report: event => events.push(event),
  ...more,
})

/** When a connection is gone; its error is the store's to hear. */
const ended = (client: PoolClient) => new Promise<void>(resolve => void client.once('end', () => resolve()))

withPostgres('postgresDedupe', () => {
  let db: Awaited<ReturnType<typeof postgresSchema>>
  beforeAll(async () => {
    db = await postgresSchema()
    await db.admin.query(`create table ${db.schema}.effects (id text)`)
  })
  afterAll(() => db.close())

  const txOf = (notification: () => Notification) => notification().tx as PoolClient
  const effect = (notification: () => Notification) =>
    txOf(notification).query('insert into effects (id) values ($1)', [notification().id])
  const effectsOf = async (id: string): Promise<number> =>
    (await db.admin.query(`select from ${db.schema}.effects where id = $1`, [id])).rowCount ?? 0
  const key = () => {
    const id = randomUUID()
    return { id, headers: { 'idempotency-key': id } }
  }

  describe('rules', () => {
    // Built when first used: the schema is there by then.
    let stores: ReturnType<typeof postgresDedupe>[] | undefined
    let nth = 0
    storeRules(() => {
      stores ??= [1, 2, 3].map(() => postgresDedupe(db.lastingPool()))
      return stores[nth++ % 3] as ReturnType<typeof postgresDedupe>
    })
  })

  it('makes its table when many processes do so at once', async () => {
    const stores = Array.from({ length: 8 }, () => postgresDedupe(db.newPool(1), { table: 'made_at_once' }))
    // None waits for the others' handlers.
    const claims = await Promise.all(stores.map(store => store.claim(request(randomUUID()))))
    await Promise.all(claims.map(claim => claimed(claim).release()))
  })

  it('says that the table is missing, where it may not make it, and goes on when it is there', async () => {
    const store = postgresDedupe(db.newPool(1), { table: 'not_there', createTable: false })
    await expect(store.claim(request('k'))).rejects.toThrow('there is no table not_there')
    await postgresDedupe(db.newPool(1), { table: 'not_there' })
      .cleanUp()
      .catch(() => {})
    await claimed(
      await postgresDedupe(db.newPool(1), { table: `${db.schema}.not_there` }).claim(request('k')),
    ).release()
    await claimed(await store.claim(request('k'))).release()
  })

  it('rejects as long as its table cannot be made, and gives the client back', async () => {
    const pool = db.newPool(1)
    const store = postgresDedupe(pool, { table: `${db.schema}_later.seen` })
    for (let i = 0; i < 2; i++) await expect(store.claim(request('k'))).rejects.toThrow('does not exist')
    await db.admin.query(`create schema ${db.schema}_later`)
    onTestFinished(() => db.admin.query(`drop schema ${db.schema}_later cascade`).then(() => {}))
    await claimed(await store.claim(request('k'))).release()
  })

  it('refuses a name that would have to be quoted, and what is no pool', () => {
    for (const table of ['', 'A', 'a-b', 'a b', 'a"', 'a;drop table b', 'a.b.c', '1a', 'x'.repeat(50)])
      expect(() => postgresDedupe(db.newPool(1), { table })).toThrow('table must be')
    expect(() => postgresDedupe({} as never)).toThrow('pool of node-postgres')
  })

  describe.each(Object.entries(kinds))('%s', (_, serve) => {
    it('commits effect and answer together, once for 100 at once', async () => {
      const { id, headers } = key()
      const { arrived, pass, open } = gate()
      const { url, ran } = await serve({ store: postgresDedupe(db.newPool()) }, async notification => {
        await effect(notification)
        await pass()
        return { status: 201, body: { id } }
      })
      const all = Array.from({ length: 100 }, () => send(url, headers))
      await arrived
      let refused = 0
      for (const one of all)
        one.then(({ status }) => {
          if (status === 409 && ++refused === 99) open()
        })
      const statuses = (await Promise.all(all)).map(({ status }) => status)
      expect(statuses.filter(status => status === 201)).toHaveLength(1)
      expect(ran).toHaveLength(1)
      const again = await send(url, headers)
      expect([again.status, again.body, again.headers.get('idempotent-replayed')]).toEqual([
        201,
        JSON.stringify({ id }),
        'true',
      ])
      expect(await effectsOf(id)).toBe(1)
    })

    it('has lost the effect of a handler whose connection is killed, and runs the next attempt', async () => {
      const { id, headers } = key()
      let nth = 0
      const pool = db.newPool()
      const {
        url,
        ran,
        events: told,
      } = await serve({ store: postgresDedupe(pool) }, async notification => {
        await effect(notification)
        if (nth++ === 0) {
          const { rows } = await txOf(notification).query('select pg_backend_pid() as pid')
          const broke = ended(txOf(notification))
          await db.admin.query('select pg_terminate_backend($1)', [rows[0].pid])
          await broke
        }
        return { status: 201 }
      })
      const first = await send(url, headers)
      expect([first.status, codeOf(first)]).toEqual([503, 'store-unavailable'])
      expect(first.headers.has('notify-receipt')).toBe(false)
      expect(told).toContainEqual(expect.objectContaining({ name: 'dedupe_store_failed', step: 'finish' }))
      expect(await effectsOf(id)).toBe(0)
      expect((await send(url, headers)).headers.get('notify-receipt')).toBe(`id=${id}; state=processed`)
      expect((await send(url, headers)).headers.get('idempotent-replayed')).toBe('true')
      expect([await effectsOf(id), ran.length]).toEqual([1, 2])
      expect(pool.totalCount).toBe(pool.idleCount)
    })

    it.each([
      [500, {}],
      [404, {}],
      [404, { storeClientErrors: true }],
    ])('takes the effect back with an answer %i, with %j', async (status, options) => {
      const { id, headers } = key()
      const store = postgresDedupe(db.newPool())
      const { url, ran } = await serve({ store, ...options }, async notification => {
        await effect(notification)
        return { status, body: 'no' }
      })
      for (let i = 0; i < 2; i++) expect((await send(url, headers)).status).toBe(status)
      expect(await effectsOf(id)).toBe(0)
      expect(ran).toHaveLength('storeClientErrors' in options ? 1 : 2)
    })

    it('takes the effect back when the handler throws', async () => {
      const { id, headers } = key()
      const { url } = await serve({ store: postgresDedupe(db.newPool()) }, async notification => {
        await effect(notification)
        throw new Error('broken')
      })
      expect((await send(url, headers)).status).toBe(500)
      expect(await effectsOf(id)).toBe(0)
    })
  })

  it('does not take an answer for done whose transaction failed, be it within or at its end', async () => {
    await db.admin.query(`create table ${db.schema}.strict (id text unique deferrable initially deferred)`)
    const pool = db.newPool()
    const { headers } = key()
    const mistakes = [
      (tx: PoolClient) => tx.query('select from nowhere').catch(() => {}),
      (tx: PoolClient) => tx.query(`insert into strict values ('a'), ('a')`),
      (tx: PoolClient) => tx.query(`insert into strict values ('a')`),
    ]
    const { url } = await kinds.node({ store: postgresDedupe(pool) }, async notification => {
      await mistakes.shift()?.(txOf(notification))
      return { status: 200 }
    })
    expect((await send(url, headers)).status).toBe(503)
    expect((await send(url, headers)).status).toBe(503)
    expect((await send(url, headers)).status).toBe(200)
    expect((await db.admin.query(`select from ${db.schema}.strict`)).rowCount).toBe(1)
    expect(pool.totalCount).toBe(pool.idleCount)
  })

  it('is told by the server that a handler has left its transaction alone for the lease', async () => {
    const { id, headers } = key()
    const { arrived, pass, open } = gate()
    let nth = 0
    let tx: PoolClient | undefined
    const options = { store: postgresDedupe(db.newPool()), lease: 100 }
    const { url } = await kinds.node(options, async notification => {
      await effect(notification)
      if (nth++ > 0) return { body: 'second' }
      tx = txOf(notification)
      await pass()
      return { body: 'first' }
    })
    const first = send(url, headers)
    await arrived
    await ended(tx as PoolClient)
    expect((await send(url, headers)).body).toBe('"second"')
    open()
    expect((await first).status).toBe(503)
    expect(await effectsOf(id)).toBe(1)
  })

  it('keeps others out as long as a handler works, however long', async () => {
    const { id, headers } = key()
    const { arrived, pass, open } = gate()
    open()
    const holder = await db.admin.connect()
    onTestFinished(() => holder.release())
    await holder.query('select pg_advisory_lock(hashtext($1))', [id])
    const options = { store: postgresDedupe(db.newPool()), lease: 100 }
    const { url } = await kinds.node(options, async notification => {
      // Longer than the lease, but not idle.
      await txOf(notification).query('select pg_sleep(0.15)')
      const working = txOf(notification).query('select pg_advisory_xact_lock(hashtext($1))', [id])
      await pass()
      await working
      return { body: 'first' }
    })
    const first = send(url, headers)
    await arrived
    expect((await send(url, headers)).status).toBe(409)
    await holder.query('select pg_advisory_unlock(hashtext($1))', [id])
    expect((await first).body).toBe('"first"')
  })

  it('claims again what is remembered no longer, or was never answered', async () => {
    const pool = db.newPool()
    const store = postgresDedupe(pool, { table: 'aged' })
    const done = async (id: string) => claimed(await store.claim(request(id))).finish(answer)
    await done('old')
    await done('unanswered')
    await pool.query(`update aged set expires_at = now() - interval '1 second' where key = 'old'`)
    await pool.query(`update aged set status = null where key = 'unanswered'`)
    for (const id of ['old', 'unanswered']) {
      const claim = claimed(await store.claim(request(id, { fingerprint: 'new' })))
      expect(await claim.finish({ ...answer, status: 202 })).toBe(true)
      expect(await store.claim(request(id))).toMatchObject({ fingerprint: 'new', answer: { status: 202 } })
    }
    const { rows } = await pool.query(`select extract(epoch from expires_at - now()) as left from aged`)
    for (const { left } of rows) expect(Number(left)).toBeGreaterThan(100)
  })

  it('does not remember what somebody has deleted meanwhile', async () => {
    const pool = db.newPool()
    const store = postgresDedupe(pool, { table: 'deleted' })
    const claim = claimed(await store.claim(request('k')))
    const tx = claim.tx as PoolClient
    await tx.query('delete from deleted')
    await tx.query(`insert into effects values ('deleted')`)
    expect(await claim.finish(answer)).toBe(false)
    expect(await effectsOf('deleted')).toBe(0)
    expect(pool.totalCount).toBe(pool.idleCount)
  })

  describe('cleaning up', () => {
    const aged = async (table: string, count: number) => {
      const pool = db.newPool()
      const clock = testClock()
      const store = postgresDedupe(pool, { table, clock })
      await claimed(await store.claim(request('live'))).finish(answer)
      await pool.query(
        `insert into ${table} select 'k' || i, 'f', 200, '{}', null, now() - interval '1 hour' from generate_series(1, $1) i`,
        [count],
      )
      const left = async () => (await pool.query(`select from ${table}`)).rowCount
      return { pool, clock, store, left }
    }

    it('deletes at most 500 at a time, and nothing that counts or is being handled', async () => {
      const { store, left } = await aged('many', 1100)
      const held = claimed(await store.claim(request('k1')))
      expect([await store.cleanUp(), await store.cleanUp(), await store.cleanUp()]).toEqual([500, 500, 99])
      expect(await left()).toBe(2)
      expect(await held.finish(answer)).toBe(true)
    })

    it('happens once a minute, by itself', async () => {
      const { store, clock, left, pool } = await aged('minutely', 3)
      const ask = async () => void (await claimed(await store.claim(request(randomUUID()))).release())
      await ask()
      await clock.advance(59_999)
      await ask()
      expect(await left()).toBe(4)
      await clock.advance(1)
      await ask()
      // Whoever deletes them holds a client until then.
      while (pool.idleCount < pool.totalCount) await once(pool, 'release')
      expect(await left()).toBe(1)
    })

    it('reports that it failed, and fails nobody', async () => {
      const { store, clock, pool } = await aged('broken', 0)
      events.length = 0
      await pool.query('alter table broken rename column expires_at to other')
      await clock.advance(60_000)
      await expect(store.claim(request('k'))).rejects.toThrow('expires_at')
      while (pool.idleCount < pool.totalCount) await once(pool, 'release')
      expect(events).toEqual([expect.objectContaining({ name: 'dedupe_store_failed', step: 'clean-up' })])
    })
  })

  it('answers 503 when the database is gone, and gives back what it holds', async () => {
    const pool = db.newPool()
    const { url, ran } = await kinds.express({ store: postgresDedupe(pool) })
    expect((await send(url, key().headers)).status).toBe(200)
    await pool.end()
    expect((await send(url, key().headers)).status).toBe(503)
    expect(ran).toHaveLength(1)
  })

  it('has no transaction to give where the store has none', async () => {
    let tx: unknown = 'unset'
    const { url } = await kinds.node({ store: memoryDedupe() }, async notification => {
      tx = notification().tx
      return {}
    })
    await send(url)
    expect(tx).toBeUndefined()
  })
})
