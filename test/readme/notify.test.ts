/** The README's notifications: a group, an outbox, the transaction around it, and the receiver. */
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import { Body, Client, close, createGroup, Idempotent, nothing, Post, Responses, remote } from 'guise'
import { createOutbox, memoryStore, openSqlite, postgresStore } from 'guise/outbox'
import {
  createInbox,
  deduplicate,
  type InboxWork,
  memoryDedupe,
  notificationOf,
  postgresDedupe,
} from 'guise/receiver'
import { Pool, type PoolClient } from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { z } from 'zod'

const PostCreated = z.object({ postId: z.int(), authorId: z.int() })
type PostCreated = z.infer<typeof PostCreated>

@Client({ name: 'post-events', path: '/events' })
class PostEvents {
  @Post('/post-created')
  @Idempotent()
  @Responses({ 201: nothing(), 202: nothing() })
  created(@Body(PostCreated) event: PostCreated): Promise<void> {
    return remote(event)
  }
}

/** A service that takes what it is sent, or answers 503. */
async function service(status = 201) {
  const bodies: unknown[] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    bodies.push(JSON.parse(text))
    response.writeHead(status).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, bodies, close: () => server.close() }
}

const closers: (() => unknown)[] = []
afterAll(async () => {
  for (const closeIt of closers) await closeIt()
})

test('a group', async () => {
  const [activity, ads] = await Promise.all([service(), service(503)])
  closers.push(activity.close, ads.close)
  const activityUrl = activity.url
  const adsUrl = ads.url
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  const notify = createGroup(PostEvents, {
    targets: { activity: activityUrl, ads: { url: adsUrl, timeout: 500 } },
  })
  const report = await notify.created({ postId: 10, authorId: 1 })
  for (const { target, attempts } of report.delivered) console.log(target, 'has it, after', attempts)
  for (const { target, error } of report.failed) console.log(target, 'has it not:', error)
  const printed = log.mock.calls.map(([target]) => target)
  log.mockRestore()
  expect(printed).toEqual(['activity', 'ads'])
  expect(() => report.orThrow()).toThrow('ads')
  await close(notify)
})

const hasSqlite = process.getBuiltinModule?.('node:sqlite' as never) !== undefined
const file = join(tmpdir(), `guise-readme-${process.pid}.db`)
closers.push(() => {
  for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true })
})

test.skipIf(!hasSqlite)(
  `an outbox${hasSqlite ? '' : ' (skipped: this Node has no SQLite built in)'}`,
  async () => {
    const [activity, ads] = await Promise.all([service(), service()])
    closers.push(activity.close, ads.close)
    const activityUrl = activity.url
    const adsUrl = ads.url
    const log = vi.spyOn(console, 'log').mockImplementation(() => {})
    const openSqlite = (_name: string) => sqliteAt(file)
    const outbox = createOutbox({
      store: openSqlite('outbox.db'),
      onDead: ({ id, target, lastError }) => console.error(`${target} will not get ${id}: ${lastError}`),
    })
    const notify = outbox.group(PostEvents, {
      targets: { activity: activityUrl, ads: adsUrl },
      orderKey: { created: ({ postId }) => `post:${postId}` },
    })
    outbox.start()

    const { id } = await notify.created({ postId: 10, authorId: 1 }) // on the disk; it will be delivered
    await outbox.drain()
    for (const { target, state, attempts } of await outbox.find(id)) console.log(target, state, attempts)
    const printed = log.mock.calls
    log.mockRestore()
    expect(printed.sort()).toEqual([
      ['activity', 'delivered', 1],
      ['ads', 'delivered', 1],
    ])
    expect(activity.bodies).toEqual([{ postId: 10, authorId: 1 }])
    await outbox.close()
  },
)
const sqliteAt = openSqlite

test('a receiver, and its inbox', async () => {
  const app = express()
  const done: unknown[] = []
  const store = async (body: unknown) => void done.push(body)
  const dedupe = deduplicate({ store: memoryDedupe() })
  const inbox = createInbox({
    store: memoryStore(),
    handle: ({ id, body }: InboxWork) => store({ id, ...Object(body) }),
  })
  app.post('/events/post-created', dedupe, async (req, res) => {
    await inbox.accept(notificationOf(req), req.body)
    res.sendStatus(202)
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(
    () => server.close(),
    () => inbox.close(),
  )
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const outbox = createOutbox({ store: memoryStore() })
  const { id } = await outbox.client(PostEvents, { url }).created({ postId: 10, authorId: 1 })
  await outbox.drain()
  await inbox.drain()
  expect(done).toEqual([{ id, postId: 10, authorId: 1 }])
  await outbox.close()
})

const connectionString = process.env.GUISE_POSTGRES ?? 'postgres://postgres@127.0.0.1:5432/test'
const schema = `guise_readme_${process.pid}`
const probe = new Pool({ connectionString, connectionTimeoutMillis: 2_000 })
const reachable = await probe.query('select 1').then(
  () => true,
  () => false,
)
if (!reachable && process.env.GUISE_SERVICES === '1') throw new Error('PostgreSQL is not there')

const withPostgres = test.skipIf(!reachable)
const why = reachable ? '' : ' (skipped: no PostgreSQL at 127.0.0.1:5432)'
beforeAll(async () => {
  if (!reachable) return
  await probe.query(`create schema ${schema}`)
  await probe.query(`create table ${schema}.posts (id int primary key)`)
  await probe.query(`create table ${schema}.activities (post_id int, author_id int)`)
})
closers.push(async () => {
  if (reachable) {
    await probe.query(`drop schema if exists ${schema} cascade`)
    await probe.query(`drop schema if exists ${schema}_outbox cascade`)
  }
  await probe.end()
})

withPostgres(`in the caller's own transaction, and the effect in the receiver's${why}`, async () => {
  const options = { connectionString, connectionTimeoutMillis: 2_000, options: `-c search_path=${schema}` }
  const pool = new Pool(options)
  const activityDb = pool
  const app = express()
  app.post('/events/post-created', deduplicate({ store: postgresDedupe(activityDb) }), async (req, res) => {
    const { tx } = notificationOf<PoolClient>(req)
    const { postId, authorId } = PostCreated.parse(req.body)
    await tx.query('insert into activities (post_id, author_id) values ($1, $2)', [postId, authorId])
    res.sendStatus(201)
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const outbox = createOutbox({ store: postgresStore(pool, { schema: `${schema}_outbox` }) })
  const notify = outbox.client(PostEvents, { url })
  const [postId, authorId] = [10, 1]
  await outbox.transaction(async (tx, guises) => {
    await tx.query('insert into posts (id) values ($1)', [postId])
    await guises.group(PostEvents).created({ postId, authorId })
  })
  await notify.created({ postId: 11, authorId })
  await outbox.drain()
  const { rows } = await probe.query(`select post_id from ${schema}.activities order by post_id`)
  expect(rows).toEqual([{ post_id: 10 }, { post_id: 11 }])
  await outbox.close()
  await new Promise(resolve => server.close(resolve))
  await pool.end()
})
