/** Response bodies: limits and content codings, of which no sender can make more than the limit of them. */

import type { Readable } from 'node:stream'
import * as zlib from 'node:zlib'
import { faults } from 'guise/testing'
import { describe, expect, test } from 'vitest'
import { Gather } from '../../src/http/gather.js'
import { acceptEncoding } from '../../src/http/index.js'
import type { Reception } from '../../src/http/reception.js'
import { brotli, deflate, type Encode, gzip, rawDeflate, zstd } from './codings.js'
import { answering, http, once, onRequest, rawServer } from './raw-server.js'
import { failureOf, type Overrides, send, text, transport } from './support.js'

const chunked = (size: number, count: number) =>
  `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`.repeat(count)
const chunkedHead = (status: string) => `HTTP/1.1 ${status}\r\ntransfer-encoding: chunked\r\n\r\n`

describe('F32: a body', () => {
  test.each(['gather', 'discard'] as const)(
    'of the limit is taken (%s), of one more is not',
    async receive => {
      const server = await answering(http('200 OK', 'x'.repeat(1000)))
      const over = transport({ connections: 1 })
      expect((await send(over, server.url, { maxResponseBytes: 1000, receive: () => receive })).status).toBe(
        200,
      )
      const outcome = send(over, server.url, { maxResponseBytes: 999, receive: () => receive })
      if (receive === 'discard') {
        expect((await outcome).status).toBe(200)
        return
      }
      expect(await failureOf(outcome)).toEqual({
        kind: 'body',
        reason: 'the response body is larger than 999 bytes',
        sent: true,
        reused: false,
        answered: true,
        status: 200,
      })
    },
  )

  test('row 25: that says it is too large is refused before it comes', async () => {
    const server = await once(faults.raw('HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n'))
    const over = transport({ connections: 1 })
    expect(await failureOf(send(over, server.url, { maxResponseBytes: 1000 }))).toMatchObject({
      kind: 'body',
    })
    await server.until(() => server.connections > server.open)
    expect(text(await send(over, server.url))).toBe('ok')
  })

  test('row 25: in chunks is refused as soon as it is too large, with its connection', async () => {
    const server = await once(faults.raw(chunkedHead('200 OK') + chunked(100, 10) + chunked(1, 1)))
    const over = transport({ connections: 1 })
    const facts = await failureOf(send(over, server.url, { maxResponseBytes: 1000 }))
    expect(facts).toMatchObject({
      kind: 'body',
      reason: 'the response body is larger than 1000 bytes',
      status: 200,
    })
    await server.until(() => server.connections > server.open)
    expect(text(await send(over, server.url))).toBe('ok')
  })

  test.each([
    [1000, 'x'.repeat(1000), false],
    [999, 'x'.repeat(999), true],
    [0, '', true],
  ])('of an error is cut at %i bytes', async (maxErrorBytes, body, truncated) => {
    const server = await answering(`${chunkedHead('500 Oops')}${chunked(300, 3)}${chunked(100, 1)}0\r\n\r\n`)
    const response = await send(transport(), server.url, { maxErrorBytes, maxResponseBytes: 1 })
    expect(response).toMatchObject({ status: 500, truncated })
    expect(text(response)).toBe(body)
  })

  test('row 29: of an error without end is cut, and its connection ended', async () => {
    const server = await rawServer(socket =>
      onRequest(socket, () => {
        socket.write('HTTP/1.1 500 Oops\r\ncontent-length: 1000000000\r\n\r\n')
        const more = () => socket.writable && socket.write('x'.repeat(65_536), more)
        more()
      }),
    )
    const response = await send(transport(), server.url, { maxErrorBytes: 65_536 })
    expect(response).toMatchObject({ status: 500, truncated: true })
    expect(response.body).toHaveLength(65_536)
    await server.until(() => server.ended > 0)
  })

  test('of tiny chunks does not hold on to the large ones that they are parts of', () => {
    let body: Uint8Array | Readable | undefined
    const reception = {
      finish: (all: Uint8Array | Readable) => {
        body = all
      },
    } as Partial<Reception> as Reception
    const gather = new Gather(reception, 1 << 20, undefined, false)
    const before = process.memoryUsage().arrayBuffers
    let peak = 0
    for (let i = 0; i < 300_000; i++) {
      gather.receive(new Uint8Array(1024).fill(i).subarray(0, 1))
      if (i % 1000 === 0) peak = Math.max(peak, process.memoryUsage().arrayBuffers - before)
    }
    gather.end()
    expect(body).toEqual(Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => i)))
    expect(peak).toBeLessThan(150_000_000)
  })
})

