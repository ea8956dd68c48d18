/** The one table of what a failure means: for retries, for the circuit breaker, and for delivery. */
import type { FailureOutcome } from '../errors/failure.js'

/**
 * - `never-sent`: the service did not get the request.
 * - `ambiguous`: it may have processed it.
 * - `throttled`: it asks for patience (429, 503).
 * - `server`: it failed (500, 502, 504, 408, 425).
 * - `in-progress`: it is still at work on the same key.
 * - `suspect`: a mistake of configuration or deployment, often healed in minutes (401, 403, 404, 421, 3xx, certificates).
 * - `permanent`: the same request will never succeed.
 * - `bad-answer`: a success whose body cannot be used.
 */
export type FailureClass =
  | 'never-sent'
  | 'ambiguous'
  | 'throttled'
  | 'server'
  | 'in-progress'
  | 'suspect'
  | 'permanent'
  | 'bad-answer'

/** The request or the client itself is at fault, whatever the network does. */
const LOCAL_CODES = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_CLOSED', 'UND_ERR_DESTROYED'])
/** Node's and OpenSSL's codes for a certificate that is not to be trusted. */
const CERTIFICATE =
  /^(?:ERR_TLS_CERT|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(?:GET|VERIFY|DECRYPT|DECODE)|HOSTNAME_MISMATCH|INVALID_(?:CA|PURPOSE))/
/** The other side's word for a handshake that it refuses: the version of TLS, or the certificate of the client. */
const REFUSED_HANDSHAKE = /^ERR_SSL_(?:SSLV3|TLSV1|TLSV13|SSL\/TLS)_ALERT_(?!INTERNAL_ERROR)/
/** The head of the response is larger than undici takes. */
const TOO_MUCH = 'UND_ERR_HEADERS_OVERFLOW'
/** TLS spoken to something else. */
const WRONG_PROTOCOL = /^ERR_SSL_(?:WRONG_VERSION_NUMBER|UNSUPPORTED_PROTOCOL|PACKET_LENGTH_TOO_LONG)$/

const STATUS_CLASSES: Readonly<Record<number, FailureClass>> = Object.freeze({
  401: 'suspect',
  403: 'suspect',
  404: 'suspect',
  408: 'server',
  421: 'suspect',
  425: 'server',
  429: 'throttled',
  501: 'permanent',
  503: 'throttled',
  505: 'permanent',
})

/**
 * What a failure means. Every policy asks this and nothing else.
 *
 * @example
 * classify({ kind: 'http', delivery: 'answered', status: 503 }) // 'throttled'
 */
export function classify(outcome: FailureOutcome): FailureClass {
  const { kind, delivery, code = '', status } = outcome
  switch (kind) {
    case 'circuit-open':
    case 'bulkhead-full':
      return 'never-sent'
    case 'request-body':
    case 'aborted':
    case 'other':
      return 'permanent'
    case 'connection':
    case 'timeout':
      if (LOCAL_CODES.has(code) || WRONG_PROTOCOL.test(code) || code === TOO_MUCH) return 'permanent'
      if (CERTIFICATE.test(code) || REFUSED_HANDSHAKE.test(code)) return 'suspect'
      return delivery === 'not-sent' ? 'never-sent' : 'ambiguous'
    case 'http':
    case 'decode':
    case 'validation':
      // A compressed body that ends too soon is a connection that broke, seen from further up.
      if (code === 'Z_BUF_ERROR') return 'ambiguous'
      return classOfStatus(outcome, status ?? 0)
  }
}

function classOfStatus({ inProgress, retryAfter }: FailureOutcome, status: number): FailureClass {
  if (status >= 200 && status < 300) return 'bad-answer'
  if (status === 409 && (inProgress || retryAfter !== undefined)) return 'in-progress'
  const named = STATUS_CLASSES[status]
  if (named !== undefined) return named
  if (status >= 300 && status < 400) return 'suspect'
  return status >= 500 && status < 600 ? 'server' : 'permanent'
}

/** What a call is, to the question whether it may be sent again. */
export interface Repeatable {
  /** Its verb is idempotent (RFC 9110, section 9.2.2). */
  readonly idempotent: boolean
  /** It carries an idempotency key. */
  readonly keyed: boolean
}

/** Statuses to retry on, and whether the user named them. */
export interface RetryStatuses {
  readonly statuses: ReadonlySet<number>
  readonly named: boolean
}

/** Whether a call that failed like this may be sent again. */
export function mayRepeat(outcome: FailureOutcome, call: Repeatable, on: RetryStatuses): boolean {
  const safe = call.idempotent || call.keyed
  const listed = outcome.status !== undefined && on.statuses.has(outcome.status)
  switch (classify(outcome)) {
    case 'never-sent':
      return true
    case 'ambiguous':
      return safe
    case 'throttled':
      // The service did not do it, but only its documentation can say so: the user has to.
      return listed && (safe || on.named)
    case 'in-progress':
      return call.keyed
    case 'bad-answer':
      return false
    case 'server':
    case 'suspect':
    case 'permanent':
      return listed && safe && outcome.status !== undefined
  }
}

/** Whether a failure tells nothing of the service: the caller gave up, or the client or an interceptor stood in the way. */
export function tellsNothing({ kind, code = '', local = false }: FailureOutcome): boolean {
  switch (kind) {
    case 'circuit-open':
    case 'bulkhead-full':
    case 'request-body':
    case 'aborted':
    case 'other':
      return true
    case 'connection':
      return LOCAL_CODES.has(code)
    default:
      return local
  }
}

/**
 * Whether it counts against the service: the network, deadlines, and a service that fails. Never a 4xx, or a success
 * whose body does not fit its schema: the service works, whoever is wrong.
 */
export function countsAgainstService(outcome: FailureOutcome): boolean {
  const { kind, status } = outcome
  if (tellsNothing(outcome)) return false
  if (kind === 'connection' || kind === 'timeout') return true
  return status !== undefined && status >= 500 && status < 600
}
