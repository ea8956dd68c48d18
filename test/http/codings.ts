/** Encoders for all content codings; undefined where this Node cannot be relied on to decode them. */
import * as zlib from 'node:zlib'
import type { Coding } from '../../src/http/decompress.js'
import { acceptEncoding } from '../../src/http/index.js'

export type Encode = (bytes: Uint8Array) => Buffer

// The highest quality, which is the default, takes seconds for a few megabytes.
const quality = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 } }

export const gzip: Encode = bytes => zlib.gzipSync(bytes)
export const deflate: Encode = bytes => zlib.deflateSync(bytes)
export const rawDeflate: Encode = bytes => zlib.deflateRawSync(bytes)
export const brotli: Encode = bytes => zlib.brotliCompressSync(bytes, quality)
export const zstd: Encode | undefined = acceptEncoding.includes('zstd')
  ? (zlib as { zstdCompressSync?: Encode }).zstdCompressSync
  : undefined

export const coders: [Coding, Encode][] = [
  ['gzip', gzip],
  ['deflate', deflate],
  ['deflate', rawDeflate],
  ['br', brotli],
]
if (zstd !== undefined) coders.push(['zstd', zstd])