const named: [string, Encode | undefined][] = [
  ['gzip', gzip],
  ['x-gzip', gzip],
  ['GZIP', gzip],
  ['identity, gzip', gzip],
  ['deflate', deflate],
  ['deflate', rawDeflate],
  ['br', brotli],
  ['zstd', zstd],
]
const plain = Buffer.from(
  JSON.stringify(Array.from({ length: 1000 }, (_, id) => ({ id, name: `member ${id}` }))),
)

async function sendEncoded(coding: string, body: Uint8Array, overrides: Overrides = {}, status = '200 OK') {
  const server = await answering(http(status, body, `content-encoding: ${coding}`))
  return send(transport(), server.url, overrides)
}

describe.each(named)('F31: a body in %s', (coding, coder) => {
  // Where this Node has no zstd, the report says `skipped`.
  const run = coder === undefined ? test.skip : test
  const encode = coder as Encode

  run('is decompressed', async () => {
    const response = await sendEncoded(coding, encode(plain))
    expect(Buffer.compare(response.body as Uint8Array, plain)).toBe(0)
    expect(response.headers['content-encoding']).toBe(coding)
  })

  run('that does not compress may still be as large as the limit', async () => {
    const random = Buffer.alloc(100_000, 0).map((_, i) => (i * 7919 * (i % 251)) & 0xff)
    const response = await sendEncoded(coding, encode(random), { maxResponseBytes: random.length })
    expect(Buffer.compare(response.body as Uint8Array, random)).toBe(0)
  })

  run('larger than the limit is refused', async () => {
    const body = encode(plain)
    const limit = plain.length - 1
    expect((await sendEncoded(coding, body, { maxResponseBytes: plain.length })).status).toBe(200)
    const facts = await failureOf(sendEncoded(coding, body, { maxResponseBytes: limit }))
    expect(facts).toMatchObject({ kind: 'body', reason: `the response body is larger than ${limit} bytes` })
    expect(facts).not.toHaveProperty('cause')
    const oneByte = sendEncoded(coding, encode(Buffer.from('x')), { maxResponseBytes: 0 })
    expect(await failureOf(oneByte)).toMatchObject({ reason: 'the response body is larger than 0 bytes' })
  })

  run.each([
    ['truncated', (body: Buffer) => body.subarray(0, -3)],
    ['cut to one byte', (body: Buffer) => body.subarray(0, 1)],
    ['followed by garbage', (body: Buffer) => Buffer.concat([body, Buffer.from('PPPP')])],
    ['followed by zeros', (body: Buffer) => Buffer.concat([body, Buffer.alloc(8)])],
    ['plain after all', () => plain],
  ])('row 28: %s is broken', async (_name, spoil) => {
    const facts = await failureOf(sendEncoded(coding, spoil(encode(plain))))
    expect(facts).toMatchObject({
      kind: 'body',
      reason: 'the compressed body of the response is broken',
      answered: true,
      status: 200,
    })
    expect(facts.cause).toBeInstanceOf(Error)
  })

  run('that is empty is empty', async () => {
    expect((await sendEncoded(coding, new Uint8Array(0))).body).toHaveLength(0)
    const error = await sendEncoded(coding, new Uint8Array(0), {}, '500 Oops')
    expect(error).toMatchObject({ body: new Uint8Array(0), truncated: false })
  })

  run('of an error is decompressed, cut at its limit, and taken as far as it is right', async () => {
    const body = encode(plain)
    const whole = await sendEncoded(coding, body, {}, '500 Oops')
    expect(whole).toMatchObject({ status: 500, truncated: false })
    expect(Buffer.compare(whole.body as Uint8Array, plain)).toBe(0)
    const cut = await sendEncoded(coding, body, { maxErrorBytes: 100 }, '500 Oops')
    expect(cut).toMatchObject({ status: 500, truncated: true })
    expect(text(cut)).toBe(plain.subarray(0, 100).toString())
    const broken = await sendEncoded(coding, body.subarray(0, -3), {}, '500 Oops')
    expect(broken).toMatchObject({ status: 500, truncated: true })
    expect(plain.toString().startsWith(text(broken))).toBe(true)
  })

  run('row 26: that is a bomb is defused in little memory', async () => {
    const bomb = encode(Buffer.alloc(50 << 20))
    expect(bomb.length).toBeLessThan(60_000)
    const limit = 1 << 20
    const before = process.memoryUsage().arrayBuffers
    let peak = 0
    let done = false
    const sample = () => {
      peak = Math.max(peak, process.memoryUsage().arrayBuffers - before)
      if (!done) setImmediate(sample)
    }
    sample()
    const facts = await failureOf(sendEncoded(coding, bomb, { maxResponseBytes: limit }))
    const cut = await sendEncoded(coding, bomb, { maxErrorBytes: 65_536 }, '500 Oops')
    done = true
    expect(facts).toMatchObject({ kind: 'body', reason: `the response body is larger than ${limit} bytes` })
    expect(cut).toMatchObject({ status: 500, truncated: true, body: Buffer.alloc(65_536) })
    expect(peak).toBeLessThan(limit + (2 << 20))
  })
})

