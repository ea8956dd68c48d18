/** Request bodies that are sent while they are read, and what becomes of them when something fails. */
import http1 from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough, Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { faults, type TestClock, testClock } from 'guise/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { answering, faulty, http, once, onRequest, rawServer } from './raw-server.js'
import { errorOf, failureOf, send, signalled, text, transport, turn } from './support.js'

const MB = 1 << 20

/** Answers once the last chunk of a chunked request is there. */
function chunkedServer() {
  return rawServer(socket => {
    let all = ''
    socket.on('data', chunk => {
      all += chunk.toString('latin1')
      if (!all.endsWith('\r\n0\r\n\r\n')) return
      all = ''
      socket.write(http('200 OK', 'ok'))
    })
  })
}

function sentBody(received: string): string {
  const body = received.slice(received.indexOf('\r\n\r\n') + 4)
  return body.replace(/[0-9a-f]+\r\n(.*?)\r\n/gs, '$1')
}

/** An async iterable that goes on for ever, and tells when it was closed. */
function endless() {
  const closed = signalled()
  let pulled = 0
  const iterable = {
    async *[Symbol.asyncIterator]() {
      try {
        while (true) {
          pulled++
          yield Buffer.alloc(65_536, 'x')
        }
      } finally {
        closed.resolve()
      }
    },
  }
  return { iterable, closed: closed.promise, pulled: () => pulled }
}

describe('a streamed request body', () => {
  test.each([
    ['a stream', () => Readable.from([Buffer.from('one '), Buffer.from('two')])],
    ['a stream of strings', () => Readable.from(['one ', 'two'])],
    [
      'a generator',
      async function* () {
        yield 'one '
        yield Buffer.from('two')
      },
    ],
  ])('may be %s', async (_name, make) => {
    const server = await chunkedServer()
    const over = transport({ connections: 1 })
    for (let i = 0; i < 2; i++)
      expect(text(await send(over, server.url, { method: 'POST', body: make() }))).toBe('ok')
    expect(server.received).toContain('transfer-encoding: chunked\r\n')
    expect(sentBody(server.received)).toMatch(/^one two/)
    expect(server.connections).toBe(1)
  })

  test('may be empty', async () => {
    const server = await answering(http('200 OK', 'ok'))
    const response = await send(transport(), server.url, { method: 'POST', body: Readable.from([]) })
    expect(text(response)).toBe('ok')
    expect(server.requests[0]?.headers['content-length']).toBe('0')
  })

  test('is read no faster than it leaves', async () => {
    const server = await rawServer(socket => socket.pause())
    const { iterable, pulled, closed } = endless()
    const abort = new AbortController()
    const outcome = errorOf(
      send(transport(), server.url, { method: 'POST', body: iterable, signal: abort.signal }),
    )
    await server.until(() => server.connections === 1)
    let before = -1
    while (pulled() > before) {
      before = pulled()
      for (let i = 0; i < 20; i++) await turn()
    }
    // Some megabytes fit into the buffers of the two sockets; an unbounded reader would go on for ever.
    expect(pulled() * 65_536).toBeLessThan(64 * MB)
    abort.abort(new Error('enough'))
    await Promise.all([outcome, closed])
  })
})

