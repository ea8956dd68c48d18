/** The options of `createClient`: their types, and the check that none is unknown or wrong. */
import { z } from 'zod'
import { timeoutMistake } from '../call/timeouts.js'
import { headerNameMistake, headerValueMistake, nearest } from '../contract/index.js'
import type { Timeout } from '../declare/call-options.js'
import { type Target, targetOf } from '../encode/index.js'
import { DeclarationError, type Mistake } from '../errors/index.js'
import type { Transport } from '../http/message.js'

/** The names of the routes of a declared class, and of its other methods that return a promise. */
export type MethodName<T> = {
  [K in keyof T]: T[K] extends (...args: never[]) => Promise<unknown> ? K : never
}[keyof T] &
  string

/** Options of one method of a guise; they win over the guise's own. */
export interface MethodOptions {
  /** Milliseconds. */
  readonly timeout?: Timeout
}

/** Which call a `url` function is asked for. */
export interface TargetCall {
  /** The service's name. */
  readonly client: string
  /** Class and method: `MemberClient.byId`. */
  readonly method: string
}

/** An undici Dispatcher of any major version: an Agent, a MockAgent, a ProxyAgent, a composed one. */
export interface DispatcherLike {
  dispatch(...args: never[]): boolean
}

/** Options of {@link createClient}. */
export interface ClientOptions<T = object> {
  /**
   * Where the service is: `http://member-svc:8080`. A path is kept in front of every template. A function is asked for
   * each call, within the call's total timeout.
   */
  readonly url: string | URL | ((call: TargetCall) => string | URL | Promise<string | URL>)
  /** Headers of every request; those of the declaration and of the call replace them. `host` may be set here only. */
  readonly headers?: Readonly<Record<string, string>>
  /** Milliseconds. Default: `{ connect: 2_000, attempt: 5_000, total: 15_000 }`; a number alone is `total`. */
  readonly timeout?: Timeout
  /** The same for single methods. */
  readonly methods?: { readonly [K in MethodName<T>]?: MethodOptions }
  /** Origins besides the client's own that `@Url()` may lead to. Default: none. */
  readonly allowOrigins?: readonly (string | URL)[]
  /** Connections for each origin. Default: 64. */
  readonly connections?: number
  /** An undici dispatcher to use instead of guise's own; guise does not close it. */
  readonly dispatcher?: DispatcherLike
  /** Instead of HTTP over undici: whatever answers requests. */
  readonly transport?: Transport
  /** Limit of a response body after decompression. Default: 10 MiB. A larger one rejects with `DecodeError`. */
  readonly maxResponseBytes?: number
}

const isFunction = (value: unknown): boolean => typeof value === 'function'
const hasMethod = (name: string) => (value: unknown) =>
  typeof value === 'object' && value !== null && isFunction((value as Record<string, unknown>)[name])

const timeout = z.custom<Timeout>().superRefine((value, context) => {
  const message = timeoutMistake(value)
  if (message !== undefined)
    context.addIssue({ code: 'custom', message: message.replace(/^timeout\.?\w* /, '') })
})

const urlRule = (value: unknown): string | undefined => {
  if (typeof value === 'function') return undefined
  if (typeof value !== 'string' && !(value instanceof URL))
    return 'must be a URL, or a function that returns one'
  try {
    targetOf(value)
    return undefined
  } catch (error) {
    return (error as { rule?: string }).rule ?? 'must be a URL'
  }
}

const url = z.custom<ClientOptions['url']>().superRefine((value, context) => {
  const message = urlRule(value)
  if (message !== undefined) context.addIssue({ code: 'custom', message })
})

const headers = z.record(z.string(), z.string('must be a string')).superRefine((record, context) => {
  for (const [name, value] of Object.entries(record)) {
    const mistake = name.toLowerCase() === 'host' ? undefined : headerNameMistake(name)
    const message = mistake ?? headerValueMistake(value)
    if (message !== undefined) context.addIssue({ code: 'custom', message, path: [name] })
  }
})

const schemaOf = (methods: readonly string[]) =>
  z.strictObject({
    url,
    headers: headers.optional(),
    timeout: timeout.optional(),
    methods: z
      .strictObject(
        Object.fromEntries(
          methods.map(name => [name, z.strictObject({ timeout: timeout.optional() }).optional()]),
        ),
      )
      .optional(),
    allowOrigins: z.array(url).optional(),
    connections: z
      .int('must be a whole number')
      .min(1, 'must be at least 1')
      .max(10_000, 'must be at most 10,000')
      .optional(),
    dispatcher: z.custom<DispatcherLike>(hasMethod('dispatch'), 'must be an undici Dispatcher').optional(),
    transport: z.custom<Transport>(hasMethod('send'), 'must be a Transport').optional(),
    maxResponseBytes: z.int('must be a whole number').min(1, 'must be at least 1').optional(),
  })

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
  const schema = schemaOf(methods)
  const result = schema.safeParse(own)
  if (result.success) return own as unknown as ClientOptions<T>
  throw new DeclarationError(
    className,
    result.error.issues.flatMap(issue => mistakesOf(issue, methods, where)),
  )
}

const OPTIONS = [
  'url',
  'headers',
  'timeout',
  'methods',
  'allowOrigins',
  'connections',
  'dispatcher',
  'transport',
  'maxResponseBytes',
]

function mistakesOf(issue: z.core.$ZodIssue, methods: readonly string[], where: string): Mistake[] {
  const path = issue.path.map(String)
  if (issue.code !== 'unrecognized_keys') return [{ rule: `${path.join('.')} ${issue.message}`, where }]
  const known = path.length === 0 ? OPTIONS : path.length === 1 ? methods : ['timeout']
  return issue.keys.map(key => {
    const near = nearest(key, known)
    const what = path[0] === 'methods' && path.length === 1 ? 'no route is named' : 'there is no option'
    return {
      rule: `${what} ${[...path, key].join('.')}${near === undefined ? '' : `; did you mean ${near}?`}`,
      where,
    }
  })
}

/** What a `url` option says for a call. Strings of a function are parsed once each, and a bounded number is kept. */
export function targetSource(url: ClientOptions['url']): (call: TargetCall) => Target | Promise<Target> {
  if (typeof url !== 'function') {
    const target = targetOf(url)
    return () => target
  }
  const parsed = new Map<string, Target>()
  const read = (value: string | URL): Target => {
    const key = String(value)
    let target = parsed.get(key)
    if (target === undefined) {
      target = targetOf(key)
      if (parsed.size >= 1000) parsed.clear()
      parsed.set(key, target)
    }
    return target
  }
  return async call => read(await url(call))
}
