/** Writes `multipart/form-data` (RFC 7578), its names escaped as WHATWG's HTML has it. Streams are not buffered. */
import { randomBytes } from 'node:crypto'
import { isMediaType } from '../contract/index.js'
import type { RequestBody } from '../http/message.js'
import { textOf, ValueError } from '../template/text.js'
import { json, rawBody } from './body.js'

type Content = string | Uint8Array | AsyncIterable<Uint8Array | string>

/** One part: its headers, and what follows them. */
export interface Part {
  readonly head: string
  readonly content: Content
}

/** What the caller and the declaration say of a part, or of several of one name. */
export interface PartSource {
  readonly name: string
  readonly value: unknown
  readonly filename?: string | undefined
  readonly type?: string | undefined
}

/** The body of these parts; one buffer if no part is a stream, so that it has a length and can be sent again. */
export function encodeMultipart(parts: readonly Part[]): { body: RequestBody; type: string } {
  if (parts.length === 0) throw new ValueError('a multipart body needs at least one part')
  // From crypto: a boundary that can be guessed lets a value forge parts (undici's CVE-2025-22150).
  const boundary = `guise-${randomBytes(18).toString('hex')}`
  const chunks: Content[] = []
  for (const { head, content } of parts) chunks.push(`--${boundary}\r\n${head}\r\n\r\n`, content, '\r\n')
  chunks.push(`--${boundary}--\r\n`)
  const whole = chunks.every(chunk => typeof chunk === 'string' || chunk instanceof Uint8Array)
  return {
    body: whole ? Buffer.concat(chunks.map(chunk => Buffer.from(chunk as Uint8Array))) : stream(chunks),
    type: `multipart/form-data; boundary=${boundary}`,
  }
}

async function* stream(chunks: readonly Content[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    if (typeof chunk === 'string') yield Buffer.from(chunk)
    else if (chunk instanceof Uint8Array) yield chunk
    else for await (const piece of chunk) yield typeof piece === 'string' ? Buffer.from(piece) : piece
  }
}

/** A list makes several parts of one name; `null` and `undefined` make none. */
export function partsOf(source: PartSource): Part[] {
  const { value } = source
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  return values.filter(one => one !== undefined && one !== null).map(one => partOf(source, one))
}

function partOf({ name, filename, type }: PartSource, value: unknown): Part {
  const file = filename ?? (value instanceof File ? value.name : undefined)
  const { content, own } = contentOf(value, type)
  const named = file === undefined ? '' : `; filename="${escaped(file)}"`
  let head = `Content-Disposition: form-data; name="${escaped(withCrlf(name))}"${named}`
  const contentType = type ?? own
  if (contentType !== undefined && !isMediaType(contentType))
    throw new ValueError('has a type that is no media type')
  if (contentType !== undefined) head += `\r\nContent-Type: ${contentType}`
  return { head, content }
}

function contentOf(value: unknown, type: string | undefined): { content: Content; own: string | undefined } {
  if (typeof value === 'string') return { content: textOf(value) ?? '', own: undefined }
  const raw = rawBody(value)
  if (raw !== undefined) return { content: raw.body as Content, own: raw.type }
  if (typeof value === 'object' && !(value instanceof Date)) {
    if (type !== undefined && /[/+]json\b/i.test(type)) return { content: json(value), own: undefined }
    throw new ValueError(
      "is an object, and its part has no JSON type; say @Part(name, { type: 'application/json' })",
    )
  }
  return { content: textOf(value) ?? '', own: undefined }
}

const withCrlf = (name: string): string => name.replace(/\r\n|\r|\n/g, '\r\n')

const ESCAPES: Readonly<Record<string, string>> = { '\n': '%0A', '\r': '%0D', '"': '%22' }

const escaped = (name: string): string =>
  (textOf(name) ?? '').replace(/[\n\r"]/g, character => ESCAPES[character] ?? '')
