/** Reads requests off a connection: only as much of HTTP/1.1 as clients send. */

/** A request as it came in. */
export interface FaultRequest {
  readonly method: string
  /** Path and query, as they came. */
  readonly path: string
  /** Names in lower case; values of one name joined by `, `. No prototype. */
  readonly headers: Readonly<Record<string, string>>
  /** The body, without the framing of chunks, as far as it was read. */
  readonly body: Buffer
  /** The number of its connection, from 1. */
  readonly connection: number
  /** Its number on its connection, from 1. */
  readonly nth: number
}

/** What a {@link RequestReader} tells. */
export interface RequestListener {
  /** The head of a request is there. */
  onHead(request: FaultRequest): void
  /** All of the request is there. */
  onRequest(request: FaultRequest): void
  /** This is no HTTP. */
  onNonsense(): void
}

class Request implements FaultRequest {
  readonly chunks: Buffer[] = []

  constructor(
    readonly method: string,
    readonly path: string,
    readonly headers: Readonly<Record<string, string>>,
    readonly connection: number,
    readonly nth: number,
  ) {}

  get body(): Buffer {
    return Buffer.concat(this.chunks)
  }
}

const END_OF_HEAD = '\r\n\r\n'

type State = 'head' | 'bytes' | 'chunk size' | 'chunk end' | 'trailer' | 'nonsense'

/** Cuts the bytes of one connection into requests. */
export class RequestReader {
  readonly #connection: number
  readonly #listener: RequestListener
  #state: State = 'head'
  #rest: Buffer = Buffer.alloc(0)
  /** Bytes of the body, or of its chunk, that are still to come. */
  #left = 0
  #chunked = false
  #request: Request | undefined
  #count = 0

  constructor(connection: number, listener: RequestListener) {
    this.#connection = connection
    this.#listener = listener
  }

  read(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    while (this.#step());
  }

  /** Takes one piece off what has come; `false` if more has to come first. */
  #step(): boolean {
    switch (this.#state) {
      case 'head':
        return this.#head()
      case 'bytes':
        return this.#bytes()
      case 'chunk size': {
        const line = this.#upTo('\r\n')
        if (line === undefined) return false
        this.#left = Number.parseInt(line, 16)
        this.#state = this.#left > 0 ? 'bytes' : 'trailer'
        return true
      }
      case 'chunk end':
        if (this.#upTo('\r\n') === undefined) return false
        this.#state = 'chunk size'
        return true
      case 'trailer': {
        const line = this.#upTo('\r\n')
        if (line === '') this.#done()
        return line !== undefined
      }
      case 'nonsense':
        return false
    }
  }

  #head(): boolean {
    if (this.#rest.length > 0 && !/[A-Z\r\n]/.test(String.fromCharCode(this.#rest[0] as number))) {
      this.#state = 'nonsense'
      this.#listener.onNonsense()
      return false
    }
    const head = this.#upTo(END_OF_HEAD)
    if (head === undefined) return false
    const [first = '', ...lines] = head.split('\r\n')
    const [method = '', path = ''] = first.split(' ')
    const headers = headersOf(lines)
    const request = new Request(method, path, headers, this.#connection, ++this.#count)
    this.#request = request
    this.#chunked = headers['transfer-encoding']?.toLowerCase() === 'chunked'
    this.#left = Number(headers['content-length'] ?? 0)
    this.#listener.onHead(request)
    if (this.#chunked) this.#state = 'chunk size'
    else if (this.#left > 0) this.#state = 'bytes'
    else this.#done()
    return true
  }

  #bytes(): boolean {
    if (this.#rest.length === 0) return false
    const taken = this.#rest.subarray(0, this.#left)
    this.#request?.chunks.push(taken)
    this.#rest = this.#rest.subarray(taken.length)
    this.#left -= taken.length
    if (this.#left > 0) return false
    if (this.#chunked) this.#state = 'chunk end'
    else this.#done()
    return true
  }

  #done(): void {
    this.#state = 'head'
    if (this.#request !== undefined) this.#listener.onRequest(this.#request)
    this.#request = undefined
  }

  #upTo(end: string): string | undefined {
    const at = this.#rest.indexOf(end)
    if (at < 0) return undefined
    const text = this.#rest.toString('latin1', 0, at)
    this.#rest = this.#rest.subarray(at + end.length)
    return text
  }
}

function headersOf(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = Object.create(null)
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value
  }
  return headers
}
