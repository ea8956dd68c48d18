/** A response body that the caller reads while it arrives. */
import { Readable } from 'node:stream'
import type { Deadline, DeadlineOwner } from './deadlines.js'
import { type Coding, createDecoder, type Decoder } from './decompress.js'
import type { TransportFailure } from './failure.js'
import type { Receiver, Reception } from './reception.js'

const HIGH_WATER_MARK = 65_536

let warned = false

/**
 * Guarded against both ways of waiting for ever: for a server that sends no more, and for a caller who never begins
 * to read and so would hold the connection. One who has begun may take his time.
 */
export class ResponseStream extends Readable implements Receiver, DeadlineOwner {
  private decoder: Decoder | undefined
  private decoded = false
  private received = 0
  /** All of the response has arrived. */
  private complete = false
  private paused = false
  private deadline: Deadline | undefined

  constructor(
    private readonly reception: Reception,
    private readonly patience: number,
    private readonly coding: Coding | undefined,
  ) {
    super({ highWaterMark: HIGH_WATER_MARK })
    // A failure is for whoever reads the stream. Where nobody does, it must not end the process.
    this.on('error', () => {})
    this.watch()
  }

  receive(chunk: Uint8Array): void {
    if (this.destroyed) return
    this.received += chunk.length
    const more = this.coding === undefined ? this.push(chunk) : this.decode(chunk, this.coding)
    // Whoever got the chunk may have had enough.
    if (this.destroyed) return
    if (more) {
      this.watch()
    } else {
      this.paused = true
      this.reception.pause()
      // It is the reader's turn now, and only one who never began to read is hurried.
      if (this.readableDidRead) this.deadline?.stop()
      else this.watch()
    }
  }

  end(): void {
    this.complete = true
    this.deadline?.stop()
    if (this.decoder === undefined) this.push(null)
    else if (this.decoded) this.finishDecoding(this.decoder)
    else this.decoder.end()
  }

  fail(failure: TransportFailure): void {
    this.destroy(failure)
  }

  override _read(): void {
    this.decoder?.resume()
    if (this.decoder === undefined || !this.decoder.writableNeedDrain) this.resumeWire()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.deadline?.stop()
    this.decoder?.destroy()
    this.reception.streamClosed()
    callback(error)
  }

  onDeadline(): void {
    const what = this.paused ? 'nobody began to read the streamed response' : 'no more of the response body'
    const reason = `${what} within ${Math.round(this.patience)} ms`
    if (this.paused) warnOnce(reason)
    this.destroy(this.reception.failure('timeout', reason, undefined, 'attempt'))
  }

  private watch(): void {
    this.deadline?.stop()
    this.deadline = this.reception.startDeadline(this)
  }

  private resumeWire(): void {
    if (!this.paused) return
    this.paused = false
    this.watch()
    this.reception.resume()
  }

  private decode(chunk: Uint8Array, coding: Coding): boolean {
    this.decoder ??= this.startDecoding(coding, chunk[0] ?? 0)
    if (!this.decoded) return this.decoder.write(chunk)
    this.failDecoding()
    return false
  }

  private startDecoding(coding: Coding, firstByte: number): Decoder {
    const decoder = createDecoder(coding, firstByte)
    decoder.on('data', (chunk: Uint8Array) => {
      if (!this.push(chunk)) decoder.pause()
    })
    decoder.on('drain', () => this.resumeWire())
    decoder.on('error', error => this.failDecoding(error))
    decoder.on('end', () => {
      this.decoded = true
      if (this.complete) this.finishDecoding(decoder)
    })
    return decoder
  }

  private finishDecoding(decoder: Decoder): void {
    if (decoder.bytesWritten < this.received) this.failDecoding()
    else this.push(null)
  }

  private failDecoding(error?: Error): void {
    this.destroy(this.reception.failure('body', 'the compressed body of the response is broken', error))
  }
}

function warnOnce(reason: string): void {
  if (warned) return
  warned = true
  const detail = 'Read it, or call destroy() on it: it holds a connection. This warning is given once.'
  process.emitWarning(`${reason}, so it was destroyed.`, { code: 'GUISE_UNREAD_STREAM', detail })
}
