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
  type HttpRequest,
  type HttpResponse,
  type RawHeaders,
  type SendOptions,
  type Transport,
  TransportFailure,
} from '../http/index.js'
import { parseRetryAfter } from '../http/retry-after.js'
import { choose, observed } from '../policy/addresses.js'
import { type Attempt, aborted, type Call } from '../policy/attempt.js'
import type { Bulkhead } from '../policy/bulkhead.js'
import type { Circuit } from '../policy/circuit-breaker.js'
import { type Interceptor, intercepted } from './interceptor.js'
import { failureOf } from './outcome.js'
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
    attempt = call => bulkhead.run(next, call)
  }
  if (circuit !== undefined) {
    const next = attempt
    attempt = call => circuit(call.address.origin).run(next, call)
  }
  return placed(attempt, random)
}

/** A second attempt goes to another address, where there is one. */
function placed(next: Attempt, random: () => number): Attempt {
  const counted = observed(next)
  return call => {
    const routed = call as RoutedCall
    routed.tries++
    if (!routed.hasOthers) return next(call)
    if (routed.tries > 1) move(routed, random)
    return counted(call)
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
 * Sends and decodes; whatever goes wrong is a Failure, and is noted. Nothing here is an async function: on the way of
 * success `then` makes one promise where an `await` would make two, and takes 300 B and a turn of the queue less.
 */
function sending(parts: ChainParts): Attempt {
  const { contract, decoder, handBack, isClosed } = parts
  const exchange = exchanging(parts)
  const received = (response: HttpResponse, call: RoutedCall): unknown => {
    call.response = response
    try {
      if (!(response.body instanceof Uint8Array)) explainBreaks(response.body, contract, call)
      if (handBack.length > 0) giveBack(response, handBack)
      const value = decoder.decode(response)
      if (value instanceof Promise) return decoding(value, response, call)
      call.circuit?.succeeded()
      return value
    } catch (error) {
      return failing(error, call, response)
    }
  }
  return any => {
    const call = any as RoutedCall
    // The call may have waited for this attempt while the guise was closed.
    if (isClosed()) return Promise.reject(closed())
    try {
      return exchange(call).then(
        response => received(response, call),
        error => failing(error, call),
      )
    } catch (error) {
      return failing(error, call)
    }
  }
}

/** Waits for a schema that is asynchronous, as long as the call may take. */
async function decoding(value: Promise<unknown>, response: HttpResponse, call: RoutedCall): Promise<unknown> {
  const { clock, deadline, signal, total } = call
  const late = () => lateFailure('total', total, 'answered')
  try {
    const decoded = await within(value, { clock, deadline, signal, late })
    call.circuit?.succeeded()
    return decoded
  } catch (error) {
    return failing(error, call, response)
  }
}

/** Rejects with the Failure that it makes of an error, when it is noted and counted. */
async function failing(error: unknown, call: RoutedCall, response?: HttpResponse): Promise<never> {
  let failure = toFailure(error, call)
  if (response !== undefined) failure = withHints(failure, response, call.clock)
  call.record(failure)
  if (call.circuit !== undefined) await call.circuit.failed(failure, call)
  throw failure
}

/** With no interceptor the transport keeps the time alone. */
function exchanging({ contract, decoder, interceptors, transport, maxResponseBytes }: ChainParts) {
  const { receive } = decoder
  const optionsFor = (call: RoutedCall, attempt = call.timeouts.attempt): SendOptions => {
    const { connect } = call.timeouts
    const left = call.deadline - call.clock.now()
    if (left <= 0) throw lateFailure('total', call.total, 'not-sent')
    call.attempts++
    return {
      connectTimeout: Math.min(connect, left),
      timeout: Math.min(attempt, left),
      timeoutPhase: attempt < left ? 'attempt' : 'total',
      signal: call.signal,
      receive,
      maxResponseBytes,
      maxErrorBytes: MAX_ERROR_BYTES,
    }
  }
  if (interceptors.length === 0) {
    return (call: RoutedCall): Promise<HttpResponse> => transport.send(call.request, optionsFor(call))
  }
  const { client, id: route, template } = contract
  return (call: RoutedCall): Promise<HttpResponse> => {
    const { clock, signal, request, timeouts, deadline, tags, tries, attempts: before } = call
    const attemptEnds = clock.now() + timeouts.attempt
    const phase = attemptEnds < deadline ? 'attempt' : 'total'
    let over = false
    const send = (sent: HttpRequest): Promise<HttpResponse> => {
      const left = attemptEnds - clock.now()
      // What was given up must not be sent after all: its caller, or a retry, may count on it.
      return over || left <= 0 ? Promise.reject(late()) : transport.send(sent, optionsFor(call, left))
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
    return outcome
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
function withHints(failure: Failure, { headers }: HttpResponse, clock: Clock): Failure {
  if (failure.outcome.status === undefined) return failure
  const retryAfter = parseRetryAfter(headerOf(headers, 'retry-after'), clock.wallNow())
  const inProgress = headerOf(headers, 'idempotency-status').toLowerCase() === 'in-progress'
  if (retryAfter === undefined && !inProgress) return failure
  return new Failure({ ...failure.outcome, retryAfter, inProgress }, facts =>
    failure.toError({ ...facts, retryAfter }),
  )
}

/** A header that came once; several of them contradict each other. */
function headerOf(headers: RawHeaders, name: string): string {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined
  return typeof value === 'string' ? value : ''
}

export function toFailure(error: unknown, { signal }: Pick<Call, 'signal'>): Failure {
  if (error instanceof Failure) return error
  if (error instanceof TransportFailure) return failureOf(error.facts)
  if (signal?.aborted && error === signal.reason) return aborted(signal, 'unknown')
  return new Failure({ kind: 'other', delivery: 'unknown' }, () => error)
}
