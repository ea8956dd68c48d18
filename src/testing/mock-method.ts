/** One method of a mock: what it shall do, how it was called, and what that comes to. */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { MethodContract } from '../contract/index.js'
import { copyOf } from '../decode/copy.js'
import { ArgumentError } from '../errors/index.js'
import {
  type HttpRequest,
  type HttpResponse,
  onAbort,
  type SendOptions,
  TransportFailure,
} from '../http/index.js'
import { responseOf } from './mock-answer.js'
import { behaviours } from './mock-behaviour.js'
import type { AnyFunction, Behaviour, MockCall, Once, Subject } from './mock-call.js'
import type { MockError } from './mock-error.js'
import type { MockLedger } from './mock-ledger.js'
import { describeBehaviour, unexpectedCall, wrongArgument, wrongResult } from './mock-messages.js'
import { type Fit, fitOf } from './mock-results.js'
import { showCall } from './show.js'

/** A call of a route while the client is at it. */
interface Running {
  readonly method: MockedMethod
  readonly call: MockCall
  readonly self: unknown
  readonly args: readonly unknown[]
}

const running = new AsyncLocalStorage<Running>()

/** Takes the place of the network below the client that a mock is: the method that was called answers. */
export async function answerOf(request: HttpRequest, options: SendOptions): Promise<HttpResponse> {
  const call = running.getStore() as Running
  return call.method.answer(call, request, options)
}

/** The arguments of the call under way. */
export const currentArguments = (): readonly unknown[] => running.getStore()?.args ?? []

/** Goes through the whole client in the place of a response: how the call shall settle. */
class Settled {
  constructor(readonly settle: () => unknown) {}
}

/** What a method is made of. */
export interface MethodParts {
  readonly name: string
  /** The client's route, or the ordinary method. */
  readonly real: AnyFunction
  /** Of a route. */
  readonly contract: MethodContract | undefined
  readonly ledger: MockLedger
  /** The implementation that the mock was made with. */
  readonly initial: AnyFunction | undefined
}

export class MockedMethod implements Subject {
  readonly id: string
  readonly name: string
  readonly contract: MethodContract | undefined
  /** The function that stands in for the method. */
  readonly stand: AnyFunction
  readonly #real: AnyFunction
  readonly #ledger: MockLedger
  readonly #initial: Behaviour | undefined
  #standing: Behaviour | undefined
  #queue: Once[] = []
  #arguments: unknown[] = []
  #calls: MockCall[] = []

  constructor({ name, real, contract, ledger, initial }: MethodParts) {
    this.id = `${ledger.className}.${name}`
    this.name = name
    this.contract = contract
    this.#real = real
    this.#ledger = ledger
    this.#initial = initial === undefined ? undefined : { kind: 'implement', run: initial }
    this.#standing = this.#initial
    this.stand = this.#makeStand()
  }

  /** Forgets everything but the implementation that the mock was made with. */
  reset(): void {
    this.#standing = this.#initial
    this.#queue = []
    this.#arguments = []
    this.#calls = []
  }

  #makeStand(): AnyFunction {
    const method = this
    const stand: AnyFunction = function (this: unknown, ...args) {
      return method.contract === undefined ? method.#runOrdinary(this, args) : method.#runRoute(this, args)
    }
    const standing = behaviours(this, behaviour => {
      this.#standing = behaviour
      return stand
    })
    const once = behaviours(this, behaviour => {
      this.#queue.push(this.#ledger.expect(this, behaviour))
      return stand
    })
    const members = { ...standing, once: () => once, name: this.name, length: this.#real.length }
    for (const [name, value] of Object.entries(members)) Object.defineProperty(stand, name, { value })
    return Object.defineProperty(stand, 'calls', { get: () => this.#arguments })
  }

  #arrive(args: readonly unknown[]): MockCall {
    const shown = showCall(this.name, this.contract, args)
    const call: MockCall = { shown, by: undefined, reached: false, site: {} }
    Error.captureStackTrace(call.site, this.stand)
    // As they are now: what the caller does to them later is not what the call was made with.
    this.#arguments.push(copyOf(args))
    this.#calls.push(call)
    return call
  }

  #take(call: MockCall): Behaviour | undefined {
    const once = this.#queue.shift()
    if (once !== undefined) this.#ledger.use(once, call)
    const behaviour = once?.behaviour ?? this.#standing
    if (behaviour !== undefined)
      call.by = (once === undefined ? '' : 'once().') + describeBehaviour(behaviour)
    return behaviour
  }

