/** `describe`: the chain of each method as text for a person, and as an object for a program. */
import {
  Bulkhead,
  CircuitBreaker,
  Client,
  circuitsOf,
  close,
  createClient,
  describe as described,
  Get,
  Idempotent,
  Param,
  Post,
  Retry,
  remote,
  Timeout,
} from 'guise'
import { expect, test } from 'vitest'
import { url } from './support.js'

@Client({ name: 'member', path: '/api/members' })
@Timeout({ attempt: 800, total: 3000 })
@CircuitBreaker({ volume: 20 })
class Members {
  @Get('/{id}') @Retry({ retries: 3, on: [502, 503] }) byId(@Param('id') id: number): Promise<unknown> {
    return remote(id)
  }
  @Post() @Idempotent() @Bulkhead({ concurrent: 5 }) create(): Promise<unknown> {
    return remote()
  }
}

const members = () =>
  createClient(Members, {
    url,
    use: [(request, next) => next(request)],
    fallback: { byId: () => null },
    bulkhead: { concurrent: 50, queue: 100 },
    methods: { create: { timeout: 9000, retry: false } },
  })

test('as text', () => {
  expect(String(described(members()))).toBe(
    [
      'client member',
      '  Members.byId  GET /api/members/{id}',
      '    fallback',
      '    total timeout: ms 3000 (class)',
      '    retry: retries 3 (method), minDelay 100 (default), maxDelay 2000 (default), on [502,503] (method), budget {"ratio":0.2,"perSecond":10} (default)',
      '    circuit breaker: volume 20 (class), errorThreshold 50 (default), window 10000 (default), resetAfter 10000 (default), scope "target" (default)',
      '    bulkhead: queue 100 (guise), concurrent 50 (guise)',
      '    attempt timeout: ms 800 (class)',
      '    interceptors: count 1 (guise)',
      '    transport: connect 2000 (default)',
      '    decode',
      '  Members.create  POST /api/members',
      "    total timeout: ms 9000 (guise's method)",
      '    circuit breaker: volume 20 (class), errorThreshold 50 (default), window 10000 (default), resetAfter 10000 (default), scope "target" (default)',
      '    bulkhead: queue 100 (guise), concurrent 50 (guise)',
      '    attempt timeout: ms 800 (class)',
      '    interceptors: count 1 (guise)',
      '    transport: connect 2000 (default)',
      '    decode',
    ].join('\n'),
  )
})

test('as an object', () => {
  const { client, methods } = described(members())
  expect(client).toBe('member')
  expect(methods.map(({ method, route }) => [method, route])).toEqual([
    ['Members.byId', 'GET /api/members/{id}'],
    ['Members.create', 'POST /api/members'],
  ])
  expect(methods[0]?.chain.map(({ policy }) => policy)).toEqual([
    'fallback',
    'total timeout',
    'retry',
    'circuit breaker',
    'bulkhead',
    'attempt timeout',
    'interceptors',
    'transport',
    'decode',
  ])
  expect(methods[0]?.chain[2]?.settings.retries).toEqual({ value: 3, from: 'method' })
  expect(JSON.parse(JSON.stringify(described(members())))).toEqual({
    client,
    methods: JSON.parse(JSON.stringify(methods)),
  })
})

test('of a class that says nothing tells the defaults', () => {
  class Plain {
    @Get() get(): Promise<unknown> {
      return remote()
    }
  }
  expect(String(described(createClient(Plain, { url })))).toBe(
    [
      'client Plain',
      '  Plain.get  GET /',
      '    total timeout: ms 15000 (default)',
      '    retry: retries 2 (default), minDelay 100 (default), maxDelay 2000 (default), budget {"ratio":0.2,"perSecond":10} (default)',
      '    attempt timeout: ms 5000 (default)',
      '    transport: connect 2000 (default)',
      '    decode',
    ].join('\n'),
  )
})

test('holds no header, no URL and no token of the options', () => {
  const client = createClient(Members, {
    url: 'http://secret.test',
    headers: { authorization: 'Bearer canary' },
  })
  expect(String(described(client)) + JSON.stringify(described(client))).not.toMatch(/canary|secret/)
})

test.each([
  ['describe', described],
  ['circuitsOf', circuitsOf],
  ['close', close],
])('%s wants a client of guise', async (name, ask) => {
  const asking = async () => ask(new Members())
  await expect(asking()).rejects.toThrow(new TypeError(`${name}() takes a client that createClient made`))
})
