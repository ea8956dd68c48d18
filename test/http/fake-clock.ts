/** A clock that stands still until the test moves it. */
import type { Clock } from '../../src/clock.js'

interface Timer {
  at: number
  callback: () => void
  isRef: boolean
  ref(): unknown
  unref(): unknown
}

export class FakeClock implements Clock {
  /** How many timers were ever set. */
  started = 0
  private time = 0
  private readonly timers = new Set<Timer>()

  now(): number {
    return this.time
  }

  wallNow(): number {
    return this.time
  }

  setTimeout(callback: () => void, milliseconds: number): Timer {
    this.started++
    const timer: Timer = {
      at: this.time + milliseconds,
      callback,
      isRef: true,
      ref() {
        this.isRef = true
      },
      unref() {
        this.isRef = false
      },
    }
    this.timers.add(timer)
    return timer
  }

  clearTimeout(timer: Timer): void {
    this.timers.delete(timer)
  }

  /** Timers that are set, and those of them that would keep the process alive. */
  get pending(): { all: number; ref: number } {
    return { all: this.timers.size, ref: [...this.timers].filter(timer => timer.isRef).length }
  }

  /** Moves on, rings what is due on the way, and gives what came of it the time to happen. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds
    for (let next = this.next(end); next !== undefined; next = this.next(end)) {
      this.timers.delete(next)
      this.time = Math.max(this.time, next.at)
      next.callback()
      await turn()
    }
    this.time = end
    await turn()
  }

  private next(end: number): Timer | undefined {
    return [...this.timers].filter(timer => timer.at <= end).sort((a, b) => a.at - b.at)[0]
  }
}

/** Lets the event loop go round, so that whatever is ready happens. */
export async function turn(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise(resolve => setImmediate(resolve))
}
