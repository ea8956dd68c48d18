/** An interceptor that brings a bearer token and renews it once when the service refuses it. */
import { Readable } from 'node:stream'
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
  /** The service refused it. */
  let refused: string | undefined
  let getting: Promise<string> | undefined

  const renewed = async (): Promise<string> => {
    const given = await getToken({ refused })
    refused = undefined
    token = bare(given)
    return token
  }
  const get = (): string | Promise<string> => {
    if (token !== undefined && token !== refused) return token
    getting ??= renewed().finally(() => {
      getting = undefined
    })
    return getting
  }

  return async (request, next) => {
    const first = await get()
    request.headers.set('authorization', `Bearer ${first}`)
    const response = await next(request)
    if (response.status !== 401) return response
    // Unless another call has renewed it since this one was sent.
    if (token === first) refused = first
    if (!isReplayable(request.body)) return response
    const second = await get()
    if (second === first) return response
    if (response.body instanceof Readable) response.body.destroy()
    request.headers.set('authorization', `Bearer ${second}`)
    return next(request)
  }
}

/** A token without its scheme. What is none is not shown: an error of the header's would quote it. */
function bare(given: unknown): string {
  const token = typeof given === 'string' ? given.trim().replace(/^bearer +/i, '') : ''
  if (/^[\x21-\x7e]+$/.test(token)) return token
  throw new TypeError('bearerToken was given no token of visible ASCII characters')
}

/** Whether a body can be sent twice: a stream cannot. */
export function isReplayable(body: unknown): boolean {
  return body === null || typeof body === 'string' || body instanceof Uint8Array
}
