/** What a mock is to the compiler. */
import type { MethodName } from '../client/index.js'
import type { MockOutcome } from './mock-transport.js'

type AnyMethod = (...args: never[]) => unknown
type ArgumentsOf<F> = F extends (...args: infer A) => unknown ? A : never
type ResultOf<F> = F extends (...args: never[]) => Promise<infer R> ? R : never

/** A stand-in of a declared class: an instance of it whose routes do what the test says. */
export type Mock<T> = T & MockMethods<T> & AsyncDisposable

/** What a mock adds to the methods of its class that return a promise. */
export type MockMethods<T> = {
  readonly [K in MethodName<T>]: MockMethod<ArgumentsOf<T[K]>, ResultOf<T[K]>>
}

/** What a method does when it is called; each function returns the method, so that they can be chained. */
export interface MockBehaviour<Args extends readonly unknown[], Result> {
  /**
   * The call resolves to a copy of this value.
   *
   * @throws MockError if the declared responses can never lead to it.
   */
  returns(value: Result): MockMethod<Args, Result>
  /** The call rejects with this very error. */
  rejects(error: Error): MockMethod<Args, Result>
  /**
   * The service answers this, or the network fails (`failures.refused()`): the caller sees what the method's own
   * response table makes of it.
   */
  respond(outcome: MockOutcome): MockMethod<Args, Result>
  /** The call is answered by a function; what it returns is checked as `returns` checks it, at the call. */
  implement(implementation: (...args: Args) => Result | Promise<Result>): MockMethod<Args, Result>
}

/** A method of a mock: what it shall do, and how it was called. */
export interface MockMethod<Args extends readonly unknown[], Result> extends MockBehaviour<Args, Result> {
  /** The arguments of each call, as they were at the time, in order. */
  readonly calls: readonly Args[]
  /**
   * What is set on it is for one call only: those are used up in their order, before what the method does otherwise.
   * `verify` tells if one is left.
   *
   * @example
   * members.byId.once().returns(kim).once().respond({ status: 503 }).returns(null)
   */
  once(): MockBehaviour<Args, Result>
}

/** Implementations by the names of methods: of routes, which may leave out the promise, and of ordinary methods. */
export type MockImplementations<T> = {
  readonly [K in keyof T as T[K] extends AnyMethod ? K : never]?: T[K] extends (...args: infer A) => infer R
    ? (...args: A) => R | Awaited<R>
    : never
} & ThisType<Mock<T>>
