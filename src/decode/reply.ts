/** What the class or function of `throws` gets. */
import type { ErrorReply } from '../declare/response.js'
import {
  type AttemptRecord,
  type CallFacts,
  type Delivery,
  HttpError,
  type RequestSummary,
  type ResponseFacts,
} from '../errors/index.js'
import type { HttpResponse } from '../http/message.js'
import { type Body, toHeaders } from './body.js'

/** The response as errors hold it; each part is made when somebody asks. */
export function seen(response: HttpResponse, body: Body): ResponseFacts {
  return {
    status: response.status,
    headers: () => toHeaders(response.headers),
    body: () => body.loose(),
    text: () => body.looseText(),
  }
}

/** Getters make what is costly, and only if it is read. */
export class ReplyOfError implements ErrorReply {
  readonly status: number
  readonly client: string
  readonly method: string
  readonly request: RequestSummary
  readonly attempts: number
  readonly history: readonly AttemptRecord[]
  readonly delivery: Delivery = 'answered'
  readonly retryAfter: number | undefined
  declare readonly headers: Headers
  declare readonly body: unknown
  declare readonly text: string
  readonly #seen: ResponseFacts

  constructor(
    response: HttpResponse,
    body: Body,
    facts: CallFacts,
    checked: { readonly value: unknown } | undefined,
  ) {
    const { client = '', method = '', request = { method: '', url: '' }, attempts = 0, history = [] } = facts
    this.retryAfter = facts.retryAfter
    this.status = response.status
    this.client = client
    this.method = method
    this.request = request
    this.attempts = attempts
    this.history = history
    this.#seen = seen(response, body)
    // The reply's own, so that a class may say `super({ ...reply, attempts: 1 })`.
    Object.defineProperties(this, {
      headers: { get: () => toHeaders(response.headers), enumerable: true },
      body: { get: () => (checked === undefined ? body.loose() : checked.value), enumerable: true },
      text: { get: () => body.looseText(), enumerable: true },
    })
  }

  /** For errors that are not guise's; `HttpError` and its like say all of this themselves. */
  get cause(): Error {
    const { client, method, request, attempts, history, retryAfter } = this
    return new HttpError({ client, method, request, attempts, history, retryAfter, ...this.#seen })
  }
}
