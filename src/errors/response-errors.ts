/** Errors of a response: a status that nobody handles, a body that cannot be read, a body that does not fit. */
import { STATUS_CODES } from 'node:http'
import type { Issue } from '../schema/standard.js'
import { brand, type CallFacts, GuiseError } from './guise-error.js'

/** What the errors of a response add to the common facts. */
export interface ResponseFacts extends CallFacts {
  readonly status: number
  /** The response's headers; a function is called when somebody reads them. */
  readonly headers?: Headers | (() => Headers) | undefined
  /** The parsed body, or the text where it is not JSON; a function is called when somebody reads it. */
  readonly body?: unknown
  /** The raw body as text, cut at the limit for error bodies. */
  readonly text?: string | (() => string) | undefined
}

/** `503 Service Unavailable` */
const statusLine = (status: number): string => `${status} ${STATUS_CODES[status] ?? 'Unknown Status'}`

/**
 * Common to the errors of a response. Headers, body and text are getters over private fields: whoever asks gets
 * them, but no log, inspection or JSON of the error shows them.
 */
abstract class ResponseError extends GuiseError {
  /** The HTTP status of the response. */
  readonly status: number
  /** Milliseconds that the service asked to wait, by `Retry-After`, from its answer on. */
  readonly retryAfter: number | undefined
  readonly #facts: ResponseFacts

  constructor(message: string, facts: ResponseFacts) {
    const { client, method, request, attempts = 1, history, delivery = 'answered' } = facts
    // Its own one only: the reply of `throws` offers a cause to errors that do not know the response themselves.
    const cause = Object.hasOwn(facts, 'cause') ? facts.cause : undefined
    super(message, { client, method, request, attempts, history, delivery, cause })
    this.status = facts.status
    this.retryAfter = facts.retryAfter
    this.#facts = facts
  }

  /** The response's headers. */
  get headers(): Headers {
    const { headers } = this.#facts
    return typeof headers === 'function' ? headers() : (headers ?? new Headers())
  }

  /** The body: parsed if it is JSON, else as text. Unchecked: it has passed no schema. */
  get body(): unknown {
    const { body } = this.#facts
    return typeof body === 'function' ? body() : body
  }

  /** The raw body as text, cut at 64 KiB. */
  get text(): string {
    const { text } = this.#facts
    return typeof text === 'function' ? text() : (text ?? '')
  }

  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), status: this.status, retryAfter: this.retryAfter }
  }
}

/** The service answered with a status that the response table does not handle, a redirect included. */
export class HttpError extends ResponseError {
  override readonly code = 'GUISE_HTTP'

  constructor(facts: ResponseFacts) {
    // A subclass stands in a response table: there its status is handled.
    super(statusLine(facts.status) + (new.target === HttpError ? `; ${advice(facts.status)}` : ''), facts)
  }
}
brand(HttpError, 'HttpError')

const advice = (status: number): string =>
  status >= 300 && status < 400 && status !== 304
    ? 'redirects are not followed; call the address that it leads to'
    : `name ${status} in @Responses to handle it`

/** What a {@link DecodeError} adds to the facts of a response. */
export interface DecodeFacts extends ResponseFacts {
  /** What is wrong with the body, in words. */
  readonly reason?: string | undefined
}

/** The body is not what it should be: HTML where JSON stands, broken JSON, invalid UTF-8, empty, too large. */
export class DecodeError extends ResponseError {
  override readonly code = 'GUISE_DECODE'

  constructor(facts: DecodeFacts) {
    super(`${statusLine(facts.status)}, but ${facts.reason ?? 'its body cannot be read'}`, facts)
  }
}
brand(DecodeError, 'DecodeError')

/** What a {@link ResponseValidationError} adds to the facts of a response. */
export interface ResponseValidationFacts extends ResponseFacts {
  readonly issues: readonly Issue[]
  /** What was checked: `body` or `headers`. */
  readonly part?: 'body' | 'headers' | undefined
}

/** The body (or the headers) does not fit the declared schema. `issues` holds paths and messages, no values. */
export class ResponseValidationError extends ResponseError {
  override readonly code = 'GUISE_RESPONSE'
  /** Where and why it does not fit; the first 20. */
  readonly issues: readonly Issue[]

  constructor(facts: ResponseValidationFacts) {
    const { issues, part = 'body' } = facts
    const first = issues
      .slice(0, 3)
      .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
      .join('; ')
    const rest = issues.length > 3 ? `; and ${issues.length - 3} more` : ''
    const misfit = part === 'body' ? 'body does' : 'headers do'
    super(`${statusLine(facts.status)}, but its ${misfit} not fit the schema: ${first}${rest}`, facts)
    this.issues = issues
  }

  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), issues: this.issues }
  }
}
brand(ResponseValidationError, 'ResponseValidationError')
