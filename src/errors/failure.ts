/** A failed attempt, before an error is made of it. Internal: policies look at it, callers never see it. */
import type { CallFacts, Delivery } from './guise-error.js'

/** What went wrong, as policies tell failures apart. */
export type FailureKind =
  /** No connection, or it broke. */
  | 'connection'
  /** A deadline passed. */
  | 'timeout'
  /** A response that the table does not take for a success. */
  | 'http'
  /** A body that cannot be read. */
  | 'decode'
  /** A body that does not fit its schema. */
  | 'validation'
  /** The request's own body failed while it was sent. */
  | 'request-body'
  | 'circuit-open'
  | 'bulkhead-full'
  /** The caller gave up. */
  | 'aborted'
  /** Anything else: an error that an interceptor or a `url` function threw. */
  | 'other'

/** What policies need to know of a failure. */
export interface FailureOutcome {
  readonly kind: FailureKind
  /** Whether the request reached the service. */
  readonly delivery: Delivery
  /** The status that retry and circuit breaker shall take it for; `undefined` if no response arrived. */
  readonly status?: number | undefined
  /** Milliseconds that the service asked to wait, by `Retry-After`. */
  readonly retryAfter?: number | undefined
  /** The service is still at work on a request with the same key: `Idempotency-Status: in-progress`. */
  readonly inProgress?: boolean | undefined
  /** The connection had served another request before, and no byte of a response came. */
  readonly stale?: boolean | undefined
  /** The code of the error below: `ECONNRESET`. */
  readonly code?: string | undefined
  /** A limit of the client's own, or an interceptor: the service had no part in it. */
  readonly local?: boolean | undefined
}

/**
 * Thrown from attempt to call. It is an `Error` by its prototype only and holds no stack: when a service is down there
 * are many, and most are retried and forgotten. The error that the caller sees is made once, at the end, where its
 * stack leads to the caller.
 */
export class Failure {
  readonly name = 'Failure'
  readonly message = 'an attempt failed'
  readonly outcome: FailureOutcome
  /** Makes the error that the caller sees. */
  readonly toError: (facts: CallFacts) => unknown

  constructor(outcome: FailureOutcome, toError: (facts: CallFacts) => unknown) {
    this.outcome = outcome
    this.toError = toError
  }
}
Object.setPrototypeOf(Failure.prototype, Error.prototype)
