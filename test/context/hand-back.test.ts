/** Which headers of a response go back on the response to the request being served. */
import type { ServerResponse } from 'node:http'
import type { ClientOptions } from 'guise'
import { currentContext, inbound, runInContext } from 'guise/context'
import type { MockAnswer } from 'guise/testing'
import { describe, expect, test } from 'vitest'
import { hanging, off, type Probe, refused, type Step, stage } from '../policy/support.js'

/** What a call hands back that is made while a request is being served. */
async function handed(options: Partial<ClientOptions<Probe>>, ...steps: readonly Step[]) {
  const back: [string, string | string[]][] = []
  const { probe, outcome } = stage({ handBack: ['X-Refresh'], ...options }, ...steps)
  await runInContext({ handBack: (...header) => back.push(header) }, () => outcome(probe.get()))
  return back
}

const told = (value: string, status = 200): MockAnswer => ({
  status,
  headers: { 'x-refresh': value, 'x-other': 'no' },
})

test.each([200, 204, 302, 400, 401, 404, 409, 500])('those that are listed, on %i', async status => {
  expect(await handed(off, told('yes', status))).toEqual([['x-refresh', 'yes']])
})

test('none where the response has none', async () => {
  expect(await handed(off, { status: 200, headers: { 'x-other': '1' } })).toEqual([])
  expect(await handed({ ...off, handBack: ['constructor', '__proto__'] }, told('yes'))).toEqual([])
})

test('several of one name as a list', async () => {
  expect(await handed(off, { headers: { 'x-refresh': ['a', 'b'] } })).toEqual([['x-refresh', ['a', 'b']]])
})

describe('through', () => {
  test('each attempt, so that the last one counts', async () => {
    expect(await handed({}, told('first', 503), refused, told('last'))).toEqual([
      ['x-refresh', 'first'],
      ['x-refresh', 'last'],
    ])
  })

  test('a circuit breaker, closed and half open, and not open', async () => {
    const back: string[] = []
    const circuitBreaker = { volume: 1, errorThreshold: 0, resetAfter: 1000 }
    const { probe, clock, outcome } = stage(
      { ...off, handBack: ['x-refresh'], circuitBreaker },
      told('failed', 500),
      told('probe'),
      told('closed'),
    )
    const call = () =>
      runInContext({ handBack: (_name, value) => back.push(String(value)) }, () => outcome(probe.get()))
    await call()
    await call()
    await clock.advance(1000)
    await call()
    await call()
    expect(back).toEqual(['failed', 'probe', 'closed'])
  })

  test('a bulkhead, to the request that waited and not to the one that let it in', async () => {
    const back: string[] = []
    const options = { ...off, handBack: ['x-refresh'], bulkhead: { concurrent: 1, queue: 9 } }
    const { probe, outcome } = stage(options, ({ body }) => told(String(body)))
    const calls = [1, 2, 3].map(n =>
      runInContext({ handBack: (_name, value) => back.push(`${n} gets ${value}`) }, () => probe.put(n)),
    )
    await outcome(Promise.all(calls))
    expect(back).toEqual(['1 gets 1', '2 gets 2', '3 gets 3'])
  })

  test('a fallback, which answers in the context of the call', async () => {
    const seen: unknown[] = []
    const fallback = { get: () => seen.push(currentContext()?.headers['x-a']) }
    expect(await handed({ ...off, fallback }, told('yes', 500))).toEqual([['x-refresh', 'yes']])
    const { probe, outcome } = stage({ fallback }, told('yes', 503))
    await runInContext({ headers: { 'x-a': '1' } }, () => outcome(probe.get()))
    expect(seen).toEqual([undefined, '1'])
  })

  test('interceptors, also those that answer themselves', async () => {
    expect(await handed({ ...off, use: [(request, next) => next(request)] }, told('yes'))).toEqual([
      ['x-refresh', 'yes'],
    ])
    const own = {
      status: 200,
      statusText: '',
      headers: { 'x-refresh': 'own' },
      body: new Uint8Array(),
      truncated: false,
    }
    expect(await handed({ ...off, use: [async () => own] })).toEqual([['x-refresh', 'own']])
  })
})

test('nothing of an attempt that nobody waited for any more', async () => {
  const back = await handed({ ...off, timeout: 100 }, hanging)
  expect(back).toEqual([])
})

test('nothing once the head of the response is sent', () => {
  const set: string[] = []
  const response = {
    headersSent: false,
    setHeader: (name: string) => set.push(name) as unknown as ServerResponse,
  }
  inbound({ headers: {} }, response, () => {
    currentContext()?.handBack('x-a', '1')
    response.headersSent = true
    currentContext()?.handBack('x-b', '2')
  })
  expect(set).toEqual(['x-a'])
})
