// The acceptance scenarios of notifications, each under its number, on SQLite and in memory. Kills are in notify-kill.
import { describe, expect, it } from 'vitest'
import { type NotifySetting, POSTS, storedBy, stores, useNotify } from './notify-setting.js'

const post = { content: 'hello' }
/** Hundreds of requests, on a machine that may be busy. */
const LONG = { timeout: 30_000 }
const create = ({ ask }: NotifySetting) => ask('POST', '/api/posts', post)
/** The keys of all requests that a service got. */
const keys = ({ received }: { received: readonly { headers: Record<string, unknown> }[] }) =>
  received.map(({ headers }) => headers['idempotency-key'])

describe.each(stores)('on %s', LONG, kind => {
  it('A1: a post is one request, one activity and one report for each target', async () => {
    const made = await useNotify(kind)
    const { feed, settle, find } = made
    const id = await create(made)
    expect(id).toMatch(/^msg_/)
    expect(feed.activity.received).toHaveLength(0)
    await settle(id)
    expect(feed.activity.received).toHaveLength(1)
    expect(storedBy(feed.activity)).toEqual([['POST_CREATE', id]])
    expect(storedBy(feed.audit)).toEqual([['POST_CREATE', id]])
    expect(await find(id)).toMatchObject({
      activity: { target: 'activity', state: 'delivered', attempts: 1, sends: 1, orderKey: 'post:1' },
      audit: { target: 'audit', state: 'delivered', attempts: 1, receipt: `id=${id}; state=processed` },
    })
  })

  it('A1: every kind of change is told, in the order of its post', async () => {
    const made = await useNotify(kind)
    const { ask, feed, settle } = made
    const ids = [
      await create(made),
      await ask('PUT', '/api/posts/1', post),
      await ask('POST', '/api/posts/1/like'),
      await ask('POST', '/api/comments', { content: 'first', postId: 1 }),
      await ask('POST', '/api/comments/replies', { content: 'second', postId: 1, parentId: 1 }),
      await ask('PUT', '/api/comments/1', { content: 'edited' }),
      await ask('POST', '/api/comments/1/like'),
      await ask('DELETE', '/api/comments/1/like'),
      await ask('DELETE', '/api/comments/1'),
      await ask('DELETE', '/api/posts/1/like'),
      await ask('DELETE', '/api/posts/1'),
    ]
    await settle(...ids)
    const types = [
      ...['POST_CREATE', 'POST_UPDATE', 'LIKE_POST', 'COMMENT_CREATE', 'COMMENT_CREATE', 'COMMENT_UPDATE'],
      ...['LIKE_COMMENT', 'LIKE_COMMENT_CANCEL', 'COMMENT_DELETE', 'LIKE_POST_CANCEL', 'POST_DELETE'],
    ]
    const expected = types.map((type, index) => [type, ids[index]])
    expect(storedBy(feed.activity)).toEqual(expected)
    expect(storedBy(feed.audit)).toEqual(expected)
    expect(new Set(ids).size).toBe(11)
  })

  it('A1: what is refused is not told', async () => {
    const { ask, feed, service } = await useNotify(kind)
    const refused = (method: string, path: string, body?: unknown) =>
      ask(method, path, body).catch(error => (error as Error).message.split(' ').slice(0, 3).join(' '))
    expect(await refused('POST', '/api/posts', { content: 'x'.repeat(5001) })).toBe('POST /api/posts: 400')
    expect(await refused('POST', '/api/posts/7/like')).toBe('POST /api/posts/7/like: 404')
    await service.content.createPost(2, { title: null, content: "lee's" })
    expect(await refused('PUT', '/api/posts/1', post)).toBe('PUT /api/posts/1: 403')
    feed.member.fault('GET /api/members/summary', { status: 500 })
    feed.member.fault('GET /api/members/summary', { status: 500 })
    expect(await refused('POST', '/api/posts', post)).toBe('POST /api/posts: 503')
    await service.outbox.drain()
    expect(storedBy(feed.activity)).toHaveLength(1) // lee's own post
  })

  it('A2: an answer that was lost is asked for again under the same key, and stored once', async () => {
    const made = await useNotify(kind)
    const { feed, settle, find } = made
    feed.activity.fault(POSTS, { storeThenReset: true })
    const id = await create(made)
    await settle(id)
    expect(keys(feed.activity)).toEqual([id, id])
    expect(feed.activity.received.map(({ status }) => status)).toEqual([null, 200])
    expect(storedBy(feed.activity)).toEqual([['POST_CREATE', id]])
    const { activity, audit } = await find(id)
    expect(activity).toMatchObject({ state: 'delivered', attempts: 2, receipt: `id=${id}; state=replayed` })
    expect(audit).toMatchObject({ state: 'delivered', attempts: 1 })
  })

  it('A3: a failure under HTTP 200 is retried, then dead, and never delivered', async () => {
    const made = await useNotify(kind, { maxAttempts: 5 })
    const { feed, settle, find, dead } = made
    feed.activity.fault(POSTS, { errorEnvelope: { statusCode: 500 }, times: 'always' })
    const id = await create(made)
    await settle(id)
    expect(feed.activity.received.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect(feed.activity.stored).toHaveLength(0)
    const { activity } = await find(id)
    expect(activity).toMatchObject({ state: 'dead', reason: 'exhausted', attempts: 5, deliveredAt: null })
    expect(dead).toHaveLength(1)
    expect(feed.audit.stored).toHaveLength(1)
  })

  it('A3: nor does the receiver keep such a failure as its answer: the next attempt is handled anew', async () => {
    const made = await useNotify(kind)
    const { feed, service, settle } = made
    const store = feed.activity.stored as unknown[]
    // The service itself fails, in legacy mode with HTTP 200, and then does not any more.
    const push = store.push
    store.push = () => {
      store.push = push
      throw new Error('the database is down')
    }
    const id = await create(made)
    await settle(id)
    expect(feed.activity.received.map(({ status }) => status)).toEqual([200, 200])
    expect(storedBy(feed.activity)).toEqual([['POST_CREATE', id]])
    expect((await service.outbox.find(id)).map(({ attempts }) => attempts)).toEqual([2, 1])
  })

  it('A4: while activity-svc is down nobody waits; it gets all of it afterwards, once and in order', async () => {
    const made = await useNotify(kind)
    const { ask, feed, clock, service, settle, find } = made
    await feed.activity.kill()
    const ids = [await create(made)] // resolves, with the clock standing still
    await service.outbox.drain()
    expect(await find(ids[0] as string)).toMatchObject({
      activity: { state: 'pending', attempts: 1, lastError: 'connection ECONNREFUSED' },
      audit: { state: 'delivered', attempts: 1 },
    })
    ids.push(await ask('PUT', '/api/posts/1', { content: 'second' }))
    ids.push(await ask('PUT', '/api/posts/1', { content: 'third' }))
    await clock.advance(3_000)
    await service.outbox.drain()
    await feed.activity.restart()
    await settle(...ids)
    const expected = ['POST_CREATE', 'POST_UPDATE', 'POST_UPDATE'].map((type, index) => [type, ids[index]])
    expect(storedBy(feed.activity)).toEqual(expected)
    expect(feed.activity.received).toHaveLength(3)
    const attempts = await Promise.all(ids.map(async id => (await find(id)).activity?.attempts))
    expect(attempts).toEqual([2, 1, 1])
  })

  it('A5: with 500 as its every answer a notice is sent maxAttempts times, is dead once, and rests', async () => {
    const made = await useNotify(kind)
    const { feed, settle, find, dead, clock, service } = made
    feed.activity.fault(POSTS, { status: 500, times: 'always' })
    const id = await create(made)
    await settle(id)
    expect(keys(feed.activity)).toEqual(Array(10).fill(id))
    expect((await find(id)).activity).toMatchObject({
      state: 'dead',
      reason: 'exhausted',
      attempts: 10,
      sends: 10,
    })
    expect(dead).toMatchObject([
      { id, target: 'activity', reason: 'exhausted', attempts: 10, lastStatus: 500 },
    ])
    await clock.advance(48 * 3_600_000)
    await service.outbox.drain()
    expect(feed.activity.received).toHaveLength(10)
    expect(dead).toHaveLength(1)
  })

  it('A6: a poison payload is sent once, and what comes after it is not held back', async () => {
    const made = await useNotify(kind)
    const { feed, service, find, dead } = made
    feed.activity.fault(POSTS, { status: 400 })
    const poison = await create(made)
    const others = [await create(made), await create(made)]
    await service.outbox.drain()
    expect(keys(feed.activity).filter(key => key === poison)).toEqual([poison])
    expect((await find(poison)).activity).toMatchObject({ state: 'dead', reason: 'rejected', attempts: 1 })
    expect(dead.map(({ id }) => id)).toEqual([poison])
    for (const id of others)
      expect((await find(id)).activity).toMatchObject({ state: 'delivered', attempts: 1 })
    expect(feed.activity.received).toHaveLength(3)
  })

  it('A7: 60 poison letters are replayed thrice, each sent once a time, and then no more', LONG, async () => {
    const made = await useNotify(kind)
    const { feed, service } = made
    const { outbox } = service
    feed.activity.fault(POSTS, { status: 400, times: 'always' })
    const write = async () => (await service.content.createPost(1, { title: null, ...post })).receipt.id
    const ids = await Promise.all(Array.from({ length: 60 }, write))
    await outbox.drain()
    expect(feed.activity.received).toHaveLength(60)

    const operator = { actor: 'kim', reason: 'activity-svc is mended, they say' }
    const outcomes: Record<string, number>[] = []
    for (let round = 1; round <= 5; round++) {
      const letters: string[] = []
      const counts: Record<string, number> = {}
      for (let after: number | undefined, page = 1; page <= 10; page++) {
        const { items, next } = await outbox.dead({ limit: 25, ...(after === undefined ? {} : { after }) })
        letters.push(...items.map(({ id }) => id))
        for (const { outcome } of await outbox.replay(
          items.map(({ id }) => id),
          { ...operator, target: 'activity' },
        ))
          counts[outcome] = (counts[outcome] ?? 0) + 1
        await outbox.drain()
        if (next === undefined) break
        after = next
      }
      expect(new Set(letters)).toEqual(new Set(ids))
      expect(letters).toHaveLength(60)
      outcomes.push(counts)
      expect(feed.activity.received).toHaveLength(60 * Math.min(4, 1 + round))
    }
    expect(outcomes).toEqual([{ done: 60 }, { done: 60 }, { done: 60 }, { 'used-up': 60 }, { 'used-up': 60 }])
    for (const id of ids) expect(keys(feed.activity).filter(key => key === id)).toHaveLength(4)
    expect(feed.audit.received).toHaveLength(60)
    expect(await outbox.stats()).toMatchObject([
      { target: 'activity', dead: 60 },
      { target: 'audit', delivered: 60 },
    ])
  })

  it('A8: after 429 with Retry-After: 2 the next attempt is not a millisecond early, under the same key', async () => {
    const made = await useNotify(kind, { schedule: [0] })
    const { feed, clock, service, find } = made
    feed.activity.fault(POSTS, { retryAfter: 2 })
    const id = await create(made)
    await service.outbox.drain()
    expect(feed.activity.received.map(({ status }) => status)).toEqual([429])
    await clock.advance(1_999)
    await service.outbox.drain()
    expect(feed.activity.received).toHaveLength(1)
    await clock.advance(1)
    await service.outbox.drain()
    expect(keys(feed.activity)).toEqual([id, id])
    expect((await find(id)).activity).toMatchObject({ state: 'delivered', attempts: 2 })
  })

  it('A10: like, cancel, like again are three events with three keys, in order', async () => {
    const made = await useNotify(kind)
    const { ask, feed, settle } = made
    const created = await create(made)
    const ids = [
      await ask('POST', '/api/posts/1/like'),
      await ask('DELETE', '/api/posts/1/like'),
      await ask('POST', '/api/posts/1/like'),
    ]
    await settle(created, ...ids)
    const types = ['LIKE_POST', 'LIKE_POST_CANCEL', 'LIKE_POST']
    expect(storedBy(feed.activity).slice(1)).toEqual(types.map((type, index) => [type, ids[index]]))
    expect(new Set(ids).size).toBe(3)
    expect(feed.activity.received).toHaveLength(4)
  })

  it('A14: of two targets only the one that failed is sent to again', async () => {
    const made = await useNotify(kind)
    const { feed, service, settle, find } = made
    feed.audit.fault(POSTS, { status: 503 })
    const id = await create(made)
    await service.outbox.drain()
    expect(await find(id)).toMatchObject({
      activity: { state: 'delivered', attempts: 1, lastStatus: 200 },
      audit: { state: 'pending', attempts: 1, lastStatus: 503, lastError: 'http 503' },
    })
    await settle(id)
    expect(keys(feed.activity)).toEqual([id])
    expect(keys(feed.audit)).toEqual([id, id])
    expect(storedBy(feed.audit)).toEqual([['POST_CREATE', id]])
  })
})
