/** The retry budget: a service in trouble is not sent a multiple of its load. */
import fc from 'fast-check'
import { Call, type CallOptions, createClient, Get, Post, Retry, remote } from 'guise'
import { testClock } from 'guise/testing'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Clock } from '../../src/clock.js'
import { RetryBudget } from '../../src/policy/retry-budget.js'
import { refused, run, service, stage, url } from './support.js'

describe('the budget', () => {
  const drain = (budget: RetryBudget) => {
    let taken = 0
    while (budget.withdraw()) taken++
    return taken
  }

  test('is a fifth of the calls of ten seconds, and ten a second', async () => {
    const clock = testClock()
    const budget = new RetryBudget({}, clock)
    expect(drain(budget)).toBe(10)
    for (let i = 0; i < 50; i++) budget.deposit()
    expect(drain(budget)).toBe(10)
    await clock.advance(500)
    expect(drain(budget)).toBe(5)
    await clock.advance(60_000)
    expect(drain(budget)).toBe(10)
  })

  test('forgets calls of the window before the last', async () => {
    const clock = testClock()
    const budget = new RetryBudget({ ratio: 1, perSecond: 0 }, clock)
    for (let i = 0; i < 3; i++) budget.deposit()
    await clock.advance(10_000)
    budget.deposit()
    expect(drain(budget)).toBe(4)
    for (let i = 0; i < 3; i++) budget.deposit()
    await clock.advance(20_000)
    expect(drain(budget)).toBe(0)
  })

  test('of less than one a second gives one when its time has come', async () => {
    const clock = testClock()
    const budget = new RetryBudget({ ratio: 0, perSecond: 0.5 }, clock)
    expect(drain(budget)).toBe(0)
    await clock.advance(1000)
    expect(drain(budget)).toBe(1)
    await clock.advance(1999)
    expect(drain(budget)).toBe(0)
    await clock.advance(1)
    expect(drain(budget)).toBe(1)
    await clock.advance(3_600_000)
    expect(drain(budget)).toBe(1)
  })

  test('of nothing gives nothing', async () => {
    const clock = testClock()
    const budget = new RetryBudget({ ratio: 0, perSecond: 0 }, clock)
    budget.deposit()
    await clock.advance(100_000)
    expect(drain(budget)).toBe(0)
  })

  test('never gives more than its share, whatever happens when', async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.constant('call' as const) },
      { weight: 4, arbitrary: fc.constant('retry' as const) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 15_000 }) },
    )
    const settings = fc.record({
      ratio: fc.integer({ min: 0, max: 8 }).map(n => n / 4),
      perSecond: fc.nat(4),
    })
    fc.assert(
      fc.property(settings, fc.array(step, { maxLength: 400 }), (options, steps) => {
        let now = 0
        const budget = new RetryBudget(options, { now: () => now } as Clock)
        let calls = 0
        let retries = 0
        for (const one of steps) {
          if (one === 'call') {
            calls++
            budget.deposit()
          } else if (one === 'retry') {
            if (budget.withdraw()) retries++
          } else now += one
          const floor = options.perSecond * (1 + now / 1000)
          expect(retries).toBeLessThanOrEqual(options.ratio * calls + floor + 1e-6)
        }
      }),
    )
  })
})

describe('of a client', () => {
  beforeEach(() => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })

  test('row 43: 1,000 callers of a service that always says 503 send 1.2 times their calls and 10 a second', async () => {
    const { probe, transport, clock, outcome } = stage({}, { status: 503 })
    const calls = Array.from({ length: 1000 }, () => probe.get().catch((error: unknown) => error))
    const { value } = (await outcome(Promise.all(calls))) as { value: { status: number; attempts: number }[] }
    expect(value.map(({ status }) => status)).toEqual(Array(1000).fill(503))
    const most = 1200 + 10 + 10 * (clock.now() / 1000)
    expect(transport.requests.length).toBeLessThanOrEqual(most)
    expect(transport.requests.length).toBeGreaterThanOrEqual(1200)
    expect(clock.pending).toBe(0)
  })

  test('bounds refused connections and POSTs as well', async () => {
    const { probe, transport, outcome } = stage({ retry: { budget: { ratio: 0.25, perSecond: 0 } } }, refused)
    await outcome(Promise.all(Array.from({ length: 100 }, () => probe.post().catch(() => {}))))
    expect(transport.requests.length).toBe(125)
  })

  test('is not there with budget: false', async () => {
    const { probe, transport, outcome } = stage({ retry: { budget: false } }, { status: 503 })
    await outcome(Promise.all(Array.from({ length: 200 }, () => probe.get().catch(() => {}))))
    expect(transport.requests).toHaveLength(600)
  })

  test('can be lifted by one call for itself', async () => {
    const { probe, transport, error } = stage(
      { retry: { budget: { ratio: 0, perSecond: 0 } } },
      { status: 503 },
    )
    await error(probe.get())
    expect(transport.requests).toHaveLength(1)
    await error(probe.get({ retry: { budget: false } }))
    expect(transport.requests).toHaveLength(4)
  })

  /** So soon that nothing is refilled in the meantime. */
  const soon = { minDelay: 1, budget: { ratio: 0, perSecond: 2 } }

  test('is shared by all methods', async () => {
    const { probe, transport, error } = stage({ retry: soon }, { status: 503 })
    await error(probe.get())
    await error(probe.put())
    await error(probe.delete())
    expect(transport.requests.map(({ method }) => method)).toEqual(['GET', 'GET', 'GET', 'PUT', 'DELETE'])
  })

  test('is each target its own', async () => {
    const urls = ['http://a.test', 'http://b.test']
    let at = 0
    const { probe, transport, error } = stage({ url: () => urls[at] as string, retry: soon }, { status: 503 })
    for (at of [0, 0, 1, 1]) await error(probe.get())
    expect(transport.requests.map(({ origin }) => origin.slice(7, 8)).join('')).toBe('aaaabbbb')
  })

  test('is not refilled by looking the address up again', async () => {
    const { probe, transport, error } = stage({ url: async () => url, retry: soon }, { status: 503 })
    for (let i = 0; i < 5; i++) await error(probe.get())
    expect(transport.requests).toHaveLength(7)
  })

  test('is two clients two', async () => {
    const clock = testClock()
    const transport = service(clock, { status: 503 })
    for (let i = 0; i < 2; i++) {
      const client = stage({ retry: soon, transport, clock })
      await run(clock, client.probe.get())
    }
    expect(transport.requests).toHaveLength(6)
  })

  test("is what the guise says, else the class, else a method, and never the default in a method's place", async () => {
    class Quiet {
      @Get('/plain') plain(@Call() options?: CallOptions): Promise<unknown> {
        return remote(options)
      }
      @Post('/own') @Retry({ on: [503], budget: { ratio: 0, perSecond: 1 } }) own(): Promise<unknown> {
        return remote()
      }
    }
    @Retry(soon)
    class Loud extends Quiet {}
    const sent = async (Class: new () => Quiet, options: object) => {
      const clock = testClock()
      const transport = service(clock, { status: 503 })
      const client = createClient(Class, { url, clock, transport, ...options })
      await run(clock, client.plain())
      return transport.requests.length
    }
    expect(await sent(Quiet, {})).toBe(2)
    expect(await sent(Loud, {})).toBe(3)
    expect(await sent(Loud, { retry: { budget: { ratio: 0, perSecond: 0 } } })).toBe(1)
  })
})
