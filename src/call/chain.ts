/**
 * The chain of one route, always in this order, however the decorators stand:
 * retry > address > circuit breaker > bulkhead > attempt timeout > interceptors > transport > decode.
 * What is not configured is not in it. The total deadline and the fallback stand around it, in `compile.ts`.
 */
import type { MethodContract } from '../contract/index.js'
import { currentContext } from '../context/context.js'
import type { Decoder } from '../decode/index.js'
import { Failure } from '../errors/failure.js'
import { type HttpRequest, type HttpResponse, type SendOptions, type Transport, TransportFailure } from '../http/index.js'
import { choose, observed } from '../policy/addresses.js'
import { type Attempt, aborted, type Call } from '../policy/attempt.js'
import type { Bulkhead } from '../policy/bulkhead.js'
import type { Circuit } from '../policy/circuit-breaker.js'
import { type Interceptor, intercepted } from './interceptor.js'
import { failureOf } from './outcome.js'
import type { RoutedCall } from './routed-call.js'
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
}

/** The limit to the body of a status of 400 and above. */
const MAX_ERROR_BYTES = 64 * 1024

/** One attempt: everything but the retries around it. */
export function attemptOf(parts: ChainParts): Attempt {
  const { bulkhead, circuit, random } = parts
  let attempt = sending(parts) as Attempt
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
    const { addresses, attempts } = call as RoutedCall
    if (addresses.length === 1) return next(call)
    if (attempts > 0) move(call as RoutedCall, random)
    return counted(call)
  }
}

function move(call: RoutedCall, random: () => number): void {
  const address = choose(call.addresses, call.address, random)
  const { request, prefix } = call
  call.request = { ...request, origin: address.origin, path: address.prefix + request.path.slice(prefix.length) }
  call.prefix = address.prefix
  call.address = address
}

/** Sends and decodes; whatever goes wrong is a Failure, and is noted. */
function sending(parts: ChainParts): (call: RoutedCall) => Promise<unknown> {
  const { decoder, handBack } = parts
  const exchange = exchanging(parts)
  return async call => {
    try {
      const response = await exchange(call)
      if (handBack.length > 0) giveBack(response, handBack)
      const value = decoder.decode(response)
      if (!(value instanceof Promise)) return value
      const { clock, deadline, signal, timeouts } = call
      return await within(value, { clock, deadline, signal, late: () => lateFailure('total', timeouts.total, 'unknown') })
    } catch (error) {
      const failure = toFailure(error, call)
      call.record(failure)
      throw failure
    }
  }
}

/** With no interceptor the transport keeps the time alone. */
function exchanging({ contract, decoder, interceptors, transport, maxResponseBytes }: ChainParts) {
  const { receive } = decoder
  const optionsFor = (call: RoutedCall): SendOptions => {
    const { connect, attempt } = call.timeouts
    const left = call.deadline - call.clock.now()
    if (left <= 0) throw lateFailure('total', call.total, 'not-sent')
    call.attempts++
    return {
      connectTimeout: connect < left ? connect : left,
      timeout: attempt < left ? attempt : left,
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
    const { clock, signal, request, timeouts, deadline } = call
    const attemptEnds = clock.now() + timeouts.attempt
    const phase = attemptEnds < deadline ? 'attempt' : 'total'
    const send = (sent: HttpRequest) => transport.send(sent, optionsFor(call))
    const onion = intercepted(interceptors, send)
    return within(onion(request, { attempt: call.attempts + 1, client, route, template }), {
      clock,
      signal,
      deadline: Math.min(attemptEnds, deadline),
      late: () => lateFailure(phase, phase === 'attempt' ? timeouts.attempt : call.total, 'unknown'),
    })
  }
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

export function toFailure(error: unknown, { signal }: Pick<Call, 'signal'>): Failure {
  if (error instanceof Failure) return error
  if (error instanceof TransportFailure) return failureOf(error.facts)
  if (signal?.aborted && error === signal.reason) return aborted(signal, 'unknown')
  return new Failure({ kind: 'other', delivery: 'unknown' }, () => error)
}
