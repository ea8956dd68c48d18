/** What a caller can see of an error once `instanceof` has told which it is. */
import {
  ArgumentError,
  BulkheadFullError,
  CircuitOpenError,
  ConnectionError,
  DeclarationError,
  DecodeError,
  type Delivery,
  type ErrorCode,
  GuiseError,
  HttpError,
  type Issue,
  type Mistake,
  type RequestSummary,
  ResponseValidationError,
  TimeoutError,
  type TimeoutPhase,
} from 'guise'
import { type Equal, type Expect, typeIs } from '../equal.js'
import { Down } from '../fixtures.js'

export function explain(error: unknown): string {
  if (error instanceof Down) return `down: ${error.status}`
  if (error instanceof HttpError) {
    typeIs<number>()(error.status)
    typeIs<Headers>()(error.headers)
    typeIs<unknown>()(error.body)
    typeIs<string>()(error.text)
    typeIs<'GUISE_HTTP'>()(error.code)
    return error.text
  }
  if (error instanceof TimeoutError) {
    typeIs<TimeoutPhase>()(error.phase)
    return error.phase
  }
  if (error instanceof ResponseValidationError || error instanceof ArgumentError) {
    typeIs<readonly Issue[]>()(error.issues)
    return error.issues.map(issue => issue.path.join('.')).join()
  }
  if (error instanceof CircuitOpenError) return `again in ${error.retryAfter ?? 0} ms`
  if (error instanceof DeclarationError) {
    typeIs<readonly Mistake[]>()(error.mistakes)
    return error.message
  }
  if (
    error instanceof DecodeError ||
    error instanceof ConnectionError ||
    error instanceof BulkheadFullError
  ) {
    typeIs<'GUISE_DECODE' | 'GUISE_CONNECTION' | 'GUISE_BULKHEAD_FULL'>()(error.code)
    return error.message
  }
  if (error instanceof GuiseError) {
    typeIs<ErrorCode>()(error.code)
    typeIs<Delivery>()(error.delivery)
    typeIs<number>()(error.attempts)
    typeIs<RequestSummary | undefined>()(error.request)
    typeIs<string | undefined>()(error.method)
    return error.code
  }
  return 'not ours'
}

/** Tests can make errors with ease. */
export const made = [
  new HttpError({ status: 404 }),
  new HttpError({
    status: 404,
    headers: new Headers(),
    body: {},
    text: '',
    method: 'A.b',
    attempts: 2,
    delivery: 'answered',
  }),
  new TimeoutError({ phase: 'attempt' }),
  new ConnectionError(),
  new CircuitOpenError({ retryAfter: 1 }),
  new ArgumentError({ rule: 'must not be empty', parameter: 1 }),
]

export type Checks = [
  Expect<Equal<TimeoutPhase, 'connect' | 'attempt' | 'total'>>,
  Expect<Equal<Delivery, 'not-sent' | 'unknown' | 'answered'>>,
]
