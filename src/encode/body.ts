/** Turns the argument of `@Body` into what is sent. */
import { Readable } from 'node:stream'
import { types } from 'node:util'
import type { RequestBody } from '../http/message.js'
import { ValueError } from '../template/text.js'

export const JSON_TYPE = 'application/json'
const BYTES_TYPE = 'application/octet-stream'
export const FORM_TYPE = 'application/x-www-form-urlencoded'

export interface EncodedBody {
  readonly body: RequestBody
  /** Its content type, for where the declaration says none. */
  readonly type: string
}

/** Strings, bytes and streams as they are, all else as JSON. */
export function encodeBody(value: unknown): EncodedBody {
  return rawBody(value) ?? { body: json(value), type: JSON_TYPE }
}

/** A body that needs no encoding, or `undefined`. */
export function rawBody(value: unknown): EncodedBody | undefined {
  if (typeof value === 'string') return { body: value, type: 'text/plain;charset=utf-8' }
  if (typeof value !== 'object' || value === null) return undefined
  if (value instanceof Uint8Array) return { body: value, type: BYTES_TYPE }
  if (types.isAnyArrayBuffer(value)) return { body: new Uint8Array(value), type: BYTES_TYPE }
  if (ArrayBuffer.isView(value)) {
    return { body: new Uint8Array(value.buffer, value.byteOffset, value.byteLength), type: BYTES_TYPE }
  }
  if (value instanceof URLSearchParams) return { body: value.toString(), type: `${FORM_TYPE};charset=UTF-8` }
  if (value instanceof Blob)
    return { body: Readable.fromWeb(value.stream() as never), type: value.type || BYTES_TYPE }
  if (isIterable(value)) return { body: value, type: BYTES_TYPE }
  return undefined
}

/** A stream, or anything that can be iterated asynchronously: it can be sent once. */
export const isIterable = (value: object): value is Readable | AsyncIterable<Uint8Array | string> =>
  value instanceof Readable ||
  typeof (value as AsyncIterable<Uint8Array>)[Symbol.asyncIterator] === 'function'

/** JSON text. What JSON would silently write as `{}` is refused. */
export function json(value: unknown): string {
  const name = lossy(value)
  if (name !== undefined) throw new ValueError(`cannot be written as JSON: it is ${named(name)}`)
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (error) {
    // The message of a circular structure names members of the value; only the kind of fault is told.
    const circular = error instanceof TypeError && error.message.includes('circular')
    throw new ValueError(circular ? 'cannot be written as JSON: it is circular' : 'cannot be written as JSON')
  }
  if (text === undefined) throw new ValueError(`cannot be written as JSON: it is ${named(typeof value)}`)
  return text
}

const named = (name: string): string => `${/^[aeio]/i.test(name) ? 'an' : 'a'} ${name}`

function lossy(value: unknown): string | undefined {
  const kinds = { Map, Set, WeakMap, WeakSet, Promise, FormData, RegExp, Error }
  for (const [name, Kind] of Object.entries(kinds))
    if (value instanceof Kind && !hasToJSON(value)) return name
  return undefined
}

const hasToJSON = (value: object): boolean => typeof (value as { toJSON?: unknown }).toJSON === 'function'
