/** What circuits cost: no timer, no memory for each call, and nothing after the client is closed. */
import { circuitsOf, close } from 'guise'
import CircuitBreaker from 'opossum'
import { afterEach, expect, test, vi } from 'vitest'
import { bad, good, hanging, off, run, stage } from './support.js'

afterEach(() => {
  vi.restoreAllMocks()
})

const one = { volume: 1, errorThreshold: 0, resetAfter: 1000 }

test('opossum keeps no durations, however many calls fail', async () => {
  const fire = vi.spyOn(CircuitBreaker.prototype, 'fire')
  const { probe, outcome } = stage({ ...off, circuitBreaker: { errorThreshold: 99 } }, good, bad)
  for (let i = 0; i < 200; i++) await outcome(probe.get())
  const breakers = new Set(fire.mock.contexts as CircuitBreaker[])
  const [breaker] = breakers
  const buckets = breaker?.status.window as unknown as { failures: number; latencyTimes: number[] }[]
  expect([breakers.size, buckets[0]?.failures]).toEqual([1, 100])
  expect(buckets.flatMap(({ latencyTimes }) => latencyTimes)).toEqual([])
})

test('calls that succeed do not go through opossum at all', async () => {
  const fire = vi.spyOn(CircuitBreaker.prototype, 'fire')
  const { probe, outcome } = stage({ circuitBreaker: true }, good)
  for (let i = 0; i < 20; i++) await outcome(probe.get())
  expect(fire).not.toHaveBeenCalled()
  expect(circuitsOf(probe)).toMatchObject([{ successes: 20 }])
})

test('no timer of it holds the process or the clock, closed, open or half open', async () => {
  const set = vi.spyOn(globalThis, 'setTimeout')
  const { probe, clock, outcome } = stage({ ...off, circuitBreaker: one }, good, bad, bad)
  for (const wait of [0, 0, 1000, 2000]) {
    await clock.advance(wait)
    await outcome(probe.get())
    expect(clock.pending).toBe(0)
  }
  // Opossum sets one each time that it opens.
  expect(set.mock.results.map(({ value }) => value.hasRef())).toEqual([false, false, false])
})

test('no listener piles up, however often it opens and closes', async () => {
  const warning = vi.spyOn(process, 'emitWarning')
  const fire = vi.spyOn(CircuitBreaker.prototype, 'fire')
  const flaky = (_request: unknown, nth: number) => (nth % 2 === 0 ? good : bad)
  const { probe, clock, outcome } = stage({ ...off, circuitBreaker: one }, flaky)
  for (let i = 0; i < 100; i++) {
    await outcome(probe.get())
    await clock.advance(1000)
  }
  const { rotateBucketController: rotation } = (
    fire.mock.contexts.at(-1) as CircuitBreaker & {
      options: { rotateBucketController: NodeJS.EventEmitter }
    }
  ).options
  expect(rotation.listenerCount('rotate')).toBe(1)
  expect(warning).not.toHaveBeenCalled()
})

test('a client that is closed leaves no timer of opossum behind', async () => {
  const set = vi.spyOn(globalThis, 'setTimeout')
  const clear = vi.spyOn(globalThis, 'clearTimeout')
  const { probe, outcome } = stage({ ...off, circuitBreaker: { ...one, scope: 'method' } }, bad)
  for (const name of ['get', 'put', 'delete'] as const) await outcome(probe[name]())
  expect(set.mock.results).toHaveLength(3)
  await close(probe)
  const cleared = clear.mock.calls.map(([handle]) => handle)
  for (const { value } of set.mock.results) expect(cleared).toContain(value)
  expect(circuitsOf(probe)).toEqual([])
  expect(await outcome(probe.get())).toMatchObject({ error: { code: 'GUISE_CONNECTION', attempts: 0 } })
})

test('a call in flight while the client is closed still settles as it would', async () => {
  const { probe, clock, outcome } = stage({ ...off, circuitBreaker: one }, bad, hanging)
  await outcome(probe.get())
  await clock.advance(1000)
  const call = probe.get()
  await clock.advance(0)
  await close(probe)
  expect(await run(clock, call)).toMatchObject({ error: { code: 'GUISE_TIMEOUT', attempts: 1 } })
})