  #runOrdinary(self: unknown, args: readonly unknown[]): unknown {
    const behaviour = this.#take(this.#arrive(args))
    switch (behaviour?.kind) {
      case 'returns':
        return Promise.resolve(copyOf(behaviour.value))
      case 'rejects':
        return Promise.reject(behaviour.error)
      case 'implement':
        return Reflect.apply(behaviour.run, self, args)
      default:
        return Reflect.apply(this.#real, self, args)
    }
  }

  async #runRoute(self: unknown, args: readonly unknown[]): Promise<unknown> {
    const call = this.#arrive(args)
    try {
      return await running.run({ method: this, call, self, args }, () => this.#real(...args))
    } catch (thrown) {
      if (thrown instanceof Settled) return thrown.settle()
      if (thrown instanceof ArgumentError && !call.reached && this.contract !== undefined) {
        const value = this.#note(wrongArgument(this.contract, call, args, thrown), call)
        // The error is that of production; its cause is for whoever reads what the test prints.
        Object.defineProperty(thrown, 'cause', { value, configurable: true, writable: true })
      }
      throw thrown
    }
  }

  /** Answers the request of a call. */
  async answer(
    { call, self, args }: Running,
    { method }: HttpRequest,
    options: SendOptions,
  ): Promise<HttpResponse> {
    call.reached = true
    const behaviour = this.#take(call)
    switch (behaviour?.kind) {
      case undefined:
        throw this.#note(unexpectedCall(this, call, this.#calls, this.#ledger.countOf(this)), call)
      case 'respond':
        if (behaviour.outcome instanceof TransportFailure) throw behaviour.outcome
        return responseOf(behaviour.outcome, method, options)
      case 'rejects':
        throw rejection(behaviour.error)
      case 'returns': {
        const value = this.#checked(await behaviour.fit, behaviour.value, call)
        throw new Settled(() => copyOf(value))
      }
      case 'implement': {
        const result = await unlessAborted(implemented(behaviour.run, self, args), options.signal)
        const fit = this.contract === undefined ? { value: result } : await fitOf(this.contract, result)
        const value = this.#checked(fit, result, call)
        throw new Settled(() => value)
      }
    }
  }

  #checked(fit: Fit, value: unknown, call: MockCall): unknown {
    if (fit.misfits === undefined) return fit.value
    throw this.#note(wrongResult(this, value, fit.misfits, call), call)
  }

  /** Keeps what went wrong for `verify`; its stack leads to whoever made the call. */
  #note(error: MockError, { site }: MockCall): MockError {
    const frames = (site.stack ?? '').split('\n').slice(1)
    error.stack = [String(error), ...frames].join('\n')
    return this.#ledger.note(error)
  }
}

/** A failure of the network goes its way through the client; any other error is the caller's, as it is. */
const rejection = (error: unknown): unknown =>
  error instanceof TransportFailure
    ? error
    : new Settled(() => {
        throw error
      })

async function implemented(run: AnyFunction, self: unknown, args: readonly unknown[]): Promise<unknown> {
  try {
    return await Reflect.apply(run, self, args)
  } catch (error) {
    throw rejection(error)
  }
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  return new Promise((resolve, reject) => {
    const forget = onAbort(signal, () => reject(signal.reason))
    promise.then(resolve, reject).finally(forget)
  })
}