describe('F44: a request body that fails', () => {
  test.each(['stream', 'iterable'])(
    'in the middle (%s) ends the connection and keeps its error',
    async kind => {
      const mistake = new Error('cannot read on')
      const generate = async function* () {
        yield 'first part'
        throw mistake
      }
      const server = await once(faults.stall)
      const over = transport({ connections: 1 })
      const body = kind === 'stream' ? Readable.from(generate()) : generate()
      const facts = await failureOf(send(over, server.url, { method: 'POST', body }))
      expect(facts).toEqual({
        kind: 'request-body',
        reason: 'the request body could not be read to its end',
        sent: true,
        reused: false,
        answered: false,
        cause: mistake,
      })
      await server.until(() => server.connections > server.open)
      // The last chunk would have made it whole.
      expect(server.requests).toEqual([])
      expect(text(await send(over, server.url))).toBe('ok')
    },
  )

  test('by yielding what cannot be sent', async () => {
    const server = await once(faults.stall)
    const body = (async function* () {
      yield 'first part'
      yield 42 as unknown as string
    })()
    const facts = await failureOf(send(transport(), server.url, { method: 'POST', body }))
    expect(facts).toMatchObject({ kind: 'request-body', cause: { code: 'ERR_INVALID_ARG_TYPE' } })
  })

  test('by being destroyed without an error', async () => {
    const server = await rawServer(() => {})
    const body = new PassThrough()
    body.write('first part')
    const outcome = failureOf(send(transport(), server.url, { method: 'POST', body }))
    await server.until(() => server.received.includes('first part'))
    body.destroy()
    expect(await outcome).toMatchObject({ kind: 'request-body', sent: true })
    await server.until(() => server.ended > 0)
  })

  test('while it waits for a connection does not wait any longer', async () => {
    const release = signalled()
    const server = await rawServer(socket =>
      onRequest(socket, async head => {
        if (head.startsWith('GET /slow')) await release.promise
        socket.write(http('200 OK', 'ok'))
      }),
    )
    const over = transport({ connections: 1 })
    const slow = send(over, server.url, { path: '/slow' })
    await server.until(() => server.received !== '')
    const body = new PassThrough()
    const outcome = failureOf(send(over, server.url, { method: 'POST', body }))
    const mistake = new Error('gone')
    body.destroy(mistake)
    expect(await outcome).toMatchObject({ kind: 'request-body', sent: false, cause: mistake })
    release.resolve()
    await slow
    expect(text(await send(over, server.url))).toBe('ok')
    expect(server.received).not.toContain('POST')
  })

  const cannotBeRead = {
    kind: 'request-body',
    reason: 'the request body could not be read to its end',
    sent: false,
  }

  test('because it was read before', async () => {
    const body = Readable.from(['a'])
    await body.toArray()
    expect(await failureOf(send(transport(), 'http://127.0.0.1:1', { method: 'POST', body }))).toMatchObject(
      cannotBeRead,
    )
  })

  test('because it was destroyed before', async () => {
    const mistake = new Error('long ago')
    const body = new Readable({ read() {} }).on('error', () => {})
    body.destroy(mistake)
    const facts = await failureOf(send(transport(), 'http://127.0.0.1:1', { method: 'POST', body }))
    expect(facts).toMatchObject({ ...cannotBeRead, cause: mistake })
  })

  test('because it is a generator that was sent before', async () => {
    const server = await chunkedServer()
    const over = transport()
    const body = (async function* () {
      yield 'a'
    })()
    await send(over, server.url, { method: 'POST', body })
    expect(await failureOf(send(over, server.url, { method: 'POST', body }))).toMatchObject(cannotBeRead)
  })

  test('because its iterator cannot be had', async () => {
    const mistake = new Error('no iterator')
    const body = {
      [Symbol.asyncIterator]: () => {
        throw mistake
      },
    }
    const facts = await failureOf(send(transport(), 'http://127.0.0.1:1', { method: 'POST', body }))
    expect(facts).toMatchObject({ ...cannotBeRead, cause: mistake })
  })
})

