/** Responses whose framing is wrong or odd: what a parser has to refuse, or to bear. */
import { head, JSON_HEAD } from './fault-head.js'
import type { Fault } from './fault-scene.js'

/** Sends exactly these bytes; text is Latin-1. */
export function raw(bytes: string | Uint8Array, name = 'raw'): Fault {
  return { name, at: 'request', play: scene => scene.send(bytes) }
}

/** Sends exactly these bytes and ends the connection (FIN). */
function rawAndFin(name: string, bytes: string): Fault {
  return {
    name,
    at: 'request',
    play: scene => {
      scene.send(bytes)
      scene.fin()
    },
  }
}

/** Bytes that are no HTTP. */
export const garbage: Fault = raw('\x00\x01\x02 this is not HTTP \xff\xfe\r\n\r\n', 'garbage')
/** An answer of HTTP/0.9: a body and nothing else. */
export const http09: Fault = rawAndFin('http09', '<html>hello</html>')
/** Lines that end in LF alone. */
export const bareLineFeeds: Fault = raw('HTTP/1.1 200 OK\ncontent-length: 2\n\n{}', 'bareLineFeeds')
/** A header line that goes on in the next one, which RFC 9112 has abolished. */
export const foldedHeader: Fault = raw(
  `${JSON_HEAD}x-folded: a\r\n b\r\ncontent-length: 2\r\n\r\n{}`,
  'foldedHeader',
)
/** A header line without a colon. */
export const headerWithoutColon: Fault = raw(
  `${JSON_HEAD}nonsense\r\ncontent-length: 2\r\n\r\n{}`,
  'headerWithoutColon',
)

/** A chunk whose size is no number. */
export const badChunkSize: Fault = raw(
  `${JSON_HEAD}transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
  'badChunkSize',
)
/** A chunk with an extension of a mebibyte. */
export const hugeChunkExtension: Fault = raw(
  `${JSON_HEAD}transfer-encoding: chunked\r\n\r\n2;x=${'y'.repeat(1024 * 1024)}\r\n{}\r\n0\r\n\r\n`,
  'hugeChunkExtension',
)

/** A response with any `content-length`, right or wrong, once or more often. */
export const contentLength = (values: string | readonly string[], body = '{}'): Fault =>
  raw(head(200, { 'content-type': 'application/json', 'content-length': values }) + body, 'contentLength')

/** A length and chunks at once: the classic of request smuggling. */
export const lengthAndChunks: Fault = raw(
  `${JSON_HEAD}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
  'lengthAndChunks',
)

/** A 204 that has a body. */
export const bodyOn204: Fault = raw('HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\nhello', 'bodyOn204')
/** A whole response, and bytes after it: the beginning of an answer to a request that was not sent yet. */
export const extraBytes: Fault = raw(
  `${JSON_HEAD}content-length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n"poison"`,
  'extraBytes',
)

/** A body whose end is the end of the connection. */
export const untilClose = (body: string): Fault => rawAndFin('untilClose', `${JSON_HEAD}\r\n${body}`)

/** An interim response, and then another one: 100, 103, or 101, which would end HTTP on the connection. */
export function interim(code: number, then: Fault, headers: Readonly<Record<string, string>> = {}): Fault {
  return {
    name: `interim ${code}`,
    at: then.at,
    play: scene => {
      scene.send(head(code, headers))
      then.play(scene)
    },
  }
}

/** Headers of so many bytes in all, in lines of 1,000 or in a single one. */
export function bigHeaders({
  bytes,
  lines = 'many',
}: {
  readonly bytes: number
  readonly lines?: 'one' | 'many'
}): Fault {
  const count = lines === 'one' ? 1 : Math.ceil(bytes / 1000)
  const value = 'x'.repeat(Math.ceil(bytes / count))
  const padding = Array.from({ length: count }, (_, i) => `x-${i}: ${value}\r\n`).join('')
  return raw(`${JSON_HEAD}${padding}content-length: 2\r\n\r\n{}`, 'bigHeaders')
}
