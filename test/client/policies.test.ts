// The options of createClient that concern policies, interceptors and several addresses: mistakes, and what is shown.
import {
  circuitsOf,
  createClient,
  DeclarationError,
  describe as describeClient,
  Get,
  Param,
  Responses,
  remote,
  text,
} from 'guise'
import { mockTransport } from 'guise/testing'
import { describe, expect, it } from 'vitest'

class Members {
  @Get('/{id}') @Responses({ 200: text() }) byId(@Param('id') id: number): Promise<string> {
    return remote(id)
  }
  @Get('/health') @Responses({ 200: text() }) health(): Promise<string> {
    return remote()
  }
}

const url = 'http://h'

function mistakes(options: unknown): string[] {
  try {
    createClient(Members, options as never)
  } catch (error) {
    expect(error).toBeInstanceOf(DeclarationError)
    return (error as DeclarationError).mistakes.map(({ rule }) => rule)
  }
  return []
}

describe('one mistake', () => {
  it.each<[string, object, string | RegExp]>([
    ['too many retries', { retry: { retries: 21 } }, /^retry.* at most 20$/],
    ['retries that are no number', { retry: { retries: '2' } }, /^retry/],
    ['retry: true', { retry: true }, /^retry must be /],
    ['a status that is none', { retry: { on: [42] } }, /^retry/],
    ['a negative delay', { retry: { minDelay: -1 } }, /^retry/],
    ['an unknown option of retry', { retry: { attempts: 3 } }, /retry.*attempts|^retry must be /],
    ['a volume of 0', { circuitBreaker: { volume: 0 } }, /^circuitBreaker/],
    ['a threshold of 100 %', { circuitBreaker: { errorThreshold: 100 } }, /^circuitBreaker/],
    ['an unknown scope', { circuitBreaker: { scope: 'host' } }, /^circuitBreaker/],
    ['a bulkhead without a limit', { bulkhead: {} }, /^bulkhead/],
    ['an endless bulkhead', { bulkhead: { concurrent: Number.POSITIVE_INFINITY } }, /^bulkhead/],
    ['a policy of a method', { methods: { byId: { retry: 5 } } }, /^methods\.byId\.retry must be /],
    ['an interceptor that is none', { use: [5] }, 'use.0 must be a function'],
    ['no list of interceptors', { use: () => {} }, 'use must be a list of functions'],
    ['a fallback of nothing', { fallback: { byIt: () => '' } }, /byIt.*; did you mean byId\?$/],
    ['a fallback that is no function', { fallback: { byId: 5 } }, 'fallback.byId must be a function'],
    ['a fallback that is no object', { fallback: 5 }, /^fallback must be an object/],
    ['a name to forward that is none', { forward: ['a b'] }, /^forward\.0 holds a bad name/],
    [
      'a name to hand back that belongs to the connection',
      { handBack: ['te'] },
      /^handBack\.0 holds a bad name/,
    ],
    ['a clock that is none', { clock: Date }, 'clock must be a Clock'],
    ['no address', { url: [] }, 'url must hold at least one URL'],
    [
      'a bad one of several addresses',
      { url: ['http://a', 'nowhere'] },
      /^url.* must be an absolute http or https URL$/,
    ],
  ])('%s', (_, options, expected) => {
    const found = mistakes({ url, ...options })
    expect(found).toEqual([typeof expected === 'string' ? expected : expect.stringMatching(expected)])
  })
})

describe('describe()', () => {
  it('tells the chain of each route, and who set what', () => {
    const client = createClient(Members, {
      url,
      timeout: 900,
      retry: { retries: 1 },
      methods: { health: { retry: false, timeout: { attempt: 50 } } },
    })
    const { client: name, methods } = describeClient(client)
    expect(name).toBe('Members')
    expect(methods.map(({ method, route }) => [method, route])).toEqual([
      ['Members.byId', 'GET /{id}'],
      ['Members.health', 'GET /health'],
    ])
    const [byId, health] = methods
    const stages = (of: typeof byId) => of?.chain.map(({ policy }) => policy)
    expect(stages(byId)).toEqual(['total timeout', 'retry', 'attempt timeout', 'transport', 'decode'])
    expect(stages(health)).toEqual(['total timeout', 'attempt timeout', 'transport', 'decode'])
    expect(byId?.chain[1]?.settings.retries).toEqual({ value: 1, from: 'guise' })
    expect(byId?.chain[1]?.settings.minDelay).toEqual({ value: 100, from: 'default' })
    expect(health?.chain[1]?.settings.ms).toEqual({ value: 50, from: "guise's method" })
  })

  it('is text for a person to read, without secrets', () => {
    const client = createClient(Members, { url, headers: { 'x-key': 'CANARY' }, circuitBreaker: true })
    const shown = String(describeClient(client))
    expect(shown).toMatch(/^client Members\n {2}Members\.byId {2}GET \/\{id\}\n/)
    expect(shown).toContain('circuit breaker: volume 10 (default)')
    expect(shown + JSON.stringify(describeClient(client))).not.toContain('CANARY')
  })
})

describe('several addresses', () => {
  it('each get calls, with the path of each', async () => {
    const transport = mockTransport({ body: 'ok' })
    const client = createClient(Members, { url: ['http://a/x', new URL('http://b/y')], transport })
    for (let id = 0; id < 60; id++) await client.byId(id)
    const bases = new Set(transport.requests.map(({ origin, path }) => origin + path.replace(/\/\d+$/, '')))
    expect([...bases].sort()).toEqual(['http://a/x', 'http://b/y'])
  })

  it('a retry goes to the other one', async () => {
    const transport = mockTransport([{ status: 503 }, { body: 'ok' }])
    const retry = { minDelay: 1, maxDelay: 1 }
    const client = createClient(Members, { url: () => ['http://a', 'http://b/y'], transport, retry })
    expect(await client.byId(1)).toBe('ok')
    const [first, second] = transport.requests.map(({ origin, path }) => origin + path)
    expect([first, second].sort()).toEqual(['http://a/1', 'http://b/y/1'])
  })
})

it('circuitsOf() knows the circuits that calls have gone through', async () => {
  const client = createClient(Members, {
    url,
    transport: mockTransport({ body: 'ok' }),
    circuitBreaker: { scope: 'method' },
  })
  expect(circuitsOf(client)).toEqual([])
  await client.byId(1)
  expect(circuitsOf(client)).toMatchObject([{ state: 'closed' }])
})
