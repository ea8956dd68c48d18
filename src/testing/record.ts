/** `record`: an interceptor that writes calls to a file, for `replay` to answer from. */
import { Readable } from 'node:stream'
import type { InterceptedRequest, Interceptor } from '../call/interceptor.js'
import { type HttpResponse, type RequestBody, TransportFailure } from '../http/index.js'
import { redactHeader, redactPath } from '../redact.js'
import { type FixtureCall, writeFixture } from './fixture.js'
import { type FixtureBody, fixtureBody, type RedactedPaths, withFixedBoundary } from './fixture-body.js'

export interface RecordOptions {
  /** Members of JSON bodies, and form fields, that are written as blanks: `user.email`, `items.*.iban`. */
  readonly redact?: RedactedPaths
}

/**
 * Records what goes through a client into a file that a person can read and a repository can keep. Each attempt is one
 * call of the file, in the order of their beginnings. Credentials are replaced: headers and cookies, query parameters,
 * form fields and JSON members by their names, and what `redact` lists; `replay` does not miss them.
 *
 * The file is begun anew by the first call. Clients that shall share it share the interceptor.
 *
 * @param file where it is written, from the working directory; its directory is made if need be.
 *
 * @example
 * const members = createClient(MemberClient, { url, use: [record('test/members.json', { redact: ['email'] })] })
 */
export function record(file: string | URL, { redact = [] }: RecordOptions = {}): Interceptor {
  const calls: (FixtureCall | undefined)[] = []
  return async (request, next) => {
    const place = calls.push(undefined) - 1
    const upload = copied(request.body)
    const save = (outcome: Pick<FixtureCall, 'response' | 'failure'>) => {
      calls[place] = { call: request.route, request: sentOf(request, upload.bytes(), redact), ...outcome }
      writeFixture(file, { redacted: [...redact], calls: calls.filter(call => call !== undefined) })
    }
    let response: HttpResponse
    try {
      response = await next({ ...request, body: upload.body })
    } catch (error) {
      if (error instanceof TransportFailure) save({ failure: failureOf(error) })
      throw error
    }
    if (response.body instanceof Uint8Array) {
      save({ response: responseOf(response, response.body, redact) })
      return response
    }
    const download = copied(response.body)
    const saved = async function* () {
      try {
        yield* download.body as AsyncIterable<Uint8Array>
      } finally {
        save({ response: responseOf(response, download.bytes(), redact) })
      }
    }
    return { ...response, body: Readable.from(saved(), { objectMode: false }) }
  }
}

interface Copied {
  readonly body: RequestBody
  /** What has gone through by now. */
  readonly bytes: () => Uint8Array
}

/** A stream is copied while it passes by. */
function copied(body: RequestBody): Copied {
  if (body === null) return { body, bytes: () => new Uint8Array() }
  if (typeof body === 'string' || body instanceof Uint8Array)
    return { body, bytes: () => Buffer.from(body as string) }
  const chunks: Uint8Array[] = []
  async function* passing() {
    for await (const chunk of body as AsyncIterable<Uint8Array | string>) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      chunks.push(bytes)
      yield bytes
    }
  }
  return { body: passing(), bytes: () => Buffer.concat(chunks) }
}

function sentOf(
  { method, path, headers, template }: InterceptedRequest,
  bytes: Uint8Array,
  redact: RedactedPaths,
): FixtureCall['request'] {
  const contentType = headers.get('content-type') ?? ''
  const all = [...headers].map(([name, value]) => [
    name,
    name === 'content-type' ? withFixedBoundary(value) : value,
  ])
  return {
    method,
    path: redactPath(path, template),
    headers: headersOf(Object.fromEntries(all)),
    ...fixtureBody(bytes, contentType, redact),
  }
}

function responseOf(
  response: HttpResponse,
  bytes: Uint8Array,
  redact: RedactedPaths,
): FixtureCall['response'] {
  const { status, headers, truncated } = response
  const type = Object.hasOwn(headers, 'content-type') ? headers['content-type'] : ''
  const body: FixtureBody = fixtureBody(bytes, String(type), redact)
  return { status, headers: headersOf(headers), ...(truncated && { truncated }), ...body }
}

/** They tell of one connection or of one moment, and would make each recording another. */
const PASSING = new Set([
  'date',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'content-encoding',
])

/** Sorted, without credentials. */
function headersOf(headers: Readonly<Record<string, string | string[]>>): Record<string, string | string[]> {
  const kept = Object.entries(headers).filter(([name]) => !PASSING.has(name))
  const shown = kept.map(([name, value]): [string, string | string[]] => [
    name,
    typeof value === 'string' ? redactHeader(name, value) : value.map(one => redactHeader(name, one)),
  ])
  return Object.fromEntries(shown.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function failureOf({ facts }: TransportFailure): FixtureCall['failure'] {
  const { cause, ...told } = facts
  const code = (cause as { code?: unknown } | undefined)?.code
  return { ...told, ...(typeof code === 'string' && { code }) }
}
