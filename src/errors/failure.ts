/** A failed attempt, before an error is made of it. Internal: policies look at it, callers never see it. */
import type { CallFacts, Delivery } from './guise-error.js'

/** What policies need to know of a failure. */
export interface FailureOutcome {
  readonly delivery: Delivery
  /** The status that retry and circuit breaker shall take it for; `undefined` if no response arrived. */
  readonly status?: number | undefined
}

/**
 * Thrown from attempt to call. It is an `Error` by its prototype only and holds no stack: when a service is down there
 * are many, and most are retried and forgotten. The error that the caller sees is made once, at the end, where its
 * stack leads to the caller.
 */
export class Failure {
  readonly name = 'Failure'
  readonly outcome: FailureOutcome
  /** Makes the error that the caller sees. */
  readonly toError: (facts: CallFacts) => unknown

  constructor(outcome: FailureOutcome, toError: (facts: CallFacts) => unknown) {
    this.outcome = outcome
    this.toError = toError
  }
}
Object.setPrototypeOf(Failure.prototype, Error.prototype)
