// Answers over real connections: every kind of entry, codings, sizes, streams.
import { Readable } from 'node:stream'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import {
  bytes,
  createClient,
  DecodeError,
  Get,
  Head,
  HttpError,
  nothing,
  Param,
  type Reply,
  Responses,
  remote,
  reply,
  returns,
  stream,
  text,
} from 'guise'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { rejection } from '../decode/support.js'
import { closing, gate, serve, serveSocket } from './support.js'

class Api {
  @Get('/text') @Responses({ 200: text() }) text(): Promise<string> {
    return remote()
  }
  @Get('/bytes') @Responses({ 200: bytes() }) bytes(): Promise<Uint8Array> {
    return remote()
  }
  @Get('/nothing') @Responses({ '2xx': nothing(), 404: returns(undefined) }) nothing(): Promise<undefined> {
    return remote()
  }
  @Get('/stream') @Responses({ 200: stream() }) stream(): Promise<Readable & AsyncDisposable> {
    return remote()
  }
  @Get('/json/{id}') @Responses({ 200: z.unknown() }) json(@Param('id') id: number): Promise<unknown> {
    return remote(id)
  }
  @Get('/trusted') trusted(): Promise<unknown> {
    return remote()
  }
  @Head('/head') @Responses({ 200: reply(nothing()) }) head(): Promise<Reply<200, undefined>> {
    return remote()
  }
  @Get('/whole') @Responses({ 200: reply(text()) }) whole(): Promise<Reply<200, string>> {
    return remote()
  }
  @Head('/head') @Responses({ 200: z.unknown() }) headOfJson(): Promise<unknown> {
    return remote()
  }
}

type Listener = Parameters<typeof serve>[0]
async function clientOf(listener: Listener, options: object = {}) {
  const { url } = await serve(listener)
  return closing(createClient(Api, { url, ...options }))
}
const sending =
  (body: string | Uint8Array, headers: Record<string, string> = {}, status = 200): Listener =>
  (_, response) => {
    response.writeHead(status, headers).end(body)
  }

describe('an answer over the wire', () => {
  it('as text, as bytes, as nothing', async () => {
    const every = Uint8Array.from({ length: 256 }, (_, i) => i)
    expect(await (await clientOf(sending('héllo €'))).text()).toBe('héllo €')
    expect(Buffer.from(await (await clientOf(sending(every))).bytes()).equals(every)).toBe(true)
    expect(await (await clientOf(sending('dropped'))).nothing()).toBeUndefined()
    expect(await (await clientOf(sending('', {}, 204))).nothing()).toBeUndefined()
    expect(await (await clientOf(sending('no', {}, 404))).nothing()).toBeUndefined()
  })

  it('F21: 204 and a body of length 0 where a method trusts its type, and where a schema stands', async () => {
    expect(await (await clientOf(sending('', {}, 204))).trusted()).toBeUndefined()
    expect(await (await clientOf(sending('', { 'content-length': '0' }))).trusted()).toBeUndefined()
    const error = await rejection((await clientOf(sending('', { 'content-length': '0' }))).json(1))
    expect(error.message).toContain('200 OK, but its body is empty where JSON is expected')
  })

  it('HEAD: the headers of a body that does not come', async () => {
    const client = await clientOf(sending('', { 'content-length': '1000000', 'x-total': '7' }))
    const head = await client.head()
    expect([head.status, head.headers.get('x-total'), head.headers.get('content-length')]).toEqual([
      200,
      '7',
      '1000000',
    ])
    expect(await rejection(client.headOfJson())).toBeInstanceOf(DecodeError)
  })

  it('as a stream that arrives while it is read', async () => {
    const more = gate()
    const client = await clientOf(async (_, response) => {
      response.write('first')
      await more.opened
      response.end(' second')
    })
    const body = await client.stream()
    const read: string[] = []
    for await (const chunk of body) {
      read.push(String(chunk))
      more.open()
    }
    expect(read).toEqual(['first', ' second'])
  })

  it('as a stream that is left: the connection is freed', async () => {
    const client = await clientOf(
      (request, response) => {
        if (request.url === '/text') response.end('next')
        else response.write('endless')
      },
      { connections: 1 },
    )
    {
      await using body = await client.stream()
      expect(body).toBeInstanceOf(Readable)
    }
    expect(await client.text()).toBe('next')
  })

  it.each([301, 302, 307, 308])('row 20: %i is an error, and no second request is made', async status => {
    const seen: (string | undefined)[] = []
    const client = await clientOf((request, response) => {
      seen.push(request.url)
      response.writeHead(status, { location: '/elsewhere' }).end()
    })
    const error = await rejection<HttpError>(client.text())
    expect(error).toBeInstanceOf(HttpError)
    expect([error.status, error.headers.get('location'), seen]).toEqual([status, '/elsewhere', ['/text']])
  })
})

