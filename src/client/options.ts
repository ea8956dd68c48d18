/** The options of `createClient`. */
import type { Interceptor } from '../call/interceptor.js'
import type { Clock } from '../clock.js'
import type { Transport } from '../http/index.js'
import type { PolicyOptions } from '../policy/settings.js'

/** The names of the routes of a declared class, and of its other methods that return a promise. */
export type MethodName<T> = {
  [K in keyof T]: T[K] extends (...args: never[]) => Promise<unknown> ? K : never
}[keyof T] &
  string

/** Options of one method of a guise; they win over the guise's own. */
export type MethodOptions = PolicyOptions

/** Which call a `url` function is asked for. */
export interface TargetCall {
  /** The service's name. */
  readonly client: string
  /** Class and method: `MemberClient.byId`. */
  readonly method: string
}

/** One address of a service. */
export type ServiceUrl = string | URL

/** An undici Dispatcher of any major version: an Agent, a MockAgent, a ProxyAgent, a composed one. */
export interface DispatcherLike {
  dispatch(...args: never[]): boolean
}

/** What answers in the place of a service that fails; typed from the class. It gets the error and the arguments. */
export type Fallback<T> = {
  readonly [K in MethodName<T>]?: T[K] extends (...args: infer A) => infer R
    ? (error: unknown, ...args: A) => R | Awaited<R>
    : never
}

/**
 * Lets an instance of the class (or one like it) answer as a fallback: its methods get the arguments, not the error.
 *
 * @example
 * createClient(MemberClient, { url, fallback: fallbackTo(new CachedMembers()) })
 */
export function fallbackTo<T extends object>(instance: T): Fallback<T> {
  instances.add(instance)
  return instance as unknown as Fallback<T>
}

/** What `fallbackTo` was given; a plain object may be among it. */
export const instances = new WeakSet<object>()

/** Options of {@link createClient}. */
export interface ClientOptions<T = object> extends PolicyOptions {
  /**
   * Where the service is: `http://member-svc:8080`. A path is kept in front of every template. Several addresses of one
   * service share its calls: of two taken at random the one with fewer requests in flight, and one that fails is left
   * alone for a while. A function is asked for each call, within the call's total timeout.
   */
  readonly url:
    | ServiceUrl
    | readonly ServiceUrl[]
    | ((call: TargetCall) => ServiceUrl | readonly ServiceUrl[] | Promise<ServiceUrl | readonly ServiceUrl[]>)
  /** Headers of every request; those of the declaration and of the call replace them. `host` may be set here only. */
  readonly headers?: Readonly<Record<string, string>>
  /** Policies of single methods. */
  readonly methods?: { readonly [K in MethodName<T>]?: MethodOptions }
  /**
   * Answers for methods whose call failed for the service's sake: network, timeout, open circuit, full bulkhead, 5xx,
   * 429, an answer that cannot be used. See {@link fallbackTo} for an instance of the class.
   */
  readonly fallback?: Fallback<T>
  /** Interceptors around each attempt, the first outermost. */
  readonly use?: readonly Interceptor[]
  /** Headers of the request being served that are sent on; see `guise/context`. */
  readonly forward?: readonly string[]
  /** Response headers that go back on the response to the request being served; see `guise/context`. */
  readonly handBack?: readonly string[]
  /** Origins besides the client's own that `@Url()` may lead to. Default: none. */
  readonly allowOrigins?: readonly (string | URL)[]
  /** Connections for each origin. Default: 64. */
  readonly connections?: number
  /** Milliseconds after which a connection is not used again, so that new pods get traffic. Default: 120,000. */
  readonly maxConnectionAge?: number
  /** An undici dispatcher to use instead of guise's own; guise does not close it. */
  readonly dispatcher?: DispatcherLike
  /** Instead of HTTP over undici: whatever answers requests. */
  readonly transport?: Transport
  /** Limit of a response body after decompression. Default: 10 MiB. A larger one rejects with `DecodeError`. */
  readonly maxResponseBytes?: number
  /** Where all time comes from; a test gives its own. Default: the system's. */
  readonly clock?: Clock
}
