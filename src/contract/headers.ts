/** Header names and declared header values. */
import type { HeaderContract } from './contract.js'

/** RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/

/** Headers that frame the message or belong to the connection; `host` is for the guise's own options. */
const OWNED = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'upgrade',
  'te',
  'trailer',
  'expect',
  'http2-settings',
])

/** Headers that hold one value and no list (RFC 9110, section 5.5), and `cookie`, whose separator is another. */
const SINGLE = new Set([
  'authorization',
  'content-disposition',
  'content-location',
  'content-range',
  'content-type',
  'cookie',
  'date',
  'from',
  'idempotency-key',
  'if-modified-since',
  'if-range',
  'if-unmodified-since',
  'max-forwards',
  'origin',
  'range',
  'referer',
  'traceparent',
  'user-agent',
])

/** Whether a header of this name, in lower case, can hold a list. */
export const isListHeader = (name: string): boolean => !SINGLE.has(name)

/** Why this cannot be the name of a header that a declaration or a caller sets; `undefined` if it can. */
export function headerNameMistake(name: string): string | undefined {
  if (!TOKEN.test(name)) return `${JSON.stringify(name)} is no header name (RFC 9110, section 5.1)`
  const lower = name.toLowerCase()
  if (OWNED.has(lower) || lower.startsWith('proxy-')) return `the header ${lower} belongs to the connection`
  return undefined
}

/** Why this cannot be a header value; `undefined` if it can: visible ASCII, spaces and tabs (RFC 9110, section 5.5). */
export function headerValueMistake(value: string): string | undefined {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i)
    if (code > 127) return 'must be ASCII in a header; encode it first (RFC 8187)'
    if (code === 127 || (code < 32 && code !== 9)) return 'must not hold a control character in a header'
  }
  return undefined
}

/** A media type with its parameters (RFC 9110, section 8.3.1); a line break in it would make headers of its own. */
export const isMediaType = (type: unknown): boolean =>
  typeof type === 'string' &&
  /^[\w!#$%&'*+\-.^`|~]+\/[\w!#$%&'*+\-.^`|~]+(?:[\t ]*;[\t\x20-\x7e]*)?$/.test(type)

const VARIABLE = /\{(\w[\w.-]*)\}/

/** `Bearer {token}` taken apart. Braces around anything but a name are literal. */
export function headerOf(name: string, value: string): HeaderContract {
  const pieces = value.split(VARIABLE)
  const parts = pieces.map((piece, index) => (index % 2 === 0 ? piece : Object.freeze({ variable: piece })))
  return Object.freeze({
    name: name.toLowerCase(),
    value: Object.freeze(parts.filter(part => part !== '')),
  })
}

export const headerVariables = ({ value }: HeaderContract): string[] =>
  value.flatMap(part => (typeof part === 'string' ? [] : [part.variable]))
