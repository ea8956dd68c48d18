/** What a repeated call tells of itself, and what its attempts share: history, delivery, a request that is ever the same. */
import { Readable } from 'node:stream'
import {
  CircuitOpenError,
  createClient,
  type Delivery,
  type ErrorReply,
  Get,
  type GuiseError,
  HttpError,
  type HttpRequest,
  Responses,
  remote,
  throws,
} from 'guise'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { failing, refused, reset, run, type Step, stage, stale, timedOut, url } from './support.js'

beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
})
afterEach(() => {
  vi.restoreAllMocks()
})

describe('the error of a repeated call', () => {
  test('counts the attempts and lists them', async () => {
    const { probe, error } = stage({}, { status: 503 }, reset, timedOut)
    const failed = await error<GuiseError>(probe.get())
    expect(failed.attempts).toBe(3)
    expect(failed.history).toEqual([
      { failure: 'HTTP 503', at: 0 },
      { failure: 'connection', at: 200 },
      { failure: 'timeout', at: 600 },
    ])
    expect(failed.message).toContain('3 attempts')
    expect(failed.toJSON()).toMatchObject({ attempts: 3, history: failed.history })
  })

  test('has no history where there was one attempt', async () => {
    const { probe, error } = stage({}, { status: 404 })
    expect(await error(probe.get())).toMatchObject({ attempts: 1, history: [] })
  })

  test('tells of the attempt that came before a circuit opened', async () => {
    const circuitBreaker = { volume: 1, errorThreshold: 0 }
    const { probe, error } = stage({ circuitBreaker }, { status: 503 })
    expect(await error(probe.get())).toMatchObject({ status: 503, attempts: 1, history: [] })
    const turnedAway = await error<GuiseError>(probe.get())
    expect(turnedAway).toBeInstanceOf(CircuitOpenError)
    expect(turnedAway).toMatchObject({ attempts: 0, history: [], delivery: 'not-sent' })
  })

  test('of a class of the user gets them too', async () => {
    class Down extends Error {
      constructor(readonly reply: ErrorReply) {
        super('down')
      }
    }
    class Api {
      @Get('/x') @Responses({ 503: throws(Down) }) get(): Promise<unknown> {
        return remote()
      }
    }
    const { clock, transport } = stage({}, { status: 503, headers: { 'retry-after': '1' } })
    const api = createClient(Api, { url, clock, transport })
    const { error } = (await run(clock, api.get())) as { error: Down }
    expect(error.reply).toMatchObject({ attempts: 3, delivery: 'answered', retryAfter: 1000 })
    expect(error.cause).toBeInstanceOf(HttpError)
    expect(error.cause).toMatchObject({ attempts: 3, retryAfter: 1000 })
  })
})

describe('the question of every notification: was it received?', () => {
  type Row = readonly [string, readonly Step[], Delivery]
  test.each<Row>([
    ['nothing ever left', [refused], 'not-sent'],
    ['the last attempt is not sent, one before it may have arrived', [reset, refused], 'unknown'],
    ['the last attempt is not sent, one before it was answered', [{ status: 503 }, refused], 'unknown'],
    ['the last attempt broke', [refused, reset], 'unknown'],
    ['the last attempt was answered', [reset, { status: 503 }], 'answered'],
    ['no connection in time', [failing({ kind: 'timeout', phase: 'connect', sent: false })], 'not-sent'],
    ['the answer broke off', [failing({ answered: true, status: 200 })], 'answered'],
  ])('%s', async (_what, steps, expected) => {
    const { probe, error } = stage({}, ...steps)
    const failed = await error<GuiseError>(probe.get())
    expect([failed.attempts, failed.delivery]).toEqual([3, expected])
    const claims = {
      'not-sent': 'the request was not sent',
      unknown: 'the service may have processed the request',
    }
    if (expected !== 'answered') expect(failed.message).toContain(claims[expected])
  })
})

describe('a connection that the server had closed', () => {
  test('is replaced at once, and takes nothing from the number of retries', async () => {
    const { probe, transport, error } = stage({}, stale, { status: 503 })
    expect(await error(probe.get())).toMatchObject({ status: 503, attempts: 4 })
    expect(transport.times).toEqual([0, 0, 200, 600])
  })

  test('is free once: a second one waits and counts, and it ends', async () => {
    const { probe, transport, error } = stage({ retry: { retries: 1 } }, stale)
    expect(await error(probe.get())).toMatchObject({ code: 'GUISE_CONNECTION', attempts: 3 })
    expect(transport.times).toEqual([0, 0, 200])
  })

  test('takes nothing from the budget', async () => {
    const { probe, outcome } = stage({ retry: { budget: { ratio: 0, perSecond: 0 } } }, stale, {})
    expect(await outcome(probe.get())).toEqual({ value: undefined })
    const second = stage({ retry: { budget: { ratio: 0, perSecond: 0 } } }, stale)
    expect(await second.error(second.probe.get())).toMatchObject({ attempts: 2 })
  })

  test('leaves a POST without a key alone', async () => {
    const { probe, error } = stage({}, stale)
    expect(await error(probe.post())).toMatchObject({ attempts: 1, delivery: 'unknown' })
    const keyed = stage({}, stale, {})
    expect(await keyed.outcome(keyed.probe.keyed('k'))).toEqual({ value: undefined })
  })

  test('is not replaced where no retries are wanted, or no time is left', async () => {
    const none = stage({ retry: { retries: 0 } }, stale)
    expect(await none.error(none.probe.get())).toMatchObject({ attempts: 1 })
    const late = stage({ timeout: 1000 }, async (_request, _nth, clock) => {
      await new Promise<void>(resolve => clock.setTimeout(resolve, 960))
      throw stale
    })
    expect(await late.error(late.probe.get())).toMatchObject({ attempts: 1 })
  })
})

describe('the request of each attempt', () => {
  test('is the same, with each header once', async () => {
    const { probe, transport, error } = stage({ headers: { 'x-own': '1' } }, reset)
    await error(probe.put({ a: 1 }, { headers: { 'x-call': '2' } }))
    const [first, ...others] = transport.requests.map(({ raw }) => raw) as [HttpRequest, ...HttpRequest[]]
    expect(others).toEqual([first, first])
    expect(first.body).toBe('{"a":1}')
    const names = first.headers.filter((_, i) => i % 2 === 0)
    expect(names).toHaveLength(new Set(names).size)
  })

  test('is new to the interceptors, so that what they set never doubles', async () => {
    const { probe, transport, error } = stage(
      {
        use: [
          (request, next) => {
            request.headers.append('x-try', String(request.attempt))
            return next(request)
          },
        ],
      },
      { status: 503 },
    )
    await error(probe.get())
    const tries = transport.requests.map(({ headers }) => headers['x-try'])
    expect(tries).toEqual(['1', '2', '3'])
  })

  test.each([
    ['text', 'plain', 3],
    ['bytes', new Uint8Array([1, 2]), 3],
    ['JSON', { a: 1 }, 3],
    ['a stream', Readable.from(['x']), 1],
    ['an async iterable', (async function* () {})(), 1],
  ])('with %s for its body', async (_what, body, expected) => {
    const { probe, transport, error } = stage({}, { status: 503 })
    await error(probe.put(body))
    expect(transport.requests).toHaveLength(expected)
  })

  test('with a stream is not sent again though nothing of it had left', async () => {
    const { probe, transport, error } = stage({}, refused)
    await error(probe.put(Readable.from(['x'])))
    expect(transport.requests).toHaveLength(1)
  })
})
