/** Which calls share a circuit: those to one address, or to one method of it; and how many circuits are kept. */
import {
  Call,
  type CallOptions,
  CircuitBreaker,
  type CircuitSnapshot,
  circuitsOf,
  createClient,
  Get,
  remote,
  Url,
} from 'guise'
import { testClock } from 'guise/testing'
import { describe, expect, test } from 'vitest'
import { LruMap } from '../../src/policy/lru.js'
import { bad, good, off, run, service, stage, url } from './support.js'

const one = { volume: 1, errorThreshold: 0 }
const told = (list: readonly CircuitSnapshot[]) =>
  list.map(({ target, method, state }) => `${target.slice(7)} ${method ?? '*'} ${state}`).sort()

test('by default all methods of an address share one', async () => {
  const { probe, transport, outcome } = stage({ ...off, circuitBreaker: one }, bad)
  await outcome(probe.get())
  expect(await outcome(probe.put())).toMatchObject({ error: { code: 'GUISE_CIRCUIT_OPEN' } })
  expect(transport.requests).toHaveLength(1)
  expect(told(circuitsOf(probe))).toEqual(['service.test * open'])
})

test("with scope 'method' each method of an address has its own", async () => {
  const { probe, outcome } = stage({ ...off, circuitBreaker: { ...one, scope: 'method' } }, bad, good)
  await outcome(probe.get())
  await outcome(probe.put())
  expect(told(circuitsOf(probe))).toEqual(['service.test Probe.get open', 'service.test Probe.put closed'])
})

test('a method with options of its own has its own, with those options', async () => {
  const options = { ...off, circuitBreaker: { volume: 3 }, methods: { get: { circuitBreaker: one } } }
  const { probe, outcome } = stage(options, bad)
  await outcome(probe.get())
  await outcome(probe.put())
  expect(told(circuitsOf(probe))).toEqual(['service.test * closed', 'service.test Probe.get open'])
})

test('a method can be without', async () => {
  const options = { ...off, circuitBreaker: one, methods: { get: { circuitBreaker: false } } }
  const { probe, transport, outcome } = stage(options, bad)
  for (let i = 0; i < 5; i++) await outcome(probe.get())
  expect([transport.requests.length, circuitsOf(probe)]).toEqual([5, []])
})

test('decorators say the same', async () => {
  @CircuitBreaker(one)
  class Api {
    @Get('/a') a(): Promise<unknown> {
      return remote()
    }
    @Get('/b') @CircuitBreaker({ scope: 'method' }) b(): Promise<unknown> {
      return remote()
    }
    @Get('/c') @CircuitBreaker(false) c(): Promise<unknown> {
      return remote()
    }
    @Get('/d') @CircuitBreaker() d(): Promise<unknown> {
      return remote()
    }
  }
  const clock = testClock()
  const api = createClient(Api, { ...off, url, clock, transport: service(clock, bad) })
  for (const call of [api.a, api.b, api.c, api.c, api.d]) await run(clock, call.call(api))
  expect(told(circuitsOf(api))).toEqual(['service.test * open', 'service.test Api.b open'])
  expect(circuitsOf(api).find(({ method }) => method === undefined)).toMatchObject({ rejected: 1 })
})

describe('of several addresses', () => {
  const urls = ['http://a.test', 'http://b.test']

  test('each has its own, and a call goes on to the other at once', async () => {
    const { probe, clock, transport, outcome } = stage(
      { url: urls, circuitBreaker: one, retry: { retries: 1, budget: { ratio: 0, perSecond: 0 } } },
      ({ origin }) => (origin === urls[0] ? bad : good),
    )
    // 500 is not retried, so the first call to a fails; all others end at b.
    let failed = 0
    for (let i = 0; i < 40; i++) if ('error' in (await outcome(probe.get()))) failed++
    expect(failed).toBe(1)
    expect(transport.requests.filter(({ origin }) => origin === urls[0])).toHaveLength(1)
    expect(told(circuitsOf(probe))).toEqual(['a.test * open', 'b.test * closed'])
    expect(clock.now()).toBe(0)
  })

  test('all open is open', async () => {
    const { probe, transport, outcome } = stage({ url: urls, circuitBreaker: one, retry: { on: [500] } }, bad)
    await outcome(probe.get())
    expect(told(circuitsOf(probe))).toEqual(['a.test * open', 'b.test * open'])
    const sent = transport.requests.length
    expect(await outcome(probe.get())).toMatchObject({ error: { code: 'GUISE_CIRCUIT_OPEN', attempts: 0 } })
    expect(transport.requests).toHaveLength(sent)
  })

  test('that @Url leads to, each has its own', async () => {
    class Hooks {
      @Get() call(@Url() to: string, @Call() options?: CallOptions): Promise<unknown> {
        return remote(to, options)
      }
    }
    const clock = testClock()
    const transport = service(clock, ({ origin }) => (origin === url ? good : bad))
    const hooks = createClient(Hooks, {
      ...off,
      url,
      clock,
      transport,
      circuitBreaker: one,
      allowOrigins: ['http://a.test'],
    })
    await run(clock, hooks.call('/here'))
    await run(clock, hooks.call('http://a.test/there'))
    expect(await run(clock, hooks.call('http://a.test/again'))).toMatchObject({
      error: { code: 'GUISE_CIRCUIT_OPEN', request: { url: 'http://a.test/' } },
    })
    expect(told(circuitsOf(hooks))).toEqual(['a.test * open', 'service.test * closed'])
    expect(transport.requests.map(({ origin, path }) => origin + path)).toEqual([
      `${url}/here`,
      'http://a.test/there',
    ])
  })
})

test('row 37: of ever new addresses the last thousand are remembered', async () => {
  let host = 0
  const options = { ...off, circuitBreaker: one, url: () => `http://h${host}.test` }
  const { probe, outcome } = stage(options, ({ origin }) => (origin === 'http://h5.test' ? bad : good))
  for (host = 0; host < 1000; host++) await outcome(probe.get())
  host = 5
  expect(await outcome(probe.get())).toMatchObject({ error: { code: 'GUISE_CIRCUIT_OPEN' } })
  for (host = 1000; host < 1500; host++) await outcome(probe.get())
  const targets = circuitsOf(probe).map(({ target }) => target)
  expect(targets).toHaveLength(1000)
  expect(targets).toContain('http://h5.test')
  expect(targets).not.toContain('http://h6.test')
})

test('the map of them drops the least recently used, and tells', () => {
  const dropped: string[] = []
  const map = new LruMap<string, string>(2, value => dropped.push(value))
  const get = (key: string) => map.get(key, () => `${key}!`)
  expect([get('a'), get('a'), get('b'), get('a'), get('c')]).toEqual(['a!', 'a!', 'b!', 'a!', 'c!'])
  expect([dropped, [...map.values()]]).toEqual([['b!'], ['a!', 'c!']])
  map.clear()
  expect([dropped, [...map.values()]]).toEqual([['b!', 'a!', 'c!'], []])
})
