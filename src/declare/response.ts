/** The entries of a response table, and the types by which the compiler checks a table against its method. */
import type { Readable } from 'node:stream'
import type { CallFacts, Delivery, RequestSummary } from '../errors/index.js'
import { type InputOf, isSchema, type OutputOf, type Schema } from '../schema/standard.js'
import type { Mistake } from './checks.js'

declare const output: unique symbol

/** An entry that resolves to a `T`. */
export interface Resolves<T> {
  readonly [output]: ['value', T]
}

/** An entry that rejects. */
export interface Rejects {
  readonly [output]: ['throw']
}

/** An entry that resolves to the whole reply: status, headers and body. */
export interface Whole<Body, Head> {
  readonly [output]: ['whole', Body, Head]
}

/** One thing that a status may be mapped to. */
export type SingleEntry = Schema | Resolves<unknown> | Rejects | Whole<unknown, unknown>

/** What a status may be mapped to; of a list, the first whose schema accepts the body is taken. */
export type ResponseEntry = SingleEntry | readonly SingleEntry[]

/** A status, a class of statuses, or all that the table does not name. */
export type StatusKey = number | '2xx' | '3xx' | '4xx' | '5xx' | 'default'

/** What each status of a response means for the call. */
export type ResponseTable = { readonly [Key in StatusKey]?: ResponseEntry }

type StatusOf<K> = K extends number ? K : K extends `${infer N extends number}` ? N : number

type OutputOfOne<E, K> =
  E extends Resolves<infer T>
    ? T
    : E extends Whole<infer B, infer H>
      ? Reply<StatusOf<K>, B, H>
      : E extends Rejects
        ? never
        : OutputOf<E>

type OutputOfEntry<E, K> = E extends readonly (infer M)[] ? OutputOfOne<M, K> : OutputOfOne<E, K>

/** All that a table can resolve to. */
export type OutputOfTable<R> = { [K in keyof R]-?: OutputOfEntry<R[K], K> }[keyof R]

/** A table whose keys are statuses and whose values are entries; what is neither is given a type that names the mistake. */
export type CheckedTable<R> = {
  readonly [K in keyof R]: K extends StatusKey | `${number}`
    ? R[K] extends ResponseEntry
      ? R[K]
      : Mistake<
          'An entry is a schema, returns(...), throws(...), reply(...), text(), ... or a list of them',
          { is: R[K] }
        >
    : Mistake<"A key of a response table is a status, '2xx' to '5xx' or 'default'", { is: K }>
}

/** What `reply(...)` resolves to. `status` is a literal type, so that a table with several is a discriminated union. */
export interface Reply<Status extends number, Body, Head = Headers> {
  readonly status: Status
  readonly headers: Head
  readonly body: Body
}

/**
 * What the error class or function of `throws` gets. It has all that `HttpError`'s constructor takes, so
 * `class MemberDown extends HttpError {}` is a complete error class.
 */
export interface ErrorReply<Body = unknown> extends CallFacts {
  readonly status: number
  readonly headers: Headers
  /** The validated body if `throws` was given a schema; else parsed JSON or text, unchecked. */
  readonly body: Body
  /** The raw body as text, cut at 64 KiB. */
  readonly text: string
  /** The client's name. */
  readonly client: string
  /** Class and method: `MemberClient.byId`. */
  readonly method: string
  readonly request: RequestSummary
  readonly attempts: number
  readonly delivery: Delivery
  /** The `HttpError` that the call would have rejected with. */
  readonly cause: Error
}

/** How an entry is kept in a table at run time. */
export type EntryRecord =
  | { readonly kind: 'schema'; readonly schema: Schema }
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'text' | 'bytes' | 'stream' | 'nothing' }
  | {
      readonly kind: 'throws'
      readonly make: (reply: ErrorReply) => Error
      readonly schema: Schema | undefined
      readonly status: ((body: unknown) => number) | undefined
    }
  | { readonly kind: 'reply'; readonly body: EntryRecord; readonly headers: Schema | undefined }

/** Which entries are ours; anything else in a table is a schema or a mistake. */
const records = new WeakMap<object, EntryRecord>()

