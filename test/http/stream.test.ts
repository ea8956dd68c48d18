/** Streamed responses: backpressure, ends and failures, and the streams that nobody reads. */
import { randomBytes } from 'node:crypto'
import { getEventListeners } from 'node:events'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Coding } from '../../src/http/decompress.js'
import { TransportFailure } from '../../src/http/index.js'
import type { Reception } from '../../src/http/reception.js'
import { ResponseStream } from '../../src/http/stream.js'
import { coders } from './codings.js'
import { answering, ending, http, once, onRequest, rawServer } from './raw-server.js'
import {
  bodyStream,
  errorOf,
  failureOf,
  type Overrides,
  readAll,
  send,
  text,
  transport,
  turn,
} from './support.js'
import { WatchedClock } from './watched-clock.js'

const streaming: Overrides = { receive: () => 'stream' }

/** A body that goes on until the connection ends, counting what could be written. */
function endless(counter = { written: 0 }) {
  return rawServer(socket =>
    onRequest(socket, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      const more = () => {
        if (!socket.writable) return
        counter.written += 65_536
        socket.write(Buffer.alloc(65_536, 'x'), more)
      }
      more()
    }),
  )
}

describe('a streamed response', () => {
  test('is there when its headers are, and brings its body', async () => {
    let finish = () => {}
    const server = await rawServer(socket =>
      onRequest(socket, () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 6\r\nx-a: 1\r\n\r\nabc')
        finish = () => socket.write('def')
      }),
    )
    const over = transport({ connections: 1 })
    const response = await send(over, server.url, streaming)
    expect(response).toMatchObject({ status: 200, truncated: false })
    expect(response.headers['x-a']).toBe('1')
    finish()
    expect((await readAll(bodyStream(response))).toString()).toBe('abcdef')
    expect(
      (await readAll(bodyStream(await send(over, server.url, { ...streaming, method: 'HEAD' })))).length,
    ).toBe(0)
  })

  test('is not bound by the limits of gathered bodies', async () => {
    const server = await answering(http('200 OK', 'x'.repeat(2_000_000)))
    const response = await send(transport(), server.url, { ...streaming, maxResponseBytes: 10 })
    expect((await readAll(bodyStream(response))).length).toBe(2_000_000)
  })

  test('F50: is read no faster than its reader', async () => {
    const counter = { written: 0 }
    const server = await endless(counter)
    const body = bodyStream(await send(transport(), server.url, streaming))
    const iterator = body[Symbol.asyncIterator]()
    for (let i = 0; i < 20; i++) await iterator.next()
    let before = -1
    // Until the server can write no more: all buffers on the way are full.
    while (counter.written > before) {
      before = counter.written
      await turn()
    }
    expect(body.readableLength).toBeLessThanOrEqual(3 * 65_536)
    body.destroy()
    await server.until(() => server.ended > 0)
  })

  test('goes on when its reader does', async () => {
    const server = await answering(http('200 OK', 'x'.repeat(5_000_000)))
    const body = bodyStream(await send(transport(), server.url, streaming))
    let size = 0
    for await (const chunk of body) {
      size += chunk.length
      await turn()
    }
    expect(size).toBe(5_000_000)
  })

  test('that is destroyed ends its request', async () => {
    const server = await endless()
    const body = bodyStream(await send(transport(), server.url, streaming))
    body.destroy()
    await server.until(() => server.ended > 0)
  })

  test('that its reader destroys on a chunk is not waited for any longer', async () => {
    const { stream, waiting } = unit(undefined)
    stream.on('data', () => stream.destroy())
    await turn()
    stream.receive(Buffer.from('x'))
    expect(stream.destroyed).toBe(true)
    expect(waiting()).toBe(0)
  })

  test('F12: that breaks off fails, with the facts', async () => {
    const server = await once(ending('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc'))
    const over = transport({ connections: 1 })
    const body = bodyStream(await send(over, server.url, streaming))
    expect(await failureOf(body.toArray())).toMatchObject({
      kind: 'connection',
      sent: true,
      answered: true,
      status: 200,
    })
    expect(text(await send(over, server.url))).toBe('ok')
  })

  test('that breaks off before anybody listens does not end the process, and fails for who reads it later', async () => {
    const server = await rawServer(socket =>
      onRequest(socket, () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc')),
    )
    const body = bodyStream(await send(transport(), server.url, streaming))
    await new Promise(resolve => body.on('close', resolve))
    expect(await failureOf(body.toArray())).toMatchObject({ kind: 'connection', answered: true })
  })

  test('of a broken connection fails in a pipeline', async () => {
    const server = await rawServer(socket =>
      onRequest(socket, () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc')),
    )
    const body = bodyStream(await send(transport(), server.url, streaming))
    expect(await failureOf(pipeline(body, readAll as never))).toMatchObject({ kind: 'connection' })
  })

  test('may be all there before it is read', async () => {
    const server = await answering(http('200 OK', 'small'))
    const signal = new AbortController().signal
    const over = transport({ connections: 1 })
    const bodies: Readable[] = []
    for (let i = 0; i < 10; i++)
      bodies.push(bodyStream(await send(over, server.url, { ...streaming, signal })))
    expect(text(await send(over, server.url))).toBe('small')
    expect(server.connections).toBe(1)
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    for (const body of bodies) expect((await readAll(body)).toString()).toBe('small')
  })
})

describe('the patience for a streamed response', () => {
  const setUp = () => {
    const clock = new WatchedClock()
    return { clock, over: transport({ clock, connections: 1 }) }
  }

  test('is not the attempt deadline, but begins anew with each chunk', async () => {
    let next = () => {}
    const server = await rawServer(socket =>
      onRequest(socket, () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n')
        next = () => socket.write('x')
      }),
    )
    const { clock, over } = setUp()
    const body = bodyStream(await send(over, server.url, streaming))
    for (let i = 0; i < 5; i++) {
      await clock.advance(4000)
      next()
      await new Promise(resolve => body.once('data', resolve))
    }
    const failure = failureOf(body.toArray())
    await clock.advance(4999)
    expect(body.destroyed).toBe(false)
    await clock.advance(1)
    expect(await failure).toMatchObject({
      kind: 'timeout',
      phase: 'attempt',
      reason: 'no more of the response body within 5000 ms',
      answered: true,
      status: 200,
    })
    await server.until(() => server.ended > 0)
  })

  test('ends with the response', async () => {
    const server = await answering(http('200 OK', 'small'))
    const { clock, over } = setUp()
    const body = bodyStream(await send(over, server.url, streaming))
    while (clock.holding > 0) await turn()
    await clock.advance(60_000)
    expect((await readAll(body)).toString()).toBe('small')
  })

  test('F47: ends for a caller who never begins to read, and says so once', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    onTestFinished(() => warn.mockRestore())
    const server = await endless()
    const { clock, over } = setUp()
    for (let i = 0; i < 3; i++) {
      const body = bodyStream(await send(over, server.url, streaming))
      await filled(body)
      await clock.advance(5000)
      expect(body.destroyed).toBe(true)
      const reason = 'nobody began to read the streamed response within 5000 ms'
      expect(await failureOf(body.toArray())).toMatchObject({
        kind: 'timeout',
        phase: 'attempt',
        reason,
        status: 200,
      })
      await server.until(() => server.ended > i)
    }
    expect(warn).toHaveBeenCalledTimes(1)
    expect(warn.mock.calls[0]?.[1]).toMatchObject({ code: 'GUISE_UNREAD_STREAM' })
  })

  test('is without end for a caller who has begun to read', async () => {
    const server = await endless()
    const { clock, over } = setUp()
    const body = bodyStream(await send(over, server.url, streaming))
    const iterator = body[Symbol.asyncIterator]()
    await iterator.next()
    await filled(body)
    await clock.advance(600_000)
    expect(body.destroyed).toBe(false)
    expect((await iterator.next()).done).toBe(false)
    body.destroy()
  })

  test('F47: 100 unread streams over 2 connections do not hang', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    onTestFinished(() => warn.mockRestore())
    const server = await endless()
    const clock = new WatchedClock()
    const over = transport({ clock, connections: 2 })
    const outcomes = Array.from({ length: 100 }, () => send(over, server.url, streaming))
    const settled = Promise.allSettled(outcomes)
    await server.until(() => server.open.size === 2)
    for (const response of await Promise.all(outcomes.slice(0, 2))) await filled(bodyStream(response))
    await clock.advance(5000)
    const results = await settled
    expect(results.slice(0, 2).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
    for (const result of results.slice(2)) {
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { facts: { kind: 'timeout', phase: 'connect' } },
      })
    }
    await server.until(() => server.ended >= 2)
  })

  test('F47: a stream that is disposed frees its connection', async () => {
    const server = await endless()
    const { over } = setUp()
    for (let i = 0; i < 5; i++) {
      const body = bodyStream(await send(over, server.url, streaming))
      await body[Symbol.asyncDispose]()
    }
    await server.until(() => server.ended >= 5)
  })
})

