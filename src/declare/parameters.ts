/** The decorators of parameters: each binds one argument to one place of the request. */
import type { Readable } from 'node:stream'
import type { InputOf, Schema } from '../schema/standard.js'
import type { Text } from '../template/text.js'
import type { CallOptions } from './call-options.js'
import type { Expandable, Fits, FlatRecord, Listable, ParameterOf } from './checks.js'
import { addToMethod, type Binding, type QueryStyle } from './records.js'

/** A parameter decorator that accepts any parameter which `@Param` can expand. */
export type ParamDecorator = <T extends object, K extends PropertyKey, I extends number>(
  target: T &
    Fits<
      ParameterOf<T, K, I>,
      Expandable<ParameterOf<T, K, I>>,
      'A @Param must be text (string, number, bigint, boolean, Date), a list of text or a flat record of text'
    >,
  key: K,
  index: I,
) => void

/** A parameter decorator that accepts text and lists of text; `Name` is its own, for the message. */
export type ListDecorator<Name extends string> = <T extends object, K extends PropertyKey, I extends number>(
  target: T &
    Fits<
      ParameterOf<T, K, I>,
      Listable<ParameterOf<T, K, I>>,
      `A ${Name} must be text (string, number, bigint, boolean, Date) or a list of text`
    >,
  key: K,
  index: I,
) => void

/** A parameter decorator that accepts a flat record; `Name` is its own, for the message. */
export type RecordDecorator<Name extends string> = <
  T extends object,
  K extends PropertyKey,
  I extends number,
>(
  target: T &
    Fits<
      ParameterOf<T, K, I>,
      FlatRecord<ParameterOf<T, K, I>>,
      `A ${Name} must be a flat record: its values are text or lists of text`
    >,
  key: K,
  index: I,
) => void

/** A parameter decorator that accepts a parameter of type `Wants`. */
export type TypedDecorator<Wants, Rule extends string> = <
  T extends object,
  K extends PropertyKey,
  I extends number,
>(
  target: T & Fits<ParameterOf<T, K, I>, Wants, Rule>,
  key: K,
  index: I,
) => void

type LooseDecorator = (target: object, key: PropertyKey, index: number) => void

function bind(label: string, binding: Binding): LooseDecorator {
  const frozen = Object.freeze(binding)
  return (target, key, index) =>
    addToMethod(
      target,
      key as string | symbol,
      'parameters',
      Object.freeze({ index, label, binding: frozen }),
    )
}

/** What `@Param` takes besides the name. */
export interface ParamOptions {
  /** The value is already percent-encoded: `/` and `%xx` are kept. Dot segments are refused all the same. Default: false. */
  readonly encoded?: boolean
}

/**
 * Binds a template variable, wherever it stands: in the path, in a query expression, in a value of `@Headers`.
 * In the path everything that is not unreserved is encoded, `/` included, and a value that would make a segment `.` or
 * `..` is refused.
 *
 * @example
 * @Get('/{memberId}{?page}')
 * byId(@Param('memberId') id: number, @Param('page') page?: number): Promise<Member> { return remote(id, page) }
 */
export function Param(name: string, options: ParamOptions = {}): ParamDecorator {
  return bind(`@Param('${name}')`, { kind: 'param', name, encoded: options.encoded === true })
}

/** What `@Query` takes besides the name. */
export interface QueryOptions<Style extends QueryStyle = QueryStyle> {
  /**
   * How a list is written: `repeat` a=1&a=2 (default), `csv` a=1,2, `ssv` a=1%202, `pipes` a=1%7C2,
   * `brackets` a[]=1&a[]=2; `deepObject` writes an object as a[b]=1.
   */
  readonly style?: Style
  /** Sent where the argument is `undefined`. */
  readonly default?: string | number | bigint | boolean
}

/**
 * Binds a query parameter that the template does not name. `undefined`, `null` and `[]` are left out; `''` is `name=`.
 *
 * @example
 * @Get('/search')
 * search(@Query('tag', { style: 'csv' }) tags: string[]): Promise<Hit[]> { return remote(tags) }
 */
export function Query<Style extends QueryStyle = 'repeat'>(
  name: string,
  options: QueryOptions<Style> = {},
): [Style] extends ['deepObject']
  ? TypedDecorator<object | null | undefined, 'A deepObject @Query must be an object'>
  : ListDecorator<'@Query'> {
  const label = `@Query('${name}')`
  const binding: Binding = { kind: 'query', name, style: options.style ?? 'repeat', default: options.default }
  return bind(label, binding) as ReturnType<typeof Query<Style>>
}

/** Binds a flat record of query parameters, by the rules of `@Query`; at most 1,000 of them. */
export function QueryMap(): RecordDecorator<'@QueryMap'> {
  return bind('@QueryMap()', { kind: 'query-map' })
}

/**
 * Binds a request header; it replaces the class's and the method's value, and `undefined` removes it. A list is
 * joined by `, `.
 */
