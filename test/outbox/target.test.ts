/** One target and the others: circuits, budgets, parking, order, and how many requests at the same time. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Interceptor } from 'guise'
import { runInContext } from 'guise/context'
import { createOutbox, memoryStore, type OutboxEvent } from 'guise/outbox'
import { type MockTransport, mockTransport, testClock } from 'guise/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { Activity, NOW, settle, setUp, url } from './support.js'

const events: OutboxEvent[] = []
const listen = (event: unknown) => void events.push(event as OutboxEvent)
subscribe('guise:outbox', listen)
afterEach(() => {
  events.length = 0
})
process.once('exit', () => unsubscribe('guise:outbox', listen))

/** Answers when the test says so. */
function held() {
  const open: (() => void)[] = []
  const transport = mockTransport(() => new Promise(resolve => open.push(() => resolve({ status: 201 }))))
  return { transport, open }
}

const bodies = ({ requests }: MockTransport) =>
  requests.map(({ body }) => (body as { postId: number }).postId)

describe('a circuit that is open', () => {
  test('costs messages no attempts, and lets them all through when the service is back', async () => {
    let up = false
    const transport = mockTransport(() => ({ status: up ? 201 : 503 }))
    const made = setUp(
      {},
      {},
      { transport, circuitBreaker: { volume: 5, resetAfter: 60_000 }, concurrency: 1 },
    )
    const ids = []
    for (let postId = 0; postId < 50; postId++) ids.push((await made.activity.created({ postId })).id)
    await made.outbox.drain()
    const sent = transport.requests.length
    expect(sent).toBeLessThan(10)
    for (let i = 0; i < 20; i++) {
      await made.clock.advance(1_000)
      await made.outbox.drain()
    }
    expect(transport.requests).toHaveLength(sent)
    const attempts = await Promise.all(ids.map(async id => (await made.outbox.find(id))[0]?.attempts ?? 0))
    expect(attempts.reduce((sum, n) => sum + n, 0)).toBe(sent)
    up = true
    await made.clock.advance(120_000)
    for (const id of ids) expect((await settle(made, id)).state).toBe('delivered')
    expect(transport.requests).toHaveLength(sent + 50)
  })

  test('is published as deferral', async () => {
    const transport = mockTransport({ status: 503 })
    const made = setUp(
      {},
      {},
      { transport, circuitBreaker: { volume: 1, resetAfter: 60_000 }, concurrency: 2 },
    )
    await made.activity.created({ postId: 1 })
    await made.outbox.drain()
    await made.activity.created({ postId: 2 })
    await made.outbox.drain()
    expect(events.map(({ type }) => type)).toEqual(['recorded', 'retry', 'recorded', 'deferred'])
  })
})

test('a target that answers 410 is not stopped, unless it is told to park', async () => {
  const plain = setUp([{ status: 410 }, { status: 201 }])
  await plain.activity.created({ postId: 1 })
  const next = await plain.activity.created({ postId: 2 })
  await plain.outbox.drain()
  expect((await settle(plain, next.id)).state).toBe('delivered')

  const parked = setUp([{ status: 410 }, { status: 201 }], {}, { parkOn: [410], concurrency: 1 })
  await parked.activity.created({ postId: 1 })
  const { id } = await parked.activity.created({ postId: 2 })
  await parked.outbox.drain()
  expect(parked.transport.requests).toHaveLength(1)
  expect((await parked.outbox.find(id))[0]).toMatchObject({ state: 'pending', attempts: 0 })
  expect(events).toContainEqual({ type: 'parked', target: 'activity', status: 410 })
  await parked.outbox.resume('activity', { actor: 'operator', reason: 'it is back' })
  await parked.outbox.drain()
  expect((await parked.outbox.find(id))[0]).toMatchObject({ state: 'delivered' })
})

test('retries beyond the budget wait, and none is lost', async () => {
  const made = setUp({ status: 503 }, { schedule: [0, 1_000], maxAttempts: 2 }, { concurrency: 100 })
  const ids: string[] = []
  for (let postId = 0; postId < 200; postId++) ids.push((await made.activity.created({ postId })).id)
  await made.outbox.drain()
  expect(made.transport.requests).toHaveLength(200)
  made.transport.reset()
  await made.clock.advance(1_500)
  await made.outbox.drain()
  // A fifth of 200, and ten for the second that has passed, and what the retries themselves paid in.
  expect(made.transport.requests.length).toBeGreaterThanOrEqual(50)
  expect(made.transport.requests.length).toBeLessThanOrEqual(120)
  for (const id of ids) expect(await settle(made, id)).toMatchObject({ reason: 'exhausted', sends: 2 })
})