describe('a request that fails closes its body', () => {
  test.each([
    ['when it is aborted', async (abort: AbortController) => abort.abort(new Error('enough'))],
    ['when its deadline passes', (_abort: AbortController, clock: TestClock) => clock.advance(5000)],
  ])('%s, sending', async (_name, end) => {
    const server = await rawServer(() => {})
    const { iterable, closed } = endless()
    const abort = new AbortController()
    const clock = testClock()
    const over = transport({ clock })
    const outcome = errorOf(send(over, server.url, { method: 'POST', body: iterable, signal: abort.signal }))
    await server.until(() => server.received.length > MB)
    await end(abort, clock)
    await Promise.all([outcome, closed, server.until(() => server.ended > 0)])
  })

  test('when the connection breaks', async () => {
    const server = await rawServer(socket => socket.once('data', () => socket.resetAndDestroy()))
    const { iterable, closed } = endless()
    const facts = await failureOf(send(transport(), server.url, { method: 'POST', body: iterable }))
    expect(facts).toMatchObject({ kind: 'connection', sent: true, answered: false })
    await closed
  })

  test('in the queue', async () => {
    const server = await rawServer(() => {})
    const clock = testClock()
    const over = transport({ connections: 1, clock })
    const slow = failureOf(send(over, server.url))
    await server.until(() => server.received !== '')
    const body = new PassThrough()
    const returned = signalled()
    const iterable = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => {}),
        return: async () => {
          returned.resolve()
          return { done: true as const, value: undefined }
        },
      }),
    }
    const outcomes = [body, iterable].map(body => failureOf(send(over, server.url, { method: 'POST', body })))
    await clock.advance(2000)
    for (const facts of await Promise.all(outcomes))
      expect(facts).toMatchObject({ phase: 'connect', sent: false })
    expect(body.destroyed).toBe(true)
    await returned.promise
    await clock.advance(3000)
    await slow
  })

  test('because nobody is there', async () => {
    const body = new PassThrough()
    const facts = await failureOf(send(transport(), 'http://127.0.0.1:1', { method: 'POST', body }))
    expect(facts).toMatchObject({ reason: 'the connection was refused', sent: false })
    expect(body.destroyed).toBe(true)
  })

  test('but leaves an incoming request to be answered', async () => {
    const over = transport()
    const gateway = http1.createServer(async (incoming, outgoing) => {
      const facts = await failureOf(send(over, 'http://127.0.0.1:1', { method: 'POST', body: incoming }))
      outgoing.end(facts.reason)
    })
    await new Promise<void>(resolve => gateway.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      gateway.closeAllConnections()
      gateway.close()
    })
    const url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`
    expect(text(await send(over, url, { method: 'POST', body: 'x'.repeat(MB) }))).toBe(
      'the connection was refused',
    )
  })
})

describe('F5: a response that comes before the request has left', () => {
  const early = (end: 'keep' | 'end' | 'reset', reading = false) =>
    faulty(socket => {
      socket.once('data', () => {
        if (!reading) socket.pause()
        socket.write(http('413 Too Large', 'too large'), () => {
          if (end === 'end') socket.end()
          if (end === 'reset') setImmediate(() => socket.resetAndDestroy())
        })
      })
    })

  test.each(['keep', 'end'] as const)('wins over a body of bytes (%s)', async end => {
    const server = await early(end)
    const over = transport({ connections: 1 })
    const response = await send(over, server.url, { method: 'POST', body: Buffer.alloc(20 * MB) })
    expect(response.status).toBe(413)
    expect(text(response)).toBe('too large')
  })

  test.each(['keep', 'end'] as const)('wins over a stream, which is closed (%s)', async end => {
    const server = await early(end, true)
    const over = transport({ connections: 1 })
    const { iterable, closed } = endless()
    const response = await send(over, server.url, { method: 'POST', body: iterable })
    expect(response.status).toBe(413)
    expect(text(response)).toBe('too large')
    await closed
    await server.until(() => server.connections > server.open)
    expect(text(await send(over, server.url))).toBe('ok')
  })

  test('wins also while it is decompressed', async () => {
    const server = await faulty(socket =>
      socket.once('data', () =>
        socket.write(http('413 Too Large', gzipSync('too large'), 'content-encoding: gzip')),
      ),
    )
    const { iterable, closed } = endless()
    const response = await send(transport(), server.url, { method: 'POST', body: iterable })
    expect(response).toMatchObject({ status: 413, truncated: false })
    expect(text(response)).toBe('too large')
    await closed
  })

  test('wins if it can still be read when the connection is reset', async () => {
    const server = await early('reset')
    const outcome = await send(transport(), server.url, {
      method: 'POST',
      body: Buffer.alloc(20 * MB),
    }).catch(error => error.facts)
    if ('kind' in outcome) expect(outcome).toMatchObject({ kind: 'connection', sent: true })
    else expect(outcome.status).toBe(413)
  })

  test('does not come with a reset alone', async () => {
    const server = await faulty(socket => socket.once('data', () => socket.resetAndDestroy()))
    const over = transport({ connections: 1 })
    const facts = await failureOf(send(over, server.url, { method: 'POST', body: Buffer.alloc(20 * MB) }))
    expect(facts).toMatchObject({ kind: 'connection', sent: true, answered: false })
    expect(text(await send(over, server.url))).toBe('ok')
  })

  test('closes the rest of the request where only its head was wanted', async () => {
    const server = await rawServer(socket =>
      socket.once('data', () => {
        socket.write('HTTP/1.1 500 Oops\r\n\r\n')
        const more = () => socket.writable && socket.write('x'.repeat(65_536), more)
        more()
      }),
    )
    const { iterable, closed } = endless()
    const response = await send(transport(), server.url, {
      method: 'POST',
      body: iterable,
      maxErrorBytes: 10,
    })
    expect(response).toMatchObject({ status: 500, truncated: true })
    await closed
    await server.until(() => server.ended > 0)
  })

  test('may be streamed while the request goes on', async () => {
    const server = await rawServer(socket => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      socket.pipe(socket)
    })
    const body = new PassThrough()
    body.write('ping')
    const response = await send(transport(), server.url, { method: 'POST', body, receive: () => 'stream' })
    const echo = response.body as Readable
    let heard = ''
    echo.on('data', chunk => {
      heard += chunk
    })
    while (!heard.includes('ping')) await turn()
    body.write('pong')
    while (!heard.includes('pong')) await turn()
    echo.destroy()
    await new Promise(resolve => body.once('close', resolve))
  })
})
