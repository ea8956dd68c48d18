/** The README's policies: the decorated class, the options, tokens, the context of an incoming request. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  Body,
  bearerToken,
  Call,
  type CallOptions,
  CircuitBreaker,
  Client,
  createClient,
  describe,
  Get,
  Idempotent,
  Param,
  Post,
  Responses,
  Retry,
  remote,
  Timeout,
} from 'guise'
import { inbound } from 'guise/context'
import { mockTransport } from 'guise/testing'
import { expect, test, vi } from 'vitest'
import { z } from 'zod'

const Order = z.object({ id: z.string(), item: z.string() })
type Order = z.infer<typeof Order>
const NewOrder = z.object({ item: z.string() })
type NewOrder = z.infer<typeof NewOrder>

@Client({ name: 'orders', path: '/orders' })
@Timeout({ attempt: 1_000, total: 4_000 })
@CircuitBreaker({ volume: 20, resetAfter: 30_000 })
class OrderClient {
  @Get('/{id}')
  @Responses({ 200: Order })
  byId(@Param('id') id: string, @Call() options?: CallOptions): Promise<Order> {
    return remote(id, options)
  }

  @Post()
  @Idempotent()
  @Retry({ retries: 4 })
  @Responses({ 201: Order })
  place(@Body(NewOrder) order: NewOrder): Promise<Order> {
    return remote(order)
  }
}

test('policies come from decorators and options, and describe tells from where', () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  const orders = createClient(OrderClient, {
    url: ['http://orders-1:8080', 'http://orders-2:8080'],
    bulkhead: { concurrent: 100, queue: 200 },
    methods: { byId: { timeout: 500 } },
    fallback: { byId: (_error, id) => ({ id, item: 'unknown' }) },
  })
  console.log(String(describe(orders))) // each method's chain, and who set each value
  const [[text]] = log.mock.calls as [[string]]
  log.mockRestore()
  expect(text).toContain("total timeout: ms 500 (guise's method)")
  expect(text).toContain('retry: retries 4 (method), minDelay 100 (default)')
  expect(text).toContain('circuit breaker: volume 20 (class)')
  expect(text).toContain('bulkhead: queue 200 (guise), concurrent 100 (guise)')
})

test('an idempotent POST is sent again with the same key', async () => {
  const transport = mockTransport([{ status: 503 }, { status: 201, body: { id: 'o-1', item: 'tea' } }])
  const orders = createClient(OrderClient, { url: 'http://orders', transport, retry: { minDelay: 1 } })
  expect(await orders.place({ item: 'tea' })).toEqual({ id: 'o-1', item: 'tea' })
  const keys = transport.requests.map(({ headers }) => headers['idempotency-key'])
  expect(keys).toEqual([expect.stringMatching(/^[\da-f-]{36}$/), keys[0]])
})

const Member = z.object({ id: z.number() })

class MemberClient {
  @Get('/members/{id}')
  @Responses({ 200: Member })
  byId(@Param('id') id: number): Promise<{ id: number }> {
    return remote(id)
  }
}

/** A service that takes the token `new` only, and says so when it should be renewed. */
async function memberService() {
  const seen: (string | undefined)[] = []
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization)
    const known = request.headers.authorization === 'Bearer new'
    response.writeHead(known ? 200 : 401, {
      'content-type': 'application/json',
      'x-token-refresh-needed': 'true',
    })
    response.end(JSON.stringify({ id: 7 }))
  }).listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  return { seen, server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

test('a token is renewed once', async () => {
  const { seen, server, url } = await memberService()
  const tokens = ['old', 'new']
  const login = async () => ({ token: tokens.shift() as string })
  const members = createClient(MemberClient, { url, use: [bearerToken(async () => (await login()).token)] })
  expect(await members.byId(7)).toEqual({ id: 7 })
  expect(seen).toEqual(['Bearer old', 'Bearer new'])
  server.close()
})

test('headers go on and come back', async () => {
  const service = await memberService()
  const { url } = service
  const members = createClient(MemberClient, {
    url,
    forward: ['authorization', 'traceparent'],
    handBack: ['x-token-refresh-needed'],
  })
  const server = createServer((request, response) =>
    inbound(request, response, async () => {
      response.end(JSON.stringify(await members.byId(7)))
    }),
  )
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const answer = await fetch(`http://127.0.0.1:${port}`, { headers: { authorization: 'Bearer new' } })
  expect(await answer.json()).toEqual({ id: 7 })
  expect(answer.headers.get('x-token-refresh-needed')).toBe('true')
  expect(service.seen).toEqual(['Bearer new'])
  service.server.close()
  server.close()
})
