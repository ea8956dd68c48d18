/** The bulkhead: so many at once, so many in line, and the rest turned away. */
import { Bulkhead, BulkheadFullError, circuitsOf, createClient, Get, remote } from 'guise'
import { type TestClock, testClock } from 'guise/testing'
import { describe, expect, test } from 'vitest'
import { bad, good, hanging, off, refused, run, type Service, service, stage, url } from './support.js'

/** A service whose answers the test gives one by one, in the order of the requests. */
function patient(clock: TestClock) {
  const answers: (() => void)[] = []
  const transport = service(
    clock,
    () =>
      new Promise(resolve => {
        answers.push(() => resolve(good))
      }),
  )
  const answer = async () => {
    answers.shift()?.()
    await clock.advance(0)
  }
  return { transport, answer }
}

function crowded(
  bulkhead: { concurrent: number; queue?: number },
  options: Parameters<typeof stage>[0] = {},
) {
  const clock = testClock()
  const { transport, answer } = patient(clock)
  return { ...stage({ ...off, clock, transport, bulkhead, ...options }), clock, answer, transport }
}

const bodies = ({ requests }: Service) => requests.map(({ body }) => body)
const settled = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'done',
    error => error,
  )

test('lets so many through, holds so many back, and turns the rest away with nothing sent', async () => {
  const { probe, transport, clock, answer } = crowded({ concurrent: 2, queue: 2 })
  const calls = [1, 2, 3, 4, 5].map(n => settled(probe.put(n)))
  await clock.advance(0)
  expect(transport.requests).toHaveLength(2)
  const full = (await calls[4]) as BulkheadFullError
  expect(full).toBeInstanceOf(BulkheadFullError)
  expect(full).toMatchObject({ code: 'GUISE_BULKHEAD_FULL', attempts: 0, delivery: 'not-sent', history: [] })
  expect(full.message).toBe(
    'Probe.put: the bulkhead is full: too many calls at once (PUT http://service.test/x, nothing was sent)',
  )
  for (let i = 0; i < 4; i++) await answer()
  expect(await Promise.all(calls.slice(0, 4))).toEqual(Array(4).fill('done'))
  expect(bodies(transport)).toEqual([1, 2, 3, 4])
  expect(clock.pending).toBe(0)
})

test('without a queue nobody waits', async () => {
  const { probe, clock, answer } = crowded({ concurrent: 1 })
  const first = settled(probe.get())
  await clock.advance(0)
  expect(await settled(probe.get())).toBeInstanceOf(BulkheadFullError)
  await answer()
  expect(await first).toBe('done')
})

test('hands a place on: whoever comes in that moment cannot take it', async () => {
  const { probe, transport, clock, answer } = crowded({ concurrent: 1, queue: 1 })
  const first = probe.put(1)
  const second = settled(probe.put(2))
  await clock.advance(0)
  const third = first.then(() => settled(probe.put(3)))
  await answer()
  await answer()
  await answer()
  expect([await second, await third]).toEqual(['done', 'done'])
  expect(bodies(transport)).toEqual([1, 2, 3])
})

test('a failure gives its place back as well', async () => {
  const { probe, outcome, transport } = stage({ ...off, bulkhead: { concurrent: 1 } }, bad, refused, good)
  for (let i = 0; i < 10; i++) await outcome(probe.get())
  expect(transport.requests).toHaveLength(10)
})

test('an abort in line leaves the line at once, and nobody is sent in its place', async () => {
  const { probe, transport, clock, answer } = crowded({ concurrent: 1, queue: 2 })
  const controller = new AbortController()
  const calls = [probe.put(1), probe.put(2, { signal: controller.signal }), probe.put(3)].map(settled)
  await clock.advance(0)
  controller.abort('tired')
  expect(await calls[1]).toBe('tired')
  const late = settled(probe.put(4))
  for (let i = 0; i < 3; i++) await answer()
  expect(await Promise.all([calls[0], calls[2], late])).toEqual(['done', 'done', 'done'])
  expect([bodies(transport), clock.pending]).toEqual([[1, 3, 4], 0])
})

test('an abort before the line is reached does not join it', async () => {
  const { probe, clock, answer } = crowded({ concurrent: 1, queue: 1 }, { url: async () => url })
  const controller = new AbortController()
  const first = settled(probe.put(1))
  await clock.advance(0)
  const second = settled(probe.put(2, { signal: controller.signal }))
  controller.abort('early')
  expect(await second).toBe('early')
  await answer()
  expect([await first, clock.pending]).toEqual(['done', 0])
})

test('an abort while the request is put together does not join the line', async () => {
  const { probe, transport, clock, answer } = crowded({ concurrent: 1, queue: 1 })
  const controller = new AbortController()
  const first = settled(probe.put(1))
  await clock.advance(0)
  const body = {
    toJSON() {
      controller.abort('early')
      return 2
    },
  }
  expect(await settled(probe.put(body, { signal: controller.signal }))).toBe('early')
  await answer()
  expect([await first, transport.requests.length, clock.pending]).toEqual(['done', 1, 0])
})

