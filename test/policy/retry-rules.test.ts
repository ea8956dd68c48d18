/** Which calls are repeated, and after what: verbs, keys, statuses. */
import { type ClientOptions, ConnectionError, TimeoutError } from 'guise'
import type { MockRequest } from 'guise/testing'
import { describe, expect, test } from 'vitest'
import { failing, type Probe, refused, reset, type Step, stage, timedOut } from './support.js'

const SAFE = ['get', 'head', 'options', 'put', 'delete', 'query'] as const
const UNSAFE = ['post', 'patch'] as const

/** How many requests a call makes that always fails like this. */
async function requests(method: keyof Probe, step: Step, options: Partial<ClientOptions<Probe>> = {}) {
  const { probe, transport, error } = stage(options, step)
  await error(probe[method]())
  return transport.requests.length
}

describe('with nothing said', () => {
  test.each(SAFE)('%s is sent three times', async method => {
    expect(await requests(method, { status: 503 })).toBe(3)
    expect(await requests(method, reset)).toBe(3)
    expect(await requests(method, timedOut)).toBe(3)
  })

  test.each(UNSAFE)('%s is sent once, unless it surely did not arrive', async method => {
    expect(await requests(method, { status: 503 })).toBe(1)
    expect(await requests(method, { status: 429 })).toBe(1)
    expect(await requests(method, reset)).toBe(1)
    expect(await requests(method, timedOut)).toBe(1)
    expect(await requests(method, refused)).toBe(3)
    expect(await requests(method, failing({ kind: 'timeout', phase: 'connect', sent: false }))).toBe(3)
  })

  test.each([408, 425, 429, 502, 503, 504])('%i is retried', async status => {
    expect(await requests('get', { status })).toBe(3)
  })

  test.each([300, 302, 304, 400, 401, 403, 404, 409, 410, 422, 500, 501, 505, 507, 600])(
    '%i is not',
    async status => {
      expect(await requests('get', { status })).toBe(1)
    },
  )

  test('nor are broken bodies, bad requests and certificates', async () => {
    const json = { 'content-type': 'application/json' }
    expect(await requests('get', { headers: json, body: '{' })).toBe(1)
    expect(await requests('get', failing({ kind: 'body', answered: true, status: 200 }))).toBe(1)
    expect(await requests('get', failing({ kind: 'request-body' }))).toBe(1)
    const code = (name: string) => failing({ sent: false, cause: Object.assign(new Error(), { code: name }) })
    expect(await requests('get', code('CERT_HAS_EXPIRED'))).toBe(1)
    expect(await requests('get', code('UND_ERR_INVALID_ARG'))).toBe(1)
    expect(await requests('get', code('ENOTFOUND'))).toBe(3)
  })
})

test('a success ends it, and the failures before it leave no trace', async () => {
  const ok: Step = { headers: { 'content-type': 'application/json' }, body: '7' }
  const { probe, transport, outcome } = stage({}, { status: 503 }, reset, ok)
  expect(await outcome(probe.get())).toEqual({ value: 7 })
  expect(transport.requests).toHaveLength(3)
})

test('the last failure is the one that the caller gets', async () => {
  const { probe, error } = stage({}, { status: 503 }, refused, { status: 502 })
  expect(await error(probe.get())).toMatchObject({ status: 502, attempts: 3 })
  const other = stage({}, { status: 503 }, timedOut, refused)
  expect(await other.error(other.probe.get())).toBeInstanceOf(ConnectionError)
  const late = stage({}, refused, refused, timedOut)
  expect(await late.error(late.probe.get())).toBeInstanceOf(TimeoutError)
})

test('a failure that is not to be repeated ends it on the way', async () => {
  const { probe, transport, error } = stage({}, { status: 503 }, { status: 404 }, {})
  expect(await error(probe.get())).toMatchObject({ status: 404, attempts: 2 })
  expect(transport.requests).toHaveLength(2)
})

describe('statuses that are named', () => {
  test('replace the default ones', async () => {
    const options = { retry: { on: [500, 404] } }
    expect(await requests('get', { status: 500 }, options)).toBe(3)
    expect(await requests('get', { status: 404 }, options)).toBe(3)
    expect(await requests('get', { status: 502 }, options)).toBe(1)
    expect(await requests('get', reset, options)).toBe(3)
    expect(await requests('get', { status: 503 }, { retry: { on: [] } })).toBe(1)
  })

  test('let a POST be repeated after 429 and 503, which refuse the work, and after no other', async () => {
    const options = { retry: { on: [429, 503, 500, 502] } }
    for (const method of UNSAFE) {
      expect(await requests(method, { status: 429 }, options)).toBe(3)
      expect(await requests(method, { status: 503 }, options)).toBe(3)
      expect(await requests(method, { status: 500 }, options)).toBe(1)
      expect(await requests(method, { status: 502 }, options)).toBe(1)
      expect(await requests(method, reset, options)).toBe(1)
    }
  })
})

