/** When a circuit opens, and what counts. */
import { type CircuitBreakerOptions, circuitsOf, createClient, Get, Responses, remote, returns } from 'guise'
import { testClock } from 'guise/testing'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  bad,
  circuit,
  failing,
  good,
  hanging,
  off,
  refused,
  reset,
  run,
  type Step,
  service,
  stage,
  timedOut,
  url,
} from './support.js'

describe('by default', () => {
  test('there is none', async () => {
    const { probe, outcome, transport } = stage(off, bad)
    for (let i = 0; i < 50; i++) await outcome(probe.get())
    expect([transport.requests.length, circuitsOf(probe)]).toEqual([50, []])
  })

  test('it opens at the tenth call if more than half have failed, and not before', async () => {
    const all = circuit(true, bad)
    await all.calls(9)
    expect(all.state()).toBe('closed')
    await all.calls(1)
    expect(all.state()).toBe('open')
    await all.calls(5)
    expect(all.transport.requests).toHaveLength(10)
  })

  test('it stays closed while just half fail', async () => {
    const half = circuit(true, (_request, nth) => (nth % 2 === 0 ? bad : good))
    await half.calls(100)
    expect([half.state(), half.transport.requests.length]).toEqual(['closed', 100])
    const more = circuit(true, ...Array(5).fill(good), bad)
    await more.calls(10)
    expect(more.state()).toBe('closed')
    await more.calls(1)
    expect(more.state()).toBe('open')
  })

  test('calls of ten seconds count', async () => {
    const { calls, clock, ...made } = circuit(true, bad)
    await calls(9)
    await clock.advance(10_000)
    await calls(9)
    expect(made.state()).toBe('closed')
    await clock.advance(9_000)
    await calls(1)
    expect(made.state()).toBe('open')
  })
})

test('volume, threshold and window are as they are set', async () => {
  const one = circuit({ volume: 1, errorThreshold: 0 }, bad)
  await one.calls(1)
  expect(one.state()).toBe('open')

  const strict = circuit({ volume: 4, errorThreshold: 25 }, good, good, good, bad, bad)
  await strict.calls(4)
  expect(strict.state()).toBe('closed')
  await strict.calls(1)
  expect(strict.state()).toBe('open')

  const short = circuit({ volume: 2, window: 2000 }, bad)
  for (let i = 0; i < 10; i++) {
    await short.calls(1)
    await short.clock.advance(2000)
  }
  expect(short.state()).toBe('closed')
})

test('a long call counts where it ends', async () => {
  const { probe, clock } = stage({ ...off, circuitBreaker: { volume: 2, window: 2000 } }, hanging)
  const calls = [probe.get({ timeout: { attempt: 3000 } }), probe.get({ timeout: { attempt: 4000 } })]
  await run(clock, Promise.allSettled(calls))
  expect(circuitsOf(probe)).toMatchObject([{ state: 'open', failures: 2 }])
})

describe('what counts', () => {
  const opens = async (step: Step, options: CircuitBreakerOptions = {}) => {
    const { calls, transport, ...made } = circuit({ volume: 2, ...options }, step)
    await calls(3)
    return [made.state(), transport.requests.length]
  }
  const opened = ['open', 2]
  const closed = ['closed', 3]

  test.each<readonly [string, Step]>([
    ['a refused connection', refused],
    ['a reset', reset],
    ['a timeout', timedOut],
    ['a connect timeout', failing({ kind: 'timeout', phase: 'connect', sent: false })],
    ['an answer that breaks off', failing({ answered: true, status: 200 })],
    ['500', bad],
    ['503', { status: 503 }],
    ['599', { status: 599 }],
    ['502 as a page of HTML', { status: 502, headers: { 'content-type': 'text/html' }, body: '<p>' }],
  ])('%s', async (_what, step) => {
    expect(await opens(step)).toEqual(opened)
  })

  test.each<readonly [string, Step]>([
    ...[400, 401, 404, 408, 409, 422, 425, 429, 499, 302, 600].map(
      status => [`${status}`, { status }] as const,
    ),
    ['broken JSON', { headers: { 'content-type': 'application/json' }, body: '{' }],
    ['too large a body', failing({ kind: 'body', answered: true, status: 200 })],
    ['a request body that fails', failing({ kind: 'request-body' })],
    ['a request that is no HTTP', failing({ sent: false, cause: { code: 'UND_ERR_INVALID_ARG' } })],
  ])('not: %s', async (_what, step) => {
    expect(await opens(step)).toEqual(closed)
  })

  test('the statuses that are named instead of 5xx, and the network always', async () => {
    expect(await opens({ status: 429 }, { counts: [429, 503] })).toEqual(opened)
    expect(await opens({ status: 503 }, { counts: [429, 503] })).toEqual(opened)
    expect(await opens(bad, { counts: [429, 503] })).toEqual(closed)
    expect(await opens(bad, { counts: [] })).toEqual(closed)
    expect(await opens(reset, { counts: [] })).toEqual(opened)
  })

  test('a bad argument and an abort are neither failures nor calls', async () => {
    const { probe, outcome } = stage({ ...off, circuitBreaker: { volume: 3 } }, bad, bad, () => {
      throw 'gone'
    })
    const aborted = () => outcome(probe.get({ signal: AbortSignal.abort() }))
    await outcome(probe.get())
    await aborted()
    await outcome(probe.keyed('no key'))
    await outcome(probe.get())
    await outcome(probe.get())
    expect(circuitsOf(probe)).toMatchObject([{ state: 'closed', failures: 2, successes: 0 }])
  })

  test('an abort on the way is nothing', async () => {
    const { probe, clock } = stage({ ...off, circuitBreaker: { volume: 1, errorThreshold: 0 } }, hanging)
    const controller = new AbortController()
    const call = probe.get({ signal: controller.signal })
    await clock.advance(100)
    controller.abort('mine')
    await expect(call).rejects.toBe('mine')
    expect(circuitsOf(probe)).toMatchObject([{ state: 'closed', failures: 0, successes: 0 }])
  })

  test('a body that fits a schema that takes its time is a success', async () => {
    class Api {
      @Get('/x')
      @Responses({ 200: z.number().refine(async () => true) })
      get(): Promise<unknown> {
        return remote()
      }
    }
    const clock = testClock()
    const answer = { headers: { 'content-type': 'application/json' }, body: '1' }
    const client = createClient(Api, {
      ...off,
      url,
      clock,
      transport: service(clock, answer),
      circuitBreaker: true,
    })
    expect(await run(clock, client.get())).toEqual({ value: 1 })
    expect(circuitsOf(client)).toMatchObject([{ successes: 1, failures: 0 }])
  })

  test('a body that does not fit counts by its status', async () => {
    class Api {
      @Get('/x')
      @Responses({ 200: z.object({ id: z.number() }), 404: returns(null) })
      get(): Promise<unknown> {
        return remote()
      }
    }
    const clock = testClock()
    const json = { 'content-type': 'application/json' }
    const steps = [
      { headers: json, body: '{}' },
      { headers: json, body: '{}' },
      { status: 404 },
      bad,
      bad,
      bad,
      bad,
    ]
    const client = createClient(Api, {
      ...off,
      url,
      clock,
      transport: service(clock, ...steps),
      circuitBreaker: { volume: 2 },
    })
    for (let i = 0; i < 6; i++) await run(clock, client.get())
    expect(circuitsOf(client)).toMatchObject([{ state: 'closed', failures: 3, successes: 3 }])
    await run(clock, client.get())
    expect(circuitsOf(client)).toMatchObject([{ state: 'open' }])
  })
})
