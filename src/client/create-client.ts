/** `createClient`: an instance of a declared class whose routes call the service. */
import { attemptOf } from '../call/chain.js'
import { compileCall } from '../call/compile.js'
import { systemClock } from '../clock.js'
import { contractOf, type MethodContract } from '../contract/index.js'
import { decoderOf } from '../decode/index.js'
import { Encoder } from '../encode/index.js'
import { DeclarationError } from '../errors/index.js'
import { type Transport, undiciTransport } from '../http/index.js'
import { Bulkhead } from '../policy/bulkhead.js'
import type { CircuitSnapshot } from '../policy/circuit-breaker.js'
import type { RetryBudgetOptions } from '../policy/retry-budget.js'
import {
  isOwnOfMethod,
  type Layer,
  type Origin,
  ownOf,
  type PolicyOptions,
  type ResolvedPolicies,
  resolvePolicies,
  valuesOf,
} from '../policy/settings.js'
import { checkOptions, isPlain } from './check-options.js'
import { type ClientDescription, type Described, describeClient } from './describe.js'
import { Network } from './network.js'
import { type ClientOptions, instances, type ServiceUrl } from './options.js'

/** What belongs to a client and is not to be seen on it. */
interface Internals {
  readonly name: string
  readonly closeTransport: () => Promise<void>
  readonly network: Network
  readonly described: readonly Described[]
  closing: Promise<void> | undefined
}

const clients = new WeakMap<object, Internals>()

/** A client: an instance of the declared class that can be disposed of. */
export type ClientOf<T> = T & AsyncDisposable

/**
 * Makes a client of a declared class. The class is made with `new`, so its fields and its constructor work; its
 * routes are then set on the instance.
 *
 * @param Class the declared class; its constructor takes no arguments.
 * @param options `url` is needed; see {@link ClientOptions}.
 * @throws DeclarationError that lists every mistake of the declaration, or of the options.
 *
 * @example
 * const members = createClient(MemberClient, { url: 'http://member-svc:8080' })
 * const member = await members.byId(7)
 */