it('row 33: odd header names of a service arrive as headers and nothing else', async () => {
  const url = await serveSocket(socket =>
    socket.once('data', () =>
      socket.end(
        'HTTP/1.1 200 OK\r\n__proto__: a\r\n__proto__: b\r\nconstructor: c\r\ncontent-length: 0\r\n\r\n',
      ),
    ),
  )
  const head = await closing(createClient(Api, { url })).whole()
  expect([head.headers.get('__proto__'), head.headers.get('constructor')]).toEqual(['a, b', 'c'])
  expect(Object.getPrototypeOf({})).toBe(Object.prototype)
})

describe('a coded answer (F31)', () => {
  const body = JSON.stringify({ list: Array(500).fill('compressible') })
  it.each([
    ['gzip', gzipSync(body)],
    ['x-gzip', gzipSync(body)],
    ['br', brotliCompressSync(body)],
    ['deflate', deflateSync(body)],
    ['identity', Buffer.from(body)],
  ])('%s is decoded, as JSON, text and stream', async (coding, coded) => {
    const headers = { 'content-encoding': coding, 'content-type': 'application/json' }
    const client = await clientOf(sending(coded, headers))
    expect(await client.json(1)).toEqual(JSON.parse(body))
    expect(await client.text()).toBe(body)
    expect((await (await client.stream()).toArray()).join('')).toBe(body)
  })

  it('that is broken, unknown or a bomb is a DecodeError', async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000))
    for (const [coding, coded] of [
      ['gzip', gzipSync(body).subarray(0, -10)],
      ['zip', Buffer.from('x')],
      ['gzip, gzip', gzipSync(gzipSync(body))],
      ['gzip', bomb],
    ] as const) {
      const client = await clientOf(sending(coded, { 'content-encoding': coding }))
      const error = await rejection<DecodeError>(client.text())
      expect(error).toBeInstanceOf(DecodeError)
      expect([error.status, error.delivery]).toEqual([200, 'answered'])
    }
  })
})

describe('the size of an answer', () => {
  const big = 'x'.repeat(5000)

  it.each<[string, Listener]>([
    ['by its content-length (row 25)', sending(big, { 'content-length': '5000' })],
    ['in chunks', (_, response) => response.writeHead(200).write(big, () => response.end())],
    ['compressed (row 26)', sending(gzipSync(big), { 'content-encoding': 'gzip' })],
  ])('beyond maxResponseBytes is a DecodeError, not a part: %s', async (_, listener) => {
    const client = await clientOf(listener, { maxResponseBytes: 4999 })
    for (const act of [client.text, client.bytes]) {
      const error = await rejection<DecodeError>(act())
      expect(error).toBeInstanceOf(DecodeError)
      expect(error.message).toContain('200 OK, but the response body is larger than 4999 bytes')
    }
  })

  it('at the limit is whole, and a stream has no limit', async () => {
    const client = await clientOf(sending(big), { maxResponseBytes: 5000 })
    expect(await client.text()).toBe(big)
    const small = await clientOf(sending(big), { maxResponseBytes: 10 })
    expect((await (await small.stream()).toArray()).join('')).toBe(big)
  })

  it('row 29: of an error is cut at 64 KiB, and its status is kept', async () => {
    const client = await clientOf((_, response) => {
      response.writeHead(500)
      const more = () => {
        while (!response.destroyed && response.write('e'.repeat(16_384)));
      }
      response.on('drain', more)
      more()
    })
    const error = await rejection<HttpError>(client.text())
    expect([error.name, error.status, error.text]).toEqual(['HttpError', 500, 'e'.repeat(65_536)])
  })
})
