/** A body as a fixture file holds it: readable, without credentials, and the same each time it is recorded. */
import { isUtf8 } from 'node:buffer'
import { isSecret, REDACTED, redactPairs } from '../redact.js'

/** JSON as such, other text as text, the rest as base64; nothing of these for an empty body. */
export interface FixtureBody {
  readonly json?: unknown
  readonly text?: string | undefined
  readonly base64?: string | undefined
}

/** Paths of JSON bodies, and names of form fields, that are replaced: `user.email`, `items.*.iban`. */
export type RedactedPaths = readonly string[]

/** What the file holds of a body. Reading it anew and writing it again leads to the same. */
export function fixtureBody(bytes: Uint8Array, contentType: string, paths: RedactedPaths): FixtureBody {
  if (bytes.length === 0) return {}
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (type === 'multipart/form-data') {
    const parts = redactParts(Buffer.from(bytes).toString('latin1'), boundaryOf(contentType), paths)
    return plainBody(Buffer.from(parts, 'latin1'))
  }
  if (type === 'application/x-www-form-urlencoded')
    return { text: redactPairs(Buffer.from(bytes).toString(), paths) }
  if (type === '' || /[/+]json$/.test(type)) {
    const parsed = jsonOf(bytes)
    if (parsed !== undefined) return { json: redactJson(parsed.value, paths) }
  }
  return plainBody(bytes)
}

const plainBody = (bytes: Uint8Array): FixtureBody =>
  isUtf8(bytes)
    ? { text: Buffer.from(bytes).toString('utf8') }
    : { base64: Buffer.from(bytes).toString('base64') }

/** The bytes that a body of a file stands for. */
export function bytesOfFixture({ json, text, base64 }: FixtureBody): Uint8Array {
  if (json !== undefined) return Buffer.from(JSON.stringify(json))
  return base64 === undefined ? Buffer.from(text ?? '') : Buffer.from(base64, 'base64')
}

/** Boundaries are drawn by lot; the file has one of its own. */
const BOUNDARY = 'boundary'

export const withFixedBoundary = (contentType: string): string =>
  contentType.replace(/(;\s*boundary=)(?:"[^"]*"|[^;]*)/i, `$1${BOUNDARY}`)

const boundaryOf = (contentType: string): string => /;\s*boundary="?([^";]*)/i.exec(contentType)?.[1] ?? ''

function redactParts(body: string, boundary: string, paths: RedactedPaths): string {
  const parts = body.split(`--${boundary}`).map(part => {
    const name = /\bname="([^"]*)"/i.exec(part)?.[1]
    const end = part.indexOf('\r\n\r\n')
    const secret = name !== undefined && end >= 0 && (isSecret(name) || paths.includes(name))
    return secret ? `${part.slice(0, end)}\r\n\r\n${REDACTED}\r\n` : part
  })
  return parts.join(`--${BOUNDARY}`)
}

function jsonOf(bytes: Uint8Array): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(Buffer.from(bytes).toString('utf8')) }
  } catch {
    return undefined
  }
}

/** Text with the name of a credential is replaced; what is listed is replaced by something of its own type. */
function redactJson(value: unknown, paths: RedactedPaths): unknown {
  const patterns = paths.map(path => path.split('.'))
  const listed = (path: readonly string[]) =>
    patterns.some(
      pattern =>
        pattern.length === path.length && pattern.every((step, i) => step === '*' || step === path[i]),
    )
  const walk = (member: unknown, path: readonly string[]): unknown => {
    if (path.length > 0 && listed(path)) return blank(member)
    if (typeof member === 'string' && isSecret(path.at(-1) ?? '')) return REDACTED
    if (Array.isArray(member)) return member.map((item, index) => walk(item, [...path, String(index)]))
    if (typeof member !== 'object' || member === null) return member
    return Object.fromEntries(
      Object.entries(member).map(([key, inner]) => [key, walk(inner, [...path, key])]),
    )
  }
  return walk(value, [])
}

/** So that a replayed body still fits its schema, as far as can be known. */
function blank(value: unknown): unknown {
  switch (typeof value) {
    case 'number':
      return 0
    case 'boolean':
      return false
    case 'string':
      return REDACTED
    default:
      return Array.isArray(value) ? [] : value === null ? null : {}
  }
}
