/**
 * Holds back what a handler writes to a response of Node's until its answer is remembered. A short answer is held as a
 * whole; of a long one the head and the pieces leave as they come, but for the last piece: without its end no sender
 * takes an answer for complete.
 */
import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Answer, GivenAnswer } from './answers.js'

type Done = (error?: Error | null) => void
type HeadArguments = readonly [status: number, ...rest: unknown[]]

export class Capture {
  /** The handler's answer, once it has been ended. */
  readonly answered: Promise<Answer>
  readonly #response: ServerResponse
  readonly #most: number
  readonly #writeHead: (...args: HeadArguments) => ServerResponse
  readonly #write: (chunk: Uint8Array, done?: Done) => boolean
  readonly #end: (chunk: Uint8Array, done?: () => void) => unknown
  #pieces: Buffer[] = []
  #size = 0
  /** Whether the head, and all but the end of the body, has left. */
  #left = false
  /** The names of the headers as the handler wrote them. */
  #names: string[] = []
  /** The headers that were there before the handler. */
  readonly #before: OutgoingHttpHeaders
  #phase: 'held' | 'leaving' | 'ended' | 'open' = 'held'
  #headTold = false
  #done: (() => void) | undefined
  #answer!: (answer: Answer) => void

  /** @param most bytes up to which pieces are held. */
  constructor(response: ServerResponse, most: number) {
    this.#response = response
    this.#most = most
    this.#before = { ...response.getHeaders() }
    this.answered = new Promise(resolve => {
      this.#answer = resolve
    })
    this.#writeHead = response.writeHead.bind(response) as never
    this.#write = response.write.bind(response) as never
    this.#end = response.end.bind(response) as never
    this.#install()
  }

  /** Sends an answer in the place of what was held, or the end of what has left. */
  send(answer: GivenAnswer): void {
    const response = this.#response
    this.#phase = 'open'
    if (this.#left) {
      // What has left cannot be taken back; cut off, it is no answer.
      if (answer.from === 'handler') this.#end(Buffer.concat(this.#pieces), this.#done)
      else response.destroy()
      return
    }
    this.#setHead(answer)
    this.#end(answer.body ?? Buffer.alloc(0), this.#done)
  }

