/** Interceptors: an onion around the transport, for each attempt anew. */
import type { CallOptions } from '../declare/call-options.js'
import type { HttpRequest, HttpResponse, RequestBody } from '../http/index.js'

/** A request as an interceptor sees it. It is made for each attempt, so what is set on it never doubles. */
export interface InterceptedRequest {
  readonly method: string
  /** Scheme, host and port. */
  readonly origin: string
  /** Path and query, percent-encoded. */
  readonly path: string
  /** May be changed. */
  readonly headers: Headers
  readonly body: RequestBody
  /** Which attempt of its call this is, from 1. */
  readonly attempt: number
  /** The service's name. */
  readonly client: string
  /** Class and method: `MemberClient.byId`. */
  readonly route: string
  /** The template, for metrics: `/api/members/{memberId}`. */
  readonly template: string
  /** The `tags` of the call's options. */
  readonly tags: NonNullable<CallOptions['tags']>
}

/** Sends the request on; it may be called again with the same request, unless its body is a stream. */
export type Next = (request: InterceptedRequest) => Promise<HttpResponse>

/**
 * Stands around each attempt, within its timeout and under retry and circuit breaker.
 *
 * @example
 * const traced: Interceptor = (request, next) => {
 *   request.headers.set('x-request-id', crypto.randomUUID())
 *   return next(request)
 * }
 */
export type Interceptor = (request: InterceptedRequest, next: Next) => Promise<HttpResponse>

/** What an interceptor is told of the call. */
export type InterceptedCall = Pick<InterceptedRequest, 'attempt' | 'client' | 'route' | 'template' | 'tags'>

export type Send = (request: HttpRequest) => Promise<HttpResponse>

/** Puts the interceptors around `send`, the first outermost. */
export function intercepted(
  interceptors: readonly Interceptor[],
  send: Send,
): (request: HttpRequest, call: InterceptedCall) => Promise<HttpResponse> {
  const innermost: Next = request => send(flat(request))
  const onion = interceptors.reduceRight<Next>(
    (next, interceptor) => async request => responseOf(await interceptor(request, next)),
    innermost,
  )
  return (request, call) => onion(requestFor(request, call))
}

/** The headers as the call has them, until an interceptor looks at them. */
const UNSEEN = Symbol('headers that nobody has seen')

interface OwnRequest extends InterceptedRequest {
  [UNSEEN]?: readonly string[] | undefined
}

/** `Headers` are made when they are asked for: to make them and to read them again is a third of the attempt's time. */
function requestFor(
  { method, origin, path, headers, body }: HttpRequest,
  { attempt, client, route, template, tags }: InterceptedCall,
): OwnRequest {
  let made: Headers | undefined
  const request: OwnRequest = {
    attempt,
    client,
    route,
    template,
    tags,
    method,
    origin,
    path,
    body,
    // A member of its own, so that `{ ...request, path }` has them too; whoever copies the request has asked for them.
    get headers() {
      request[UNSEEN] = undefined
      made ??= unflat(headers)
      return made
    },
    [UNSEEN]: headers,
  }
  return request
}

/** It is easily forgotten to return what `next` resolved to. */
function responseOf(value: HttpResponse | undefined): HttpResponse {
  if (typeof value?.status === 'number' && typeof value.headers === 'object') return value
  throw new TypeError('an interceptor must resolve to a response, such as the one that next() resolves to')
}

function unflat(flatHeaders: readonly string[]): Headers {
  const headers = new Headers()
  for (let i = 0; i < flatHeaders.length; i += 2)
    headers.append(flatHeaders[i] as string, flatHeaders[i + 1] as string)
  return headers
}

function flat(request: OwnRequest): HttpRequest {
  const { method, origin, path, body } = request
  const headers = request[UNSEEN]
  if (headers !== undefined) return { method, origin, path, headers, body }
  const all: string[] = []
  for (const [name, value] of request.headers) all.push(name, value)
  return { method, origin, path, headers: all, body }
}
