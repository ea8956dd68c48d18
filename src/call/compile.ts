/** One compiled function for each route: fallback > total deadline > encode > the chain. */
import type { Clock } from '../clock.js'
import { type Context, currentContext } from '../context/context.js'
import type { MethodContract } from '../contract/index.js'
import type { CallOptions } from '../declare/call-options.js'
import type { Encoder } from '../encode/index.js'
import { Failure } from '../errors/failure.js'
import { ArgumentError } from '../errors/index.js'
import type { HttpRequest } from '../http/index.js'
import { type Address, choose } from '../policy/addresses.js'
import { type Attempt, aborted, type Otherwise } from '../policy/attempt.js'
import { type Repeated, type RetryOptions, retry } from '../policy/retry.js'
import { overlaid, ownOf, type ResolvedPolicies, type Timeouts, valuesOf } from '../policy/settings.js'
import { callChannel } from '../telemetry/channels.js'
import { type CheckedCallOptions, callOptionsMistake, mergeTimeouts } from './call-options.js'
import { closed, toFailure } from './chain.js'
import { factsOf } from './facts.js'
import { fallsBack } from './fallback.js'
import { forwarded } from './forward.js'
import { published } from './published.js'
import { RoutedCall } from './routed-call.js'
import { lateFailure, within } from './within.js'

/** What a route's function is made of. */
export interface CallParts {
  readonly contract: MethodContract
  readonly encoder: Encoder
  readonly clock: Clock
  readonly policies: ResolvedPolicies
  /** One attempt: circuit breaker, bulkhead, interceptors, transport, decode. */
  readonly attempt: Attempt
  /** Where the call may go; a promise where the guise's `url` is a function. */
  readonly addresses: () => readonly Address[] | Promise<readonly Address[]>
  /** The address of another origin, which `@Url()` led to. */
  readonly addressOf: (origin: string) => Address
  /** Names in lower case. */
  readonly forward: readonly string[]
  readonly fallback: ((error: unknown, ...args: unknown[]) => unknown) | undefined
  readonly random: () => number
  /** The guise has been closed. */
  readonly isClosed: () => boolean
}

/** Makes a call with these arguments. */
export type CompiledCall = (args: readonly unknown[]) => Promise<unknown>

