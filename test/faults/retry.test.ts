/** F28 to F30 and rows 20, 22, 23, 43 and 44: answers that ask for patience, and answers that lead elsewhere. */
import { close, createClient, HttpError, type Interceptor } from 'guise'
import { type Fault, faults, startFaultServer, testClock } from 'guise/testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  errorOf,
  eventually,
  expectPermanent,
  fails,
  ok,
  type Stage,
  Things,
  TIMEOUTS,
  thing,
  turn,
  within,
  works,
} from './support.js'

const read = (things: Stage['things']) => things.read(7)

describe('an answer that asks for patience', () => {
  test.each([
    ['429', 'seconds', faults.status(429, { retryAfter: 1 }), 1000],
    ['503', 'seconds', faults.status(503, { retryAfter: '1' }), 1000],
    ['503', 'a date', faults.status(503, { retryAfter: 'Thu, 01 Jan 1970 00:00:01 GMT' }), 1000],
    ['503', 'none at all', faults.status(503, { retryAfter: 0 }), 0],
    ['503', 'none', faults.status(503), 0],
    ['503', 'what is no time', faults.status(503, { retryAfter: 'soon' }), 0],
  ])(
    'F28 %s, Retry-After %s: waits as long, and not longer than it must',
    async (_status, _what, fault, wait) => {
      let answers = 0
      const counting: Interceptor = async (request, next) => {
        const response = await next(request)
        answers++
        return response
      }
      await works({
        script: [fault, ok],
        call: read,
        frozen: true,
        options: { use: [counting] },
        meanwhile: async ({ clock, server }) => {
          await eventually(() => answers === 1)
          await turn()
          await clock.advance(Math.max(0, wait - 1))
          if (wait > 0) expect(server.requests).toHaveLength(1)
          // A random part on top, so that not all come back at the same moment: of `minDelay`, or instead of the wait.
          await clock.advance(wait > 0 ? 3 : 2)
          await eventually(() => server.requests.length === 2)
        },
      })
    },
  )

  test('F28 longer than the time that is left: fails at once, and says how long', async () => {
    const { error, requests } = await fails({
      script: [faults.status(503, { retryAfter: 60 }), ok],
      call: read,
      // Waiting at all would be waiting for ever.
      frozen: true,
    })
    expect(error).toMatchObject({ code: 'GUISE_HTTP', status: 503, retryAfter: 60_000, attempts: 1 })
    expect(requests).toHaveLength(1)
  })

  test('F28 a POST without a key is repeated only where the user says so', async () => {
    const trial = {
      script: [faults.status(503), ok],
      call: (things: Stage['things']) => things.create('kim'),
    }
    expect((await fails(trial)).error).toMatchObject({ status: 503, attempts: 1 })
    const named = { retry: { on: [503], minDelay: 1, maxDelay: 2 } }
    expect((await works({ ...trial, options: named })).requests).toHaveLength(2)
  })

  test('F29 429 again and again, and then 200: the attempts are exact', async () => {
    const busy = faults.status(429)
    const options = { retry: { retries: 4, minDelay: 1, maxDelay: 2 } }
    const { value, requests } = await works({ script: [busy, busy, busy, busy, ok], call: read, options })
    expect(value).toEqual(thing)
    expect(requests).toHaveLength(5)
  })

  test('F29 429 for ever: the attempts are exact, and each is recorded with its time', async () => {
    const options = { retry: { retries: 4, minDelay: 1, maxDelay: 2 } }
    const { error, requests } = await fails({ script: [faults.status(429)], call: read, options })
    expect(requests).toHaveLength(5)
    expect(error).toMatchObject({ status: 429, attempts: 5 })
    expect(error.history.map(({ failure }) => failure)).toEqual(Array.from({ length: 5 }, () => 'HTTP 429'))
    const times = error.history.map(({ at }) => at)
    expect(times).toEqual([...times].sort((a, b) => a - b))
  })

  test.each([
    ['9999999999', 9_999_999_999_000],
    ['999999999999', undefined],
    ['-5', undefined],
    ['1e9', undefined],
    ['0x10', undefined],
    ['NaN', undefined],
    ['Infinity', undefined],
    ['Thu, 01 Jan 1960 00:00:00 GMT', 0],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 253_402_300_799_000],
    ['Thu, 32 Jan 1970 00:00:01 GMT', undefined],
    [['1', '2'], undefined],
  ])('row 44 Retry-After %j is %j ms', async (value, milliseconds) => {
    const fault = faults.status(503, { headers: { 'retry-after': value } })
    const { error } = await fails({ script: [fault], call: read, frozen: true, options: { retry: false } })
    expect(error).toMatchObject({ status: 503, retryAfter: milliseconds })
    // What is no time is ignored: the call is repeated as if nothing had been said.
    if (milliseconds !== undefined) return
    const { requests } = await works({ script: [fault, ok], call: read })
    expect(requests).toHaveLength(2)
  })
})

