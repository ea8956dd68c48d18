/** What a call of an outbox records, and what it refuses to. */
import { Readable } from 'node:stream'
import { ArgumentError, Bearer, Body, Client, Get, Header, Idempotent, Param, Post, remote } from 'guise'
import { runInContext } from 'guise/context'
import { createOutbox, MessageConflictError, memoryStore, type NewDelivery, StoreError } from 'guise/outbox'
import { mockTransport } from 'guise/testing'
import { describe, expect, test } from 'vitest'
import { Activity, settle, setUp, url } from './support.js'

describe('the receipt', () => {
  test('names the message and its targets, before anything is sent', async () => {
    const { activity, transport, outbox } = setUp({ status: 201 })
    const receipt = await activity.created({ postId: 10 })
    expect(receipt).toEqual({
      id: expect.stringMatching(/^msg_[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/),
      targets: ['activity'],
      duplicate: false,
    })
    expect(transport.requests).toEqual([])
    expect(await outbox.find(receipt.id)).toMatchObject([
      { state: 'pending', attempts: 0, target: 'activity' },
    ])
  })

  test('ids differ, and sort by time', async () => {
    const { activity, clock } = setUp({ status: 201 })
    const ids: string[] = []
    for (let i = 0; i < 20; i++) {
      ids.push((await activity.created({ postId: 10 })).id)
      await clock.advance(1)
    }
    expect([...ids].sort()).toEqual(ids)
    expect(new Set(ids).size).toBe(20)
  })
})

describe("the caller's own key", () => {
  test('is the id of the message, and the same on every attempt', async () => {
    const made = setUp([{ status: 503 }, { status: 201 }])
    const { id } = await made.activity.created({ postId: 10 }, 'order-7')
    expect(id).toBe('order-7')
    await settle(made, id)
    expect(made.transport.requests.map(({ headers }) => headers['idempotency-key'])).toEqual([
      'order-7',
      'order-7',
    ])
  })

  test('twice with the same body is one message (I9)', async () => {
    const made = setUp({ status: 201 })
    await made.activity.created({ postId: 10 }, 'order-7')
    expect(await made.activity.created({ postId: 10 }, 'order-7')).toMatchObject({
      duplicate: true,
      id: 'order-7',
    })
    await made.outbox.drain()
    expect(await made.activity.created({ postId: 10 }, 'order-7')).toMatchObject({ duplicate: true })
    await made.outbox.drain()
    expect(made.transport.requests).toHaveLength(1)
  })

  test('twice with another body is refused, also at the same time (I9)', async () => {
    const made = setUp({ status: 201 })
    const calls = [1, 2].map(postId => made.activity.created({ postId }, 'order-7'))
    const [first, second] = await Promise.allSettled(calls)
    expect(first?.status).toBe('fulfilled')
    expect((second as PromiseRejectedResult).reason).toBeInstanceOf(MessageConflictError)
    expect((second as PromiseRejectedResult).reason.message).toBe(
      'Activity.created: another message was recorded under the id "order-7" before; take a new id for a new message',
    )
    await made.outbox.drain()
    expect(made.transport.requests.map(({ body }) => body)).toEqual([{ postId: 1 }])
  })

  test.each(['', 'x'.repeat(256), 'a b', 'ключ', 'a\r\nb'])(
    '%j is refused before it is recorded',
    async key => {
      const { activity, outbox } = setUp({ status: 201 })
      await expect(activity.created({ postId: 10 }, key)).rejects.toThrow(ArgumentError)
      expect(await outbox.stats()).toEqual([])
    },
  )

  test('@Idempotent() makes one for each call', async () => {
    @Client({ name: 'once' })
    class Once {
      @Post('/x')
      @Idempotent()
      x(): Promise<void> {
        return remote()
      }
    }
    const transport = mockTransport({ status: 204 })
    const outbox = createOutbox({ store: memoryStore() })
    const { id } = await outbox.client(Once, { url, transport }).x()
    await outbox.drain()
    expect(transport.request.headers['idempotency-key']).toBe(id)
    await outbox.close()
  })
})

describe('a call that cannot be recorded', () => {
  test('a body that does not fit its schema: the error of a client, and nothing recorded', async () => {
    const { activity, outbox } = setUp({ status: 201 })
    const call = activity.created({ postId: 'ten' } as never)
    await expect(call).rejects.toThrow(ArgumentError)
    await expect(call).rejects.toMatchObject({
      method: 'Activity.created',
      delivery: 'not-sent',
      attempts: 0,
    })
    expect(await outbox.stats()).toEqual([])
  })

  @Client({ name: 'raw' })
  class Raw {
    @Post('/raw')
    raw(@Body() body: string | Uint8Array | Readable): Promise<void> {
      return remote(body)
    }
    @Post('/secret')
    secret(@Bearer() token: string, @Header('x-api-key') key?: string): Promise<void> {
      return remote(token, key)
    }
    @Get('/{a}{?token}')
    get(@Param('a') a: string, @Param('token') token?: string): Promise<void> {
      return remote(a, token)
    }
  }
  const raw = (options = {}) =>
    createOutbox({ store: memoryStore() }).client(Raw, {
      url,
      transport: mockTransport({ status: 204 }),
      ...options,
    })

  test('a stream', async () => {
    await expect(raw().raw(Readable.from(['x']))).rejects.toThrow(
      'Raw.raw: a stream cannot be recorded; give the body as a string or as bytes',
    )
  })

  test('a body above the limit, by one byte', async () => {
    const guise = raw({ maxBodyBytes: 10 })
    await expect(guise.raw('0123456789')).resolves.toBeDefined()
    await expect(guise.raw('01234567890')).rejects.toThrow(
      'the body of 11 bytes is larger than maxBodyBytes (10)',
    )
  })

  test.each([
    ['authorization', (guise: ReturnType<typeof raw>) => guise.secret('c4n4ry')],
    ['x-api-key', (guise: ReturnType<typeof raw>) => guise.secret(undefined as never, 'c4n4ry')],
  ])('a credential (%s), whose value no message shows', async (name, call) => {
    const error = await call(raw()).catch((thrown: unknown) => thrown)
    expect(String(error)).toContain(`the header ${name} is a credential, which is never stored`)
    expect(String(error)).not.toContain('c4n4ry')
  })

  test('after close', async () => {
    const { activity, outbox } = setUp({ status: 201 })
    await outbox.close()
    await expect(activity.created({ postId: 10 })).rejects.toThrow(StoreError)
  })
})

test('credentials are omitted where that is said, and come with each attempt from `use`', async () => {
  @Client({ name: 'secured' })
  class Secured {
    @Post('/x')
    x(@Bearer() token: string): Promise<void> {
      return remote(token)
    }
  }
  const store = memoryStore()
  const recorded: NewDelivery[] = []
  const record = store.record.bind(store)
  store.record = rows => {
    recorded.push(...rows)
    return record(rows)
  }
  const transport = mockTransport([{ status: 503 }, { status: 204 }])
  const made = setUp({}, { store })
  let asked = 0
  const guise = made.outbox.client(Secured, {
    url,
    transport,
    credentials: 'omit',
    headers: { 'x-from': 'content' },
    use: [
      (request, next) => {
        request.headers.set('authorization', `Bearer fresh-${++asked}`)
        return next(request)
      },
    ],
  })
  const { id } = await guise.x('c4n4ry')
  expect(recorded).toMatchObject([{ id, headers: '[]', path: '/x' }])
  expect(JSON.stringify(recorded)).not.toContain('c4n4ry')
  await settle(made, id)
  expect(transport.requests.map(({ raw }) => Object.fromEntries(pairs(raw.headers)))).toMatchObject([
    { authorization: 'Bearer fresh-1', 'x-from': 'content' },
    { authorization: 'Bearer fresh-2', 'x-from': 'content' },
  ])
})

const pairs = (flat: readonly string[]) =>
  flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1]]] : []))

