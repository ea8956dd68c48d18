/**
 * What guise publishes of calls, attempts and circuits on the channels of `node:diagnostics_channel`. Where nobody
 * listens nothing is made; a listener that throws does not disturb the call (Node reports it as an uncaught exception).
 */
import { channel } from 'node:diagnostics_channel'

/** The route that an event is of. Nothing in it comes from the call's arguments. */
export interface RouteEvent {
  /** The service's name, from `@Client({ name })`. */
  readonly client: string
  /** Class and method: `MemberClient.byId`. */
  readonly method: string
  /** The HTTP verb: `GET`. */
  readonly verb: string
  /** The path template, for metrics: `/api/members/{memberId}`. */
  readonly template: string
  /** Scheme, host and port of the last address; `undefined` where the call did not get as far. */
  readonly target: string | undefined
}

/** On `guise:attempt`, when an attempt has ended. Attempts that an open circuit or a full bulkhead refuses are none. */
export interface AttemptEvent extends RouteEvent {
  /** Counted from 1. */
  readonly attempt: number
  /** Milliseconds from its begin to its end, decoding included. */
  readonly duration: number
  /** The status of the response, or the one that the body of a failure tells; `undefined` if no response came. */
  readonly status: number | undefined
  /** What went wrong: `http`, `connection`, `timeout`...; `undefined` if it succeeded. */
  readonly failure: string | undefined
}

/** On `guise:call`, when a call has ended, retries and fallback included. */
export interface CallEvent extends RouteEvent {
  /** How many requests were sent. */
  readonly attempts: number
  /** Milliseconds from the call to its end. */
  readonly duration: number
  /** The status of the last response; `undefined` if none came. */
  readonly status: number | undefined
  readonly ok: boolean
  /** What the call rejects with, unless it is `ok`. A `GuiseError` shows no credential unless it is asked for. */
  readonly error: unknown
}

/** On `guise:circuit`, when a circuit changes its state. */
export interface CircuitEvent {
  /** Scheme, host and port. */
  readonly target: string
  /** The method, where the circuit is that of one method. */
  readonly method: string | undefined
  readonly state: 'closed' | 'open' | 'half-open'
  /** Milliseconds until a probe is let through; 0 unless it is open. */
  readonly retryAfter: number
}

export const attemptChannel = channel('guise:attempt')
export const callChannel = channel('guise:call')
export const circuitChannel = channel('guise:circuit')