describe('messages of one order key', () => {
  const orderKey = { created: ({ postId }: { postId: number }) => `post:${Math.floor(postId / 100)}` }

  test('go one after the other, and the retry of one holds back no other key', async () => {
    const failing = new Set([100])
    const transport = mockTransport(({ body }) => {
      const { postId } = body as { postId: number }
      if (failing.delete(postId)) return { status: 503 }
      return { status: 201 }
    })
    const made = setUp({}, {}, { transport, orderKey })
    for (const postId of [100, 101, 102, 200, 201, 202]) await made.activity.created({ postId })
    await made.outbox.drain()
    expect(bodies(transport).filter(id => id < 200)).toEqual([100])
    expect(bodies(transport).filter(id => id >= 200)).toEqual([200, 201, 202])
    await made.clock.advance(10_000)
    await made.outbox.drain()
    expect(bodies(transport).filter(id => id < 200)).toEqual([100, 100, 101, 102])
    const seqs = transport.requests.filter(({ body }) => (body as { postId: number }).postId < 200)
    const numbers = seqs.map(({ headers }) => Number(headers['notify-seq']))
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
  })

  test('a dead one is passed over', async () => {
    const made = setUp([{ status: 400 }, { status: 201 }], {}, { orderKey })
    await made.activity.created({ postId: 100 })
    const { id } = await made.activity.created({ postId: 101 })
    await made.outbox.drain()
    expect((await made.outbox.find(id))[0]?.state).toBe('delivered')
  })

  test.each(['', 'x'.repeat(256), 7 as never])('%j is no key', async key => {
    const made = setUp({ status: 201 }, {}, { orderKey: { created: () => key } })
    await expect(made.activity.created({ postId: 1 })).rejects.toThrow(
      'Activity.created: orderKey must return a text of 1 to 255 characters, or undefined',
    )
  })
})

describe('at the same time', () => {
  test('no more than `concurrency` to one target, and a slow one does not hold up the others', async () => {
    const slow = held()
    const fast = mockTransport({ status: 201 })
    const outbox = createOutbox({ store: memoryStore(), clock: testClock({ wallNow: NOW }) })
    const group = outbox.group(Activity, {
      circuitBreaker: false,
      targets: {
        slow: { url, transport: slow.transport, concurrency: 3 },
        fast: { url, transport: fast },
      },
    })
    outbox.start()
    const ids: string[] = []
    for (let postId = 0; postId < 20; postId++) ids.push((await group.created({ postId })).id)
    const last = ids.at(-1) as string
    while ((await outbox.find(last)).find(({ target }) => target === 'fast')?.state !== 'delivered')
      await new Promise(resolve => setImmediate(resolve))
    expect(fast.requests).toHaveLength(20)
    expect(slow.open).toHaveLength(3)
    for (let done = 0; done < 20; done++) {
      while (slow.open.length <= done) await new Promise(resolve => setImmediate(resolve))
      expect(slow.open.length - done).toBeLessThanOrEqual(3)
      slow.open[done]?.()
    }
    await outbox.drain()
    expect(slow.transport.requests).toHaveLength(20)
    await outbox.close()
  })
})

test('hop by hop, an echo between two services ends after the eighth (I5, O8)', async () => {
  const made = setUp({ status: 201 })
  // The receiver notifies in turn, as its middleware lets it: with one hop more.
  const echo: Interceptor = async (request, next) => {
    const response = await next(request)
    const hops = Number(request.headers.get('notify-hops')) + 1
    await runInContext({ hops }, () => activity.created({ postId: hops }))
    return response
  }
  const transport = mockTransport({ status: 201 })
  const activity = made.outbox.client(Activity, { url, target: 'echo', transport, use: [echo] })
  await activity.created({ postId: 0 })
  await made.outbox.drain()
  expect(transport.requests.map(({ headers }) => headers['notify-hops'])).toEqual([...'012345678'])
  expect(made.dead).toMatchObject([{ reason: 'loop', sends: 0, hops: 9 }])
})

test('a target that is registered twice is the same one, unless something else is said of it', () => {
  const { outbox, transport } = setUp({ status: 201 })
  const options = { url, target: 'other', transport }
  outbox.client(Activity, options)
  expect(() => outbox.client(Activity, { ...options })).not.toThrow()
  expect(() => outbox.client(Activity, { ...options, concurrency: 3 })).toThrow(
    'the target other is registered for this class with other options',
  )
})