test('F45 the wall clock jumps by an hour, to and fro: waits and deadlines do not move', async () => {
  let answers = 0
  const counting: Interceptor = async (request, next) => {
    const response = await next(request)
    answers++
    return response
  }
  const { error, requests } = await fails({
    script: [faults.status(503, { retryAfter: 'Thu, 01 Jan 1970 00:00:01 GMT' }), faults.stall],
    call: read,
    frozen: true,
    options: { use: [counting] },
    meanwhile: async ({ clock, server }) => {
      await eventually(() => answers === 1)
      await turn()
      clock.setWallClock(-3_600_000)
      await clock.advance(999)
      expect(server.requests).toHaveLength(1)
      clock.setWallClock(3_600_000)
      await clock.advance(3)
      await server.until(() => server.requests.length === 2)
      await turn()
      clock.setWallClock(0)
      await clock.advance(TIMEOUTS.total - 1000)
    },
  })
  expect(error).toMatchObject({ code: 'GUISE_TIMEOUT', phase: 'total', attempts: 2 })
  expect(requests).toHaveLength(2)
})

test('row 43 many callers of a service that always says 503: no storm', async () => {
  const CALLS = 1000
  const server = await startFaultServer(faults.status(503))
  onTestFinished(() => server.close())
  const clock = testClock()
  const waits: number[] = []
  const recording = {
    now: () => clock.now(),
    wallNow: () => clock.wallNow(),
    clearTimeout: clock.clearTimeout.bind(clock),
    setTimeout: (callback: () => void, milliseconds: number) => {
      if (milliseconds <= 2000) waits.push(milliseconds)
      return clock.setTimeout(callback, milliseconds)
    },
  }
  // Evenly spread and the same in each run: it is the formula that is tested, not the dice.
  let dice = 0
  vi.spyOn(Math, 'random').mockImplementation(() => {
    dice = (dice + 0.618_033_988_75) % 1
    return dice
  })
  onTestFinished(() => void vi.restoreAllMocks())
  const timeout = { connect: 100_000, attempt: 200_000, total: 300_000 }
  const things = createClient(Things, { url: server.url, clock: recording, timeout })
  onTestFinished(() => close(things))

  let settled = false
  const calls = Array.from({ length: CALLS }, () => errorOf(things.read(7)))
  const all = within(Promise.all(calls), 'the storm').finally(() => {
    settled = true
  })
  while (!settled) await clock.advance(100)
  for (const error of await all) expect(error).toMatchObject({ status: 503 })
  const sends = server.requests.length
  expect(sends).toBeGreaterThan(CALLS * 1.1)
  expect(sends).toBeLessThanOrEqual(CALLS * 1.2 + 10 + (10 * clock.now()) / 1000)

  const buckets = new Map<number, number>()
  for (const wait of waits) buckets.set(Math.floor(wait / 10), (buckets.get(Math.floor(wait / 10)) ?? 0) + 1)
  expect(waits).toHaveLength(sends - CALLS)
  expect(Math.max(...buckets.values())).toBeLessThanOrEqual(waits.length * 0.03 + 1)
})

describe('an answer that leads elsewhere', () => {
  const elsewhere = 'http://user:canary-7f3a@127.0.0.2:1/x?token=canary-7f3a#canary-7f3a'
  const bodied = (code: number, location: string): Fault =>
    faults.status(code, { headers: { location }, body: { moved: 'x'.repeat(10_000) } })

  test.each([
    ['F30', 301, elsewhere],
    ['F30', 302, elsewhere],
    ['F30', 303, '/things/8'],
    ['F30', 307, 'file:///etc/passwd'],
    ['row 20', 301, elsewhere],
    ['row 20', 302, elsewhere],
    ['row 20', 303, elsewhere],
    ['row 20', 307, elsewhere],
    ['row 20', 308, elsewhere],
    ['row 22', 302, 'http://127.0.0.1/x'],
    ['row 23', 302, '/things/7'],
    ['row 23', 302, ''],
    ['row 23', 302, 'http://['],
    ['row 23', 302, 'javascript:alert(1)'],
    ['row 23', 302, 'unix:/var/run/docker.sock'],
  ])(
    '%s %i to %j is not followed, its body drained, its target not shown',
    async (_row, status, location) => {
      const { error, server, requests } = await fails({
        script: [bodied(status, location), ok],
        call: read,
        options: { connections: 1 },
      })
      expect(error).toBeInstanceOf(HttpError)
      expect(error).toMatchObject({ status, attempts: 1, delivery: 'answered' })
      expect((error as HttpError).headers.get('location')).toBe(location)
      expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain('canary')
      expect(requests).toHaveLength(1)
      // The next call had the same connection.
      expect(server.connections).toBe(1)
    },
  )

  test.each(['F30', 'row 23'])('%s without a Location', async () => {
    await expectPermanent(faults.status(302), { code: 'GUISE_HTTP', status: 302 })
  })

  test.each(['F30', 'row 20'])('%s 307 of a POST: it is not sent again', async () => {
    const trial = {
      script: [faults.redirect('/things/8', 307), ok],
      call: (things: Stage['things']) => things.create('kim'),
    }
    const { error, requests } = await fails(trial)
    expect(error).toMatchObject({ code: 'GUISE_HTTP', status: 307, attempts: 1 })
    expect(requests).toHaveLength(1)
  })
})
