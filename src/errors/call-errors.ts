/** Errors of a call that got no response, or sent no request. */
import type { Issue } from '../schema/standard.js'
import { brand, type CallFacts, GuiseError } from './guise-error.js'

/** What an {@link ArgumentError} adds to the common facts. */
export interface ArgumentFacts extends CallFacts {
  /** The rule that was broken, without the value: `must not be empty`. */
  readonly rule: string
  /** The parameter's number, from 1, or `undefined` if no single parameter is at fault. */
  readonly parameter?: number | undefined
  /** How the parameter is declared: `@Param('memberId')`. */
  readonly binding?: string | undefined
  /** What the parameter's schema found. */
  readonly issues?: readonly Issue[] | undefined
}

/** A bad argument: it breaks a rule of its binding or does not fit its schema. Nothing was sent; the value is not shown. */
export class ArgumentError extends GuiseError {
  override readonly code = 'GUISE_ARGUMENT'
  /** The rule that was broken. */
  readonly rule: string
  /** The parameter's number, from 1. */
  readonly parameter: number | undefined
  /** What the schema found: paths and messages, no values. */
  readonly issues: readonly Issue[]

  constructor(facts: ArgumentFacts) {
    const { rule, parameter, binding } = facts
    const where = [parameter === undefined ? '' : `parameter ${parameter}`, binding ?? ''].filter(Boolean)
    super(where.length === 0 ? rule : `${where.join(', ')}: ${rule}`, facts)
    this.rule = rule
    this.parameter = parameter
    this.issues = facts.issues ?? []
  }

  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), rule: this.rule, parameter: this.parameter, issues: this.issues }
  }
}
brand(ArgumentError, 'ArgumentError')

/** What a {@link ConnectionError} adds to the common facts. */
export interface ConnectionFacts extends CallFacts {
  /** What happened, in words. */
  readonly reason?: string | undefined
}

/** No connection, or it broke before the whole response was there. `delivery` says whether anything may have been sent. */
export class ConnectionError extends GuiseError {
  override readonly code = 'GUISE_CONNECTION'

  constructor(facts: ConnectionFacts = {}) {
    super(`${facts.reason ?? 'the connection failed'}${advice(facts)}`, facts)
  }
}
brand(ConnectionError, 'ConnectionError')

/** Which deadline passed: to get a connection, for one attempt, or for the whole call. */
export type TimeoutPhase = 'connect' | 'attempt' | 'total'

/** What a {@link TimeoutError} adds to the common facts. */
export interface TimeoutFacts extends ConnectionFacts {
  readonly phase: TimeoutPhase
}

/** A deadline passed. `phase` says which; `delivery` says whether the service may have got the request. */
export class TimeoutError extends GuiseError {
  override readonly code = 'GUISE_TIMEOUT'
  /** `connect`: no connection in time. `attempt`: one attempt took too long. `total`: the whole call did. */
  readonly phase: TimeoutPhase

  constructor(facts: TimeoutFacts) {
    super(`${facts.reason ?? `the ${facts.phase} timeout passed`}${advice(facts)}`, facts)
    this.phase = facts.phase
  }

  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), phase: this.phase }
  }
}
brand(TimeoutError, 'TimeoutError')

/** What a {@link CircuitOpenError} adds to the common facts. */
export interface CircuitOpenFacts extends CallFacts {
  /** Milliseconds until the circuit breaker lets a probe through. */
  readonly retryAfter?: number | undefined
}

/** The circuit breaker is open: the service failed too often of late. Nothing was sent. */
export class CircuitOpenError extends GuiseError {
  override readonly code = 'GUISE_CIRCUIT_OPEN'
  /** Milliseconds until the circuit breaker lets a probe through. */
  readonly retryAfter: number | undefined

  constructor(facts: CircuitOpenFacts = {}) {
    const wait = facts.retryAfter === undefined ? '' : `; it lets a probe through in ${facts.retryAfter} ms`
    super(`the circuit breaker is open${wait}`, facts)
    this.retryAfter = facts.retryAfter
  }

  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), retryAfter: this.retryAfter }
  }
}
brand(CircuitOpenError, 'CircuitOpenError')

/** Too many calls at once, by the guise's bulkhead. Nothing was sent. */
export class BulkheadFullError extends GuiseError {
  override readonly code = 'GUISE_BULKHEAD_FULL'

  constructor(facts: CallFacts = {}) {
    super('the bulkhead is full: too many calls at once', facts)
  }
}
brand(BulkheadFullError, 'BulkheadFullError')

/** What the caller can conclude, and do. */
function advice({ delivery }: CallFacts): string {
  if (delivery === 'unknown') return '; the service may have processed the request'
  return delivery === 'answered' ? '; the service had begun to answer' : '; the request was not sent'
}