describe('an idempotency key', () => {
  const keys = (list: readonly MockRequest[]) => list.map(request => request.headers['idempotency-key'])

  test('that the call brings makes a POST repeatable, and stays the same', async () => {
    const { probe, transport, error } = stage({}, { status: 502 }, reset, timedOut)
    await error(probe.keyed('order-7'))
    expect(keys(transport.requests)).toEqual(['order-7', 'order-7', 'order-7'])
  })

  test('is not missed where the parameter is left out', async () => {
    const { probe, transport, error } = stage({}, reset)
    await error(probe.keyed())
    expect(keys(transport.requests)).toEqual([undefined])
  })

  test('of @Idempotent is a UUID for each call, the same over its attempts', async () => {
    const { probe, transport, error } = stage({}, reset)
    await error(probe.idempotent())
    await error(probe.idempotent())
    const sent = keys(transport.requests)
    expect(sent).toHaveLength(6)
    expect(new Set(sent.slice(0, 3)).size).toBe(1)
    expect(new Set(sent.slice(3)).size).toBe(1)
    expect(sent[0]).not.toBe(sent[3])
    expect(sent[0]).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  })

  test("of @Idempotent gives way to the call's own", async () => {
    const { probe, transport, error } = stage({}, reset)
    await error(probe.idempotent('mine'))
    expect(keys(transport.requests)).toEqual(['mine', 'mine', 'mine'])
  })

  test('as a header of the call counts as well', async () => {
    const { probe, transport, error } = stage({}, reset)
    await error(probe.post({}, { headers: { 'Idempotency-Key': 'k' } }))
    expect(keys(transport.requests)).toEqual(['k', 'k', 'k'])
  })

  test.each([
    ['Idempotency-Status', { 'idempotency-status': 'in-progress' }],
    ['Retry-After', { 'retry-after': '0' }],
  ])('makes 409 with %s a matter of patience, and only then', async (_name, headers) => {
    const busy = { status: 409, headers }
    const { probe, transport, outcome } = stage({}, busy, busy, { status: 204 })
    expect(await outcome(probe.keyed('k'))).toEqual({ value: undefined })
    expect(transport.requests).toHaveLength(3)
    expect(await requests('idempotent', { status: 409 })).toBe(1)
    expect(await requests('put', busy)).toBe(1)
    const plain = stage({}, busy)
    expect(await plain.error(plain.probe.post())).toMatchObject({ status: 409, attempts: 1 })
  })
})

describe('what is said of the number', () => {
  test.each([0, 1, 5, 20])('%i retries', async retries => {
    expect(await requests('get', reset, { retry: { retries }, timeout: 100_000 })).toBe(retries + 1)
  })

  test('none means that the failure is told at once', async () => {
    const { probe, clock, error } = stage({ retry: { retries: 0 } }, reset)
    expect(await error(probe.get())).toMatchObject({ attempts: 1 })
    expect([clock.now(), clock.pending]).toEqual([0, 0])
  })

  test('false is none, also where nothing was sent', async () => {
    expect(await requests('get', refused, { retry: false })).toBe(1)
    expect(await requests('get', refused, { methods: { get: { retry: false } } })).toBe(1)
  })

  test('the call has the last word', async () => {
    const { probe, transport, error } = stage({ retry: { retries: 1, on: [500] } }, { status: 500 })
    const count = async (retry: NonNullable<Parameters<Probe['get']>[0]>['retry']) => {
      transport.reset()
      await error(probe.get({ retry }))
      return transport.requests.length
    }
    expect(await count(undefined)).toBe(2)
    expect(await count(false)).toBe(1)
    expect(await count({ retries: 4 })).toBe(5)
    expect(await count({ on: [502] })).toBe(1)
    expect(await count({ retries: undefined } as never)).toBe(2)
  })

  test('a call can ask for retries where the guise has none', async () => {
    const { probe, transport, error } = stage({ retry: false }, reset)
    await error(probe.get({ retry: {} }))
    expect(transport.requests).toHaveLength(3)
  })
})
