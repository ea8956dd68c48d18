/** Receivers that read a response to its end: one that gathers the body, one that drains it away. */
import { type Coding, compressedLimit, decompress, decompressHead, TooLarge } from './decompress.js'
import type { TransportFailure } from './failure.js'
import { NO_BYTES } from './received.js'
import type { Receiver, Reception } from './reception.js'

/** Reading this much of an unwanted body is cheaper than a new connection. */
const DRAIN_LIMIT = 131_072
/** A body of tiny chunks costs more for the chunks than for the bytes; this many are joined to one. */
const JOIN_AT = 512

/** Gathers a body up to a limit: one that is larger is cut (bodies of errors) or refused (all others). */
export class Gather implements Receiver {
  private readonly wireLimit: number
  private size = 0
  private first: Uint8Array | undefined
  private joined: Uint8Array[] | undefined
  private recent: Uint8Array[] | undefined

  constructor(
    private readonly reception: Reception,
    private readonly limit: number,
    private readonly coding: Coding | undefined,
    private readonly cut: boolean,
  ) {
    this.wireLimit = coding === undefined ? limit : compressedLimit(limit)
  }

  /** Refuses a body that says itself that it is too large. */
  expect(contentLength: number): void {
    if (!this.cut && contentLength > this.wireLimit) this.refuse()
  }

  receive(chunk: Uint8Array): void {
    const left = this.wireLimit - this.size
    this.size += chunk.length
    if (chunk.length <= left) {
      this.keep(chunk)
    } else if (this.cut) {
      this.keep(chunk.subarray(0, left))
      this.reception.cutOff()
      this.deliver(true)
    } else {
      this.refuse()
    }
  }

  end(): void {
    this.deliver(false)
  }

  fail(failure: TransportFailure): void {
    this.reception.reject(failure)
  }

  private keep(chunk: Uint8Array): void {
    if (this.first === undefined) {
      this.first = chunk
      return
    }
    this.recent ??= []
    this.recent.push(chunk)
    if (this.recent.length < JOIN_AT) return
    this.joined ??= []
    this.joined.push(Buffer.concat(this.recent))
    this.recent = []
  }

  private bytes(): Uint8Array {
    if (this.first === undefined) return NO_BYTES
    if (this.recent === undefined) return this.first
    return Buffer.concat([this.first, ...(this.joined ?? []), ...this.recent])
  }

  private deliver(truncated: boolean): void {
    const bytes = this.bytes()
    if (this.coding === undefined) {
      this.reception.finish(bytes, truncated)
    } else if (this.cut) {
      // A status of 500 matters more than the state of its body: what can be read of it is taken.
      decompressHead(this.coding, bytes, this.limit).then(head =>
        this.reception.finish(head.body, head.truncated),
      )
    } else {
      decompress(this.coding, bytes, this.limit).then(
        body => this.reception.finish(body, false),
        error => (error instanceof TooLarge ? this.refuse() : this.refuse(error)),
      )
    }
  }

  private refuse(broken?: Error): void {
    const reason =
      broken === undefined
        ? `the response body is larger than ${this.limit} bytes`
        : 'the compressed body of the response is broken'
    this.reception.reject(this.reception.failure('body', reason, broken))
  }
}

/** Reads a body that nobody wants, so that its connection can be used again. Its end is waited for, not required. */
export class Drain implements Receiver {
  private size = 0

  constructor(
    private readonly reception: Reception,
    private readonly truncated: boolean,
  ) {}

  receive(chunk: Uint8Array): void {
    this.size += chunk.length
    if (this.size > DRAIN_LIMIT) this.fail()
  }

  end(): void {
    this.reception.finish(NO_BYTES, this.truncated)
  }

  fail(): void {
    this.reception.cutOff()
    this.end()
  }
}
