/** The deadline lists: order, exactness, one timer for each duration, and no timer that keeps a process alive. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/clock.js'
import { type DeadlineOwner, Deadlines } from '../../src/http/deadlines.js'
import { WatchedClock } from './watched-clock.js'

function setUp() {
  const clock = new WatchedClock()
  const passed: string[] = []
  const owner = (name: string): DeadlineOwner => ({ onDeadline: () => passed.push(`${name}@${clock.now()}`) })
  return { clock, passed, owner, deadlines: new Deadlines(clock) }
}

describe('deadlines', () => {
  test('pass exactly when they are due, in order', async () => {
    const { clock, passed, owner, deadlines } = setUp()
    deadlines.start(100, owner('a'))
    await clock.advance(30)
    deadlines.start(100, owner('b'))
    await clock.advance(69)
    expect(passed).toEqual([])
    await clock.advance(1)
    expect(passed).toEqual(['a@100'])
    await clock.advance(30)
    expect(passed).toEqual(['a@100', 'b@130'])
  })

  test('of one duration share one timer', () => {
    const { clock, owner, deadlines } = setUp()
    for (let i = 0; i < 1000; i++) deadlines.start(100, owner(`${i}`))
    for (let i = 0; i < 1000; i++) deadlines.start(200, owner(`${i}`))
    expect(clock.started).toBe(2)
  })

  test('keep the process alive only while somebody waits', async () => {
    const { clock, passed, owner, deadlines } = setUp()
    const one = deadlines.start(100, owner('a'))
    const two = deadlines.start(100, owner('b'))
    expect(clock.holding).toBe(1)
    one.stop()
    expect(clock.holding).toBe(1)
    two.stop()
    two.stop()
    expect([clock.pending, clock.holding]).toEqual([1, 0])
    deadlines.start(100, owner('c')).stop()
    expect(clock.started).toBe(1)
    await clock.advance(100)
    expect([clock.pending, clock.holding]).toEqual([0, 0])
    expect(passed).toEqual([])
  })

  test('that begin while a timer runs idly are still exact', async () => {
    const { clock, passed, owner, deadlines } = setUp()
    deadlines.start(100, owner('a')).stop()
    await clock.advance(60)
    deadlines.start(100, owner('b'))
    expect([clock.pending, clock.holding]).toEqual([1, 1])
    await clock.advance(99)
    expect(passed).toEqual([])
    await clock.advance(1)
    expect(passed).toEqual(['b@160'])
  })

  test('may count from a moment that has passed', async () => {
    const { clock, passed, owner, deadlines } = setUp()
    await clock.advance(30)
    deadlines.start(100, owner('a'), true, 10)
    expect(deadlines.start(100, owner('b')).at).toBe(130)
    await clock.advance(80)
    expect(passed).toEqual(['a@110'])
    await clock.advance(20)
    expect(passed).toEqual(['a@110', 'b@130'])
  })

  test('of an odd duration have a timer of their own, which is cleared', () => {
    const { clock, owner, deadlines } = setUp()
    const odd = deadlines.start(4873.2, owner('a'), false)
    expect([clock.pending, clock.holding]).toEqual([1, 1])
    odd.stop()
    expect([clock.pending, clock.holding]).toEqual([0, 0])
  })

  test('of a thousand durations do not leave a thousand timers behind', () => {
    const { clock, owner, deadlines } = setUp()
    for (let i = 1; i <= 1000; i++) deadlines.start(i, owner('a')).stop()
    expect(clock.holding).toBe(0)
    expect(clock.pending).toBeLessThanOrEqual(64)
  })

  test('longer than any timer, and infinite ones, do not pass at once', async () => {
    const { clock, passed, owner, deadlines } = setUp()
    const month = 30 * 24 * 3600 * 1000
    deadlines.start(month, owner('month'))
    deadlines.start(Number.POSITIVE_INFINITY, owner('never')).stop()
    await clock.advance(month - 1)
    expect(passed).toEqual([])
    await clock.advance(1)
    expect(passed).toEqual([`month@${month}`])
  })

  test('F45: are not moved by the wall clock', async () => {
    const { clock, passed, owner, deadlines } = setUp()
    clock.wallNow = () => clock.now() + 3_600_000
    deadlines.start(100, owner('a'))
    clock.wallNow = () => clock.now() - 3_600_000
    await clock.advance(99)
    expect(passed).toEqual([])
    await clock.advance(1)
    expect(passed).toEqual(['a@100'])
  })

  test('F49: what is settled by an event that was ready when the timer rang does not fail', async () => {
    const { clock, passed, owner, deadlines } = setUp()
    const set = clock.setTimeout.bind(clock)
    // The event comes right behind the timer, before anything else can happen.
    clock.setTimeout = (ring, milliseconds) =>
      set(() => {
        ring()
        deadline.stop()
      }, milliseconds)
    const deadline = deadlines.start(100, owner('a'))
    await clock.advance(100)
    expect(passed).toEqual([])
  })

  test('one that begins while another passes is kept', async () => {
    const { clock, passed, owner, deadlines } = setUp()
    deadlines.start(100, {
      onDeadline: () => {
        passed.push('first')
        deadlines.start(100, owner('second'))
      },
    })
    await clock.advance(100)
    expect(passed).toEqual(['first'])
    await clock.advance(100)
    expect(passed).toEqual(['first', 'second@200'])
  })

  test('in any order of starts and stops, exactly the ones that were not stopped pass, each at its time', async () => {
    const step = fc.record({
      wait: fc.integer({ min: 0, max: 40 }),
      duration: fc.constantFrom(10, 25, 60),
      shared: fc.boolean(),
      stopAfter: fc.option(fc.integer({ min: 0, max: 80 }), { nil: undefined }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async steps => {
        const { clock, passed, deadlines } = setUp()
        const expected: string[] = []
        const stops: { at: number; stop: () => void }[] = []
        const advanceTo = async (time: number) => {
          for (const { at, stop } of stops.splice(0).sort((a, b) => a.at - b.at)) {
            if (at > time) stops.push({ at, stop })
            else {
              await clock.advance(at - clock.now())
              stop()
            }
          }
          await clock.advance(time - clock.now())
        }
        for (const [i, { wait, duration, shared, stopAfter }] of steps.entries()) {
          await advanceTo(clock.now() + wait)
          const at = clock.now() + duration
          const deadline = deadlines.start(
            duration,
            { onDeadline: () => passed.push(`${i}@${clock.now()}`) },
            shared,
          )
          if (stopAfter !== undefined)
            stops.push({ at: clock.now() + stopAfter, stop: () => deadline.stop() })
          if (stopAfter === undefined || stopAfter >= duration) expected.push(`${i}@${at}`)
        }
        await advanceTo(clock.now() + 200)
        expect(passed.sort()).toEqual(expected.sort())
        expect(clock.holding).toBe(0)
      }),
      { numRuns: 60 },
    )
  })
})

describe('the system clock', () => {
  test('measures and wakes', async () => {
    const before = systemClock.now()
    await new Promise<void>(resolve => {
      systemClock.clearTimeout(systemClock.setTimeout(() => expect.fail('was cleared'), 1))
      systemClock.setTimeout(resolve, 5)
    })
    expect(systemClock.now()).toBeGreaterThan(before)
    expect(Math.abs(systemClock.wallNow() - Date.now())).toBeLessThan(1000)
  })
})
