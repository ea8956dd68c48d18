/** The test clock, with what only the transport has to answer for: how many timers it sets, and whether they hold the process. */
import type { TimerHandle as Timer } from 'guise'
import { TestClock } from 'guise/testing'

export class WatchedClock extends TestClock {
  /** How many timers were ever set. */
  started = 0
  readonly #holding = new Set<Timer>()

  constructor() {
    super(0)
  }

  /** How many of the timers that wait would keep the process alive. */
  get holding(): number {
    return this.#holding.size
  }

  override setTimeout(callback: () => void, milliseconds: number): Timer {
    this.started++
    const timer = super.setTimeout(() => {
      this.#holding.delete(timer)
      callback()
    }, milliseconds)
    timer.ref = () => this.#holding.add(timer)
    timer.unref = () => this.#holding.delete(timer)
    this.#holding.add(timer)
    return timer
  }

  override clearTimeout(timer: Timer): void {
    this.#holding.delete(timer)
    super.clearTimeout(timer)
  }
}
