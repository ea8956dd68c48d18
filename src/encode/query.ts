/** Writes query parameters and form fields: `@Query`, `@QueryMap`, `@Field`, `@FieldMap`. */
import type { QueryStyle } from '../declare/records.js'
import { encodeUnreserved } from '../template/encode.js'
import { prepare } from '../template/prepare.js'
import { textOf, ValueError } from '../template/text.js'

const MAX_DEPTH = 5
export const MAX_COUNT = 1000

/** What stands between the elements of a list; an element's own separator is encoded and so told apart. */
const SEPARATORS = { csv: ',', ssv: '%20', pipes: '%7C' } as const

/** `name=value`, `name=a&name=b`, ...; empty where there is no value. */
export function queryText(name: string, value: unknown, style: QueryStyle): string {
  if (style === 'deepObject') return deepObject(encodeUnreserved(name), value)
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)) {
    throw new ValueError("must be text or a list of text, not an object; style: 'deepObject' writes objects")
  }
  const prepared = prepare(value)
  if (prepared === undefined) return ''
  const key = encodeUnreserved(name)
  if (typeof prepared === 'string')
    return `${style === 'brackets' ? `${key}%5B%5D` : key}=${encodeUnreserved(prepared)}`
  const texts = (prepared as readonly string[]).map(encodeUnreserved)
  if (texts.length > MAX_COUNT) throw new ValueError(`must not hold more than ${MAX_COUNT} elements`)
  if (style === 'repeat') return texts.map(text => `${key}=${text}`).join('&')
  if (style === 'brackets') return texts.map(text => `${key}%5B%5D=${text}`).join('&')
  return `${key}=${texts.join(SEPARATORS[style])}`
}

/** `a[b]=1&a[c][d]=2`, the brackets encoded. */
function deepObject(name: string, value: unknown): string {
  let count = 0
  const write = (prefix: string, member: unknown, depth: number): string[] => {
    if (typeof member !== 'object' || member === null || member instanceof Date) {
      const text = textOf(member)
      if (text === undefined) return []
      if (++count > MAX_COUNT) throw new ValueError(`must not hold more than ${MAX_COUNT} values`)
      return [`${prefix}=${encodeUnreserved(text)}`]
    }
    if (depth >= MAX_DEPTH) throw new ValueError(`must not be nested deeper than ${MAX_DEPTH} levels`)
    return [...entriesOf(member)].flatMap(([key, inner]) =>
      write(`${prefix}%5B${encodeUnreserved(key)}%5D`, inner, depth + 1),
    )
  }
  if (value === undefined || value === null) return ''
  if (typeof value !== 'object' || value instanceof Date) throw new ValueError('must be an object')
  return write(name, value, 0).join('&')
}

/** `@QueryMap` and `@FieldMap`: each member by the rules of `@Query`. */
export function queryMapText(value: unknown): string {
  if (value === undefined || value === null) return ''
  const entries = entriesOfRecord(value)
  const count = entries.reduce((sum, [, member]) => sum + (Array.isArray(member) ? member.length : 1), 0)
  if (count > MAX_COUNT) throw new ValueError(`must not hold more than ${MAX_COUNT} values`)
  return entries
    .map(([name, member]) => queryText(name, member, 'repeat'))
    .filter(text => text !== '')
    .join('&')
}

/** The members of a flat record: a plain object's own ones, or a Map's. */
export function entriesOfRecord(value: unknown): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Date) {
    throw new ValueError('must be a record')
  }
  return entriesOf(value)
}

function entriesOf(value: object): [string, unknown][] {
  // A Set, URLSearchParams, Headers, ...: without members of their own, they would be left out in silence.
  if (Symbol.iterator in value && !Array.isArray(value) && !(value instanceof Map))
    throw new ValueError('must be a record, not another collection')
  if (value instanceof Map) return [...value].map(([key, member]) => [textOf(key) ?? '', member])
  return Object.entries(value).map(([key, member]) => [textOf(key) ?? '', member])
}
