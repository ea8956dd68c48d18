/** What a test says that a service answers, made into what a transport gives. */
import { STATUS_CODES } from 'node:http'
import { Readable } from 'node:stream'
import type { HttpResponse, RawHeaders, SendOptions } from '../http/index.js'
import { TransportFailure } from '../http/index.js'
import { MockError } from './mock-error.js'
import { networkFailure } from './network-failure.js'

/** An answer of a service that is not there. By default: 200 without a body. */
export interface MockAnswer {
  /** Default: 200. */
  readonly status?: number
  /** A list where a header comes more than once. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /**
   * Text and bytes are sent as they are, without a content type, and a stream as it is read. All else is sent as JSON,
   * with its content type unless `headers` says another. `undefined` is no body.
   */
  readonly body?: unknown
  /** The transport has cut the body, because it is too large or its encoding is not known. */
  readonly truncated?: boolean
}

/** The response that a transport would give for this answer. */
export async function responseOf(
  answer: MockAnswer,
  method: string,
  options: SendOptions,
): Promise<HttpResponse> {
  const { status = 200, truncated = false } = answer
  if (!Number.isInteger(status) || status < 1 || status > 999) {
    throw new MockError(`an answer cannot have the status ${String(status)}; use a whole number`)
  }
  const headers = headersOf(answer)
  const response = { status, statusText: STATUS_CODES[status] ?? '', headers, truncated }
  const receive = options.receive(status)
  const bodiless = method === 'HEAD' || status === 204 || status === 304
  const body = bodiless ? new Uint8Array() : bodyOf(answer.body, headers)
  if (receive === 'stream')
    return { ...response, body: Readable.from(body instanceof Uint8Array ? [body] : body) }
  if (receive === 'discard') return { ...response, body: new Uint8Array() }
  const bytes = body instanceof Uint8Array ? body : await gathered(body, status)
  const isError = status >= 400
  const limit = isError ? options.maxErrorBytes : options.maxResponseBytes
  if (bytes.length <= limit) return { ...response, body: bytes }
  if (isError) return { ...response, body: bytes.subarray(0, limit), truncated: true }
  throw new TransportFailure({
    kind: 'body',
    reason: `the response body is larger than ${limit} bytes`,
    sent: true,
    reused: false,
    answered: true,
    status,
  })
}

/** Names in lower case, no prototype: as they come from the wire. */
function headersOf({ headers = {}, body }: MockAnswer): RawHeaders {
  const raw: Record<string, string | string[]> = Object.create(null)
  for (const [name, value] of Object.entries(headers)) {
    raw[name.toLowerCase()] = typeof value === 'string' ? value : [...value]
  }
  if (isJson(body)) raw['content-type'] ??= 'application/json'
  return raw
}

type Streamed = AsyncIterable<Uint8Array | string>

const isStreamed = (body: unknown): body is Streamed =>
  typeof body === 'object' && body !== null && Symbol.asyncIterator in body

const isJson = (body: unknown): boolean =>
  body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array) && !isStreamed(body)

function bodyOf(body: unknown, headers: RawHeaders): Uint8Array | Streamed {
  if (body === undefined) return new Uint8Array()
  if (typeof body === 'string') return Buffer.from(body)
  if (body instanceof Uint8Array || isStreamed(body)) return body
  try {
    const text = JSON.stringify(body)
    if (text !== undefined) return Buffer.from(text)
  } catch (cause) {
    throw new MockError(
      `the body of an answer of type ${headers['content-type']} cannot be written as JSON`,
      { cause },
    )
  }
  throw new MockError(`the body of an answer is a ${typeof body}, which cannot be written as JSON`)
}

/** A body that breaks off is a connection that broke after the status had come. */
async function gathered(body: Streamed, status: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of body) chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
  } catch (error) {
    const failure = networkFailure(error)
    if (failure === undefined) throw error
    throw new TransportFailure({ ...failure.facts, sent: true, answered: true, status })
  }
  return Buffer.concat(chunks)
}
