/** `verifyProvider`: whether a real service keeps to a declaration, tried with examples. */
import { Readable } from 'node:stream'
import { isDeepStrictEqual } from 'node:util'
import type { Interceptor } from '../call/interceptor.js'
import { type ClientOptions, close, createClient, type MethodName } from '../client/index.js'
import { contractOf, entriesFor, type MethodContract, nearest } from '../contract/index.js'
import { ArgumentError, DeclarationError, DecodeError, ResponseValidationError } from '../errors/index.js'
import type { Issue } from '../schema/standard.js'
import { show, showCall } from './show.js'
import { cleaner } from './stub-mistakes.js'
import { type ProviderReport, type ProviderResult, Report } from './verify-provider-report.js'

type ArgumentsOf<F> = F extends (...args: infer A) => unknown ? Readonly<A> : never
type ResultOf<F> = F extends (...args: never[]) => Promise<infer R> ? R : never

/** An example of a call, and what shall become of it. Without either expectation it must succeed (a status below 400). */
export interface ProviderExample<Args extends readonly unknown[], Result> {
  readonly args: Args
  /** What the call resolves to: a value, or a function that throws (or returns `false`) if it is the wrong one. */
  readonly resolves?: Result | ((value: Result) => unknown)
  /** The call rejects with an error of this class. */
  readonly rejects?: abstract new (
    ...args: never[]
  ) => Error
}

/** Examples by the names of the declared methods: arguments alone, or with the expected outcome. */
export type ProviderExamples<T> = {
  readonly [K in MethodName<T>]?: readonly (
    | ArgumentsOf<T[K]>
    | ProviderExample<ArgumentsOf<T[K]>, ResultOf<T[K]>>
  )[]
}

/** Options of the client that makes the calls; nothing is retried, and nothing stands in for a failure. */
export type ProviderOptions<T> = Omit<
  ClientOptions<T>,
  'url' | 'retry' | 'circuitBreaker' | 'bulkhead' | 'fallback' | 'methods'
>

/**
 * Calls a real service by a declared class and tells where it breaks the declaration. The calls are made one after the
 * other, in the order of the examples.
 *
 * @param Class the declared class; its constructor takes no arguments.
 * @param url where the service is.
 * @param examples by the names of the declared methods. See {@link ProviderExample}.
 * @param options of the client: headers, interceptors, timeouts.
 * @returns a promise that rejects with DeclarationError for a mistake in the class, an example of no route or a wrong
 *   option; whatever the service does is in the report.
 *
 * @example
 * const report = await verifyProvider(MemberClient, url, { byId: [[7], { args: [0], resolves: null }] })
 * report.orThrow()
 */
export async function verifyProvider<T extends object>(
  Class: new () => T,
  url: string | URL,
  examples: ProviderExamples<NoInfer<T>>,
  options: ProviderOptions<NoInfer<T>> = {},
): Promise<ProviderReport> {
  const { methods } = contractOf(Class)
  const given = Object.entries(examples) as [string, readonly (readonly unknown[] | AnyExample)[]][]
  checkNames(
    Class.name,
    Object.keys(methods),
    given.map(([name]) => name),
  )
  const seen: Seen = { status: undefined, headers: {} }
  const use = [...(options.use ?? []), watching(seen)]
  const alone = { retry: false, circuitBreaker: false, bulkhead: false } as const
  const client = createClient(Class, { ...options, ...alone, url, use } as ClientOptions<T>)
  const results: ProviderResult[] = []
  try {
    for (const [name, list] of given) {
      for (const one of list) {
        const example = Array.isArray(one) ? { args: one } : (one as AnyExample)
        const contract = methods[name] as MethodContract
        results.push(await tried(client, contract, example, seen))
      }
    }
  } finally {
    await close(client)
  }
  const tries = new Set(results.map(({ method }) => method))
  const untried = Object.values(methods)
    .map(({ id }) => id)
    .filter(id => !tries.has(id))
  return new Report(`${Class.name} at ${url}`, results, untried)
}

type AnyExample = ProviderExample<readonly unknown[], unknown>

function checkNames(className: string, routes: readonly string[], names: readonly string[]): void {
  const mistakes = names
    .filter(name => !routes.includes(name))
    .map(name => {
      const near = nearest(name, routes)
      const hint = near === undefined ? '' : `; did you mean ${near}?`
      return {
        rule: `no route is named ${name}${hint}`,
        where: `verifyProvider(${className}, url, examples)`,
      }
    })
  if (mistakes.length > 0) throw new DeclarationError(className, mistakes)
}