test('of the request being served: traceparent and what `forward` lists go on, hops and all', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  const made = setUp({ status: 201 }, {}, { forward: ['x-request-id'] })
  const headers = { traceparent, 'x-request-id': 'r-1', cookie: 'c4n4ry', 'x-other': 'no' }
  const { id } = await runInContext({ headers, hops: 3, timeout: 1 }, () =>
    made.activity.created({ postId: 10 }),
  )
  await settle(made, id)
  expect(made.transport.request.headers).toEqual({
    'content-type': 'application/json',
    'idempotency-key': id,
    'notify-expires': expect.any(String),
    'notify-hops': '3',
    traceparent,
    'x-request-id': 'r-1',
  })
})

test('a base path stands in front, as in a client, and may change between recording and sending', async () => {
  const store = memoryStore()
  const transport = mockTransport({ status: 201 })
  const before = createOutbox({ store })
  await before.client(Activity, { url: 'http://old:1/a', transport }).created({ postId: 10 })
  const after = createOutbox({ store })
  after.client(Activity, { url: 'http://new:2/b', transport })
  await after.drain()
  expect(transport.request).toMatchObject({
    origin: 'http://new:2',
    path: '/b/api/posts',
    body: { postId: 10 },
  })
  await after.close()
})

test('a method without a route would take a receipt for a value, and is refused', () => {
  class WithMore extends Activity {
    async both(postId: number): Promise<void> {
      await this.created({ postId })
      await this.liked({ postId })
    }
  }
  const outbox = createOutbox({ store: memoryStore() })
  const guise = outbox.client(WithMore, { url })
  expect(guise).toBeInstanceOf(WithMore)
  expect(() => guise.both(1)).toThrow(
    'both has no route, and the methods of an outbox give receipts, not values; call it on a client',
  )
})