/** Waits until the stream holds as much as it will take unread. */
async function filled(body: Readable): Promise<void> {
  while (body.readableLength < body.readableHighWaterMark) await turn()
}

describe('a streamed and compressed response', () => {
  test.each(coders)('in %s is decompressed', async (coding, encode) => {
    // Bytes that do not compress fill the buffers before the decoder, text that does those behind it.
    const plain = Buffer.concat([
      randomBytes(500_000),
      Buffer.alloc(3_000_000, 'some text '),
      randomBytes(500_000),
    ])
    const server = await answering(http('200 OK', encode(plain), `content-encoding: ${coding}`))
    const body = bodyStream(await send(transport(), server.url, streaming))
    expect(Buffer.compare(await readAll(body), plain)).toBe(0)
  })

  test('row 26: that is a bomb waits for its reader', async () => {
    const bomb = zlib.gzipSync(Buffer.alloc(50 << 20))
    const server = await answering(http('200 OK', bomb, 'content-encoding: gzip'))
    const body = bodyStream(await send(transport(), server.url, streaming))
    await new Promise<void>(resolve => body.once('readable', resolve))
    // In the time that it takes to decompress all of it elsewhere, it would have come here too.
    await promisify(zlib.gunzip)(bomb)
    expect(body.readableLength).toBeLessThan(2 * 65_536)
    body.destroy()
  })

  test('goes on after a chunk that yields nothing, such as a long header', async () => {
    const { stream, feed } = unit('gzip')
    const zipped = zlib.gzipSync('all of it')
    const flags = zipped[3] ?? 0
    const header = Buffer.from([...zipped.subarray(0, 3), flags | 4, ...zipped.subarray(4, 10), 0xff, 0xff])
    const chunks = [Buffer.concat([header, Buffer.alloc(0xffff)]), zipped.subarray(10)]
    const [read] = await Promise.all([readAll(stream), feed(chunks)])
    expect(read.toString()).toBe('all of it')
  })

  test('ends its request when it is broken', async () => {
    const server = await rawServer(socket =>
      onRequest(socket, () =>
        socket.write('HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\nnot gzip at all'),
      ),
    )
    const body = bodyStream(await send(transport(), server.url, streaming))
    expect(await failureOf(body.toArray())).toMatchObject({ kind: 'body', answered: true, status: 200 })
    await server.until(() => server.ended > 0)
  })

  test('that goes on after its end is broken', async () => {
    const server = await rawServer(socket =>
      onRequest(socket, () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-encoding: deflate\r\n\r\n')
        socket.write(zlib.deflateSync('all of it'))
        const more = () => socket.writable && socket.write('more', () => setImmediate(more))
        setImmediate(more)
      }),
    )
    const body = bodyStream(await send(transport(), server.url, streaming))
    expect(await failureOf(body.toArray())).toMatchObject({ kind: 'body' })
    await server.until(() => server.ended > 0)
  })

  test('may be empty', async () => {
    const server = await answering(http('200 OK', '', 'content-encoding: gzip'))
    expect(await readAll(bodyStream(await send(transport(), server.url, streaming)))).toHaveLength(0)
  })
})

