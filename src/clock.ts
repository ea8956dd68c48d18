/** Where all time comes from, so that a test can put a clock of its own in the place of the system's. */

export interface TimerHandle {
  ref(): unknown
  unref(): unknown
}

export interface Clock {
  /** Milliseconds from some fixed moment; never jumps, whatever happens to the wall clock. */
  now(): number
  /** Milliseconds since 1970, as the wall clock shows them. */
  wallNow(): number
  setTimeout(callback: () => void, milliseconds: number): TimerHandle
  clearTimeout(timer: TimerHandle): void
}

/** The longest that Node's timers can wait: above it they ring at once. */
export const MAX_TIMER = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds),
  clearTimeout: timer => clearTimeout(timer as NodeJS.Timeout),
}