function entry<T>(record: EntryRecord): T {
  const made = Object.freeze({})
  records.set(made, record)
  return made as T
}

/** The record behind an entry of a table; `undefined` for what can be no entry. */
export function recordOf(value: unknown): EntryRecord | undefined {
  if (isSchema(value)) return { kind: 'schema', schema: value }
  return typeof value === 'object' && value !== null ? records.get(value) : undefined
}

type Literal = string | number | bigint | boolean | null | undefined

/**
 * The call resolves to `value`; the body is not read. A plain object or array is copied for each call.
 *
 * @example
 * @Responses({ 200: Member, 404: returns(null) })
 */
export function returns<T extends Literal | object>(value: T): Resolves<T> {
  return entry({ kind: 'value', value })
}

/**
 * The call rejects with an error of this class, or with the error that the function makes.
 *
 * @param error a class whose constructor takes an {@link ErrorReply} (`class Down extends HttpError {}` is one), or a
 *   function that makes the error.
 * @param schema the body is parsed and validated with it; `reply.body` is then typed.
 * @param options `status` tells from the body which status retry and circuit breaker shall take the reply for.
 *
 * @example
 * @Responses({ 409: throws(NameTaken, Problem), '5xx': throws(reply => new Error(`down: ${reply.status}`)) })
 */
export function throws<S extends Schema>(
  error: ErrorSource<OutputOf<S>>,
  schema: S,
  options?: { readonly status?: (body: OutputOf<S>) => number },
): Rejects
export function throws(error: ErrorSource<unknown>): Rejects
export function throws(
  error: ErrorSource<never>,
  schema?: Schema,
  options: { readonly status?: (body: never) => number } = {},
): Rejects {
  return entry({
    kind: 'throws',
    make: maker(error as ErrorSource<unknown>),
    schema,
    status: options.status as ((body: unknown) => number) | undefined,
  })
}

/** An error class that takes the reply, or a function that makes an error of it. */
export type ErrorSource<Body> =
  | (new (
      reply: ErrorReply<Body>,
    ) => Error)
  | ((reply: ErrorReply<Body>) => Error)

function maker(source: ErrorSource<unknown>): (reply: ErrorReply) => Error {
  if (isErrorClass(source)) return reply => new source(reply)
  return source as (reply: ErrorReply) => Error
}

function isErrorClass(source: ErrorSource<unknown>): source is new (reply: ErrorReply) => Error {
  return typeof source === 'function' && source.prototype instanceof Error
}

/**
 * The call resolves to `{ status, headers, body }` and nothing is thrown.
 *
 * @param body a schema for a JSON body, or `text()`, `bytes()`, `stream()`, `nothing()`.
 * @param options `headers`: a schema for the response headers, given as a record with names in lower case.
 *
 * @example
 * @Responses({ 200: reply(Order), 409: reply(Problem) })
 * place(): Promise<Reply<200, Order> | Reply<409, Problem>> { return remote() }
 */
export function reply<B extends Schema | Resolves<unknown>, H extends Schema = never>(
  body: B,
  options: { readonly headers?: H } = {},
): Whole<B extends Resolves<infer T> ? T : OutputOf<B>, [H] extends [never] ? Headers : OutputOf<H>> {
  return entry({
    kind: 'reply',
    body: recordOf(body) ?? { kind: 'schema', schema: body as Schema },
    headers: options.headers,
  })
}

/** The call resolves to the body as text; UTF-8, strictly. */
export function text(): Resolves<string> {
  return entry({ kind: 'text' })
}

/** The call resolves to the body as bytes. */
export function bytes(): Resolves<Uint8Array> {
  return entry({ kind: 'bytes' })
}

/**
 * The call resolves as soon as the headers are there, to the body as a stream. Read it, or `destroy()` it: until then
 * it holds a connection. If nobody begins to read within the attempt timeout, it is destroyed.
 */
export function stream(): Resolves<Readable & AsyncDisposable> {
  return entry({ kind: 'stream' })
}

/** The call resolves to `undefined`; a body is drained and dropped. */
export function nothing(): Resolves<undefined> {
  return entry({ kind: 'nothing' })
}

export type { InputOf, OutputOf, Schema }
