/** The time that a request may take is the time that its calls may take together. */
import type { CallOptions } from 'guise'
import { currentContext, inbound, inboundWith, runInContext } from 'guise/context'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { good, hanging, stage } from '../policy/support.js'

/** The system's clock, which contexts go by. */
let now = 1000
beforeEach(() => {
  now = 1000
  vi.spyOn(performance, 'now').mockImplementation(() => now)
})
afterEach(() => {
  vi.restoreAllMocks()
})

/** How long a call may take that is made in a context. */
async function bound(timeout: number | undefined, options: CallOptions = {}) {
  const { probe, transport, outcome } = stage({}, good)
  await runInContext(timeout === undefined ? {} : { timeout }, () => outcome(probe.get(options)))
  const { options: sent } = transport.request
  return [sent.timeout, sent.timeoutPhase]
}

test('a call gets what the context leaves, if that is less than its own', async () => {
  expect(await bound(undefined)).toEqual([5000, 'attempt'])
  expect(await bound(700)).toEqual([700, 'total'])
  expect(await bound(60_000)).toEqual([5000, 'attempt'])
  expect(await bound(700, { timeout: 300 })).toEqual([300, 'total'])
  expect(await bound(700, { timeout: 10_000 })).toEqual([700, 'total'])
})

test('it runs on between calls', async () => {
  const { probe, transport, outcome } = stage({}, good)
  await runInContext({ timeout: 1000 }, async () => {
    await outcome(probe.get())
    now += 600
    await outcome(probe.get())
  })
  expect(transport.requests.map(({ options }) => options.timeout)).toEqual([1000, 400])
})

test('a call that cannot begin in time fails, and sends nothing', async () => {
  const { probe, transport, error, clock } = stage({ fallback: {} }, good)
  const failed = await runInContext({ timeout: 1000 }, () => {
    now += 1000
    return error(probe.get())
  })
  expect(failed).toMatchObject({ code: 'GUISE_TIMEOUT', phase: 'total', attempts: 0, delivery: 'not-sent' })
  expect(failed.message).toBe('Probe.get: no time was left for the call; the request was not sent')
  expect([transport.requests.length, clock.pending]).toEqual([0, 0])
})

test('it bounds attempts, retries and waits together', async () => {
  const { probe, transport, error, clock } = stage({}, hanging)
  const failed = await runInContext({ timeout: 800 }, () => error(probe.get()))
  expect(failed).toMatchObject({ phase: 'total', attempts: 1 })
  expect(failed.message).toContain('no complete response within 800 ms')
  expect([transport.requests.length, clock.now()]).toEqual([1, 800])
  const patient = stage({}, { status: 503, headers: { 'retry-after': '1' } })
  const busy = await runInContext({ timeout: 800 }, () => patient.error(patient.probe.get()))
  expect(busy).toMatchObject({ status: 503, attempts: 1, retryAfter: 1000 })
})

test('a context within a context cannot extend it, but shorten', () => {
  const deadlines = runInContext({ timeout: 500 }, () => [
    currentContext()?.deadline,
    runInContext({ timeout: 9000 }, () => currentContext()?.deadline),
    runInContext({}, () => currentContext()?.deadline),
    runInContext({ timeout: 200 }, () => currentContext()?.deadline),
    runInContext({ timeout: Number.POSITIVE_INFINITY }, () => currentContext()?.deadline),
  ])
  expect(deadlines).toEqual([1500, 1500, 1500, 1200, 1500])
  expect(
    runInContext({ timeout: Number.POSITIVE_INFINITY }, () => currentContext()?.deadline),
  ).toBeUndefined()
})

describe('inboundWith', () => {
  const response = { headersSent: false, setHeader: () => undefined as never }

  test('limits the time of each request by itself', () => {
    const seen: (number | undefined)[] = []
    const note = () => seen.push(currentContext()?.deadline)
    const limited = inboundWith({ timeout: 250 })
    limited({ headers: {} }, response, note)
    now += 5000
    limited({ raw: { headers: {} } }, { raw: response }, note)
    inbound({ headers: {} }, response, note)
    inboundWith({})({ headers: {} }, response, note)
    expect(seen).toEqual([1250, 6250, undefined, undefined])
  })

  test.each([0, -1, Number.NaN, 'soon'])('refuses %s when it is made, not when a request comes', timeout => {
    expect(() => inboundWith({ timeout: timeout as number })).toThrow(
      new RangeError('timeout must be a positive number of milliseconds'),
    )
    expect(() => runInContext({ timeout: timeout as number }, () => 1)).toThrow(RangeError)
  })
})
