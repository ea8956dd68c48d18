/** The options of `createClient`: their types, and the check that none is unknown or wrong. */
import { z } from 'zod'
import type { Interceptor } from '../call/interceptor.js'
import type { Clock } from '../clock.js'
import { headerNameMistake, headerValueMistake, nearest } from '../contract/index.js'
import { targetOf } from '../encode/index.js'
import { DeclarationError, type Mistake } from '../errors/index.js'
import type { Transport } from '../http/index.js'
import { type PolicyOptions, policyShape } from '../policy/settings.js'

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
   * 429, an answer that cannot be used. An instance of the class will do as well, called without the error.
   */
  readonly fallback?: Fallback<T> | NoInfer<T>
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

const isFunction = (value: unknown): boolean => typeof value === 'function'
const has =
  (...names: string[]) =>
  (value: unknown) =>
    typeof value === 'object' &&
    value !== null &&
    names.every(name => isFunction((value as Record<string, unknown>)[name]))

/** Why this is no address, and no list of them; `undefined` if it is. */
export function urlMistake(value: unknown): string | undefined {
  if (!Array.isArray(value))
    return addressMistake(value, 'must be a URL, a list of them, or a function that returns one')
  if (value.length === 0) return 'must hold at least one URL'
  return value.map(one => addressMistake(one, 'must hold URLs only')).find(Boolean)
}

function addressMistake(value: unknown, rule: string): string | undefined {
  if (typeof value !== 'string' && !(value instanceof URL)) return rule
  try {
    targetOf(value)
    return undefined
  } catch (error) {
    return (error as { rule?: string }).rule ?? rule
  }
}

const refined =
  (mistakeOf: (value: unknown) => string | undefined) => (value: unknown, context: z.RefinementCtx) => {
    const message = mistakeOf(value)
    if (message !== undefined) context.addIssue({ code: 'custom', message })
  }

const url = z
  .custom<ClientOptions['url']>()
  .superRefine(refined(value => (typeof value === 'function' ? undefined : urlMistake(value))))

const origin = z.custom<string | URL>().superRefine(refined(value => addressMistake(value, 'must be a URL')))

const headers = z.record(z.string(), z.string('must be a string')).superRefine((record, context) => {
  for (const [name, value] of Object.entries(record)) {
    const mistake = name.toLowerCase() === 'host' ? undefined : headerNameMistake(name)
    const message = mistake ?? headerValueMistake(value)
    if (message !== undefined) context.addIssue({ code: 'custom', message, path: [name] })
  }
})

const headerNames = z.array(
  z.string('must be a string').superRefine((name, context) => {
    const message = headerNameMistake(name)
    if (message !== undefined) context.addIssue({ code: 'custom', message: `holds a bad name: ${message}` })
  }),
)

const count = (most: number) =>
  z.int('must be a whole number').min(1, 'must be at least 1').max(most, `must be at most ${most}`)

/** An object that is no instance of a class. */
export function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const shape = {
  ...policyShape,
  url,
  headers: headers.optional(),
  use: z
    .array(z.custom<Interceptor>(isFunction, 'must be a function'), 'must be a list of functions')
    .optional(),
  forward: headerNames.optional(),
  handBack: headerNames.optional(),
  allowOrigins: z.array(origin, 'must be a list of origins').optional(),
  connections: count(10_000).optional(),
  maxConnectionAge: count(2_147_483_647).optional(),
  dispatcher: z.custom<DispatcherLike>(has('dispatch'), 'must be an undici Dispatcher').optional(),
  transport: z.custom<Transport>(has('send', 'close'), 'must be a Transport').optional(),
  maxResponseBytes: count(Number.MAX_SAFE_INTEGER).optional(),
  clock: z.custom<Clock>(has('now', 'wallNow', 'setTimeout', 'clearTimeout'), 'must be a Clock').optional(),
}

const schemaFor = (methods: readonly string[]) => {
  const perMethod = z.strictObject(policyShape).optional()
  return z.strictObject({
    ...shape,
    methods: z.strictObject(Object.fromEntries(methods.map(name => [name, perMethod]))).optional(),
    fallback: fallbackFor(methods).optional(),
  })
}

/** Of a plain object each function answers for a route; an instance has all that its class has. */
const fallbackFor = (methods: readonly string[]) =>
  z
    .custom<object>(value => typeof value === 'object' && value !== null, 'must be an object')
    .superRefine((fallback, context) => {
      if (!isPlain(fallback)) return
      for (const [name, answer] of Object.entries(fallback)) {
        const issue = (message: string) => context.addIssue({ code: 'custom', message, path: [name] })
        if (methods.includes(name)) {
          if (answer !== undefined && !isFunction(answer)) issue('must be a function')
        } else if (isFunction(answer)) issue(`is no route${didYouMean(name, methods)}`)
      }
    })

const didYouMean = (name: string, known: readonly string[]): string => {
  const near = nearest(name, known)
  return near === undefined ? '' : `; did you mean ${near}?`
}

/** Checks the options by their own keys; nothing is read through a polluted prototype. */
export function checkOptions<T>(
  className: string,
  options: unknown,
  methods: readonly string[],
): ClientOptions<T> {
  const where = `createClient(${className}, options)`
  if (typeof options !== 'object' || options === null) {
    throw new DeclarationError(className, [{ rule: 'the options are missing; give at least { url }', where }])
  }
  const own: Record<string, unknown> = Object.assign(Object.create(null), options)
  const result = schemaFor(methods).safeParse(own)
  if (result.success) return own as unknown as ClientOptions<T>
  throw new DeclarationError(
    className,
    result.error.issues.flatMap(issue => mistakesOf(issue, methods, where)),
  )
}

function mistakesOf(issue: z.core.$ZodIssue, methods: readonly string[], where: string): Mistake[] {
  const path = issue.path.map(String)
  if (issue.code !== 'unrecognized_keys') return [{ rule: `${path.join('.')} ${issue.message}`, where }]
  const inMethods = path[0] === 'methods'
  const known =
    path.length === 0
      ? [...Object.keys(shape), 'methods', 'fallback']
      : inMethods && path.length === 1
        ? methods
        : Object.keys(policyShape)
  return issue.keys.map(key => {
    const what = inMethods && path.length === 1 ? 'no route is named' : 'there is no option'
    return { rule: `${what} ${[...path, key].join('.')}${didYouMean(key, known)}`, where }
  })
}
