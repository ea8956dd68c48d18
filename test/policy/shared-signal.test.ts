/** Row F46: however many calls share one signal, it has no more listeners after them than before. */
import { getEventListeners } from 'node:events'
import { Call, type CallOptions, createClient, Get, remote } from 'guise'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { closing, serve } from '../client/support.js'
import { stage } from './support.js'

class Api {
  @Get('/x') get(@Call() options?: CallOptions): Promise<unknown> {
    return remote(options)
  }
}

const warnings: string[] = []
const note = (warning: Error) => warnings.push(String(warning))
beforeEach(() => {
  warnings.length = 0
  process.on('warning', note)
})
afterEach(() => {
  process.off('warning', note)
  vi.restoreAllMocks()
})

const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length

test('10,000 calls over real sockets, a third of them retried, 500 at a time', {
  timeout: 60_000,
}, async () => {
  let served = 0
  let most = 0
  const { url } = await serve((_request, response) => {
    most = Math.max(most, listeners(signal))
    response.statusCode = served++ % 3 === 0 ? 503 : 204
    response.end()
  })
  const retry = { retries: 20, minDelay: 1, maxDelay: 1, budget: false } as const
  const api = closing(createClient(Api, { url, retry }))
  const { signal } = new AbortController()
  signal.addEventListener('abort', () => {})
  for (let round = 0; round < 20; round++) {
    const calls = Array.from({ length: 500 }, () => api.get({ signal }))
    expect(await Promise.all(calls)).toEqual(Array(500).fill(undefined))
  }
  expect(served).toBeGreaterThan(10_000)
  expect([most, listeners(signal)]).toEqual([2, 1])
  await new Promise(resolve => setImmediate(resolve))
  expect(warnings).toEqual([])
})

test('10,000 calls that wait in the bulkhead, for a retry, and in an interceptor', {
  timeout: 60_000,
}, async () => {
  const { signal } = new AbortController()
  let most = 0
  const { probe, outcome, clock } = stage(
    {
      bulkhead: { concurrent: 100, queue: 10_000 },
      retry: { budget: false },
      use: [(request, next) => next(request)],
    },
    (_request, nth) => {
      most = Math.max(most, listeners(signal))
      return { status: nth % 2 === 0 ? 503 : 204 }
    },
  )
  for (let round = 0; round < 10; round++) {
    const calls = Array.from({ length: 1000 }, () => probe.get({ signal }).catch(() => {}))
    await outcome(Promise.all(calls))
  }
  expect([most, listeners(signal), clock.pending]).toEqual([1, 0, 0])
  expect(warnings).toEqual([])
})

test('an abort of calls that wait everywhere leaves no timer and no listener', async () => {
  const controller = new AbortController()
  const { signal } = controller
  const { probe, clock } = stage(
    { bulkhead: { concurrent: 10, queue: 80 }, retry: { budget: false } },
    { status: 503 },
  )
  const calls = Array.from({ length: 90 }, () => probe.get({ signal }).catch((error: unknown) => error))
  await clock.advance(0)
  expect(clock.pending).toBeGreaterThan(0)
  controller.abort('all of you')
  expect(await Promise.all(calls)).toEqual(Array(90).fill('all of you'))
  expect([clock.pending, listeners(signal)]).toEqual([0, 0])
})
