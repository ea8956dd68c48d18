/** How long a call waits before it is repeated, and what ends the wait. */
import fc from 'fast-check'
import type { RetryOptions } from 'guise'
import { type MockAnswer, testClock } from 'guise/testing'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Failure } from '../../src/errors/failure.js'
import { Address } from '../../src/policy/addresses.js'
import { type Attempt, type Call, failed } from '../../src/policy/attempt.js'
import { retry } from '../../src/policy/retry.js'
import { gaps, hanging, refused, run, seeded, stage } from './support.js'

/** The waits of one call that always fails. */
async function waits(options: RetryOptions, random: () => number, total = 1e9): Promise<number[]> {
  const clock = testClock()
  const times: number[] = []
  const failure = new Failure({ kind: 'http', delivery: 'answered', status: 503 }, () => new Error())
  const call: Call = {
    clock,
    now: 0,
    deadline: total,
    total,
    signal: undefined,
    replayable: true,
    idempotent: true,
    keyed: false,
    attempts: 0,
    hasOthers: false,
    circuitOpen: false,
    address: new Address('http://h', '', {}, clock),
  }
  const attempt: Attempt = (call, otherwise) => {
    times.push(clock.now())
    return failed(failure, call, otherwise)
  }
  await run(clock, retry({ budget: false, ...options }, { random })(attempt)(call))
  return gaps(times)
}

describe('full jitter', () => {
  test('spreads the n-th wait from 0 to 2^(n+1) times the least delay', async () => {
    const almostOne = await waits({ retries: 6 }, () => 1 - Number.EPSILON)
    expect(almostOne.map(Math.round)).toEqual([400, 800, 1600, 2000, 2000, 2000])
    expect(await waits({ retries: 3 }, () => 0)).toEqual([0, 0, 0])
    expect(await waits({ retries: 3, minDelay: 10, maxDelay: 50 }, () => 0.5)).toEqual([20, 25, 25])
    expect(await waits({ retries: 2, minDelay: 5000 }, () => 0.5)).toEqual([1000, 1000])
  })

  test('never leaves its bounds', async () => {
    const delays = fc.record({
      retries: fc.integer({ min: 1, max: 8 }),
      minDelay: fc.nat(5000),
      maxDelay: fc.nat(9000),
    })
    await fc.assert(
      fc.asyncProperty(delays, fc.integer(), async (options, seed) => {
        const times = await waits(options, seeded(seed))
        expect(times).toHaveLength(options.retries)
        for (const [i, wait] of times.entries()) {
          expect(wait).toBeGreaterThanOrEqual(0)
          expect(wait).toBeLessThanOrEqual(Math.min(options.maxDelay, options.minDelay * 2 ** (i + 2)))
        }
      }),
      { numRuns: 30 },
    )
  })

  test('row 43: of the 10,000 waits of 5,000 calls no span of 10 ms holds more than 3 %', async () => {
    const random = seeded(7)
    const clock = testClock()
    const failure = new Failure({ kind: 'http', delivery: 'answered', status: 503 }, () => new Error())
    const seen: number[] = []
    const policy = retry({ budget: false }, { random })
    const attempt: Attempt = (call, otherwise) => failed(failure, call, otherwise)
    vi.spyOn(clock, 'setTimeout').mockImplementation((callback, milliseconds) => {
      seen.push(milliseconds)
      queueMicrotask(callback)
      return { ref: () => undefined, unref: () => undefined }
    })
    const call: Partial<Call> = { clock, deadline: 15_000, replayable: true, idempotent: true }
    for (let i = 0; i < 5000; i++) await policy(attempt)(call as Call).catch(() => {})
    expect(seen).toHaveLength(10_000)
    const spans = new Map<number, number>()
    for (const wait of seen) spans.set(Math.floor(wait / 10), (spans.get(Math.floor(wait / 10)) ?? 0) + 1)
    expect(spans.size).toBe(80)
    expect(Math.max(...spans.values())).toBeLessThanOrEqual(300)
  })
})