describe('content codings', () => {
  test('gzip may have several members', async () => {
    const body = Buffer.concat([zlib.gzipSync('one, '), zlib.gzipSync('two')])
    expect(text(await sendEncoded('gzip', body))).toBe('one, two')
  })

  test('a wrong checksum is noticed', async () => {
    const body = zlib.gzipSync(plain)
    body.writeUInt8(body.readUInt8(body.length - 8) ^ 1, body.length - 8)
    expect(await failureOf(sendEncoded('gzip', body))).toMatchObject({
      kind: 'body',
      cause: { code: 'Z_DATA_ERROR' },
    })
  })

  test.each(['identity', '', ' Identity ,', 'identity, identity'])('%j is none', async coding => {
    expect(text(await sendEncoded(coding, Buffer.from('as it is')))).toBe('as it is')
  })

  test.each([
    ['unknown', 'rot13'],
    ['two', 'gzip, gzip'],
    ['two different', 'gzip, br'],
    ['a thousand', Array(1000).fill('gzip').join(',')],
    ['a name of Object.prototype', 'constructor'],
  ])('row 27: %s is not supported', async (_name, coding) => {
    expect(await failureOf(sendEncoded(coding, zlib.gzipSync(plain)))).toMatchObject({
      kind: 'body',
      reason: 'the response body has a content encoding that is not supported',
      status: 200,
    })
    const error = await sendEncoded(coding, zlib.gzipSync(plain), {}, '503 Busy')
    expect(error).toMatchObject({ status: 503, body: new Uint8Array(0), truncated: true })
    const stream = sendEncoded(coding, zlib.gzipSync(plain), { receive: () => 'stream' }, '503 Busy')
    expect(await failureOf(stream)).toMatchObject({ kind: 'body', status: 503 })
  })

  test('in two headers are two', async () => {
    const server = await answering(
      http('200 OK', zlib.gzipSync(plain), 'content-encoding: gzip', 'content-encoding: gzip'),
    )
    expect(await failureOf(send(transport(), server.url))).toMatchObject({ kind: 'body' })
  })

  test('to be named in accept-encoding are those that this Node can do: zstd since 24', () => {
    const zstdToo = Number.parseInt(process.versions.node, 10) >= 24
    expect(acceptEncoding).toBe(zstdToo ? 'gzip, deflate, br, zstd' : 'gzip, deflate, br')
  })

  test('zstd is not supported where a truncated body would not be noticed', async () => {
    const outcome = sendEncoded('zstd', Buffer.from('28b52ffd20010900', 'hex'))
    expect(await failureOf(outcome)).toMatchObject({ kind: 'body' })
  })

  test('an encoded body larger than any encoding of the limit is refused while it comes', async () => {
    const server = await rawServer(socket =>
      onRequest(socket, () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n')
        const more = () => socket.writable && socket.write('x'.repeat(65_536), more)
        more()
      }),
    )
    expect(await failureOf(send(transport(), server.url))).toMatchObject({
      reason: `the response body is larger than ${1 << 20} bytes`,
    })
    await server.until(() => server.ended > 0)
  })
})
