/** `deduplicate`: the receiver as a middleware of Node's http and Express, as a hook of Fastify, and as a function. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { type GivenAnswer, MOST_KEPT, type RefusalCode, refusal } from './answers.js'
import { isTouched, parsed, readBytes } from './body.js'
import { Capture } from './capture.js'
import { type Notification, tie } from './notification.js'
import { type DeduplicateOptions, settingsOf } from './options.js'
import { passes } from './read.js'
import { type Receive, receiverOf } from './receive.js'

/** Fastify's hook `preParsing`, as far as it matters here. */
export type PreParsing = (
  request: { readonly raw: IncomingMessage },
  reply: { readonly raw: ServerResponse; hijack(): unknown },
  payload: Readable,
  done: (error?: Error | null, payload?: Readable) => void,
) => void

/** A receiver, ready to be mounted. */
export interface Deduplicate {
  /**
   * A middleware of Express; with Node's http, `next` runs the handler, and may return a promise. Rejects as the handler
   * does, when 500 has been answered and the key is free again.
   */
  (request: IncomingMessage, response: ServerResponse, next: () => unknown): Promise<void>
  /** A hook of Fastify: `fastify.addHook('preParsing', ...)`, or among the options of a route. */
  readonly preParsing: PreParsing
  /** Without any framework: a request and its handler, to the answer to give. */
  readonly receive: Receive
}

/** A request as parsers leave it. */
type ParsedRequest = IncomingMessage & {
  body?: unknown
  rawBody?: unknown
  originalUrl?: string
  _body?: boolean
}

/** One request on its way through. */
interface Passage {
  readonly request: ParsedRequest
  readonly response: ServerResponse
  /** The framework's own request. */
  readonly raw: object
  readonly stream: Readable
  /** Lets the handler run; what it returns may be a promise, whose rejection is the handler's failure. */
  readonly start: (body: Buffer | undefined) => unknown
  /** Comes before an answer that the handler has no part in. */
  readonly takeOver: () => void
  /** Takes an error of the options' own functions, where there is somebody to take it. */
  readonly fail?: (error: Error) => void
}

/**
 * Handles each notification once: the first request with a key runs the handler, whose answer is remembered before it
 * leaves; a later one with the same key is given that answer. While the handler runs, others get 409 and `Retry-After`;
 * another request under the same key gets 422. An answer 4xx, 5xx, or an error of the handler releases the key, so the
 * next attempt runs again. The key is the header `Idempotency-Key`, in the scope of route and sender.
 *
 * It needs the body as it came, so it stands in front of body parsers; Node's and Express's handlers find the parsed body
 * as `request.body`. What the handler does happens once, even if the process is killed in the middle, only if it is done
 * by the transaction that `postgresDedupe` gives it (`notificationOf(request).tx`); else it has to be idempotent.
 *
 * @param options only `store` is required; durations are in milliseconds.
 * @throws TypeError or RangeError for a wrong option.
 *
 * @example
 * app.post('/mails', deduplicate({ store: postgresDedupe(pool) }), sendMail)                    // Express
 * fastify.addHook('preParsing', deduplicate({ store: redisDedupe(redis) }).preParsing)          // Fastify
 * createServer((req, res) => dedupe(req, res, () => handle(req, res)).catch(console.error))     // Node
 */
export function deduplicate(options: DeduplicateOptions): Deduplicate {
  const settings = settingsOf(options)
  const receive = receiverOf(settings)
  const seen = new WeakSet<object>()

  async function pass(passage: Passage): Promise<void> {
    const { request, response, raw, stream, start, takeOver, fail } = passage
    const { method = 'GET', headers } = request
    // In front of all routes and of this one as well: a second claim would find the first in its way.
    if (seen.has(request) || passes({ method, headers }, settings)) {
      await start(undefined)
      return
    }
    seen.add(request)
    const refuse = (code: RefusalCode): void => {
      settings.report({ name: 'dedupe_refused', code })
      takeOver()
      write(response, refusal(code))
    }
    const encoding = headers['content-encoding'] ?? 'identity'
    if (encoding.toLowerCase() !== 'identity') return refuse('body-encoded')
    if (Number(headers['content-length'] ?? 0) > settings.maxBodyBytes) return refuse('body-too-large')
    if (!(request.rawBody instanceof Uint8Array) && isTouched(stream)) return refuse('raw-body-missing')
    const body = await bodyOf(passage, settings.maxBodyBytes)
    if (body === undefined) return

    let capture: Capture | undefined
    let started: unknown
    const handle = async (notification: Notification | undefined) => {
      if (notification !== undefined) tie(request, notification)
      capture = new Capture(response, MOST_KEPT)
      const { answered } = capture
      started = start(body)
      // A handler that returns without an answer has not answered yet; one that fails has.
      return await Promise.race([answered, Promise.resolve(started).then(() => answered)])
    }
    const give = (answer: GivenAnswer): void => {
      if (capture === undefined) {
        takeOver()
        write(response, answer)
      } else capture.send(answer)
    }
    const path = request.originalUrl ?? request.url ?? '/'
    try {
      give(await receive({ method, path, headers, body, raw }, handle))
    } catch (error) {
      if (capture === undefined && fail !== undefined) return fail(error as Error)
      give(refusal(error instanceof Malformed ? 'body-malformed' : 'handler-failed'))
      if (!(error instanceof Malformed)) throw error
    }
    await started
  }

  const middleware = (
    request: IncomingMessage,
    response: ServerResponse,
    next: () => unknown,
  ): Promise<void> =>
    pass({
      request,
      response,
      raw: request,
      stream: request,
      start: body => {
        if (body !== undefined) leaveParsed(request, body)
        return next()
      },
      takeOver: () => {},
    })
  const preParsing: PreParsing = (request, reply, payload, done) => {
    const passing = pass({
      request: request.raw,
      response: reply.raw,
      raw: request,
      stream: payload,
      start: body => done(null, body === undefined ? payload : streamOf(body)),
      takeOver: () => reply.hijack(),
      fail: done,
    })
    // Fastify has been told of all that can fail.
    passing.catch(() => {})
  }
  return Object.assign(middleware, { preParsing, receive })
}

/** The body is not what its content type says: the sender's mistake, not the handler's. */
class Malformed extends Error {}

/** Leaves the body where handlers look for it, and tells the parsers of Express 4 and 5 that there is none to read. */
function leaveParsed(request: ParsedRequest, body: Buffer): void {
  const wasParsed = request.rawBody !== undefined
  request.rawBody = body
  request._body = true
  if (wasParsed && request.body !== undefined) return
  try {
    request.body = parsed({ headers: request.headers, body })
  } catch {
    throw new Malformed()
  }
}

/** The bytes as they came; `undefined` if the sender broke off, so that there is nobody to answer. */
async function bodyOf({ request, stream }: Passage, most: number): Promise<Buffer | undefined> {
  if (request.rawBody instanceof Uint8Array) return Buffer.from(request.rawBody)
  try {
    return await readBytes(stream, most)
  } catch {
    return undefined
  }
}

const streamOf = (body: Buffer): Readable =>
  Readable.from(body.length === 0 ? [] : [body], { objectMode: false })

function write(response: ServerResponse, { status, headers, body }: GivenAnswer): void {
  response.statusCode = status
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) response.setHeader(name, value)
  response.end(body)
}