describe('within the total deadline', () => {
  beforeEach(() => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })
  const telling = (value: string | string[], status = 503): MockAnswer => ({
    status,
    headers: { 'retry-after': value },
  })

  test.each([
    ['seconds', '2', 2050],
    ['a date', 'Thu, 01 Jan 1970 00:00:03 GMT', 3050],
    ['no time', '0', 50],
    ['a time that is past', 'Wed, 31 Dec 1969 23:59:59 GMT', 50],
    ['garbage', 'soon', 200],
    ['a negative number', '-5', 200],
    ['an exponent', '1e1', 200],
    ['a number beyond all dates', '999999999999', 200],
    ['two values that came as two headers', ['1', '9'], 200],
  ])('Retry-After with %s', async (_what, value, expected) => {
    const { probe, transport, outcome } = stage({}, telling(value), {})
    await outcome(probe.get())
    expect(transport.times).toEqual([0, expected])
  })

  test.each([429, 502, 503, 408])('Retry-After counts on %i', async status => {
    const { probe, transport, outcome } = stage({}, telling('3', status), {})
    await outcome(probe.get())
    expect(transport.times).toEqual([0, 3050])
  })

  test('Retry-After is by the wall clock where it is a date', async () => {
    const { probe, transport, outcome, clock } = stage({}, telling('Sun, 22 Nov 2026 12:00:04 GMT'), {})
    clock.setWallClock(Date.UTC(2026, 10, 22, 12))
    await outcome(probe.get())
    expect(transport.times).toEqual([0, 4050])
  })

  test('Retry-After beyond the deadline fails the call at once, and the error says when', async () => {
    const { probe, transport, error, clock } = stage({ timeout: 5000 }, telling('60'))
    const failed = await error<Error & { retryAfter: number; toJSON(): object }>(probe.get())
    expect(failed).toMatchObject({ status: 503, retryAfter: 60_000, attempts: 1 })
    expect(failed.toJSON()).toMatchObject({ status: 503, retryAfter: 60_000 })
    expect([transport.times, clock.now(), clock.pending]).toEqual([[0], 0, 0])
  })

  test('no retry begins with less than 50 ms left', async () => {
    const leaving = async (total: number) => {
      const { probe, transport, error } = stage({ timeout: total }, { status: 503 })
      await error(probe.get())
      return transport.times
    }
    expect(await leaving(250)).toEqual([0, 200])
    expect(await leaving(249)).toEqual([0])
    expect(await leaving(650)).toEqual([0, 200, 600])
    expect(await leaving(649)).toEqual([0, 200])
  })

  test('each attempt gets what is left, and the deadline spans them all', async () => {
    const { probe, transport, error, clock } = stage({ timeout: { attempt: 400, total: 1000 } }, hanging)
    expect(await error(probe.get())).toMatchObject({ code: 'GUISE_TIMEOUT', phase: 'total', attempts: 2 })
    expect(transport.times).toEqual([0, 600])
    expect(transport.requests.map(({ options }) => [options.timeout, options.timeoutPhase])).toEqual([
      [400, 'attempt'],
      [400, 'total'],
    ])
    expect(clock.now()).toBe(1000)
  })

  test("the caller's abort ends a wait at once with its own reason, and nothing is left behind", async () => {
    const { probe, transport, clock } = stage({}, { status: 503 })
    const controller = new AbortController()
    const reason = { mine: true }
    const call = probe.get({ signal: controller.signal }).catch(error => error)
    await clock.advance(199)
    expect([transport.requests.length, clock.pending]).toEqual([1, 1])
    controller.abort(reason)
    expect(await call).toBe(reason)
    expect([clock.now(), clock.pending, transport.requests.length]).toEqual([199, 0, 1])
  })

  test('an abort while the answer is on its way leaves no wait either', async () => {
    const controller = new AbortController()
    const { probe, transport, clock } = stage({}, () => {
      controller.abort('enough')
      return { status: 503 }
    })
    await expect(probe.get({ signal: controller.signal })).rejects.toBe('enough')
    expect([transport.requests.length, clock.pending]).toEqual([1, 0])
  })

  test('a call that is aborted before it begins sends nothing', async () => {
    const { probe, transport } = stage({}, refused)
    const send = vi.spyOn(transport, 'send')
    await expect(probe.get({ signal: AbortSignal.abort('no') })).rejects.toBe('no')
    expect(send).not.toHaveBeenCalled()
  })
})
