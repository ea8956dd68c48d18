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
    if (code > 126) return 'must be ASCII in a header; encode it first (RFC 8187)'
    if (code < 32 && code !== 9) return 'must not hold a control character in a header'
  }
  return undefined
}

const VARIABLE = /\{([A-Za-z_][\w.-]*)\}/

/** `Bearer {token}` taken apart. Braces around anything but a name are literal. */
export function headerOf(name: string, value: string): HeaderContract {
  const pieces = value.split(VARIABLE)
  const parts = pieces.map((piece, index) => (index % 2 === 0 ? piece : { variable: piece }))
  return { name: name.toLowerCase(), value: parts.filter(part => part !== '') }
}

export const headerVariables = ({ value }: HeaderContract): string[] =>
  value.flatMap(part => (typeof part === 'string' ? [] : [part.variable]))
