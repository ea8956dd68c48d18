/** Content codings: which one a response has, and how its body is decompressed without trusting its sender. */
import type { Transform } from 'node:stream'
import * as zlib from 'node:zlib'

export type Coding = 'gzip' | 'deflate' | 'br' | 'zstd'

/** A decompressing stream that counts what it consumed, by which bytes after the end are noticed. */
export type Decoder = Transform & { readonly bytesWritten: number }

type OneShot = (
  bytes: Uint8Array,
  options: { maxOutputLength: number; chunkSize: number; info: true },
  done: (error: Error | null, result: { buffer: Buffer; engine: { bytesWritten: number } }) => void,
) => void

/** The part of zlib that Node 20's types do not know: `zstd`, and `info` in the options of the one-shot functions. */
interface Zlib {
  gunzip: OneShot
  inflate: OneShot
  inflateRaw: OneShot
  brotliDecompress: OneShot
  zstdDecompress?: OneShot
  zstdDecompressSync?: (bytes: Uint8Array) => Buffer
  createZstdDecompress?: () => Decoder
}
const { gunzip, inflate, inflateRaw, brotliDecompress, ...zstd } = zlib as unknown as Zlib

const codings = new Map<string, Coding>([
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['br', 'br'],
])
if (canZstd()) codings.set('zstd', 'zstd')

/** The codings that can be decompressed here, as a value of `accept-encoding`. */
export const acceptEncoding = [...codings.keys()].filter(name => name !== 'x-gzip').join(', ')

/** The one coding of a body by its `content-encoding`, undefined if it has none. Several could hide a bomb in a bomb: they are unsupported. */
export function codingOf(header: string | string[] | undefined): Coding | 'unsupported' | undefined {
  if (header === undefined) return undefined
  const names = String(header)
    .split(',')
    .map(name => name.trim().toLowerCase())
    .filter(name => name !== '' && name !== 'identity')
  const [name, another] = names
  if (name === undefined) return undefined
  return another === undefined ? (codings.get(name) ?? 'unsupported') : 'unsupported'
}

/** The largest block of zstd, which yields nothing until it is whole, and some bytes for headers. */
const BLOCK = 132_096

/** As many compressed bytes as a body of `limit` bytes can need: bytes that do not compress grow a little. */
export function compressedLimit(limit: number): number {
  return limit + Math.ceil(limit / 8) + BLOCK
}

/** The body was larger than its limit: not broken, but refused. */
export class TooLarge extends Error {}

/** Decompresses a whole body; rejects if it is larger than `limit`, broken, cut off or followed by anything. */
export function decompress(coding: Coding, bytes: Uint8Array, limit: number): Promise<Uint8Array> {
  // Servers do declare a coding for a body that is not there.
  if (bytes.length === 0) return Promise.resolve(bytes)
  return new Promise((resolve, reject) => {
    const options = {
      // Zlib takes no limit of 0.
      maxOutputLength: Math.max(limit, 1),
      chunkSize: bytes.length < 16_384 ? 16_384 : 65_536,
      info: true as const,
    }
    oneShot(coding, bytes)(bytes, options, (error, result) => {
      if (error !== null)
        reject('code' in error && error.code === 'ERR_BUFFER_TOO_LARGE' ? new TooLarge() : error)
      else if (result.buffer.length > limit) reject(new TooLarge())
      else if (result.engine.bytesWritten < bytes.length)
        reject(new Error('bytes after the end of the compressed body'))
      else resolve(result.buffer)
    })
  })
}

/** As much of a body as can be decompressed and as fits into the limit; never rejects. */
export function decompressHead(
  coding: Coding,
  bytes: Uint8Array,
  limit: number,
): Promise<{ body: Uint8Array; truncated: boolean }> {
  if (bytes.length === 0) return Promise.resolve({ body: bytes, truncated: false })
  return new Promise(resolve => {
    const decoder = createDecoder(coding, bytes[0] ?? 0)
    const chunks: Buffer[] = []
    let size = 0
    const finish = (truncated: boolean) => {
      resolve({ body: Buffer.concat(chunks), truncated })
      decoder.destroy()
    }
    decoder.on('data', (chunk: Buffer) => {
      const kept = chunk.subarray(0, limit - size)
      size += kept.length
      chunks.push(kept)
      if (kept.length < chunk.length) finish(true)
    })
    decoder.on('error', () => finish(true))
    decoder.on('end', () => finish(false))
    decoder.end(bytes)
  })
}

/** A decompressing stream; the first byte tells the two kinds of `deflate` apart. */
export function createDecoder(coding: Coding, firstByte: number): Decoder {
  switch (coding) {
    case 'gzip':
      return zlib.createGunzip()
    case 'deflate':
      return isZlibHeader(firstByte) ? zlib.createInflate() : zlib.createInflateRaw()
    case 'br':
      return zlib.createBrotliDecompress()
    case 'zstd':
      return known(zstd.createZstdDecompress)()
  }
}

function oneShot(coding: Coding, bytes: Uint8Array): OneShot {
  switch (coding) {
    case 'gzip':
      return gunzip
    case 'deflate':
      return isZlibHeader(bytes[0] ?? 0) ? inflate : inflateRaw
    case 'br':
      return brotliDecompress
    case 'zstd':
      return known(zstd.zstdDecompress)
  }
}

/** `deflate` should have a zlib header (RFC 9110, 8.4.1.2), and some servers leave it out. */
function isZlibHeader(firstByte: number): boolean {
  return (firstByte & 0x0f) === 8
}

/** Node 20 has no zstd, and that of Node 22 takes a body that is cut off for a whole one: it is as good as none. */
function canZstd(): boolean {
  const onlyItsFirstBytes = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd)
  try {
    zstd.zstdDecompressSync?.(onlyItsFirstBytes)
    return false
  } catch {
    return true
  }
}

function known<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('this version of Node has no zstd')
  return part
}
