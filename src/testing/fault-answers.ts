/** Answers: whole responses, right or with something wrong in their bodies. */
import { gzipSync } from 'node:zlib'
import { type HeaderValues, head } from './fault-head.js'
import type { Fault } from './fault-scene.js'

/** A whole response. */
export interface Answer {
  /** Default: 200. */
  readonly status?: number
  /** `content-length` is added where a body can be, unless it or `transfer-encoding` is given. */
  readonly headers?: HeaderValues
  readonly body?: string | Uint8Array
}

/** The beginning of a response whose body is JSON. */
const JSON_TYPE = { 'content-type': 'application/json' }

/** Any response. */
export function answer({ status = 200, headers = {}, body = '' }: Answer): Fault {
  const bytes = Buffer.from(body)
  const bodiless = status === 204 || status === 304
  const framed = bodiless || 'content-length' in headers || 'transfer-encoding' in headers
  const all = framed ? headers : { ...headers, 'content-length': bytes.length }
  return {
    name: `answer ${status}`,
    at: 'request',
    play: scene => {
      const isHead = scene.request?.method === 'HEAD'
      scene.send(Buffer.concat([Buffer.from(head(status, all), 'latin1'), isHead ? Buffer.alloc(0) : bytes]))
    },
  }
}

/** A JSON value: no fault at all. */
export const json = (value: unknown, status = 200, headers: HeaderValues = {}): Fault =>
  answer({ status, headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(value) })

/** What {@link status} can add. */
export interface StatusOptions {
  /** The header `Retry-After`: seconds, a date, or any text. */
  readonly retryAfter?: number | string
  readonly headers?: HeaderValues
  /** A JSON value. Default: no body. */
  readonly body?: unknown
}

/** A status, by default without a body. */
export function status(code: number, { retryAfter, headers = {}, body }: StatusOptions = {}): Fault {
  const all = { ...(retryAfter !== undefined && { 'retry-after': retryAfter }), ...headers }
  return body === undefined ? answer({ status: code, headers: all }) : json(body, code, all)
}

/** A redirect. */
export const redirect = (location: string, code = 302): Fault => status(code, { headers: { location } })

/** An HTML page, as a proxy or a captive portal sends it, with a status of 200 by default. */
export const html = (page = '<!doctype html><title>Sign in</title>', code = 200): Fault =>
  answer({ status: code, headers: { 'content-type': 'text/html; charset=utf-8' }, body: page })

/** A text that says it is JSON. */
export const jsonText = (text: string | Uint8Array): Fault => answer({ headers: JSON_TYPE, body: text })

/** JSON that is cut off, under a length that is right. */
export const brokenJson: Fault = jsonText('{"id":7,"na')

/** JSON with a byte in a string that is not UTF-8. */
export const invalidUtf8: Fault = jsonText(
  Buffer.concat([Buffer.from('{"id":"'), Buffer.of(0xff), Buffer.from('"}')]),
)

/** A body under any `content-encoding`, be it true or not. */
export const encoded = (coding: string | readonly string[], body: string | Uint8Array): Fault =>
  answer({ headers: { ...JSON_TYPE, 'content-encoding': coding }, body })

/** A JSON value in gzip. */
export const gzip = (value: unknown): Fault => encoded('gzip', gzipSync(JSON.stringify(value)))

/** Gzip that ends too soon, under a length that is right. */
export const truncatedGzip: Fault = encoded('gzip', gzipSync(JSON.stringify({ id: 7 })).subarray(0, -6))

const MEBIBYTE = 1024 * 1024

/** A few kilobytes of gzip that become many mebibytes of JSON. */
export function gzipBomb({
  mebibytes = 50,
  code = 200,
}: {
  readonly mebibytes?: number
  readonly code?: number
} = {}): Fault {
  const member = gzipSync(Buffer.alloc(MEBIBYTE, ' '))
  const body = Buffer.concat([...Array.from({ length: mebibytes }, () => member), gzipSync('{}')])
  return answer({ status: code, headers: { ...JSON_TYPE, 'content-encoding': 'gzip' }, body })
}

/** A body of JSON as long as you like: spaces and an object. It is written as the client reads. */
export function longBody({
  mebibytes = 50,
  chunked = false,
  code = 200,
}: {
  readonly mebibytes?: number
  readonly chunked?: boolean
  readonly code?: number
} = {}): Fault {
  const piece = Buffer.alloc(MEBIBYTE, ' ')
  const framing: HeaderValues = chunked
    ? { 'transfer-encoding': 'chunked' }
    : { 'content-length': mebibytes * MEBIBYTE + 2 }
  return {
    name: 'longBody',
    at: 'request',
    play: ({ socket }) => {
      let left = mebibytes
      const wrap = (bytes: Buffer) =>
        chunked
          ? Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
          : bytes
      const pump = () => {
        while (left > 0 && socket.writable) {
          left--
          if (!socket.write(wrap(piece))) {
            socket.once('drain', pump)
            return
          }
        }
        if (socket.writable)
          socket.write(Buffer.concat([wrap(Buffer.from('{}')), Buffer.from(chunked ? '0\r\n\r\n' : '')]))
      }
      socket.write(head(code, { ...JSON_TYPE, ...framing }))
      pump()
    },
  }
}
