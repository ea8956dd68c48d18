/** A request as a test reads it: its URL in parts, its headers by name, its body parsed. */
import type { HttpRequest, RequestBody, SendOptions } from '../http/index.js'

/** A request that came to a mock transport. */
export interface MockRequest {
  /** The HTTP verb: `GET`. */
  readonly method: string
  /** The whole URL: `http://member-svc:8080/api/members/7?page=1`. */
  readonly url: string
  /** Scheme, host and port: `http://member-svc:8080`. */
  readonly origin: string
  /** Path and query, percent-encoded, as they left: `/api/members/7?page=1`. */
  readonly path: string
  /** The path alone: `/api/members/7`. */
  readonly pathname: string
  /** The query, decoded; a list where a name comes more than once. */
  readonly query: Readonly<Record<string, string | readonly string[]>>
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** JSON parsed; a form as a record or as `FormData`; other text as text; the rest as bytes; `undefined` for none. */
  readonly body: unknown
  /** The template's variables, decoded, where a table of routes answers. */
  readonly params: Readonly<Record<string, string>>
  /** The request as it left; a streamed body has been read, and stands here as bytes. */
  readonly raw: HttpRequest
  /** The time limits and the signal that it was sent with. */
  readonly options: SendOptions
}

/** Reads a request: at once, unless its body is a stream or has parts. Rejects with what a streamed body fails with. */
export function mockRequestOf(raw: HttpRequest, options: SendOptions): MockRequest | Promise<MockRequest> {
  const { method, origin, path } = raw
  const at = path.indexOf('?')
  const pathname = at < 0 ? path : path.slice(0, at)
  const query = at < 0 ? {} : recordOf(path.slice(at + 1))
  const headers = headersOf(raw.headers)
  const url = origin + path
  const whole = (body: unknown, raw: HttpRequest): MockRequest => {
    return { method, url, origin, path, pathname, query, headers, body, params: {}, raw, options }
  }
  const bytes = bytesOf(raw.body)
  if (bytes instanceof Promise) {
    return bytes.then(async body => whole(await parsed(body, headers), { ...raw, body }))
  }
  const body = parsed(bytes, headers)
  return body instanceof Promise ? body.then(form => whole(form, raw)) : whole(body, raw)
}

/** Headers by name, of the flat list in which they leave. */
export function headersOf(flat: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] as string
    const value = flat[i + 1] as string
    headers[name] = Object.hasOwn(headers, name) ? `${headers[name]}, ${value}` : value
  }
  return headers
}

/** All bytes of a body; `undefined` if there is none. */
export function bytesOf(body: RequestBody): Uint8Array | undefined | Promise<Uint8Array> {
  if (body === null) return undefined
  if (typeof body === 'string') return Buffer.from(body)
  return body instanceof Uint8Array ? body : gathered(body)
}

async function gathered(body: AsyncIterable<Uint8Array | string>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
  return Buffer.concat(chunks)
}

/** A promise for a body of parts only. */
function parsed(bytes: Uint8Array | undefined, headers: Readonly<Record<string, string>>): unknown {
  if (bytes === undefined) return undefined
  const { 'content-type': contentType = '' } = headers
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (type === 'multipart/form-data') {
    const form = new Response(plain(bytes), { headers: { 'content-type': contentType } }).formData()
    // Node's parser refuses some names that are allowed; what it cannot read is still there as bytes.
    return form.catch(() => plain(bytes))
  }
  const text = Buffer.from(bytes).toString('utf8')
  if (type === 'application/x-www-form-urlencoded') return recordOf(text)
  if (/[/+]json$/.test(type)) return json(text)
  return type.startsWith('text/') || /[/+]xml$/.test(type) ? text : plain(bytes)
}

/** No Buffer, which a test would take for another value. */
const plain = (bytes: Uint8Array) => new Uint8Array(bytes)

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function recordOf(pairs: string): Record<string, string | string[]> {
  const parameters = new URLSearchParams(pairs)
  const names = [...new Set(parameters.keys())]
  return Object.fromEntries(
    names.map(name => {
      const values = parameters.getAll(name)
      return [name, values.length === 1 ? (values[0] as string) : values]
    }),
  )
}
