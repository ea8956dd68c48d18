/** A message that is dead stays dead, and nothing that is told of it can send another one (I4, O9, O10). */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { createOutbox, memoryStore, NotifyInsideDeadHandlerError, type OutboxEvent } from 'guise/outbox'
import { mockTransport, testClock } from 'guise/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Activity, NOW, settle, setUp, url } from './support.js'

const events: OutboxEvent[] = []
const listen = (event: unknown) => void events.push(event as OutboxEvent)
beforeEach(() => {
  events.length = 0
  subscribe('guise:outbox', listen)
})
afterEach(() => void unsubscribe('guise:outbox', listen))

const failed = () => events.filter(({ type }) => type === 'dead-handler-failed')

describe('onDead', () => {
  test('is told once, with what happened and without what was said', async () => {
    const made = setUp({ status: 422, body: { secret: 'c4n4ry' } })
    const { id } = await made.activity.created({ postId: 10 })
    await made.outbox.drain()
    const [dead] = made.dead
    expect(made.dead).toHaveLength(1)
    expect(dead).toMatchObject({
      id,
      target: 'activity',
      method: 'Activity.created',
      state: 'dead',
      reason: 'rejected',
      attempts: 1,
      sends: 1,
      lastStatus: 422,
      lastError: 'http 422',
    })
    expect(Object.keys(dead ?? {})).not.toContain('body')
    expect(Object.keys(dead ?? {})).not.toContain('headers')
    expect(dead).toEqual((await made.outbox.find(id))[0])
  })

  test('cannot notify: neither at once nor later on its behalf', async () => {
    const errors: unknown[] = []
    const made = setUp(
      { status: 400 },
      {
        onDead: async () => {
          errors.push(await made.activity.created({ postId: 99 }).catch((error: unknown) => error))
          await new Promise(resolve => setImmediate(resolve))
          errors.push(await made.activity.liked({ postId: 99 }).catch((error: unknown) => error))
        },
      },
    )
    await made.activity.created({ postId: 10 })
    await made.outbox.drain()
    expect(errors).toHaveLength(2)
    for (const error of errors) expect(error).toBeInstanceOf(NotifyInsideDeadHandlerError)
    expect(String(errors[0])).toBe(
      'NotifyInsideDeadHandlerError: Activity.created: onDead must not notify: a dead letter would make another one; nothing was recorded',
    )
    expect(made.transport.requests).toHaveLength(1)
    expect((await made.outbox.stats())[0]).toMatchObject({ dead: 1, pending: 0 })
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('c4n4ry')
      },
    ],
    ['rejects', () => Promise.reject(new Error('c4n4ry'))],
  ])('that %s is counted, and the worker goes on', async (_what, onDead) => {
    const made = setUp([{ status: 400 }, { status: 201 }], { onDead })
    await made.activity.created({ postId: 1 })
    const { id } = await made.activity.created({ postId: 2 })
    await made.outbox.drain()
    expect(failed()).toHaveLength(1)
    expect((await made.outbox.find(id))[0]?.state).toBe('delivered')
  })

  test('that never resolves is given up after 5 seconds', async () => {
    const made = setUp({ status: 400 }, { onDead: () => new Promise(() => {}) })
    await made.activity.created({ postId: 1 })
    const drained = made.outbox.drain()
    while (!events.some(({ type }) => type === 'dead')) await made.clock.advance(0)
    await made.clock.advance(4_999)
    expect(failed()).toEqual([])
    await made.clock.advance(1)
    await drained
    expect(failed()).toHaveLength(1)
    await made.outbox.close()
  })
})

