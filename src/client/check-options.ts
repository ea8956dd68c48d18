/** The check that none of the options of `createClient` is unknown or wrong. */
import { z } from 'zod'
import type { Interceptor } from '../call/interceptor.js'
import type { Clock } from '../clock.js'
import { headerNameMistake, headerValueMistake, nearest } from '../contract/index.js'
import { targetOf } from '../encode/index.js'
import { DeclarationError, type Mistake } from '../errors/index.js'
import type { Transport } from '../http/index.js'
import { LruMap } from '../policy/lru.js'
import { policyNames, policyShape } from '../policy/settings.js'
import { type ClientOptions, type DispatcherLike, instances } from './options.js'

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

const url = z.custom<ClientOptions['url']>().superRefine((value, context) => {
  if (typeof value === 'function') return
  const list: readonly unknown[] | undefined = Array.isArray(value) && value.length > 0 ? value : undefined
  for (const [index, one] of (list ?? [value]).entries()) {
    const message = list === undefined ? urlMistake(one) : addressMistake(one, 'must be a URL')
    if (message !== undefined)
      context.addIssue({ code: 'custom', message, path: list === undefined ? [] : [index] })
  }
})

const origin = z.custom<string | URL>().superRefine(refined(value => addressMistake(value, 'must be a URL')))

const NO_RECORD = 'must be a plain object of names and values'

const headers = z
  .record(z.string(), z.string('must be a string'), NO_RECORD)
  .superRefine((record, context) => {
    const seen = new Set<string>()
    for (const [name, value] of Object.entries(record)) {
      const mistake = name.toLowerCase() === 'host' ? undefined : headerNameMistake(name)
      const twice = seen.has(name.toLowerCase()) ? 'stands twice, in different case' : undefined
      seen.add(name.toLowerCase())
      const message = mistake ?? twice ?? headerValueMistake(value)
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

const makeSchema = (methods: readonly string[]) => {
  const perMethod = z.strictObject(policyShape).optional()
  return z.strictObject({
    ...shape,
    methods: z
      .strictObject(Object.fromEntries(methods.map(name => [name, perMethod])), {
        error: issue => (issue.code === 'invalid_type' ? 'must be an object of methods' : undefined),
      })
      .optional(),
    fallback: fallbackFor(methods).optional(),
  })
}

/** A group of many targets checks the same options for each. */
const schemas = new LruMap<string, ReturnType<typeof makeSchema>>(100)
const schemaFor = (methods: readonly string[]) =>
  schemas.get(JSON.stringify(methods), () => makeSchema(methods))

/** Of a plain object each function answers for a route; an instance has all that its class has. */
const fallbackFor = (methods: readonly string[]) =>
  z
    .custom<object>(value => typeof value === 'object' && value !== null, 'must be an object')
    .superRefine((fallback, context) => {
      if (!isPlain(fallback) || instances.has(fallback)) return
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
  where: string,
): ClientOptions<T> {
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
  const known = knownAt(
    inMethods ? path.slice(2) : path,
    inMethods && path.length === 1 ? methods : undefined,
  )
  return issue.keys.map(key => {
    const what = inMethods && path.length === 1 ? 'no route is named' : 'there is no option'
    return { rule: `${what} ${[...path, key].join('.')}${didYouMean(key, known)}`, where }
  })
}

/** The names that may stand at a place of the options, to hint at. */
function knownAt(path: readonly string[], methods: readonly string[] | undefined): readonly string[] {
  if (methods !== undefined) return methods
  const [first] = path
  return first === undefined ? [...Object.keys(shape), 'methods', 'fallback'] : policyNames(first)
}