  #install(): void {
    const response = this.#response
    const own = (name: string, descriptor: PropertyDescriptor) =>
      Object.defineProperty(response, name, { configurable: true, ...descriptor })
    const method = (name: string, value: unknown) => own(name, { value, writable: true })
    method('writeHead', (...args: HeadArguments) => this.#headWritten(args))
    method('write', (...args: unknown[]) => this.#written(args))
    method('end', (...args: unknown[]) => this.#wasEnded(args))
    method('flushHeaders', () => {
      if (this.#phase === 'held') this.#headTold = true
    })
    // A handler that asks is told what it would be told without us; so error handlers do not answer a second time.
    own('headersSent', { get: () => this.#headTold || inherited(response, 'headersSent') })
    own('writableEnded', { get: () => this.#phase === 'ended' || inherited(response, 'writableEnded') })
  }

  #headWritten(args: HeadArguments): ServerResponse {
    if (this.#phase === 'open' || this.#phase === 'leaving') return this.#writeHead(...args)
    if (this.#phase === 'ended') return this.#response
    const [status, ...rest] = args
    const message = typeof rest[0] === 'string' ? rest[0] : undefined
    const headers = (message === undefined ? rest[0] : rest[1]) as HeadHeaders | undefined
    checkStatus(status)
    this.#response.statusCode = status
    if (message !== undefined) this.#response.statusMessage = message
    for (const [name, value] of pairsOf(headers)) this.#response.setHeader(name, value)
    this.#headTold = true
    return this.#response
  }

  #written(args: readonly unknown[]): boolean {
    const [chunk, encoding, done] = chunkOf(args)
    if (this.#phase === 'open') return this.#write(bytesOf(chunk, encoding), done)
    if (this.#phase === 'ended') return false
    this.#headTold = true
    const before = this.#pieces
    this.#hold(bytesOf(chunk, encoding))
    if (done !== undefined) queueMicrotask(done)
    if (this.#phase === 'held' && this.#size <= this.#most) return true
    this.#phase = 'leaving'
    this.#left = true
    const last = this.#pieces.pop() as Buffer
    const leaving = Buffer.concat(before)
    this.#pieces = [last]
    return leaving.length === 0 || this.#write(leaving)
  }

  #wasEnded(args: readonly unknown[]): ServerResponse {
    const [chunk, encoding, done] = chunkOf(args)
    if (this.#phase === 'open') {
      this.#end(bytesOf(chunk, encoding), done as () => void)
      return this.#response
    }
    if (this.#phase === 'ended') return this.#response
    const { statusCode: status } = this.#response
    checkStatus(status)
    if (chunk !== undefined && chunk !== null) this.#hold(bytesOf(chunk, encoding))
    this.#phase = 'ended'
    this.#headTold = true
    this.#done = done as (() => void) | undefined
    this.#names = (this.#response as unknown as RawNames).getRawHeaderNames()
    this.#answer({
      status,
      headers: { ...this.#response.getHeaders() },
      ...(this.#left ? { streamed: true } : { body: Buffer.concat(this.#pieces) }),
    })
    return this.#response
  }

  #hold(piece: Buffer): void {
    this.#pieces.push(piece)
    this.#size += piece.length
  }

  /** The head as it was when the handler ended: what was set after that would not have left either. */
  #setHead({ status, headers, from }: GivenAnswer): void {
    const response = this.#response
    this.#headTold = false
    response.statusCode = status
    if (from !== 'handler') response.statusMessage = ''
    // The handler's headers are no part of another answer.
    const all: Answer['headers'] = from === 'handler' ? headers : { ...this.#before, ...headers }
    for (const name of response.getHeaderNames()) if (all[name] === undefined) response.removeHeader(name)
    const written = new Map(this.#names.map(name => [name.toLowerCase(), name]))
    for (const [name, value] of Object.entries(all))
      if (value !== undefined) response.setHeader(written.get(name) ?? name, value)
  }
}

/** Missing from the types of Node 20, not from Node 20. */
interface RawNames {
  getRawHeaderNames(): string[]
}

const inherited = (response: ServerResponse, name: 'headersSent' | 'writableEnded'): boolean =>
  Reflect.get(Object.getPrototypeOf(response), name, response)

function checkStatus(status: unknown): asserts status is number {
  if (!Number.isInteger(status) || (status as number) < 100 || (status as number) > 999)
    throw new RangeError('the status of an answer must be a whole number from 100 to 999')
}

/** What `write` and `end` may be called with: a chunk, its encoding and a callback, all optional. */
function chunkOf(
  args: readonly unknown[],
): [chunk: unknown, encoding: BufferEncoding, done: Done | undefined] {
  const done = args.find(argument => typeof argument === 'function') as Done | undefined
  const [chunk, encoding] = args
  return [
    typeof chunk === 'function' ? undefined : chunk,
    typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8',
    done,
  ]
}

/** A copy: the handler may use its buffer again, once it has been told that it was written. */
function bytesOf(chunk: unknown, encoding: BufferEncoding): Buffer {
  if (chunk === undefined || chunk === null) return Buffer.alloc(0)
  if (typeof chunk === 'string') return Buffer.from(chunk, encoding)
  if (chunk instanceof Uint8Array) return Buffer.from(chunk)
  throw new TypeError('a piece of an answer must be a string or bytes')
}

type HeadHeaders = OutgoingHttpHeaders | readonly unknown[]

/** Headers as `writeHead` takes them: an object, a list of pairs, or names and values in turn. */
function pairsOf(headers: HeadHeaders = {}): [name: string, value: OutgoingHttpHeader][] {
  if (!Array.isArray(headers))
    return Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value as OutgoingHttpHeader]],
    )
  const flat = headers.flat()
  const pairs = new Map<string, OutgoingHttpHeader>()
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const [name, value] = [String(flat[i]), flat[i + 1] as string]
    const other = pairs.get(name)
    pairs.set(name, other === undefined ? value : [other, value].flat().map(String))
  }
  return [...pairs]
}
