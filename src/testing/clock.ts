/** A clock that a test moves: timeouts, waits between retries and open circuits take no time. */
import type { Clock, TimerHandle } from '../clock.js'
import { from, MockError } from './mock-error.js'

interface Timer extends TimerHandle {
  readonly at: number
  readonly order: number
  readonly callback: () => void
}

/**
 * A clock for the option `clock` of `createClient`. It stands still until `advance` moves it.
 *
 * @example
 * const clock = testClock()
 * const members = createClient(MemberClient, { url, clock, circuitBreaker: { resetAfter: 30_000 } })
 * await clock.advance(30_000) // an open circuit lets a probe through now
 */
export function testClock(options: { readonly wallNow?: number } = {}): TestClock {
  return new TestClock(options.wallNow ?? 0)
}

export class TestClock implements Clock {
  #now = 0
  #wallOffset: number
  #order = 0
  readonly #timers = new Set<Timer>()

  constructor(wallNow: number) {
    this.#wallOffset = wallNow
  }

  now(): number {
    return this.#now
  }

  wallNow(): number {
    return this.#now + this.#wallOffset
  }

  /** Sets the wall clock alone, as an operator or NTP does; `now()` does not jump. Milliseconds since 1970. */
  setWallClock(wallNow: number): void {
    this.#wallOffset = wallNow - this.#now
  }

  /** How many timers are waiting. */
  get pending(): number {
    return this.#timers.size
  }

  setTimeout(callback: () => void, milliseconds: number): TimerHandle {
    const at = this.#now + Math.max(0, milliseconds)
    const timer: Timer = { at, order: this.#order++, callback, ref: () => timer, unref: () => timer }
    this.#timers.add(timer)
    return timer
  }

  clearTimeout(timer: TimerHandle): void {
    this.#timers.delete(timer as Timer)
  }

  /**
   * Moves the clock on and runs what falls due, in order, each with its promises settled before the next.
   *
   * @param milliseconds how far; 0 only lets what is under way settle.
   */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds
    await settled()
    for (let timer = this.#nextUntil(end); timer !== undefined; timer = this.#nextUntil(end)) {
      this.#timers.delete(timer)
      this.#now = timer.at
      timer.callback()
      await settled()
    }
    this.#now = end
    await settled()
  }

  /** Moves the clock to its next timer and runs that; `false` if there is none. */
  async next(): Promise<boolean> {
    await settled()
    const timer = this.#nextUntil(Number.POSITIVE_INFINITY)
    if (timer !== undefined) await this.advance(timer.at - this.#now)
    return timer !== undefined
  }

  /**
   * Moves the clock on, timer by timer, until a promise settles: a call with all its retries and timeouts, in no time.
   * For what has no network in it, like `mock` and `mockTransport`: what takes real time is overtaken by its timeouts.
   *
   * @param promise what shall settle.
   * @returns a promise that settles as the given one does; it rejects with MockError if nothing is left to wait for, or
   *   if 1,000 timers were not enough.
   *
   * @example
   * const error = await clock.run(members.byId(7).catch(error => error))
   */
  async run<T>(promise: Promise<T>): Promise<T> {
    let ended = false
    const end = () => {
      ended = true
    }
    promise.then(end, end)
    for (let timers = 0, idle = 0; ; ) {
      await settled()
      if (ended) return promise
      if (idle === PATIENCE) throw this.#stuck('no timer is left that could bring it about')
      if (timers === MOST_TIMERS) throw this.#stuck(`${MOST_TIMERS} timers were not enough`)
      if (await this.next()) timers++
      // Without a timer no time can be lost: what takes a few turns more may have them.
      else idle++
    }
  }

  #stuck(why: string): MockError {
    return from(
      this.run,
      new MockError(`clock.run: the promise has not settled at ${Math.round(this.#now)} ms, and ${why}`),
    )
  }

  #nextUntil(end: number): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers) {
      if (timer.at > end) continue
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order))
        first = timer
    }
    return first
  }
}

/** Timers that `run` goes through before it takes them for endless, and turns without one before it gives up. */
const MOST_TIMERS = 1_000
const PATIENCE = 50

/** Lets promises and immediates run; a few rounds, since each may bring others about. */
async function settled(): Promise<void> {
  for (let round = 0; round < 4; round++) await new Promise<void>(resolve => setImmediate(resolve))
}
