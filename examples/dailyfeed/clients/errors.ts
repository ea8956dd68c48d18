// What a failure of dailyfeed becomes: an error of the class that its status calls for.
import { type ErrorReply, HttpError, throws } from 'guise'
import { ErrorEnvelope, TokenHeaders } from '../schemas.js'

/** Any status without a class of its own: a redirect too, and a success that nobody declared. */
export class DailyfeedError extends HttpError {}
export class BadRequest extends DailyfeedError {}
export class Unauthorized extends DailyfeedError {
  /** Whether the caller's caller shall refresh the token, or log in again. */
  readonly token = TokenHeaders.parse(Object.fromEntries(this.headers))
}
export class Forbidden extends DailyfeedError {}
export class NotFound extends DailyfeedError {}
export class Conflict extends DailyfeedError {}
export class Gone extends DailyfeedError {}
export class Unprocessable extends DailyfeedError {}
export class TooManyRequests extends DailyfeedError {}
export class ServiceUnavailable extends DailyfeedError {}

const classes: Readonly<Record<number, typeof DailyfeedError>> = {
  ...{ 400: BadRequest, 401: Unauthorized, 403: Forbidden, 404: NotFound, 409: Conflict, 410: Gone },
  ...{ 422: Unprocessable, 429: TooManyRequests },
}

/** The envelope's own status beats the one on the wire: dailyfeed sends 200 and 400 for nearly everything. */
function failure(reply: ErrorReply): Error {
  const status = ErrorEnvelope.safeParse(reply.body).data?.statusCode ?? reply.status
  const Failure = classes[status] ?? (status >= 500 ? ServiceUnavailable : DailyfeedError)
  return new Failure({ ...reply, status })
}

/** Under HTTP 200: if the body is an error envelope. `status` is what retry and circuit breaker go by. */
export const failed = throws(failure, ErrorEnvelope, { status: envelope => envelope.statusCode })
/** Under any status that a method does not name: nothing falls through as a success. */
export const failures = { default: throws(failure) }
