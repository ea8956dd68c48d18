/** When a fallback answers in the place of the service, and when not. */
import { CircuitOpenError, type ClientOptions, close, HttpError } from 'guise'
import { describe, expect, test } from 'vitest'
import {
  bad,
  failing,
  hanging,
  off,
  type Probe,
  refused,
  reset,
  type Step,
  stage,
  timedOut,
} from './support.js'

const plan = 'plan B'

/** What a call becomes whose service does this, where there is a fallback. */
async function becomes(step: Step, options: Partial<ClientOptions<Probe>> = {}) {
  const { probe, outcome } = stage({ ...off, fallback: { get: () => plan }, ...options }, step)
  const ended = await outcome(probe.get())
  return 'value' in ended ? ended.value : 'the error'
}

describe('answers for a service that fails', () => {
  test.each<readonly [string, Step]>([
    ['a refused connection', refused],
    ['a reset', reset],
    ['a timeout', timedOut],
    ['a deadline that passes', hanging],
    ['500', bad],
    ['501', { status: 501 }],
    ['503', { status: 503 }],
    ['429', { status: 429 }],
    ['an unreadable success', { headers: { 'content-type': 'application/json' }, body: '{' }],
    ['too large a body', failing({ kind: 'body', answered: true, status: 200 })],
    ['an unreadable 502', { status: 502, headers: { 'content-type': 'text/html' }, body: '<p>' }],
    ['a bad certificate', failing({ sent: false, cause: { code: 'CERT_HAS_EXPIRED' } })],
    ['a head that is too large', failing({ cause: { code: 'UND_ERR_HEADERS_OVERFLOW' } })],
  ])('%s', async (_what, step) => {
    expect(await becomes(step)).toBe(plan)
  })

  test('an open circuit', async () => {
    const seen: unknown[] = []
    const fallback = { get: (error: unknown) => seen.push(error) }
    const { probe, outcome } = stage(
      { ...off, circuitBreaker: { volume: 1, errorThreshold: 0 }, fallback },
      bad,
    )
    await outcome(probe.get())
    expect(await outcome(probe.get())).toEqual({ value: 2 })
    expect(seen[0]).toBeInstanceOf(HttpError)
    expect(seen[1]).toBeInstanceOf(CircuitOpenError)
  })

  test('a full bulkhead, and too long a wait in it', async () => {
    const options = {
      ...off,
      bulkhead: { concurrent: 1, queue: 1 },
      timeout: 1000,
      fallback: { get: () => plan },
    }
    const { probe, outcome } = stage(options, hanging)
    const calls = [probe.put().catch(() => 'late'), probe.get(), probe.get()]
    expect(await outcome(Promise.all(calls))).toEqual({ value: ['late', plan, plan] })
  })

  test('a list of addresses that is empty', async () => {
    expect(await becomes({}, { url: () => [] })).toBe(plan)
    const { probe, error } = stage({ url: async () => [] })
    expect(await error(probe.get())).toMatchObject({
      code: 'GUISE_CONNECTION',
      attempts: 0,
      delivery: 'not-sent',
    })
  })

  test('only after the last retry', async () => {
    const { probe, outcome, transport } = stage({ fallback: { get: () => plan } }, { status: 503 })
    expect(await outcome(probe.get())).toEqual({ value: plan })
    expect(transport.requests).toHaveLength(3)
  })
})

describe("does not answer for the caller's own doing", () => {
  test.each<readonly [string, Step]>([
    ...[400, 401, 403, 404, 408, 409, 410, 422, 425, 302].map(status => [`${status}`, { status }] as const),
    ['a request body that fails', failing({ kind: 'request-body' })],
    ['a request that is no HTTP', failing({ sent: false, cause: { code: 'UND_ERR_INVALID_ARG' } })],
  ])('%s', async (_what, step) => {
    expect(await becomes(step)).toBe('the error')
  })

  test('an abort, a bad argument, a closed client', async () => {
    const { probe, error } = stage({ ...off, fallback: { keyed: () => plan, get: () => plan } }, {})
    const gone = { signal: AbortSignal.abort('mine') }
    await expect(probe.get(gone)).rejects.toBe('mine')
    expect(await error(probe.keyed('two words'))).toMatchObject({ code: 'GUISE_ARGUMENT' })
    expect(await error(probe.get({ timeout: -1 }))).toMatchObject({ code: 'GUISE_ARGUMENT' })
    await close(probe)
    expect(await error(probe.get())).toMatchObject({ code: 'GUISE_CONNECTION' })
  })

  test("an interceptor's error, and one of the url function", async () => {
    const broken = () => {
      throw new RangeError('mine')
    }
    expect(await becomes({}, { use: [broken] })).toBe('the error')
    expect(await becomes({}, { url: broken })).toBe('the error')
  })
})