/** The stream alone, fed by hand; `feed` holds back while the stream is paused, as the wire does. */
function unit(coding: Coding | undefined) {
  let paused = false
  let deadlines = 0
  let resume = () => {}
  const reception: Pick<Reception, 'pause' | 'resume' | 'failure' | 'startDeadline' | 'streamClosed'> = {
    pause: () => {
      paused = true
    },
    resume: () => {
      paused = false
      resume()
    },
    failure: (kind, reason, cause) =>
      new TransportFailure({ kind, reason, cause, sent: true, reused: false, answered: true, status: 200 }),
    startDeadline: () => {
      let running = true
      deadlines++
      return {
        at: 0,
        stop: () => {
          if (running) deadlines--
          running = false
        },
      }
    },
    streamClosed: () => resume(),
  }
  const stream = new ResponseStream(reception as Reception, 5000, coding)
  const feed = async (chunks: Uint8Array[]) => {
    for (const chunk of chunks) {
      if (paused && !stream.destroyed) {
        await new Promise<void>(resolve => {
          resume = resolve
        })
      }
      if (stream.destroyed) return
      stream.receive(chunk)
    }
    stream.end()
  }
  return { stream, feed, waiting: () => deadlines }
}

/** `bytes`, cut at these places. */
function split(bytes: Uint8Array, cuts: number[]): Uint8Array[] {
  const places = [...new Set(cuts.map(cut => cut % (bytes.length + 1)))].sort((a, b) => a - b)
  return [...places, bytes.length]
    .map((end, i) => bytes.subarray(i === 0 ? 0 : places[i - 1], end))
    .filter(chunk => chunk.length > 0)
}