/** RFC 9110, section 9.2.2, and QUERY. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'QUERY'])

export function compileCall(parts: CallParts): CompiledCall {
  const { contract, clock, policies, attempt, fallback, random } = parts
  const timeouts: Timeouts = valuesOf(policies.timeout)
  const retrying = policies.retry === undefined ? undefined : retry(valuesOf(policies.retry), { random })
  // With no function of its own in between: each is a line of the stack, and only ten lead to the caller.
  const end = fail as Otherwise
  const once: Repeated = call => attempt(call, end)
  const chain = retrying === undefined ? once : retrying(attempt, end)
  const hasOwnUrl = contract.parameters.some(({ binding }) => binding.kind === 'url')
  const optionsAt = contract.parameters.find(({ binding }) => binding.kind === 'call')?.index
  const idempotent = IDEMPOTENT.has(contract.verb)

  /** The chain of this call: the common one, unless the call brings its own idea of retrying. */
  const chainFor = (options: CheckedCallOptions | undefined): Repeated => {
    if (options?.retry === undefined) return chain
    if (options.retry === false) return once
    const base: RetryOptions = policies.retry === undefined ? {} : valuesOf(policies.retry)
    return retry(overlaid(base, options.retry), { random })(attempt, end)
  }

  return args =>
    callChannel.hasSubscribers ? published(begun => run(args, begun), contract, clock) : run(args)

  // No async function, and nothing is awaited where there is nothing to wait for: each costs a promise and a turn.
  function run(args: readonly unknown[], begun?: (call: RoutedCall) => void): Promise<unknown> {
    let call: RoutedCall | undefined
    try {
      if (parts.isClosed()) throw closed()
      const options = optionsAt === undefined ? undefined : readOptions(args[optionsAt], contract, optionsAt)
      const signal = options?.signal
      if (signal?.aborted) throw aborted(signal)
      const context = currentContext()
      const merged = options === undefined ? timeouts : mergeTimeouts(timeouts, options.timeout)
      const routed = new RoutedCall(clock, merged, options ?? NO_OPTIONS, idempotent, timeLeft(context))
      call = routed
      routed.args = args
      begun?.(routed)
      if (routed.total <= 0) throw lateFailure('total', routed.total, 'not-sent')
      const send = chainFor(options)
      const addressing = address(routed, args, context)
      if (addressing === undefined) return send(routed)
      return addressing.then(
        () => {
          routed.now = clock.now()
          return send(routed)
        },
        error => fail(error, routed),
      )
    } catch (error) {
      return fail(error, call, args)
    }
  }

  /** The error that the caller sees, or what the fallback has in its place. */
  async function fail(
    error: unknown,
    call: RoutedCall | undefined,
    args = call?.args ?? [],
  ): Promise<unknown> {
    const failure = call === undefined ? error : toFailure(error, call)
    const thrown = failure instanceof Failure ? failure.toError(factsOf(contract, failure, call)) : failure
    if (fallback !== undefined && failure instanceof Failure && fallsBack(failure.outcome))
      return fallback(thrown, ...args)
    throw thrown
  }

  /** Finds out where the call goes and puts its request together. Waits only where it must. */
  function address(
    call: RoutedCall,
    args: readonly unknown[],
    context: Context | undefined,
  ): undefined | Promise<void> {
    const found = parts.addresses()
    if (!(found instanceof Promise)) return encode(call, args, context, found)
    return bounded(found, call).then(addresses => encode(call, args, context, addresses))
  }

  function encode(
    call: RoutedCall,
    args: readonly unknown[],
    context: Context | undefined,
    addresses: readonly Address[],
  ): undefined | Promise<void> {
    call.addresses = addresses
    call.address = choose(addresses, undefined, random)
    call.prefix = call.address.prefix
    const request = parts.encoder.encode(args, call.address)
    if (!(request instanceof Promise)) return take(call, request, context)
    return bounded(request, call).then(done => take(call, done, context))
  }

  function take(call: RoutedCall, request: HttpRequest, context: Context | undefined): undefined {
    call.request = request
    if (context !== undefined && parts.forward.length > 0) forward(call, parts.forward, context)
    if (request.origin !== call.address.origin) call.address = parts.addressOf(request.origin)
    // A URL of the call's own is that very URL, and no path that other addresses have as well.
    if (hasOwnUrl) call.addresses = [call.address]
    return undefined
  }
}

const bounded = <T>(promise: Promise<T>, { clock, deadline, signal, total }: RoutedCall): Promise<T> =>
  within(promise, { clock, deadline, signal, late: () => lateFailure('total', total, 'not-sent') })

/** Milliseconds that the context leaves; its deadline is on the system's clock, whatever clock the guise has. */
const timeLeft = (context: Context | undefined): number | undefined =>
  context?.deadline === undefined ? undefined : context.deadline - performance.now()

const NO_OPTIONS: CheckedCallOptions = Object.freeze(Object.create(null))

function readOptions(
  value: unknown,
  { client, id: method }: MethodContract,
  index: number,
): CheckedCallOptions | undefined {
  if (value === undefined || value === null) return undefined
  const rule = callOptionsMistake(value)
  if (rule === undefined) return ownOf(value as CallOptions)
  throw new ArgumentError({ rule, client, method, parameter: index + 1, binding: '@Call()' })
}

/** Headers of the request being served go on, unless the call has its own of that name. */
function forward(call: RoutedCall, names: readonly string[], context: Context): void {
  const { headers } = call.request
  const added = forwarded(names, context.headers, headers)
  if (added.length > 0) call.request = { ...call.request, headers: [...headers, ...added] }
}
