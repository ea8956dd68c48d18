/** Reads a gathered body: strictly for values, leniently for errors; parsed at most once. */
import { isUtf8 } from 'node:buffer'
import type { HttpResponse, RawHeaders } from '../http/message.js'
import { headerOf } from '../http/received.js'
import { parseJson } from './json.js'

/** The body cannot be read as asked; `reason` continues "200 OK, but ...". */
export class BodyError {
  readonly reason: string

  constructor(reason: string) {
    this.reason = reason
  }
}

/** Raw headers in the form that callers know. */
export function toHeaders(raw: RawHeaders): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(raw)) {
    if (typeof value === 'string') headers.append(name, value)
    else for (const one of value) headers.append(name, one)
  }
  return headers
}

/** Raw headers for a schema: an array where a name came more than once. */
export function toRecord(raw: RawHeaders): Record<string, string | string[]> {
  const record = { ...raw }
  // A schema that copies what it does not know would set the prototype of its copy.
  Reflect.deleteProperty(record, '__proto__')
  return record
}

/** What a content type says of a body. */
interface ContentType {
  /** In lower case without parameters; `undefined` if it is empty. */
  readonly mediaType: string | undefined
  /** RFC 8259, and every type with the suffix of RFC 6839. */
  readonly isJson: boolean
  /** The charset, unless it is UTF-8. */
  readonly foreign: string | undefined
}

/** Without a type, a body is taken for what is expected. */
const NO_TYPE: ContentType = { mediaType: undefined, isJson: true, foreign: undefined }

/** Content types that were read before: to read one anew for each response was a sixth of a call's time, and 400 B. */
const known = new Map<string, ContentType>()
/** The service decides how many there are. */
const MOST_KNOWN = 100

function contentTypeOf(response: HttpResponse): ContentType {
  const values = headerOf(response, 'content-type')
  const text = typeof values === 'object' ? values[0] : values
  if (text === undefined) return NO_TYPE
  let type = known.get(text)
  if (type === undefined) {
    type = readType(text)
    if (known.size >= MOST_KNOWN) known.clear()
    known.set(text, type)
  }
  return type
}

function readType(text: string): ContentType {
  const mediaType = text.split(';', 1)[0]?.trim().toLowerCase() || undefined
  const charset = /;\s*charset="?([^";\s]+)/i.exec(text)?.[1]
  const isUtf8 = charset === undefined || /^(?:utf-?8|us-ascii)$/i.test(charset)
  return {
    mediaType,
    isJson:
      mediaType === undefined || /^(?:application\/json|text\/json|[\w.-]+\/[\w.+-]+\+json)$/.test(mediaType),
    foreign: isUtf8 ? undefined : charset,
  }
}

/** For errors: this much of a body is shown as text. */
const TEXT_LIMIT = 64 * 1024

/** Drops a byte order mark; writes U+FFFD for what is not UTF-8. */
const loosely = new TextDecoder()

const UNREAD = Symbol('a body that nobody has read')

export class Body {
  readonly #response: HttpResponse
  #json: unknown = UNREAD
  #type: ContentType | undefined

  constructor(response: HttpResponse) {
    this.#response = response
  }

  get #contentType(): ContentType {
    this.#type ??= contentTypeOf(this.#response)
    return this.#type
  }

  get bytes(): Uint8Array {
    const { body } = this.#response
    return body instanceof Uint8Array ? body : new Uint8Array()
  }

  /** Throws a BodyError if the transport has cut the body. */
  whole(): Uint8Array {
    if (!this.#response.truncated) return this.bytes
    throw new BodyError('its body is too large, or has a content encoding that is not supported')
  }

  /** UTF-8 without its byte order mark. Throws a BodyError for another charset and for bytes that are not UTF-8. */
  text(): string {
    const { foreign } = this.#contentType
    if (foreign !== undefined) {
      throw new BodyError(`its charset is ${foreign.slice(0, 40)} and only UTF-8 is read`)
    }
    const bytes = this.whole()
    if (!isUtf8(bytes)) throw new BodyError('its body is not valid UTF-8')
    const text = asBuffer(bytes).toString('utf8')
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  }

  /** Throws a BodyError if the body is empty, of another type, or no JSON. */
  json(): unknown {
    if (this.#json === UNREAD) {
      const { mediaType = '', isJson } = this.#contentType
      if (this.whole().length === 0) throw new BodyError('its body is empty where JSON is expected')
      if (!isJson) {
        const hint = mediaType.startsWith('text/') ? '; text() would read it' : ''
        throw new BodyError(`it is ${mediaType.slice(0, 80)} where JSON is expected${hint}`)
      }
      const text = this.text()
      try {
        this.#json = parseJson(text)
      } catch {
        // The parser's own message quotes the body.
        throw new BodyError('its body is no valid JSON')
      }
    }
    return this.#json
  }

  /** By content type: JSON parsed, other text as text, other types as bytes, an empty body as `undefined`. */
  byContentType(): unknown {
    const { mediaType = '', isJson } = this.#contentType
    const bytes = this.whole()
    if (bytes.length === 0) return undefined
    if (isJson) return this.json()
    return mediaType.startsWith('text/') || mediaType.endsWith('+xml') || mediaType === 'application/xml'
      ? this.text()
      : bytes
  }

  /** For errors: the beginning of the body. Never fails. */
  looseText(): string {
    const { bytes } = this
    // The last character of a body that is cut here may have lost bytes: `stream` leaves it out.
    return bytes.length <= TEXT_LIMIT
      ? loosely.decode(bytes)
      : new TextDecoder().decode(bytes.subarray(0, TEXT_LIMIT), { stream: true })
  }

  /** For errors: parsed if it is JSON, else the text. Never fails. */
  loose(): unknown {
    try {
      return this.json()
    } catch {
      return this.looseText()
    }
  }
}

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
