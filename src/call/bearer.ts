/** An interceptor that brings a bearer token and renews it once when the service refuses it. */
import type { Interceptor } from './interceptor.js'

/** What the function that gets a token is told. */
export interface TokenRequest {
  /** The service refused this token with 401; `undefined` for the first one. */
  readonly refused: string | undefined
}

/**
 * Sends `Authorization: Bearer <token>` (RFC 6750). The token is got once and kept. On 401 it is got anew, once for all
 * calls that wait for it, and the request is sent a second time with it; a second 401 is the call's answer.
 *
 * @param getToken asked for a token; concurrent calls share one answer. It rejects the calls that it rejects.
 *
 * @example
 * createClient(MemberClient, { url, use: [bearerToken(async () => (await login()).token)] })
 */
export function bearerToken(getToken: (request: TokenRequest) => string | Promise<string>): Interceptor {
  let token: string | undefined
  let getting: Promise<string> | undefined

  const get = (refused: string | undefined): Promise<string> => {
    // Another call has renewed it since this one was refused.
    if (token !== undefined && token !== refused) return Promise.resolve(token)
    getting ??= (async () => getToken({ refused }))()
      .then(fresh => {
        token = fresh
        return fresh
      })
      .finally(() => {
        getting = undefined
      })
    return getting
  }

  return async (request, next) => {
    const first = await get(undefined)
    request.headers.set('authorization', `Bearer ${first}`)
    const response = await next(request)
    if (response.status !== 401 || !isReplayable(request.body)) return response
    const second = await get(first)
    if (second === first) return response
    request.headers.set('authorization', `Bearer ${second}`)
    return next(request)
  }
}

/** Whether a body can be sent twice: a stream cannot. */
export function isReplayable(body: unknown): boolean {
  return body === null || typeof body === 'string' || body instanceof Uint8Array
}
