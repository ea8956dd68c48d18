/** One compiled function for each route: encode > transport > decode. */
import type { Clock } from '../clock.js'
import type { MethodContract } from '../contract/index.js'
import type { CallOptions } from '../declare/call-options.js'
import { decoderOf } from '../decode/index.js'
import { Encoder, type EncodeSettings, summaryOf, type Target } from '../encode/index.js'
import { Failure } from '../errors/failure.js'
import { ArgumentError, ConnectionError } from '../errors/index.js'
import { type HttpRequest, type HttpResponse, type Transport, TransportFailure } from '../http/index.js'
import { failureOf } from './outcome.js'
import { mergeTimeouts, type Timeouts, timeoutMistake } from './timeouts.js'
import { type Bounds, totalTimeout, within } from './within.js'

/** What a guise tells its calls. */
export interface CallSettings {
  readonly transport: Transport
  readonly clock: Clock
  /** Where the call goes; a promise or a function's failure where the guise's `url` is a function. */
  readonly target: (contract: MethodContract) => Target | Promise<Target>
  readonly encode: EncodeSettings
  readonly timeouts: Timeouts
  readonly maxResponseBytes: number
  /** The guise has been closed. */
  readonly isClosed: () => boolean
}

export type CompiledCall = (...args: unknown[]) => Promise<unknown>

const MAX_ERROR_BYTES = 64 * 1024
const NO_TARGET: Target = { origin: '', prefix: '' }

export function compileCall(contract: MethodContract, settings: CallSettings): CompiledCall {
  const encoder = new Encoder(contract, settings.encode)
  const { receive, decode } = decoderOf(contract)
  const { transport, clock, maxResponseBytes } = settings
  const optionsAt = contract.parameters.find(({ binding }) => binding.kind === 'call')?.index

  return async (...args) => {
    let target = NO_TARGET
    let attempts = 0
    try {
      if (settings.isClosed()) throw closed()
      const options = optionsAt === undefined ? undefined : callOptions(args[optionsAt], contract, optionsAt)
      const timeouts = mergeTimeouts(settings.timeouts, options?.timeout)
      const { connect, attempt, total } = timeouts
      const signal = options?.signal
      if (signal?.aborted) throw signal.reason
      const bounds: Bounds = { clock, total, deadline: clock.now() + total, signal }

      const found = settings.target(contract)
      target = found instanceof Promise ? await within(found, bounds) : found
      const encoded = encoder.encode(args, target)
      const request: HttpRequest = encoded instanceof Promise ? await within(encoded, bounds) : encoded

      const left = bounds.deadline - clock.now()
      if (left <= 0) throw totalTimeout(total)
      attempts = 1
      const response: HttpResponse = await transport.send(request, {
        connectTimeout: Math.min(connect, left),
        timeout: Math.min(attempt, left),
        timeoutPhase: attempt < left ? 'attempt' : 'total',
        signal,
        receive,
        maxResponseBytes,
        maxErrorBytes: MAX_ERROR_BYTES,
      })
      const value = decode(response)
      return value instanceof Promise ? await within(value, bounds) : value
    } catch (error) {
      const failure = error instanceof TransportFailure ? failureOf(error.facts) : error
      if (!(failure instanceof Failure)) throw failure
      const { delivery } = failure.outcome
      const request = target === NO_TARGET ? undefined : summaryOf(contract, target)
      throw failure.toError({ client: contract.client, method: contract.id, request, attempts, delivery })
    }
  }
}

const closed = () =>
  new Failure(
    { kind: 'other', delivery: 'not-sent' },
    facts => new ConnectionError({ ...facts, reason: 'the client is closed; make a new one' }),
  )

const CALL_OPTIONS = new Set(['signal', 'timeout', 'headers'])

/** Checked by own keys only: an option that a polluted `Object.prototype` brings is none. */
function callOptions(value: unknown, contract: MethodContract, index: number): CallOptions | undefined {
  if (value === undefined || value === null) return undefined
  const rule = callOptionsMistake(value)
  if (rule === undefined) return Object.assign(Object.create(null), value) as CallOptions
  throw new ArgumentError({
    rule,
    client: contract.client,
    method: contract.id,
    parameter: index + 1,
    binding: '@Call()',
  })
}

function callOptionsMistake(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'must be an object of call options'
  for (const name of Object.keys(value)) if (!CALL_OPTIONS.has(name)) return `has no option ${name}`
  const { signal, timeout, headers } = value as CallOptions
  if (signal !== undefined && !(signal instanceof AbortSignal)) return 'signal must be an AbortSignal'
  if (headers !== undefined && (typeof headers !== 'object' || headers === null))
    return 'headers must be a record'
  return timeout === undefined ? undefined : timeoutMistake(timeout)
}
