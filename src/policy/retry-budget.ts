/** A limit to retries for each target, so that a service in trouble is not sent a multiple of its load (Finagle's form). */
import type { Clock } from '../clock.js'

/** How many retries a target is sent at the most. */
export interface RetryBudgetOptions {
  /** Retries as a share of calls. Default: 0.2. */
  readonly ratio?: number
  /** Retries a second that are allowed whatever the number of calls. Default: 10. */
  readonly perSecond?: number
}

/** How long a call counts, in milliseconds. */
const WINDOW = 10_000
/** One retry. Five fifths do not always sum up to it exactly. */
const ONE = 1 - 1e-9

export class RetryBudget {
  readonly #ratio: number
  readonly #perSecond: number
  readonly #clock: Clock
  /** What calls of this window and of the last one have paid in and retries have not used. */
  #paid = 0
  #paidBefore = 0
  #windowEnds: number
  /** The floor: fills by the second, and holds one second's worth, or one retry where that is less. */
  #floor: number
  #filledAt: number

  constructor({ ratio = 0.2, perSecond = 10 }: RetryBudgetOptions, clock: Clock) {
    this.#ratio = ratio
    this.#perSecond = perSecond
    this.#clock = clock
    this.#floor = perSecond
    this.#filledAt = clock.now()
    this.#windowEnds = this.#filledAt + WINDOW
  }

  /** Counts a call. */
  deposit(now = this.#clock.now()): void {
    this.#turn(now)
    this.#paid += this.#ratio
  }

  /** Takes one retry; `false` if none is left. */
  withdraw(): boolean {
    const now = this.#clock.now()
    this.#turn(now)
    this.#floor = Math.min(
      Math.max(1, this.#perSecond),
      this.#floor + ((now - this.#filledAt) / 1000) * this.#perSecond,
    )
    this.#filledAt = now
    // The oldest first: it lapses first.
    if (this.#paidBefore >= ONE) this.#paidBefore -= 1
    else if (this.#paid + this.#paidBefore >= ONE) {
      this.#paid -= 1 - this.#paidBefore
      this.#paidBefore = 0
    } else if (this.#floor >= ONE) this.#floor -= 1
    else return false
    return true
  }

  #turn(now: number): void {
    if (now < this.#windowEnds) return
    this.#paidBefore = now < this.#windowEnds + WINDOW ? this.#paid : 0
    this.#paid = 0
    this.#windowEnds = now + WINDOW
  }
}