export function Header(name: string): ListDecorator<'@Header'> {
  return bind(`@Header('${name}')`, { kind: 'header', name })
}

/** Binds a flat record of request headers, by the rules of `@Header`. */
export function HeaderMap(): RecordDecorator<'@HeaderMap'> {
  return bind('@HeaderMap()', { kind: 'header-map' })
}

/** Binds a cookie of the `cookie` header (RFC 6265, section 4.2); `undefined` is left out. */
export function Cookie(name: string): TypedDecorator<Text, 'A @Cookie must be text'> {
  return bind(`@Cookie('${name}')`, { kind: 'cookie', name })
}

/**
 * Binds `Authorization: Bearer <token>` (RFC 6750). A token that comes with its scheme is taken as it is: the scheme
 * is never sent twice. `undefined` sends no such header.
 */
export function Bearer(): TypedDecorator<string | null | undefined, 'A @Bearer must be a string'> {
  return bind('@Bearer()', { kind: 'bearer' })
}

/** What `@Body` takes besides the schema. */
export interface BodyOptions {
  /** The content type. Default: `application/json`; of a string `text/plain;charset=utf-8`; of bytes and streams `application/octet-stream`. */
  readonly type?: string
}

/** Bodies that are sent as they are, not as JSON. */
export type RawBody =
  | string
  | Uint8Array
  | ArrayBuffer
  | Blob
  | URLSearchParams
  | Readable
  | AsyncIterable<Uint8Array | string>

/**
 * Binds the body. It is validated by the schema before it leaves, and what the schema makes of it is sent: as JSON,
 * unless it is a string, bytes, a stream or an async iterable. `undefined` sends no body.
 *
 * @example
 * @Post()
 * create(@Body(NewMember) member: NewMember): Promise<Member> { return remote(member) }
 */
export function Body<S extends Schema | undefined = undefined>(
  schema?: S,
  options: BodyOptions = {},
): TypedDecorator<
  S extends Schema ? InputOf<S> | undefined : unknown,
  'A @Body(schema) must be what goes into its schema'
> {
  return bind(schema === undefined ? '@Body()' : '@Body(schema)', {
    kind: 'body',
    schema,
    type: options.type,
  })
}

/** What `@Field` takes besides the name. */
export interface FieldOptions {
  /** How a list is written; see {@link QueryOptions.style}. Default: `repeat`. */
  readonly style?: Exclude<QueryStyle, 'deepObject'>
}

/** Binds a field of an `application/x-www-form-urlencoded` body, by the rules of `@Query`. */
export function Field(name: string, options: FieldOptions = {}): ListDecorator<'@Field'> {
  return bind(`@Field('${name}')`, { kind: 'field', name, style: options.style ?? 'repeat' })
}

/** Binds a flat record of form fields. */
export function FieldMap(): RecordDecorator<'@FieldMap'> {
  return bind('@FieldMap()', { kind: 'field-map' })
}

/** What `@Part` takes besides the name. */
export interface PartOptions {
  /** The file name that the part is sent with. Default: a `File`'s own; else none. */
  readonly filename?: string
  /** The part's content type. Default: a `Blob`'s own; bytes and streams `application/octet-stream`; text none. */
  readonly type?: string
}

/** What a part of a multipart body can be. A plain object needs a JSON `type`. */
export type PartValue =
  | string
  | number
  | bigint
  | boolean
  | Date
  | Uint8Array
  | ArrayBuffer
  | Blob
  | Readable
  | AsyncIterable<Uint8Array | string>
  | object

/** Binds a part of a `multipart/form-data` body (RFC 7578); a list makes several. Streams are not buffered. */
export function Part(
  name: string,
  options: PartOptions = {},
): TypedDecorator<PartValue | readonly PartValue[] | null | undefined, 'A @Part cannot be written'> {
  return bind(`@Part('${name}')`, { kind: 'part', name, filename: options.filename, type: options.type })
}

/** Binds a record of parts of a `multipart/form-data` body. */
export function PartMap(): TypedDecorator<object | null | undefined, 'A @PartMap must be a record'> {
  return bind('@PartMap()', { kind: 'part-map' })
}

/**
 * Binds another URL for this call, absolute or relative to the client's own. Its origin must be the client's own or
 * stand in `allowOrigins`.
 */
export function Url(): TypedDecorator<string | URL, 'A @Url must be a string or a URL'> {
  return bind('@Url()', { kind: 'url' })
}

/** Binds the header `Idempotency-Key`: 1 to 255 visible ASCII characters. */
export function IdempotencyKey(): TypedDecorator<string | undefined, 'An @IdempotencyKey must be a string'> {
  return bind('@IdempotencyKey()', { kind: 'idempotency-key' })
}

/** Binds the {@link CallOptions} of this call; the caller may leave them out. */
export function Call(): TypedDecorator<CallOptions | undefined, 'A @Call must be CallOptions'> {
  return bind('@Call()', { kind: 'call' })
}