export function createClient<T extends object>(Class: new () => T, options: ClientOptions<T>): ClientOf<T> {
  const contract = contractOf(Class)
  const checked = checkOptions<T>(Class.name, options, Object.keys(contract.methods))
  const methods = Object.values(contract.methods).map(method => ({
    method,
    policies: policiesOf(method, checked),
  }))
  const clock = checked.clock ?? systemClock
  const network = new Network(clock, budgetOf(methods.map(({ policies }) => policies)))
  const transport = checked.transport ?? ownTransport(checked)
  const interceptors = checked.use ?? []
  const described = methods.map(({ method, policies }) => ({
    contract: method,
    policies,
    interceptors,
    fallback: fallbackOf(Class, checked, method.name) !== undefined,
  }))
  const closeTransport = async () => (checked.transport === undefined ? transport.close() : undefined)
  const internals: Internals = { name: contract.name, closeTransport, network, described, closing: undefined }

  const encodeSettings = {
    headers: new Map(
      Object.entries(checked.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    ),
    allowOrigins: new Set(
      [...ownOrigins(checked), ...(checked.allowOrigins ?? [])].map(url => new URL(url).origin),
    ),
  }
  let shared: Bulkhead | undefined
  const bulkheadOf = ({ bulkhead }: ResolvedPolicies): Bulkhead | undefined => {
    if (bulkhead === undefined) return undefined
    if (isOwnOfMethod(bulkhead)) return new Bulkhead(valuesOf(bulkhead))
    shared ??= new Bulkhead(valuesOf(bulkhead))
    return shared
  }
  const circuitOf = (method: MethodContract, { circuitBreaker }: ResolvedPolicies) => {
    if (circuitBreaker === undefined) return undefined
    const values = valuesOf(circuitBreaker)
    const own = values.scope === 'method' || isOwnOfMethod(circuitBreaker) ? method.id : undefined
    return (origin: string) => network.circuit(origin, own, values)
  }
  const random = Math.random
  const isClosed = () => internals.closing !== undefined
  const lower = (names: readonly string[] = []) => names.map(name => name.toLowerCase())

  const client = instanceOf(Class)
  for (const { method, policies } of methods) {
    const attempt = attemptOf({
      contract: method,
      decoder: decoderOf(method),
      transport,
      interceptors,
      maxResponseBytes: checked.maxResponseBytes ?? 10 * 1024 * 1024,
      handBack: lower(checked.handBack),
      bulkhead: bulkheadOf(policies),
      circuit: circuitOf(method, policies),
      random,
      isClosed,
    })
    const call = compileCall({
      contract: method,
      encoder: new Encoder(method, encodeSettings),
      clock,
      policies,
      attempt,
      addresses: network.source(checked.url, method),
      addressOf: origin => network.address(origin),
      forward: lower(checked.forward),
      fallback: fallbackOf(Class, checked, method.name),
      random,
      isClosed,
    })
    Object.defineProperty(call, 'name', { value: method.name })
    define(client, method.name, call)
  }
  const dispose = (client as Partial<AsyncDisposable>)[Symbol.asyncDispose]
  define(client, Symbol.asyncDispose, async () => {
    await dispose?.call(client)
    await close(client)
  })
  clients.set(client, internals)
  return client as ClientOf<T>
}

/** The layers of a method's policies, the nearest last. */
function policiesOf<T>({ name, policies }: MethodContract, options: ClientOptions<T>): ResolvedPolicies {
  const { timeout, retry, circuitBreaker, bulkhead } = options
  const guise = { timeout, retry, circuitBreaker, bulkhead } as PolicyOptions
  const perMethod = (options.methods ?? {}) as Readonly<Record<string, PolicyOptions | undefined>>
  const own = Object.hasOwn(perMethod, name) ? perMethod[name] : undefined
  const layers: Layer[] = [...policies, { from: 'guise', options: guise }]
  if (own !== undefined) layers.push({ from: "guise's method", options: own })
  return resolvePolicies(layers)
}

/** Whose word on the budget counts first: it is the target's and shared by all methods, so a method's counts last. */
const BUDGET_ORIGINS: readonly Origin[] = ['guise', 'class', "guise's method", 'method']

function budgetOf(policies: readonly ResolvedPolicies[]): RetryBudgetOptions {
  const budgets = policies.flatMap(({ retry }) => (retry === undefined ? [] : [retry.budget]))
  for (const origin of BUDGET_ORIGINS) {
    const said = budgets.find(({ from, value }) => from === origin && value !== false)
    if (said !== undefined) return ownOf(said.value as RetryBudgetOptions)
  }
  return {}
}

/** The client's own addresses, as far as they are known before a call. */
function ownOrigins<T>({ url }: ClientOptions<T>): readonly ServiceUrl[] {
  if (typeof url === 'function') return []
  return Array.isArray(url) ? (url as readonly ServiceUrl[]) : [url as ServiceUrl]
}

function fallbackOf<T extends object>(
  Class: new () => T,
  { fallback }: ClientOptions<T>,
  name: string,
): ((...args: unknown[]) => unknown) | undefined {
  if (fallback === undefined) return undefined
  if (isPlain(fallback) && !instances.has(fallback)) {
    const answer = Object.hasOwn(fallback, name) ? (fallback as Record<string, unknown>)[name] : undefined
    return typeof answer === 'function' ? (...args) => answer.apply(fallback, args) : undefined
  }
  const answer = (fallback as Record<string, unknown>)[name]
  // A route that a subclass does not override has no behaviour: the real error is worth more than its complaint.
  if (typeof answer !== 'function' || answer === (Class.prototype as Record<string, unknown>)[name])
    return undefined
  // An instance of the class has its methods, which know of no error.
  return (_error, ...args) => answer.apply(fallback, args)
}

function ownTransport<T>({ connections, dispatcher, maxConnectionAge, clock }: ClientOptions<T>): Transport {
  return undiciTransport({ connections, dispatcher, maxConnectionAge, clock })
}

function instanceOf<T extends object>(Class: new () => T): T {
  try {
    return new Class()
  } catch (cause) {
    const rule = `the constructor threw ${cause instanceof Error ? cause.name : 'a value'}; it is called with no arguments`
    throw new DeclarationError(Class.name, [{ rule, where: `new ${Class.name}()` }])
  }
}

/** Not enumerable, as a class's own methods are; replaceable, so that a test may spy on it. */
function define(client: object, name: PropertyKey, value: unknown): void {
  Object.defineProperty(client, name, { value, writable: true, configurable: true, enumerable: false })
}

function internalsOf(client: object, asked: string): Internals {
  const internals = clients.get(client)
  if (internals === undefined) throw new TypeError(`${asked}() takes a client that createClient made`)
  return internals
}

/**
 * Closes a client: waits for requests in flight (at most 5 s), then closes the connections that guise opened. Later
 * calls reject with `ConnectionError`, nothing sent, and so does a call that waits for a retry or for its URL. A
 * dispatcher or a transport that was handed in stays open. Closing twice is harmless.
 *
 * @throws TypeError if it is no client of guise.
 *
 * @example
 * await close(members)
 */
export async function close(client: object): Promise<void> {
  const internals = internalsOf(client, 'close')
  internals.closing ??= internals.closeTransport().finally(() => internals.network.close())
  await internals.closing
}

/**
 * The policy chain of each method, from the outermost to the innermost, and who set each value: the library's
 * default, the class, the method, the guise, or the guise's method.
 *
 * @throws TypeError if it is no client of guise.
 *
 * @example
 * console.log(String(describe(members)))
 */
export function describe(client: object): ClientDescription {
  const { name, described } = internalsOf(client, 'describe')
  return describeClient(name, described)
}

/**
 * The circuits of a client that calls have gone through: state and statistics of each.
 *
 * @throws TypeError if it is no client of guise.
 *
 * @example
 * circuitsOf(members).filter(circuit => circuit.state === 'open')
 */
export function circuitsOf(client: object): CircuitSnapshot[] {
  return internalsOf(client, 'circuitsOf').network.circuits()
}
