/** Request bodies that are read while they are sent: streams and async iterables. */
import { IncomingMessage } from 'node:http'
import { finished, Readable } from 'node:stream'
import type { RequestBody } from './message.js'

type Streamed = Readable | AsyncIterable<Uint8Array | string>

/** Iterators that were opened before: they would seem empty now, and an empty body would go out in their name. */
const opened = new WeakSet<object>()

export function isStreamed(body: RequestBody): body is Streamed {
  return typeof body === 'object' && body !== null && !(body instanceof Uint8Array)
}

/**
 * The stream to send. `onFailure` is called if nothing can be read from it any more, and when it fails or is destroyed
 * before its end, also while the request still waits for a connection.
 */
export function openUpload(body: Streamed, onFailure: (error: unknown) => void): Readable {
  const stream = body instanceof Readable ? body : fromIterable(body)
  // These listeners stay, so that no late error of the stream is ever an uncaught one.
  finished(stream, { writable: false }, error => {
    if (error) onFailure(error)
  })
  if (!stream.readable) onFailure(stream.errored ?? usedUp())
  return stream
}

/** Frees what the stream holds, after a failure. Undici does so only once it has begun to send it. */
export function dropUpload(stream: Readable): void {
  // Destroying an incoming request would cut off the client that waits for our caller's answer.
  if (!(stream instanceof IncomingMessage)) stream.destroy()
}

function fromIterable(body: AsyncIterable<Uint8Array | string>): Readable {
  try {
    if (opened.has(body)) throw usedUp()
    const iterator = body[Symbol.asyncIterator]()
    if ((iterator as unknown) === body) opened.add(body)
    // Destroying a stream that is made this way calls the iterator's `return`.
    return Readable.from({ [Symbol.asyncIterator]: () => iterator }, { objectMode: false })
  } catch (error) {
    return new Readable().destroy(error as Error)
  }
}

function usedUp(): Error {
  return new Error('The stream has been read or destroyed before')
}
