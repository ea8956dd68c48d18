/** Decides what becomes of the body of a response: it is gathered, drained away or handed on as a stream. */
import { Readable } from 'node:stream'
import { codingOf } from './decompress.js'
import { Drain, Gather } from './gather.js'
import type { SendOptions } from './message.js'
import { NO_BYTES, type Received } from './received.js'
import type { Receiver, Reception } from './reception.js'
import { ResponseStream } from './stream.js'

/** The receiver for a response; undefined if its headers have decided everything. */
export function receiverFor(
  reception: Reception,
  method: string,
  response: Received,
  options: SendOptions,
): Receiver | undefined {
  const { status } = response
  const receive = options.receive(status)
  if (method === 'HEAD' || status === 204 || status === 304) {
    // These have no body, whatever their headers say, and undici would wait for the one that a 304 describes.
    reception.finish(receive === 'stream' ? Readable.from([]) : NO_BYTES)
    return undefined
  }
  if (receive === 'discard') return new Drain(reception, false)
  const isError = status >= 400
  const coding = codingOf(response.header('content-encoding'))
  if (coding === 'unsupported') {
    // The status of an error is worth more than its body.
    if (isError && receive === 'gather') return new Drain(reception, true)
    const reason = 'the response body has a content encoding that is not supported'
    reception.reject(reception.failure('body', reason))
    return undefined
  }
  if (receive === 'stream') {
    const stream = new ResponseStream(reception, options.timeout, coding)
    reception.finish(stream)
    return stream
  }
  const limit = isError ? options.maxErrorBytes : options.maxResponseBytes
  const gather = new Gather(reception, limit, coding, isError)
  gather.expect(Number(response.header('content-length')))
  return gather
}
