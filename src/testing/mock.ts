/** `mock`: an instance of a declared class whose routes do what the test says, and nothing that the service cannot do. */
import { createClient } from '../client/index.js'
import { contractOf, type MethodContract, nearest } from '../contract/index.js'
import type { AnyFunction } from './mock-call.js'
import { from, MockError } from './mock-error.js'
import { MockLedger } from './mock-ledger.js'
import { answerOf, currentArguments, MockedMethod } from './mock-method.js'
import type { Mock, MockImplementations } from './mock-types.js'

interface State {
  readonly ledger: MockLedger
  readonly methods: readonly MockedMethod[]
}

const mocks = new WeakMap<object, State>()

/** Errors name an address; nothing is ever sent there. */
const NOWHERE = 'http://mock'

/**
 * Makes a typed stand-in of a declared class for unit tests. It is a client whose service is the test: arguments are
 * checked and written as in production, results must be such as the declared responses can lead to, and ordinary
 * methods run for real against the routes. There are no retries, no circuit breaker and no bulkhead.
 *
 * A call of a route that nothing was set for rejects with `MockError`.
 *
 * @param Class the declared class; its constructor takes no arguments.
 * @param implementations what routes and ordinary methods do, to begin with and after `reset`.
 * @throws DeclarationError for a mistake in the declaration, MockError for an implementation of no method.
 *
 * @example
 * const members = mock(MemberClient, { byId: id => ({ id, name: 'kim' }) })
 * members.list.once().respond({ status: 503 }).returns([])
 */
export function mock<T extends object>(
  Class: new () => T,
  implementations: MockImplementations<NoInfer<T>> = {} as MockImplementations<T>,
): Mock<T> {
  const contracts = contractOf(Class).methods
  const instance: object = createClient(Class, {
    url: Object.values(contracts).some(takesUrl) ? ({ method }) => originFor(contracts, method) : NOWHERE,
    transport: { send: answerOf, close: async () => {} },
    retry: false,
    circuitBreaker: false,
    bulkhead: false,
  })
  const ledger = new MockLedger(Class.name || 'anonymous class')
  const given = implementationsOf(implementations)
  const methods = namesOf(instance, contracts).map(name => {
    const real = Reflect.get(instance, name) as AnyFunction
    const initial = given.get(name)
    given.delete(name)
    const method = new MockedMethod({ name, real, contract: contracts[name], ledger, initial })
    Object.defineProperty(instance, name, { value: method.stand, writable: true, configurable: true })
    return method
  })
  for (const name of given.keys()) throw from(mock, notAMethod(ledger.className, name, methods))
  mocks.set(instance, { ledger, methods })
  return instance as Mock<T>
}

/**
 * Checks that a mock was used as it was set up: every answer of `once()` is used, and there was no call that nothing
 * answers, no wrong argument and no wrong result, even if the tested code swallowed the error. A test that wants one of
 * these calls `reset` after it.
 *
 * @param options `inOrder`: the answers of `once()` were used in the order in which they were set, across methods.
 * @throws MockError that tells all that is wrong; TypeError if it is no mock.
 *
 * @example
 * members.byId.once().returns(null)
 * await service.rename(7, 'kim').then(() => verify(members))
 */
export function verify(mock: object, options: { readonly inOrder?: boolean } = {}): void {
  const error = stateOf(mock, 'verify').ledger.verdict(options.inOrder === true, verify)
  if (error !== undefined) throw error
}

/**
 * Makes a mock as new: no calls, no answers, nothing that went wrong; the implementations that it was made with stay.
 *
 * @throws TypeError if it is no mock.
 *
 * @example
 * afterEach(() => reset(members))
 */
export function reset(mock: object): void {
  const { ledger, methods } = stateOf(mock, 'reset')
  ledger.reset()
  for (const method of methods) method.reset()
}

function stateOf(mock: object, asked: string): State {
  const state = mocks.get(mock)
  if (state === undefined) throw new TypeError(`${asked}() takes a mock that mock(Class) made`)
  return state
}

const takesUrl = ({ parameters }: MethodContract): boolean =>
  parameters.some(({ binding }) => binding.kind === 'url')

/** A mock has no options that allow an origin, so the call's own URL decides. */
function originFor(contracts: Readonly<Record<string, MethodContract>>, id: string): string {
  const contract = Object.values(contracts).find(one => one.id === id)
  const parameter = contract?.parameters.find(({ binding }) => binding.kind === 'url')
  const url = parameter === undefined ? '' : String(currentArguments()[parameter.index])
  return /^https?:\/\//i.test(url) && URL.canParse(url) ? new URL(url).origin : NOWHERE
}

function implementationsOf(implementations: object): Map<string, AnyFunction> {
  return new Map(
    Object.entries(implementations).filter(([, value]) => value !== undefined) as [string, AnyFunction][],
  )
}

/** Routes, methods of the class and its parents, and arrow functions in fields; accessors stay as they are. */
function namesOf(instance: object, contracts: Readonly<Record<string, MethodContract>>): string[] {
  const names = new Set(Object.keys(contracts))
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(instance))) {
    // Other functions in fields may be classes, or schemas that are functions too.
    if (typeof value === 'function' && !('prototype' in value) && Reflect.ownKeys(value).length <= 2)
      names.add(name)
  }
  for (
    let at = Object.getPrototypeOf(instance);
    at !== null && at !== Object.prototype;
    at = Object.getPrototypeOf(at)
  ) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (typeof value === 'function' && name !== 'constructor' && !Object.hasOwn(instance, name))
        names.add(name)
    }
  }
  return [...names]
}

function notAMethod(className: string, name: string, methods: readonly MockedMethod[]): MockError {
  const near = nearest(
    name,
    methods.map(method => method.name),
  )
  return new MockError(
    `${className} has no method ${name}${near === undefined ? '' : `; did you mean ${near}?`}`,
  )
}
