/** The worker: from start to close, over real sockets, and with a store that fails. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Client, nothing, Post, Responses, remote } from 'guise'
import { createOutbox, memoryStore, type OutboxEvent, type OutboxStore } from 'guise/outbox'
import { verifyWebhook } from 'guise/receiver'
import { mockTransport, testClock } from 'guise/testing'
import { describe, expect, test } from 'vitest'
import { Activity, NOW, settle, setUp, url } from './support.js'

async function listening(handle: (request: IncomingMessage, body: Buffer) => number) {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    response.writeHead(handle(request, Buffer.concat(chunks))).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() }
}

/** Waits for an event of the outbox. */
function told(type: OutboxEvent['type'], times = 1): Promise<void> {
  return new Promise(resolve => {
    const listen = (event: unknown) => {
      if ((event as OutboxEvent).type !== type || --times > 0) return
      unsubscribe('guise:outbox', listen)
      resolve()
    }
    subscribe('guise:outbox', listen)
  })
}

test('started, it delivers over the network what is recorded, and what was recorded before', async () => {
  const got: string[] = []
  const server = await listening((_request, body) => {
    got.push(body.toString())
    return 201
  })
  const outbox = createOutbox({ store: memoryStore() })
  const activity = outbox.client(Activity, { url: server.url })
  await activity.created({ postId: 1 })
  const delivered = told('delivered', 2)
  outbox.start()
  outbox.start()
  await activity.created({ postId: 2 })
  await delivered
  expect(got.sort()).toEqual(['{"postId":1}', '{"postId":2}'])
  await outbox.close()
  server.close()
})

test('each attempt is signed anew, with the same id', async () => {
  const secrets = [`whsec_${Buffer.alloc(32, 7).toString('base64')}`]
  const clock = testClock({ wallNow: NOW })
  const results: unknown[] = []
  const stamps: unknown[] = []
  const server = await listening(({ headers }, body) => {
    stamps.push([headers['webhook-id'], headers['webhook-timestamp']])
    results.push(verifyWebhook(headers, body, { secrets, now: clock.wallNow() }))
    return results.length === 1 ? 503 : 201
  })
  const outbox = createOutbox({ store: memoryStore(), clock, signing: { secrets } })
  const { id } = await outbox.client(Activity, { url: server.url }).created({ postId: 1 })
  expect(await settle({ outbox, clock }, id)).toMatchObject({ state: 'delivered', attempts: 2 })
  expect(results).toEqual([expect.objectContaining({ ok: true }), expect.objectContaining({ ok: true })])
  const [first, second] = stamps as [string, string][]
  expect(first?.[0]).toBe(id)
  expect(second?.[0]).toBe(id)
  expect(Number(second?.[1])).toBeGreaterThan(Number(first?.[1]))
  await outbox.close()
  server.close()
})

describe('close', () => {
  test('waits for what is under way', async () => {
    let answer!: () => void
    const asked = new Promise<void>(resolve => {
      answer = () => resolve()
    })
    let begun!: () => void
    const began = new Promise<void>(resolve => {
      begun = resolve
    })
    const transport = mockTransport(async () => {
      begun()
      await asked
      return { status: 201 }
    })
    const store = memoryStore()
    const outbox = createOutbox({ store: shared(store) })
    const { id } = await outbox.client(Activity, { url, transport }).created({ postId: 1 })
    outbox.start()
    await began
    const closing = outbox.close()
    answer()
    await closing
    expect(await store.find(id)).toMatchObject([{ state: 'delivered' }])
  })

  test('ends after its timeout what is not done by then; that is sent again later', async () => {
    const clock = testClock({ wallNow: NOW })
    let begun!: () => void
    const began = new Promise<void>(resolve => {
      begun = resolve
    })
    const transport = mockTransport(() => {
      begun()
      return new Promise(() => {})
    })
    const store = memoryStore()
    const outbox = createOutbox({ store: shared(store), clock })
    const { id } = await outbox.client(Activity, { url, transport }).created({ postId: 1 })
    outbox.start()
    await began
    const closing = outbox.close({ timeout: 3_000 })
    await clock.advance(3_000)
    await closing
    expect(await store.find(id)).toMatchObject([{ state: 'pending', attempts: 1, lastError: 'aborted' }])
  })

  test('twice is harmless, and nothing is delivered after it', async () => {
    const { outbox, transport } = setUp({ status: 201 })
    outbox.start()
    await Promise.all([outbox.close(), outbox.close()])
    expect(() => outbox.start()).toThrow('the outbox is closed; make a new one')
    await outbox.drain()
    expect(transport.requests).toEqual([])
  })

  test.each([-1, 600_001, Number.NaN])('with a timeout of %d is refused', timeout => {
    expect(() => setUp({}).outbox.close({ timeout })).toThrow(RangeError)
  })
})

/** The same store, which stays open when an outbox is closed. */
const shared = (store: OutboxStore<never>): OutboxStore<never> =>
  new Proxy(store, {
    get: (target, name) => {
      if (name === 'close') return async () => {}
      const value = Reflect.get(target, name) as unknown
      return typeof value === 'function' ? value.bind(target) : value
    },
  })

