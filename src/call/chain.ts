/**
 * The chain of one route, always in this order, however the decorators stand:
 * retry > address > circuit breaker > bulkhead > attempt timeout > interceptors > transport > decode.
 * What is not configured is not in it. The total deadline and the fallback stand around it, in `compile.ts`.
 */
import type { Clock } from '../clock.js'
import { currentContext } from '../context/context.js'
import type { MethodContract } from '../contract/index.js'
import type { Decoder } from '../decode/index.js'
import { Failure } from '../errors/failure.js'
import { ConnectionError } from '../errors/index.js'
import {
  type Ended,
  endedBy,
  exchangerOf,
  type HttpRequest,
  type HttpResponse,
  headerOf,
  type SendOptions,
  type Transport,
  TransportFailure,
} from '../http/index.js'
import { parseRetryAfter } from '../http/retry-after.js'
import { choose, observed } from '../policy/addresses.js'
import { type Attempt, aborted, type Call, caught, failed, type Otherwise } from '../policy/attempt.js'
import type { Bulkhead } from '../policy/bulkhead.js'
import type { Circuit } from '../policy/circuit-breaker.js'
import { attemptChannel } from '../telemetry/channels.js'
import { type Interceptor, intercepted } from './interceptor.js'
import { failureOf } from './outcome.js'
import { publishAttempt } from './published.js'
import type { RoutedCall } from './routed-call.js'
import { explainBreaks } from './stream.js'
import { lateFailure, within } from './within.js'

/** What the chain of a route is made of. */
export interface ChainParts {
  readonly contract: MethodContract
  readonly decoder: Decoder
  readonly transport: Transport
  readonly interceptors: readonly Interceptor[]
  readonly maxResponseBytes: number
  /** Names in lower case. */
  readonly handBack: readonly string[]
  readonly bulkhead: Bulkhead | undefined
  /** The circuit of an address; `undefined` if there is no circuit breaker. */
  readonly circuit: ((origin: string) => Circuit) | undefined
  readonly random: () => number
  /** The guise has been closed. */
  readonly isClosed: () => boolean
}

/** The limit to the body of a status of 400 and above. */
const MAX_ERROR_BYTES = 64 * 1024

/** One attempt: everything but the retries around it. */
export function attemptOf(parts: ChainParts): Attempt {
  const { bulkhead, circuit, random } = parts
  let attempt: Attempt = sending(parts)
  if (bulkhead !== undefined) {
    const next = attempt
    attempt = (call, otherwise) => caught(bulkhead.run(next, call), call, otherwise)
  }
  if (circuit !== undefined) {
    const next = attempt
    attempt = (call, otherwise) => circuit(call.address.origin).run(next, call, otherwise)
  }
  return placed(attempt, random)
}

/** A second attempt goes to another address, where there is one. */
function placed(next: Attempt, random: () => number): Attempt {
  const counted = observed(next)
  return (call, otherwise) => {
    const routed = call as RoutedCall
    if (routed.tries++ > 0) routed.now = routed.clock.now()
    if (!routed.hasOthers) return next(call, otherwise)
    if (routed.tries > 1) move(routed, random)
    return caught(counted(call), call, otherwise)
  }
}

/** What a call of a closed guise fails with. */
export const closed = (): Failure =>
  new Failure(
    { kind: 'connection', delivery: 'not-sent', code: 'UND_ERR_CLOSED' },
    facts => new ConnectionError({ ...facts, reason: 'the client is closed; make a new one' }),
  )

function move(call: RoutedCall, random: () => number): void {
  const address = choose(call.addresses, call.address, random)
  const { request, prefix } = call
  call.request = {
    ...request,
    origin: address.origin,
    path: address.prefix + request.path.slice(prefix.length),
  }
  call.prefix = address.prefix
  call.address = address
}

/**
 * How a request is sent, and the call that it belongs to: the response finds its way back by this. A transport that
 * was handed in sees the one, and nothing of the other.
 */
class Sending implements SendOptions {
  readonly #call: RoutedCall
  readonly #otherwise: Otherwise | undefined
  readonly connectTimeout: number
  readonly timeout: number
  readonly timeoutPhase: 'attempt' | 'total'
  readonly now: number
  readonly signal: AbortSignal | undefined
  readonly receive: SendOptions['receive']
  readonly maxResponseBytes: number
  readonly maxErrorBytes = MAX_ERROR_BYTES

  /** `attempt`: milliseconds that it may take from `now` on. */
  constructor(
    { decoder, maxResponseBytes }: ChainParts,
    call: RoutedCall,
    otherwise: Otherwise | undefined,
    attempt: number,
    now: number,
  ) {
    const left = call.deadline - now
    if (left <= 0) throw lateFailure('total', call.total, 'not-sent')
    this.#call = call
    this.#otherwise = otherwise
    this.connectTimeout = Math.min(call.timeouts.connect, left)
    this.timeout = Math.min(attempt, left)
    this.timeoutPhase = attempt < left ? 'attempt' : 'total'
    this.now = now
    this.signal = call.signal
    this.receive = decoder.receive
    this.maxResponseBytes = maxResponseBytes
    call.attempts++
  }

  get call(): RoutedCall {
    return this.#call
  }

  get otherwise(): Otherwise | undefined {
    return this.#otherwise
  }
}

/** A response or an error, and the call that they belong to. */
type Arrived = Ended<Pick<Sending, 'call' | 'otherwise'>>

/**
 * Sends and decodes; whatever goes wrong is a Failure, and is noted. On the way of success there are two promises, that
 * of the exchange and the one that is the call's, and no closure: each would cost 1 to 3 % of the call's CPU.
 */