const anyCuts = fc.array(fc.nat(5000), { maxLength: 12 })
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.nat(300_000).map(size => new Uint8Array(size).fill(65)),
)

describe('however the wire cuts it', () => {
  test('a body is what it was', async () => {
    const anyCoder = fc.constantFrom<[Coding | undefined, (bytes: Uint8Array) => Uint8Array]>(
      [undefined, bytes => bytes],
      ...coders,
    )
    await fc.assert(
      fc.asyncProperty(anyCoder, anyBytes, anyCuts, async ([coding, encode], bytes, cuts) => {
        const { stream, feed, waiting } = unit(coding)
        const [read] = await Promise.all([readAll(stream), feed(split(encode(bytes), cuts))])
        expect(Buffer.compare(read, bytes)).toBe(0)
        expect(waiting()).toBe(0)
      }),
      { numRuns: 100 },
    )
  })

  test('a compressed body with anything missing or added is broken', async () => {
    const anySpoiling = fc.oneof(
      fc.integer({ min: 1, max: 4 }).map(missing => (bytes: Uint8Array) => bytes.subarray(0, -missing)),
      fc
        .uint8Array({ minLength: 1, maxLength: 9 })
        // Newer zstds forgive up to three bytes with which another frame could begin.
        .filter(([first = 0]) => first !== 0x28 && first >> 4 !== 5)
        .map(extra => (bytes: Uint8Array) => Buffer.concat([bytes, extra])),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...coders),
        anyBytes,
        anySpoiling,
        anyCuts,
        async (coder, bytes, spoil, cuts) => {
          const [coding, encode] = coder
          const spoilt = spoil(encode(bytes))
          fc.pre(spoilt.length > 0)
          const { stream, feed } = unit(coding)
          const [error] = await Promise.all([errorOf(readAll(stream)), feed(split(spoilt, cuts))])
          expect(error).toMatchObject({ facts: { kind: 'body' } })
        },
      ),
      { numRuns: 100 },
    )
  })
})