describe('what is dead', () => {
  test('is not sent again: not by time, not by a restart, not by its key (I4)', async () => {
    const store = memoryStore()
    const clock = testClock({ wallNow: NOW })
    const transport = mockTransport({ status: 500 })
    const options = { url, transport, circuitBreaker: false as const, maxAttempts: 3 }
    let told = 0
    const start = () => {
      const outbox = createOutbox({ store, clock, onDead: () => void told++ })
      return { outbox, clock, activity: outbox.client(Activity, options) }
    }
    const first = start()
    const { id } = await first.activity.created({ postId: 10 }, 'k-1')
    expect(await settle(first, id)).toMatchObject({ state: 'dead', reason: 'exhausted', sends: 3 })
    for (let restart = 0; restart < 5; restart++) {
      const again = start()
      await clock.advance(3_600_000)
      expect(await again.activity.created({ postId: 10 }, 'k-1')).toMatchObject({ duplicate: true })
      await again.outbox.drain()
    }
    expect(transport.requests).toHaveLength(3)
    expect(told).toBe(1)
  })

  test('60 poison letters, replayed five times: three generations, then refused (A7, O10, I3)', async () => {
    const made = setUp({ status: 400 }, { store: memoryStore() })
    const ids: string[] = []
    for (let postId = 0; postId < 60; postId++) ids.push((await made.activity.created({ postId })).id)
    await made.outbox.drain()
    expect(made.transport.requests).toHaveLength(60)
    const operator = { actor: 'operator', reason: 'the receiver was mended' }
    const outcomes: string[][] = []
    for (let replay = 0; replay < 5; replay++) {
      const page = await made.outbox.dead({ limit: 1000 })
      const results = await made.outbox.replay(
        page.items.map(({ id }) => id),
        operator,
      )
      outcomes.push([...new Set(results.map(({ outcome }) => outcome))])
      await made.outbox.drain()
    }
    expect(outcomes).toEqual([['done'], ['done'], ['done'], ['used-up'], ['used-up']])
    expect(made.transport.requests).toHaveLength(240)
    const keys = made.transport.requests.map(({ headers }) => headers['idempotency-key'] as string)
    expect(new Set(keys)).toEqual(new Set(ids))
    for (const id of ids) {
      expect(keys.filter(key => key === id)).toHaveLength(4)
      expect((await made.outbox.find(id))[0]).toMatchObject({
        state: 'dead',
        generation: 3,
        sends: 4,
        attempts: 1,
      })
    }
  })

  test('is listed page by page, each once', async () => {
    const made = setUp({ status: 400 }, { store: memoryStore() })
    for (let postId = 0; postId < 25; postId++) await made.activity.created({ postId })
    await made.outbox.drain()
    const seen: string[] = []
    let after: number | undefined
    do {
      const page: Awaited<ReturnType<typeof made.outbox.dead>> = await made.outbox.dead({
        limit: 10,
        ...(after === undefined ? {} : { after }),
      })
      seen.push(...page.items.map(({ id }) => id))
      after = page.next
    } while (after !== undefined)
    expect(seen).toHaveLength(25)
    expect(new Set(seen).size).toBe(25)
  })

  test('can be delivered by a replay, with a new end of its time and the same id', async () => {
    const made = setUp([{ status: 400 }, { status: 201 }], { store: memoryStore(), expiresAfter: 60_000 })
    const { id } = await made.activity.created({ postId: 1 })
    await made.outbox.drain()
    await made.clock.advance(600_000)
    const act = { actor: 'operator', reason: 'mended', expiresAfter: 30_000 }
    expect(await made.outbox.replay([id, 'nobody'], act)).toEqual([
      { id, target: 'activity', outcome: 'done' },
    ])
    await made.outbox.drain()
    expect((await made.outbox.find(id))[0]).toMatchObject({ state: 'delivered', generation: 1, sends: 2 })
    expect(made.transport.requests[1]?.headers['notify-expires']).toBe(String((NOW + 630_000) / 1000))
  })

  test.each([
    { actor: '', reason: 'x' },
    { actor: 'x', reason: ' ' },
    { actor: 7, reason: 'x' },
  ])('is replayed by nobody without a name and a reason (%j)', async operator => {
    const made = setUp({ status: 400 })
    await expect(made.outbox.replay(['x'], operator as never)).rejects.toThrow(/must say (?:who does it|why)/)
  })
})

test('a cancelled message is not sent', async () => {
  const made = setUp({ status: 503 }, { store: memoryStore() })
  const { id } = await made.activity.created({ postId: 1 })
  await made.outbox.drain()
  expect(await made.outbox.cancel([id], { actor: 'operator', reason: 'wrong post' })).toMatchObject([
    { outcome: 'done' },
  ])
  await made.clock.advance(86_400_000)
  await made.outbox.drain()
  expect(made.transport.requests).toHaveLength(1)
  expect(made.dead).toEqual([])
})
