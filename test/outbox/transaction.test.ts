/** `outbox.transaction`: the message is there if, and only if, what it tells of is. */
import { createRequire } from 'node:module'
import { createOutbox, memoryStore, type OutboxStore, StoreError, sqliteStore } from 'guise/outbox'
import { mockTransport } from 'guise/testing'
import type Libsql from 'libsql'
import { afterEach, describe, expect, test } from 'vitest'
import { describeWithPostgres, makeStore } from '../stores-postgres/support.js'
import { Activity, setUp, url } from './support.js'

const Driver = createRequire(import.meta.url)('libsql') as typeof Libsql
const handles: Libsql.Database[] = []
afterEach(() => {
  for (const db of handles.splice(0)) db.close()
})

function onSqlite() {
  const db = new Driver(':memory:')
  handles.push(db)
  db.exec('create table posts (id integer primary key)')
  const transport = mockTransport({ status: 201 })
  const outbox = createOutbox({ store: sqliteStore(db) })
  outbox.client(Activity, { url, transport })
  const posts = () => db.prepare('select id from posts').all().length
  return { db, outbox, transport, posts }
}
const tick = () => new Promise(resolve => setImmediate(resolve))

describe('on SQLite', () => {
  test('commits both, and delivers', async () => {
    const { outbox, transport, posts } = onSqlite()
    const { id } = await outbox.transaction(async (tx, guises) => {
      tx.prepare('insert into posts (id) values (?)').run(1)
      return guises.client(Activity).created({ postId: 1 })
    })
    expect(posts()).toBe(1)
    await outbox.drain()
    expect(transport.request.headers['idempotency-key']).toBe(id)
    await outbox.close()
  })

  test('rolls both back, and rejects with the very error', async () => {
    const { outbox, transport, posts } = onSqlite()
    const reason = new Error('no such author')
    const failed = outbox.transaction(async (tx, guises) => {
      tx.prepare('insert into posts (id) values (?)').run(1)
      await guises.client(Activity).created({ postId: 1 })
      throw reason
    })
    await expect(failed).rejects.toBe(reason)
    expect(posts()).toBe(0)
    await outbox.drain()
    expect(transport.requests).toEqual([])
    expect(await outbox.stats()).toEqual([])
    await outbox.close()
  })

  test('keeps the worker and other callers out until it ends', async () => {
    const { outbox, transport, posts } = onSqlite()
    outbox.start()
    const order: string[] = []
    const slow = outbox.transaction(async tx => {
      tx.prepare('insert into posts (id) values (?)').run(1)
      for (let i = 0; i < 20; i++) await tick()
      order.push('slow')
      throw new Error('after all not')
    })
    const others = [
      outbox
        .client(Activity)
        .created({ postId: 2 })
        .then(() => order.push('record')),
      outbox.transaction(async tx => {
        order.push('second')
        tx.prepare('insert into posts (id) values (?)').run(2)
      }),
      outbox.transaction(async tx => {
        order.push('third')
        tx.prepare('insert into posts (id) values (?)').run(3)
      }),
    ]
    await expect(slow).rejects.toThrow('after all not')
    await Promise.all(others)
    expect(order[0]).toBe('slow')
    expect(new Set(order)).toEqual(new Set(['slow', 'record', 'second', 'third']))
    expect(posts()).toBe(2)
    await outbox.drain()
    expect(transport.requests).toHaveLength(1)
    await outbox.close()
  })

  test('says so where a call in it would wait for its end', async () => {
    const { outbox, posts } = onSqlite()
    const waiting = outbox.transaction(async () => {
      await outbox.client(Activity).created({ postId: 1 })
    })
    await expect(waiting).rejects.toThrow('record: a transaction is open here; record in it with within(tx)')
    expect(posts()).toBe(0)
    await outbox.close()
  })
})

test('a store without transactions says so', async () => {
  const { outbox } = setUp({ status: 201 }, { store: memoryStore() })
  await expect(outbox.transaction(async () => {})).rejects.toThrow(StoreError)
})

describeWithPostgres('on PostgreSQL', () => {
  test('commits both or neither', async () => {
    const { store, pool, schema, dispose } = await makeStore()
    await pool.query(`create table ${schema}.posts (id int primary key)`)
    const transport = mockTransport({ status: 201 })
    const outbox = createOutbox({ store: store as OutboxStore<{ query(text: string): Promise<unknown> }> })
    outbox.client(Activity, { url, transport })
    const add = (id: number, fail: boolean) =>
      outbox.transaction(async (tx, guises) => {
        await tx.query(`insert into ${schema}.posts (id) values (${id})`)
        await guises.client(Activity).created({ postId: id })
        if (fail) throw new Error('no')
      })
    await add(1, false)
    await expect(add(2, true)).rejects.toThrow('no')
    await outbox.drain()
    expect(transport.requests.map(({ body }) => body)).toEqual([{ postId: 1 }])
    expect((await pool.query(`select id from ${schema}.posts`)).rows).toEqual([{ id: 1 }])
    await outbox.close()
    await dispose()
  })
})
