/** One binder for each kind of parameter: it takes the argument's value and writes it into the draft. */
import { headerNameMistake, headerValueMistake, isListHeader } from '../contract/index.js'
import type { CallOptions } from '../declare/call-options.js'
import type { Binding } from '../declare/records.js'
import { type Checked, check, type Issue, type Schema } from '../schema/standard.js'
import { prepare } from '../template/prepare.js'
import { ValueError } from '../template/text.js'
import { encodeBody } from './body.js'
import { type Draft, joinQuery } from './draft.js'
import { partsOf } from './multipart.js'
import { entriesOfRecord, queryMapText, queryText } from './query.js'
import { callUrl, type Target } from './url.js'

/** What a binder may look at besides the value. */
export interface BindContext {
  readonly target: Target
  readonly allowOrigins: ReadonlySet<string>
}

/** Throws a ValueError for a bad value; a promise where a schema is asynchronous. */
export type Binder = (draft: Draft, value: unknown, context: BindContext) => undefined | Promise<void>

/** The argument does not fit its schema. */
export class SchemaRuleError extends ValueError {
  readonly issues: readonly Issue[]

  constructor(issues: readonly Issue[]) {
    const told = issues
      .slice(0, 3)
      .map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '))
    super(`does not fit its schema: ${told.join('; ')}${issues.length > 3 ? '; and more' : ''}`)
    this.issues = issues
  }
}

type BinderOf<K extends Binding['kind']> = (binding: Extract<Binding, { kind: K }>) => Binder

const makers: { readonly [K in Exclude<Binding['kind'], 'param' | 'call'>]: BinderOf<K> } = {
  query:
    ({ name, style, default: fallback }) =>
    (draft, value) => {
      draft.query = joinQuery(draft.query, queryText(name, value === undefined ? fallback : value, style))
      return undefined
    },
  'query-map': () => (draft, value) => {
    draft.query = joinQuery(draft.query, queryMapText(value))
    return undefined
  },
  header:
    ({ name }) =>
    (draft, value) => {
      draft.headers.set(name, headerText(name, value))
      return undefined
    },
  'header-map': () => (draft, value) => {
    if (value !== undefined && value !== null) setHeaders(draft, entriesOfRecord(value))
    return undefined
  },
  cookie:
    ({ name }) =>
    (draft, value) => {
      const text = cookieText(name, value)
      const others = draft.headers.get('cookie')
      if (text !== undefined) draft.headers.set('cookie', others === undefined ? text : `${others}; ${text}`)
      return undefined
    },
  bearer: () => (draft, value) => {
    draft.headers.set('authorization', bearerText(value))
    return undefined
  },
  body:
    ({ schema, type }) =>
    (draft, value) => {
      const write = (checked: unknown) => {
        if (checked === undefined) return undefined
        const encoded = encodeBody(checked)
        draft.body = encoded.body
        draft.bodyType = type ?? encoded.type
        return undefined
      }
      if (schema === undefined) return write(value)
      const accept = (result: Checked) => {
        if (result.issues !== undefined) throw new SchemaRuleError(result.issues)
        write(result.value)
      }
      const result = check(schema as Schema, value)
      return result instanceof Promise ? result.then(accept) : void accept(result)
    },
  field:
    ({ name, style }) =>
    (draft, value) => {
      draft.form = joinQuery(draft.form, queryText(name, value, style))
      return undefined
    },
  'field-map': () => (draft, value) => {
    draft.form = joinQuery(draft.form, queryMapText(value))
    return undefined
  },
  part:
    ({ name, filename, type }) =>
    (draft, value) => {
      draft.parts ??= []
      draft.parts.push(...partsOf({ name, value, filename, type }))
      return undefined
    },
  'part-map': () => (draft, value) => {
    if (value === undefined || value === null) return undefined
    draft.parts ??= []
    for (const [name, part] of entriesOfRecord(value)) {
      draft.parts.push(...partsOf({ name, value: part }))
    }
    return undefined
  },
  url:
    () =>
    (draft, value, { target, allowOrigins }) => {
      draft.url = callUrl(value, target, allowOrigins)
      return undefined
    },
  'idempotency-key': () => (draft, value) => {
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'string' || !/^[\x21\x23-\x5b\x5d-\x7e]{1,255}$/.test(value)) {
      throw new ValueError('must be 1 to 255 visible ASCII characters, without quotes and backslashes')
    }
    draft.headers.set('idempotency-key', value)
    return undefined
  },
}

/** The binder of a parameter; `undefined` for those that are not written one by one. */
export function binderOf(binding: Binding): Binder | undefined {
  if (binding.kind === 'param' || binding.kind === 'call') return undefined
  return (makers[binding.kind] as BinderOf<typeof binding.kind>)(binding as never)
}

/** Applies the headers of `@Call()`, after all others. */
export function setCallHeaders(draft: Draft, headers: NonNullable<CallOptions['headers']>): void {
  setHeaders(draft, entriesOfRecord(headers))
}

function setHeaders(draft: Draft, entries: readonly (readonly [string, unknown])[]): void {
  const seen = new Set<string>()
  for (const [name, value] of entries) {
    // The name is the caller's as much as the value is, and is not shown either.
    if (headerNameMistake(name) !== undefined)
      throw new ValueError('holds a name that is no header name, or that belongs to the connection')
    const lower = name.toLowerCase()
    if (seen.has(lower)) throw new ValueError('holds a header twice, in different case')
    seen.add(lower)
    draft.headers.set(lower, headerText(lower, value))
  }
}

/** The value of a header; a list is joined by `, ` (RFC 9110, section 5.3). `undefined`: no such header. */
export function headerText(name: string, value: unknown): string | undefined {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    if (!(value instanceof Date)) throw new ValueError('must be text or a list of text, not an object')
    if (!Number.isNaN(value.getTime())) return value.toUTCString()
  }
  const prepared = prepare(value)
  if (prepared === undefined) return undefined
  if (typeof prepared !== 'string' && prepared.length > 1 && !isListHeader(name.toLowerCase()))
    throw new ValueError('must be one value, for the header holds no list')
  const text = typeof prepared === 'string' ? prepared : prepared.join(', ')
  const mistake = headerValueMistake(text)
  if (mistake !== undefined) throw new ValueError(mistake)
  return text
}

/** RFC 6265, section 4.1.1: what a cookie's value cannot hold would end it or begin another. */
function cookieText(name: string, value: unknown): string | undefined {
  const prepared = prepare(value)
  if (prepared === undefined) return undefined
  const text = String(prepared)
  if (!/^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/.test(text)) {
    throw new ValueError(
      'must not hold white space, quotes, commas, semicolons, backslashes or non-ASCII in a cookie; encode it first',
    )
  }
  return `${name}=${text}`
}

/** `Bearer <token>`, the scheme once, however often the caller wrote it. */
function bearerText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw new ValueError('must be a string')
  const token = value.replace(/^(?:bearer(?: +|$))+/i, '')
  if (!/^[\x21-\x7e]+$/.test(token)) throw new ValueError('must be a token of visible ASCII characters')
  return `Bearer ${token}`
}
