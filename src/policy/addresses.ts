/** Several addresses of one service: which one the next attempt goes to, and which one is left alone for a while. */
import type { Clock } from '../clock.js'
import { Failure } from '../errors/failure.js'
import type { Attempt, Call } from './attempt.js'
import { classify, countsAgainstService, tellsNothing } from './classify.js'
import { RetryBudget, type RetryBudgetOptions } from './retry-budget.js'

/** Failures in a row before an address is set aside; a refused connection does it at once. */
const PATIENCE = 5
const FIRST_REST = 5_000
const LONGEST_REST = 60_000

/** One address of a service and what is known of it. Shared by all methods of a guise. */
export class Address {
  readonly origin: string
  /** The path in front of every template. */
  readonly prefix: string
  readonly budget: RetryBudget
  inFlight = 0
  readonly #clock: Clock
  #failures = 0
  #rest = FIRST_REST
  #asideUntil = 0

  constructor(origin: string, prefix: string, budget: RetryBudgetOptions, clock: Clock) {
    this.origin = origin
    this.prefix = prefix
    this.#clock = clock
    this.budget = new RetryBudget(budget, clock)
  }

  get aside(): boolean {
    return this.#asideUntil > 0 && this.#clock.now() < this.#asideUntil
  }

  succeeded(): void {
    this.#failures = 0
    this.#rest = FIRST_REST
    this.#asideUntil = 0
  }

  failed({ outcome }: Failure): void {
    if (tellsNothing(outcome)) return
    if (!countsAgainstService(outcome)) {
      this.succeeded()
      return
    }
    this.#failures++
    if (this.#failures < PATIENCE && classify(outcome) !== 'never-sent') return
    this.#asideUntil = this.#clock.now() + this.#rest
    this.#rest = Math.min(LONGEST_REST, this.#rest * 2)
  }
}

/**
 * The power of two choices: of two addresses taken at random, the one with fewer requests in flight. Addresses that were
 * set aside are left out, unless all were; so is the one that an attempt of this call has just failed at.
 */
export function choose(
  addresses: readonly Address[],
  last: Address | undefined,
  random: () => number,
): Address {
  const [only] = addresses as [Address]
  if (addresses.length === 1) return only
  // Most first attempts find all of them well, and then no lists need to be made.
  const candidates = last === undefined && !addresses.some(isAside) ? addresses : poolOf(addresses, last)
  const first = candidates[Math.floor(random() * candidates.length)] as Address
  const second = candidates[Math.floor(random() * candidates.length)] as Address
  return second.inFlight < first.inFlight ? second : first
}

const isAside = (address: Address): boolean => address.aside

/** The best that there is: well and another, well, another. */
function poolOf(addresses: readonly Address[], last: Address | undefined): readonly Address[] {
  const others = addresses.filter(address => address !== last)
  const healthy = others.filter(address => !address.aside)
  const [pool] = [healthy, addresses.filter(address => !address.aside), others].filter(
    list => list.length > 0,
  )
  return pool as readonly Address[]
}

/** Counts what is under way at the address of the attempt, and tells the address how it ended. */
export function observed(next: Attempt): Attempt {
  return (call: Call) => {
    const { address } = call
    address.inFlight++
    return next(call).then(
      value => {
        address.inFlight--
        address.succeeded()
        return value
      },
      error => {
        address.inFlight--
        if (error instanceof Failure) address.failed(error)
        throw error
      },
    )
  }
}
