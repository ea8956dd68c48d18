// What a failure of dailyfeed becomes: an error of the class that its status calls for.
import { type ErrorReply, HttpError, throws } from 'guise'
import { ErrorEnvelope, TokenHeaders } from '../schemas.js'

/** Any status without a class of its own: a redirect too, and a success that nobody declared. */
export class DailyfeedError extends HttpError {}
export class BadRequest extends DailyfeedError {}
export class Unauthorized extends DailyfeedError {
  /** Whether the token needs a refresh, or its owner a new login. */
  readonly token = TokenHeaders.parse(Object.fromEntries(this.headers))
}
export class Forbidden extends DailyfeedError {}
export class NotFound extends DailyfeedError {}
export class Conflict extends DailyfeedError {}
export class Gone extends DailyfeedError {}
export class Unprocessable extends DailyfeedError {}
/** `retryAfter` says for how long, in milliseconds. */
export class TooManyRequests extends DailyfeedError {}
export class ServiceUnavailable extends DailyfeedError {}

const classes: Readonly<Record<number, typeof DailyfeedError>> = {
  ...{ 400: BadRequest, 401: Unauthorized, 403: Forbidden, 404: NotFound, 409: Conflict, 410: Gone },
  ...{ 422: Unprocessable, 429: TooManyRequests },
}

function errorFor(status: number, reply: ErrorReply): Error {
  const Failure = classes[status] ?? (status >= 500 ? ServiceUnavailable : DailyfeedError)
  return new Failure({ ...reply, status })
}

/** By the envelope's own status, since dailyfeed sends 200 and 400 for nearly everything; retries go by it too. */
export const failed = throws(reply => errorFor(reply.body.statusCode, reply), ErrorEnvelope, {
  status: envelope => envelope.statusCode,
})
/** Whatever a method does not name: nothing falls through as a success. */
export const failures = { default: [failed, throws(reply => errorFor(reply.status, reply))] }