test('a wait that was too long is not held against the service', async () => {
  const { probe, clock, answer } = crowded(
    { concurrent: 1, queue: 9 },
    { timeout: 800, circuitBreaker: { volume: 1, errorThreshold: 0 } },
  )
  const calls = [probe.put(1, { timeout: 5000 }), probe.put(2), probe.put(3)].map(settled)
  await run(clock, Promise.all(calls.slice(1)))
  await answer()
  expect(await calls[0]).toBe('done')
  expect(circuitsOf(probe)).toMatchObject([{ state: 'closed', failures: 0, successes: 1 }])
})

test('the total deadline ends the wait, and says what for', async () => {
  const { probe, transport, clock, answer } = crowded({ concurrent: 1, queue: 5 }, { timeout: 800 })
  const first = settled(probe.put(1, { timeout: 5000 }))
  const second = run(clock, probe.put(2))
  expect(await second).toMatchObject({
    error: { code: 'GUISE_TIMEOUT', phase: 'total', attempts: 0, delivery: 'not-sent' },
  })
  expect(String(((await second) as { error: Error }).error.message)).toContain(
    'waited for its turn in the bulkhead',
  )
  expect(clock.now()).toBe(800)
  await answer()
  expect(await first).toBe('done')
  expect([transport.requests.length, clock.pending]).toEqual([1, 0])
})

test('the wait takes nothing from the attempt timeout', async () => {
  const timeout = { attempt: 500, total: 2000 }
  const { probe, transport, clock } = stage(
    { ...off, bulkhead: { concurrent: 1, queue: 1 }, timeout },
    hanging,
  )
  const calls = [settled(probe.get()), settled(probe.get())]
  await run(clock, Promise.all(calls))
  expect(transport.times).toEqual([0, 500])
  expect(transport.requests.map(({ options }) => options.timeout)).toEqual([500, 500])
  expect(clock.now()).toBe(1000)
})

test('being turned away is not retried, though nothing was sent', async () => {
  const { probe, clock, answer } = crowded({ concurrent: 1 }, { retry: { retries: 5 } })
  const first = settled(probe.get())
  await clock.advance(0)
  expect(await settled(probe.get())).toMatchObject({ code: 'GUISE_BULKHEAD_FULL' })
  expect(clock.now()).toBe(0)
  await answer()
  await first
})

test('a call that waits for its retry holds no place', async () => {
  const { probe, clock, transport } = stage({ bulkhead: { concurrent: 1 } }, { status: 503 }, good)
  const retried = settled(probe.get())
  await clock.advance(0)
  expect(await settled(probe.put())).toBe('done')
  await run(clock, retried)
  expect(transport.requests.map(({ method }) => method)).toEqual(['GET', 'PUT', 'GET'])
})

describe('is shared', () => {
  test('by all methods where class or guise say so, and a method that says so itself has its own', async () => {
    @Bulkhead({ concurrent: 1 })
    class Api {
      @Get('/a') a(): Promise<unknown> {
        return remote()
      }
      @Get('/b') b(): Promise<unknown> {
        return remote()
      }
      @Get('/c') @Bulkhead({ concurrent: 1 }) c(): Promise<unknown> {
        return remote()
      }
      @Get('/d') @Bulkhead(false) d(): Promise<unknown> {
        return remote()
      }
    }
    const clock = testClock()
    const { transport, answer } = patient(clock)
    const api = createClient(Api, { url, clock, transport })
    const names = ['a', 'a', 'b', 'c', 'c', 'd', 'd'] as const
    const calls = names.map(name => settled(api[name]()).then(end => (end === 'done' ? name : 'full')))
    await clock.advance(0)
    for (let i = 0; i < 4; i++) await answer()
    expect(await Promise.all(calls)).toEqual(['a', 'full', 'full', 'c', 'full', 'd', 'd'])
  })

  test('by no two clients', async () => {
    const one = crowded({ concurrent: 1 })
    const two = crowded({ concurrent: 1 })
    const calls = [settled(one.probe.get()), settled(two.probe.get())]
    await one.answer()
    await one.answer()
    await two.answer()
    await two.answer()
    expect(await Promise.all(calls)).toEqual(['done', 'done'])
  })
})

test('never lets more through than it may, whatever comes when', async () => {
  const clock = testClock()
  let running = 0
  let most = 0
  const transport = service(clock, async (_request, nth) => {
    most = Math.max(most, ++running)
    await new Promise<void>(resolve => clock.setTimeout(resolve, (nth * 37) % 11))
    running--
    return nth % 3 === 0 ? { status: 503 } : good
  })
  const { probe } = stage({ clock, transport, bulkhead: { concurrent: 7, queue: 40 } })
  const codes: unknown[] = []
  for (let wave = 0; wave < 20; wave++) {
    for (let i = 0; i < 10; i++)
      probe.get().then(
        () => codes.push('ok'),
        ({ code }) => codes.push(code),
      )
    await clock.advance((wave * 13) % 17)
  }
  await clock.advance(20_000)
  expect([most, running, clock.pending, codes.length]).toEqual([7, 0, 0, 200])
  expect(await run(clock, probe.put())).toHaveProperty('value')
})