function sending(parts: ChainParts): Attempt {
  const { contract, decoder, handBack, isClosed } = parts
  const exchange = exchanging(parts)
  const arrived = ({ options: { call, otherwise }, response, error }: Arrived): unknown => {
    if (response === undefined) return failing(error, call, otherwise)
    call.response = response
    try {
      if (!(response.body instanceof Uint8Array)) explainBreaks(response.body, contract, call)
      if (handBack.length > 0) giveBack(response, handBack)
      const value = decoder.decode(response)
      if (value instanceof Promise) return decoding(value, call, otherwise, response)
      succeeded(call)
      return value
    } catch (error) {
      return failing(error, call, otherwise, response)
    }
  }
  const succeeded = (call: RoutedCall): void => {
    call.circuit?.succeeded()
    if (attemptChannel.hasSubscribers) publishAttempt(contract, call)
  }
  /** Waits for a schema that is asynchronous, as long as the call may take. */
  const decoding = async (
    value: Promise<unknown>,
    call: RoutedCall,
    otherwise: Otherwise | undefined,
    response: HttpResponse,
  ): Promise<unknown> => {
    const { clock, deadline, signal, total } = call
    const late = () => lateFailure('total', total, 'answered')
    try {
      const decoded = await within(value, { clock, deadline, signal, late })
      succeeded(call)
      return decoded
    } catch (error) {
      return failing(error, call, otherwise, response)
    }
  }
  /** Ends an attempt with the Failure that it makes of an error, when it is noted and counted. */
  const failing = async (
    error: unknown,
    call: RoutedCall,
    otherwise: Otherwise | undefined,
    response?: HttpResponse,
  ): Promise<unknown> => {
    let failure = toFailure(error, call)
    if (response !== undefined) failure = withHints(failure, response, call.clock)
    call.record(failure)
    if (attemptChannel.hasSubscribers) publishAttempt(contract, call, failure)
    if (call.circuit !== undefined) await call.circuit.failed(failure, call)
    if (otherwise === undefined) throw failure
    return otherwise(failure, call)
  }
  return (any, otherwise) => {
    const call = any as RoutedCall
    // The call may have waited for this attempt while the guise was closed.
    if (isClosed()) return failed(closed(), call, otherwise)
    try {
      return exchange(call, otherwise).then(arrived)
    } catch (error) {
      return failing(error, call, otherwise)
    }
  }
}

/** With no interceptor the transport keeps the time alone. */
function exchanging(
  parts: ChainParts,
): (call: RoutedCall, otherwise: Otherwise | undefined) => Promise<Arrived> {
  const { interceptors, transport } = parts
  const exchange = exchangerOf(transport)
  if (interceptors.length === 0) {
    return (call, otherwise) =>
      exchange(call.request, new Sending(parts, call, otherwise, call.timeouts.attempt, call.now))
  }
  const { client, id: route, template } = parts.contract
  return (call, otherwise) => {
    const { clock, signal, request, timeouts, deadline, tags, tries, attempts: before } = call
    const attemptEnds = call.now + timeouts.attempt
    const phase = attemptEnds < deadline ? 'attempt' : 'total'
    let over = false
    const send = (sent: HttpRequest): Promise<HttpResponse> => {
      const now = clock.now()
      const left = attemptEnds - now
      // What was given up must not be sent after all: its caller, or a retry, may count on it.
      return over || left <= 0
        ? Promise.reject(late())
        : transport.send(sent, new Sending(parts, call, undefined, left, now))
    }
    const onion = intercepted(interceptors, send)
    const late = () => {
      const delivery = call.attempts > before ? 'unknown' : 'not-sent'
      return lateFailure(phase, phase === 'attempt' ? timeouts.attempt : call.total, delivery)
    }
    const response = onion(request, { attempt: tries, client, route, template, tags })
    const end = () => {
      over = true
    }
    const ends = Math.min(attemptEnds, deadline)
    const outcome = within(response, { clock, signal, deadline: ends, late, dropped })
    outcome.then(end, end)
    return endedBy(outcome, { call, otherwise })
  }
}

/** A stream that nobody gets would hold its connection until the patience with its reader ends. */
function dropped({ body }: HttpResponse): void {
  if (!(body instanceof Uint8Array)) body.destroy()
}

/** Passes listed response headers to the context, on every status. */
function giveBack({ headers }: HttpResponse, names: readonly string[]): void {
  const context = currentContext()
  if (context === undefined) return
  for (const name of names) {
    const value = Object.hasOwn(headers, name) ? headers[name] : undefined
    if (value !== undefined) context.handBack(name, value)
  }
}

/** What the service says of trying again, in the headers of a response that makes the call fail. */
function withHints(failure: Failure, response: HttpResponse, clock: Clock): Failure {
  if (failure.outcome.status === undefined) return failure
  const retryAfter = parseRetryAfter(onlyOne(response, 'retry-after'), clock.wallNow())
  const inProgress = onlyOne(response, 'idempotency-status').toLowerCase() === 'in-progress'
  if (retryAfter === undefined && !inProgress) return failure
  return new Failure({ ...failure.outcome, retryAfter, inProgress }, facts =>
    failure.toError({ ...facts, retryAfter }),
  )
}

/** A header that came once; several of them contradict each other. */
function onlyOne(response: HttpResponse, name: string): string {
  const value = headerOf(response, name)
  return typeof value === 'string' ? value : ''
}

export function toFailure(error: unknown, { signal }: Pick<Call, 'signal'>): Failure {
  if (error instanceof Failure) return error
  if (error instanceof TransportFailure) return failureOf(error.facts)
  if (signal?.aborted && error === signal.reason) return aborted(signal, 'unknown')
  return new Failure({ kind: 'other', delivery: 'unknown' }, () => error)
}
