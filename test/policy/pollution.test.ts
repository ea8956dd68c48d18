/** Row 32: a polluted `Object.prototype` brings no policy. */
import { createClient, describe as described, Get, Retry, remote } from 'guise'
import { expect, test } from 'vitest'
import { good, Probe, reset, stage, url } from './support.js'

const evil: Readonly<Record<string, unknown>> = {
  timeout: 7,
  total: 7,
  attempt: 7,
  connect: 7,
  retry: false,
  retries: 9,
  on: [500],
  minDelay: 9999,
  ratio: 9,
  perSecond: 9,
  circuitBreaker: true,
  volume: 1,
  counts: [200],
  scope: 'method',
  bulkhead: { concurrent: 1 },
  queue: 9,
  fallback: { get: () => 'evil' },
  forward: ['authorization'],
  signal: AbortSignal.abort(),
  headers: { 'x-evil': '1' },
  tags: { evil: true },
}

/** Runs with the prototype polluted, and cleans it up. */
async function polluted<T>(run: () => T | Promise<T>): Promise<T> {
  const prototype = Object.prototype as unknown as Record<string, unknown>
  for (const [name, value] of Object.entries(evil)) {
    Object.defineProperty(prototype, name, { value, configurable: true, writable: true, enumerable: false })
  }
  try {
    return await run()
  } finally {
    for (const name of Object.keys(evil)) delete prototype[name]
  }
}

test('not to a class, a method or a guise', async () => {
  @Retry({ retries: 1 })
  class Api {
    @Get('/x') @Retry({ maxDelay: 50 }) get(): Promise<unknown> {
      return remote()
    }
  }
  const options = { url, methods: { get: { circuitBreaker: { resetAfter: 5 } } } }
  const clean = String(described(createClient(Api, options)))
  expect(await polluted(() => String(described(createClient(Api, options))))).toBe(clean)
  expect(await polluted(() => String(described(createClient(Probe, { url }))))).toBe(
    String(described(createClient(Probe, { url }))),
  )
})

test('not to a call', async () => {
  const { probe, transport, clock } = stage({ retry: { minDelay: 1, maxDelay: 1 } }, reset, reset, good)
  const done = await polluted(async () => {
    const call = probe.get({ timeout: { attempt: 4000 }, retry: { retries: 2 } })
    call.catch(() => {})
    await clock.advance(100)
    return call
  })
  expect(done).toBeUndefined()
  expect(transport.requests[0]?.options).toMatchObject({
    timeout: 4000,
    connectTimeout: 2000,
    timeoutPhase: 'attempt',
  })
  expect(transport.requests).toHaveLength(3)
  expect(transport.requests[0]?.headers).toEqual({})
})