/** What went over the wire last. */
interface Seen {
  status: number | undefined
  headers: Readonly<Record<string, string>>
}

/** Stands next to the transport, so that it sees what other interceptors add. */
const watching =
  (seen: Seen): Interceptor =>
  async (request, next) => {
    seen.headers = Object.fromEntries(request.headers)
    const response = await next(request)
    seen.status = response.status
    return response
  }

type Verdict = Pick<ProviderResult, 'breach' | 'message'> & { readonly issues?: readonly Issue[] }

async function tried(
  client: object,
  contract: MethodContract,
  example: AnyExample,
  seen: Seen,
): Promise<ProviderResult> {
  Object.assign(seen, { status: undefined, headers: {} })
  const { name, id: method } = contract
  const route = Reflect.get(client, name) as (...args: readonly unknown[]) => Promise<unknown>
  let verdict: Verdict
  try {
    const value = await route(...example.args)
    verdict = await resolved(value, example, contract, seen.status)
    // A stream that nobody reads holds a connection.
    if (value instanceof Readable) value.destroy()
  } catch (error) {
    verdict = rejected(error, example, contract, seen.status)
  }
  const { breach, message = '', issues = [] } = verdict
  const call = showCall(name, contract, example.args)
  const result = { method, call, status: seen.status, ok: breach === undefined, issues }
  return breach === undefined ? result : { ...result, breach, message: cleaner(seen.headers)(message) }
}

const KEPT: Verdict = {}
const outcome = (message: string): Verdict => ({ breach: 'outcome', message })
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

async function resolved(
  value: unknown,
  example: AnyExample,
  contract: MethodContract,
  status = 0,
): Promise<Verdict> {
  const { resolves, rejects } = example
  if (rejects !== undefined) return outcome(`it resolved, and should have rejected with ${rejects.name}`)
  if (!Object.hasOwn(example, 'resolves')) {
    if (status < 400) return KEPT
    return unexplained(
      `the service answered ${status}, of which the table makes a value`,
      'resolves: ...',
      contract,
      status,
    )
  }
  if (typeof resolves !== 'function') {
    return isDeepStrictEqual(value, resolves)
      ? KEPT
      : outcome(`it resolved to ${show(value)}, and should have resolved to ${show(resolves)}`)
  }
  try {
    const refused = (await resolves(value)) === false
    return refused ? outcome('it resolved to a value that the example refuses') : KEPT
  } catch (error) {
    return outcome(messageOf(error))
  }
}

function rejected(
  error: unknown,
  { rejects }: AnyExample,
  contract: MethodContract,
  status?: number,
): Verdict {
  const message = messageOf(error)
  if (error instanceof ArgumentError) return { breach: 'arguments', message, issues: error.issues }
  if (error instanceof ResponseValidationError) return { breach: 'schema', message, issues: error.issues }
  if (error instanceof DecodeError) return { breach: 'body', message }
  if (status === undefined) return { breach: 'connection', message }
  const { responses } = contract
  if (entriesFor(responses, status) === undefined) {
    const answered = `the service answered ${status}`
    if (MISSING.has(status))
      return { breach: 'route', message: `${answered}: it seems to have no ${routeOf(contract)}` }
    const known = [...responses.keys()].join(', ') || 'nothing'
    return { breach: 'status', message: `${answered}; the response table knows ${known}` }
  }
  const name = error instanceof Error ? error.name : String(error)
  const what = `it rejected with ${name}`
  if (rejects === undefined)
    return unexplained(`${what} for ${status}, as declared`, `rejects: ${name}`, contract, status)
  return error instanceof rejects ? KEPT : outcome(`${what}, and should have with ${rejects.name}`)
}

/** What a service answers that has no such route, or not for this verb. */
const MISSING = new Set([404, 405, 501])

const routeOf = ({ verb, template }: MethodContract): string => `${verb} ${template || '/'}`

/** A success is meant by an example that says nothing: else a missing route would pass for a missing member. */
function unexplained(what: string, expectation: string, contract: MethodContract, status: number): Verdict {
  const missing = MISSING.has(status) ? `; if not, the service seems to have no ${routeOf(contract)}` : ''
  return outcome(`${what}; if that is meant, say { args, ${expectation} }${missing}`)
}
