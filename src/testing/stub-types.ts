/** The types of a stub: what its handlers get and may return, what it tells, and how much of that the class knows. */
import type { Readable } from 'node:stream'
import type { MethodName } from '../client/index.js'
import type { CallOptions } from '../declare/call-options.js'
import type { Text } from '../template/text.js'
import type { StubValue } from './match-pairs.js'
import type { StubFault } from './stub-fault.js'
import type { StubMistake } from './stub-mistakes.js'

type ArgumentsOf<F> = F extends (...args: infer A) => unknown ? NonNullable<A[number]> : never

type NoOptions<A> = A extends unknown
  ? [A] extends [CallOptions]
    ? [CallOptions] extends [A]
      ? never
      : A
    : A
  : never

type WrittenOne<A> = A extends Text
  ? string
  : A extends readonly unknown[]
    ? string | readonly string[]
    : { readonly [name: string]: StubValue }

type Written<A> = [A] extends [never] ? string : WrittenOne<A>

/**
 * Values of a request by name. They are what the wire tells: text, a list where a parameter of the method is a list, a
 * record where one is an object.
 */
export type StubValues<F> = Readonly<Record<string, Written<NoOptions<ArgumentsOf<F>>>>>

type Raw = Uint8Array | ArrayBuffer | Blob | Readable | AsyncIterable<Uint8Array | string>

/** What JSON makes of a value. */
type Json<T> = T extends { toJSON(): infer J }
  ? Json<J>
  : T extends string | number | boolean | null
    ? T
    : T extends undefined | symbol | ((...args: never[]) => unknown)
      ? undefined
      : T extends Raw
        ? Uint8Array
        : { [K in keyof T]: Json<Required<T>[K]> }

type NotText<A> = A extends Text ? never : A

type BodyFrom<A> = [A] extends [never] ? unknown : A extends URLSearchParams ? URLSearchParams : Json<A>

/**
 * The body, as far as the class tells: JSON of the objects among the method's parameters; `unknown` where there are
 * none. A body schema that transforms sends what it makes of its input, of which the class's type says nothing.
 */
export type StubBody<F> = BodyFrom<NotText<NoOptions<ArgumentsOf<F>>>>

/** A request as the stub got it. */
export interface StubRequest<Name extends string = string> {
  /** The declared method that it was matched to; `undefined` if there was none. */
  readonly route: Name | undefined
  /** The HTTP verb: `GET`. */
  readonly verb: string
  /** Path and query as they came. */
  readonly path: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly params: Readonly<Record<string, StubValue>>
  readonly query: Readonly<Record<string, StubValue>>
  /** As {@link StubCall.body}. */
  readonly body: unknown
  /** The body as it came. */
  readonly bytes: Uint8Array
}

/** What a handler gets. */
export interface StubCall<F = unknown> {
  /** What `@Param` binds, wherever it stands: in path, query or header. */
  readonly params: StubValues<F>
  /** What `@Query` and `@QueryMap` bind, and parameters that the declaration does not know. */
  readonly query: StubValues<F>
  /** All headers; names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly cookies: Readonly<Record<string, string>>
  /** The token of `Authorization: Bearer <token>`. */
  readonly bearer: string | undefined
  /** JSON parsed, fields of a form as a record, `FormData` of a multipart one, other text as text, else bytes. */
  readonly body: StubBody<F>
  readonly request: StubRequest
}

/**
 * Answers the requests of one declared method: with a value, sent under the first success status of the method's
 * response table, or with `answer(status, body, headers)`. A schema that transforms takes what comes over the wire.
 */
export type StubHandler<F = unknown> = (call: StubCall<F>) => unknown

/** Handlers by the names of the declared methods. */
export type StubHandlers<T> = { readonly [K in MethodName<T>]?: StubHandler<T[K]> }

/** Where a stub listens, and what it does not check. */
export interface StubOptions<T = object> {
  /** A loopback address. Default: 127.0.0.1. */
  readonly host?: string
  /** Default: one that is free. */
  readonly port?: number
  /**
   * Methods whose request body is not checked: its schema transforms what it takes (a date into text, say), so that
   * what comes over the wire does not go into it again.
   */
  readonly uncheckedBodies?: readonly MethodName<T>[]
}

/** A real server on loopback that speaks a declaration. */
export interface StubServer<T = object> extends AsyncDisposable {
  /** Its origin: `http://127.0.0.1:41234`. */
  readonly url: string
  /** All requests that came, in order. */
  readonly requests: readonly StubRequest<MethodName<T>>[]
  /** What broke the declaration, in order. A test that provokes some takes them off: `mistakes.splice(0)`. */
  readonly mistakes: StubMistake[]
  /**
   * Plays a fault to the next requests of a method, instead of its handler or, a delay alone, before it. Faults of one
   * method are played in the order in which they were given.
   *
   * @throws TypeError for a name that is no route, and for a fault that does nothing.
   *
   * @example
   * server.fault('byId', { status: 503, times: 2 })
   * server.fault('byId', { reset: true })
   */
  fault(method: MethodName<T>, fault: StubFault): void
  /** @throws StubError that lists the mistakes, if there are any. */
  verify(): void
  /** Stops listening and ends all connections; then does as `verify`. Closing twice is harmless. */
  close(): Promise<void>
}
