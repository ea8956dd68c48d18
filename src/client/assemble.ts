/** What all guises that call a service are made of: the contract, the network, and one assembled chain a method. */
import { attemptOf } from '../call/chain.js'
import { type CompiledCall, compileCall } from '../call/compile.js'
import { type Clock, systemClock } from '../clock.js'
import { contractOf, type MethodContract, type ServiceContract } from '../contract/index.js'
import { decoderOf } from '../decode/index.js'
import { Encoder } from '../encode/index.js'
import { type Transport, undiciTransport } from '../http/index.js'
import type { Address } from '../policy/addresses.js'
import type { Attempt } from '../policy/attempt.js'
import { Bulkhead } from '../policy/bulkhead.js'
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
import type { Described } from './describe.js'
import { Network } from './network.js'
import { type ClientOptions, instances, type ServiceUrl } from './options.js'

/** One route of a guise. */
export interface AssembledMethod {
  readonly contract: MethodContract
  readonly policies: ResolvedPolicies
  readonly encoder: Encoder
  /** One attempt, without retries: circuit breaker, bulkhead, interceptors, transport, decode. */
  readonly attempt: Attempt
  readonly addresses: () => readonly Address[] | Promise<readonly Address[]>
  /** A whole call. */
  readonly call: CompiledCall
}

/** A service with all that is needed to call it. */
export interface Assembled {
  readonly contract: ServiceContract
  readonly clock: Clock
  readonly network: Network
  readonly methods: ReadonlyMap<string, AssembledMethod>
  readonly described: readonly Described[]
  readonly isClosed: () => boolean
  /** Closes what it opened; closing twice is harmless. */
  close(): Promise<void>
}

/**
 * @param where names the call that gave the options, for messages: `createClient(MemberClient, options)`.
 * @throws DeclarationError that lists every mistake of the declaration, or of the options.
 */
export function assemble<T extends object>(
  Class: new () => T,
  options: ClientOptions<T>,
  where: string,
): Assembled {
  const contract = contractOf(Class)
  const checked = checkOptions<T>(Class.name, options, Object.keys(contract.methods), where)
  const resolved = Object.values(contract.methods).map(method => ({
    method,
    policies: policiesOf(method, checked),
  }))
  const clock = checked.clock ?? systemClock
  const network = new Network(clock, budgetOf(resolved.map(({ policies }) => policies)))
  const transport = checked.transport ?? ownTransport(checked)
  const interceptors = checked.use ?? []
  const described = resolved.map(({ method, policies }) => ({
    contract: method,
    policies,
    interceptors,
    fallback: fallbackOf(Class, checked, method.name) !== undefined,
  }))
  let closing: Promise<void> | undefined
  const isClosed = () => closing !== undefined
  const close = async () => {
    try {
      if (checked.transport === undefined) await transport.close()
    } finally {
      network.close()
    }
  }

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
    return network.circuitsOf(own, values)
  }
  const random = Math.random
  const lower = (names: readonly string[] = []) => names.map(name => name.toLowerCase())

  const methods = new Map<string, AssembledMethod>()
  for (const { method, policies } of resolved) {
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
    const encoder = new Encoder(method, encodeSettings)
    const addresses = network.source(checked.url, method)
    const call = compileCall({
      contract: method,
      encoder,
      clock,
      policies,
      attempt,
      addresses,
      addressOf: origin => network.address(origin),
      forward: lower(checked.forward),
      fallback: fallbackOf(Class, checked, method.name),
      random,
      isClosed,
    })
    methods.set(method.name, { contract: method, policies, encoder, attempt, addresses, call })
  }
  return {
    contract,
    clock,
    network,
    methods,
    described,
    isClosed,
    close() {
      closing ??= close()
      return closing
    },
  }
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
