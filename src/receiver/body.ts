/** Reads a request's body as the bytes that it came in, and parses it for a handler that expects what a parser makes. */
import type { Readable } from 'node:stream'
import type { ReceivedRequest } from './read.js'

/**
 * The bytes of a body, at most `most` and one more, which tells that there are more.
 *
 * @throws Error if the sender breaks off.
 */
export function readBytes(stream: Readable, most: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let size = 0
    const settle = (end: () => void) => {
      stream.off('data', take).off('end', done).off('error', failed).off('close', broken)
      end()
    }
    const take = (piece: Buffer | string) => {
      const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece
      pieces.push(bytes)
      size += bytes.length
      if (size <= most) return
      // The rest is read and dropped by Node, so that the sender gets to read the answer.
      settle(() => resolve(Buffer.concat(pieces, most + 1)))
    }
    const done = () => settle(() => resolve(Buffer.concat(pieces)))
    const failed = (error: Error) => settle(() => reject(error))
    const broken = () => failed(new Error('the sender broke off in the middle of the body'))
    stream.on('data', take).on('end', done).on('error', failed).on('close', broken)
  })
}

/** Whether somebody has begun to read a stream. */
export const isTouched = (stream: Readable): boolean => stream.readableDidRead || stream.destroyed

/**
 * A body by its content type: JSON as its value, text and forms as a string, anything else as bytes; `undefined` for none.
 *
 * @throws SyntaxError or TypeError for bytes that are not what the content type says.
 */
export function parsed({ headers, body }: Pick<ReceivedRequest, 'headers' | 'body'>): unknown {
  if (body.length === 0) return undefined
  const type = String(headers['content-type'] ?? '')
    .split(';', 1)[0]
    ?.trim()
    .toLowerCase()
  if (type === undefined || type === '') return body
  const text = () => new TextDecoder('utf-8', { fatal: true }).decode(body)
  if (type === 'application/json' || type.endsWith('+json')) return JSON.parse(text())
  if (type === 'application/x-www-form-urlencoded') return Object.fromEntries(new URLSearchParams(text()))
  return type.startsWith('text/') ? text() : body
}