/** A store whose operation fails so many times. */
function failing(operation: 'record' | 'claim' | 'settle' | 'open', times: number) {
  const store = memoryStore()
  const original = (store[operation] as (...args: never[]) => Promise<never>).bind(store)
  let left = times
  Object.assign(store, {
    [operation]: async (...args: never[]) => {
      if (left-- > 0) throw new Error('the disk is full')
      return original(...args)
    },
  })
  return store
}

describe('a store that fails', () => {
  test('while recording: the call rejects, and nothing is sent', async () => {
    const made = setUp({ status: 201 }, { store: failing('record', 1) })
    await expect(made.activity.created({ postId: 1 })).rejects.toThrow('the disk is full')
    await made.outbox.drain()
    expect(made.transport.requests).toEqual([])
    await expect(made.activity.created({ postId: 1 })).resolves.toBeDefined()
  })

  test('while it is opened: the call rejects, and the next one tries again', async () => {
    const made = setUp({ status: 201 }, { store: failing('open', 1) })
    await expect(made.activity.created({ postId: 1 })).rejects.toThrow('the disk is full')
    await expect(made.activity.created({ postId: 1 })).resolves.toBeDefined()
  })

  test('while claiming: a drain says so, and a started worker goes on', async () => {
    const drained = setUp({ status: 201 }, { store: failing('claim', 1) })
    await drained.activity.created({ postId: 1 })
    await expect(drained.outbox.drain()).rejects.toThrow('the disk is full')
    await drained.outbox.drain()
    expect(drained.transport.requests).toHaveLength(1)

    const told3: unknown[] = []
    const onError = (error: unknown) => told3.push(error)
    const started = setUp({ status: 201 }, { store: failing('claim', 3), onError })
    await started.activity.created({ postId: 1 })
    const failed = told('store-failed', 3)
    const delivered = told('delivered')
    started.outbox.start()
    for (let i = 0; i < 20; i++) await started.clock.advance(1_000)
    await failed
    await delivered
    expect(told3.map(String)).toEqual(['Error: the disk is full'])
    await started.outbox.close()
  })

  test('while settling: it is settled a little later, and sent once', async () => {
    const made = setUp({ status: 201 }, { store: failing('settle', 2) })
    const { id } = await made.activity.created({ postId: 1 })
    const failed = told('store-failed', 1)
    const drained = made.outbox.drain()
    await failed
    await made.clock.advance(1_000)
    await drained
    expect(await made.outbox.find(id)).toMatchObject([{ state: 'delivered', sends: 1 }])
    expect(made.transport.requests).toHaveLength(1)
  })
})

test('calls of one turn of the event loop are recorded by one write', async () => {
  const store = memoryStore()
  const record = store.record.bind(store)
  const sizes: number[] = []
  store.record = rows => {
    sizes.push(rows.length)
    return record(rows)
  }
  const { activity } = setUp({ status: 201 }, { store })
  // Each from a callback of its own, as requests to a server come.
  const calls = Array.from({ length: 20 }, (_, postId) =>
    new Promise(resolve => setImmediate(resolve)).then(() => activity.created({ postId })),
  )
  await Promise.all(calls)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(20)
  expect(sizes.length).toBeLessThanOrEqual(3)
})

test('a route that this version has not waits for one that has, and costs no attempt', async () => {
  @Client({ name: 'activity', path: '/api' })
  class Newer {
    @Post('/newer')
    @Responses({ 201: nothing() })
    newer(): Promise<void> {
      return remote()
    }
  }
  const store = memoryStore()
  const clock = testClock({ wallNow: NOW })
  const transport = mockTransport({ status: 201 })
  const newer = createOutbox({ store, clock })
  const { id } = await newer.client(Newer, { url, transport }).newer()
  const older = createOutbox({ store, clock })
  older.client(Activity, { url, transport })
  await older.drain()
  expect(await older.find(id)).toMatchObject([
    { state: 'pending', attempts: 0, sends: 0, lastError: 'unknown route Newer.newer' },
  ])
  await clock.advance(31_000)
  await newer.drain()
  expect(await newer.find(id)).toMatchObject([{ state: 'delivered', attempts: 1 }])
})

test('what is not what was recorded is dead and not sent', async () => {
  const store = memoryStore()
  const claim = store.claim.bind(store)
  store.claim = async asked =>
    (await claim(asked)).map(delivery => ({ ...delivery, body: Buffer.from('{"postId":666}') }))
  const made = setUp({ status: 201 }, { store })
  await made.activity.created({ postId: 1 })
  await made.outbox.drain()
  expect(made.transport.requests).toEqual([])
  expect(made.dead).toMatchObject([{ reason: 'corrupt', sends: 0 }])
})

test('10,000 messages to 20 targets: each once', async () => {
  const counts = new Map<string, number>()
  const transport = mockTransport(({ origin, headers }) => {
    const key = `${origin} ${headers['idempotency-key']}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
    return { status: 201 }
  })
  const targets = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`t${i}`, `http://t${i}`]))
  const outbox = createOutbox({ store: memoryStore() })
  const group = outbox.group(Activity, { targets, transport })
  await Promise.all(Array.from({ length: 500 }, (_, postId) => group.created({ postId })))
  await outbox.drain()
  expect(counts.size).toBe(10_000)
  expect([...counts.values()].every(count => count === 1)).toBe(true)
  await outbox.close()
}, 60_000)
