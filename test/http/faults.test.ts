/** Connections that fail: the facts of each failure, and that the next request works. Row numbers are of the matrix. */
import type dns from 'node:dns'
import http1 from 'node:http'
import net from 'node:net'
import { type FaultServer, faults } from 'guise/testing'
import { Agent } from 'undici'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { FailureFacts } from '../../src/http/index.js'
import { ending, faulty, http, once, onRequest, rawServer } from './raw-server.js'
import { failureOf, type Overrides, send, text, transport } from './support.js'

const NOT_HTTP = 'the response is not valid HTTP'

/** The failure of the first request to this server; the second one, over the same transport, must succeed. */
async function failureBy(server: FaultServer, overrides?: Overrides): Promise<FailureFacts> {
  const over = transport({ connections: 1 })
  const facts = await failureOf(send(over, server.url, overrides))
  const next = await send(over, server.url)
  expect(text(next)).toBe('ok')
  expect(server.connections).toBe(2)
  await server.until(() => server.open === 1)
  return facts
}

const unanswered = { kind: 'connection', sent: true, reused: false, answered: false }
const answered = { kind: 'connection', sent: true, reused: false, answered: true, status: 200 }

async function closedPort(): Promise<number> {
  const server = net.createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as net.AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}

describe('a connection that is not made', () => {
  test('F1: to a closed port is refused, and nothing was sent', async () => {
    const facts = await failureOf(
      send(transport(), `http://127.0.0.1:${await closedPort()}`, { method: 'POST' }),
    )
    expect(facts).toMatchObject({
      kind: 'connection',
      reason: 'the connection was refused',
      sent: false,
      reused: false,
      answered: false,
      cause: { code: 'ECONNREFUSED' },
    })
    expect(facts).not.toHaveProperty('status')
  })

  test.each([
    ['ENOTFOUND', 'the host name is not known'],
    ['EAI_AGAIN', 'the host name could not be looked up'],
  ])('F33: for want of an address (%s) was not sent', async (code, reason) => {
    const lookup = ((_host: string, _options: object, done: (error: Error) => void) =>
      done(Object.assign(new Error('lookup'), { code }))) as unknown as typeof dns.lookup
    const agent = new Agent({ connect: { lookup } })
    onTestFinished(() => agent.destroy())
    const facts = await failureOf(send(transport({ dispatcher: agent }), 'http://nowhere.test'))
    expect(facts).toMatchObject({ kind: 'connection', reason, sent: false, cause: { code } })
  })

  describe('F35: to a name with two addresses', () => {
    const agentFor = (...addresses: string[]) => {
      const found = addresses.map(address => ({ address, family: net.isIP(address) }))
      const lookup = ((_host: string, _options: object, done: (error: null, found: object[]) => void) =>
        done(null, found)) as unknown as typeof dns.lookup
      const agent = new Agent({
        connect: { lookup, autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 250 },
      })
      onTestFinished(() => agent.destroy())
      return agent
    }

    test('takes the second if the first refuses', async () => {
      const server = await once(faults.raw(http('200 OK', 'ok')))
      const over = transport({ dispatcher: agentFor('127.0.0.2', '127.0.0.1') })
      expect(text(await send(over, `http://two.test:${server.port}`))).toBe('ok')
    })

    test('names the first refusal if both refuse', async () => {
      const over = transport({ dispatcher: agentFor('127.0.0.2', '127.0.0.3') })
      const facts = await failureOf(send(over, `http://two.test:${await closedPort()}`))
      expect(facts).toMatchObject({ kind: 'connection', reason: 'the connection was refused', sent: false })
      expect(facts.cause).not.toBeInstanceOf(AggregateError)
      expect(facts.cause).toMatchObject({ code: 'ECONNREFUSED', address: '127.0.0.2' })
    })
  })

  test('for its TLS handshake gets plain HTTP', async () => {
    const server = await rawServer(socket => socket.once('data', () => socket.end(http('400 Bad Request'))))
    const facts = await failureOf(send(transport(), server.url.replace('http:', 'https:')))
    expect(facts).toMatchObject({ kind: 'connection', reason: 'the TLS handshake failed', sent: false })
  })

  test('for the TLS handshake is reset', async () => {
    const server = await rawServer(socket => socket.once('data', () => socket.resetAndDestroy()))
    const facts = await failureOf(send(transport(), server.url.replace('http:', 'https:')))
    expect(facts).toMatchObject({ kind: 'connection', reason: 'the connection was reset', sent: false })
  })
})

describe('a connection that ends before the response', () => {
  test('F3: closed without a byte', async () => {
    const server = await once(faults.finBeforeAnswer)
    const facts = await failureBy(server)
    expect(facts).toMatchObject({ ...unanswered, reason: 'the connection was closed by the server' })
    expect(facts.cause).toMatchObject({ code: 'UND_ERR_SOCKET' })
  })

  test('F4: reset without a byte', async () => {
    const server = await once(faults.resetBeforeAnswer)
    const facts = await failureBy(server)
    expect(facts).toMatchObject({
      ...unanswered,
      reason: 'the connection was reset',
      cause: { code: 'ECONNRESET' },
    })
  })

  test.each([faults.finMidHeaders, faults.resetMidHeaders])(
    'F11: in the middle of the headers ($name)',
    async fault => {
      expect(await failureBy(await once(fault))).toMatchObject(unanswered)
    },
  )
})

describe('a response that breaks off', () => {
  test.each([
    ['F12: its length not reached', 'content-length: 10\r\n\r\nabc'],
    ['F12: its length not reached, closing', 'connection: close\r\ncontent-length: 10\r\n\r\nabc'],
    ['F13: in a chunk', 'transfer-encoding: chunked\r\n\r\n5\r\nabc'],
    ['F13: without the last chunk', 'transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n'],
    [
      'F13: without the last chunk, closing',
      'connection: close\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n',
    ],
  ])('%s', async (_name, rest) => {
    const server = await once(ending(`HTTP/1.1 200 OK\r\n${rest}`))
    expect(await failureBy(server)).toMatchObject(answered)
  })

  test('F12: reset', async () => {
    const server = await once(faults.resetMidBody())
    // Whether the headers are still read before the reset is up to the system.
    expect(await failureBy(server)).toMatchObject({ kind: 'connection', sent: true, reused: false })
  })

  test('an error status is no excuse', async () => {
    const server = await once(ending('HTTP/1.1 503 Busy\r\ncontent-length: 10\r\n\r\nabc'))
    expect(await failureBy(server)).toMatchObject({ ...answered, status: 503 })
  })
})

describe('a response that is not HTTP', () => {
  test('F14: a bad chunk size', async () => {
    const bytes = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nabc\r\n'
    const server = await once(faults.raw(bytes))
    expect(await failureBy(server)).toMatchObject({ ...answered, reason: NOT_HTTP })
  })

  test.each([
    ['F14: a negative length', 'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n'],
    ['F15: garbage', '\u0000\u0001\u0002 garbage\r\n\r\n'],
    ['F15: HTTP/0.9', '<html>hello</html>'],
    ['F15: bare line feeds', 'HTTP/1.1 200 OK\ncontent-length: 3\n\nabc'],
    ['F15: folded headers', 'HTTP/1.1 200 OK\r\nx: a\r\n b\r\ncontent-length: 0\r\n\r\n'],
    ['F15: a header without a colon', 'HTTP/1.1 200 OK\r\nxxx\r\ncontent-length: 0\r\n\r\n'],
    ['row 17: a length with a sign', 'HTTP/1.1 200 OK\r\ncontent-length: +5\r\n\r\nabcde'],
    ['F19: an unexpected 100', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'],
    ['F19: an upgrade', 'HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'],
    ['F19: an upgrade to nothing', 'HTTP/1.1 101 Switching\r\n\r\n'],
    ['F20: the status 099', 'HTTP/1.1 099 Odd\r\ncontent-length: 0\r\n\r\n'],
  ])('%s', async (_name, bytes) => {
    const server = await once(faults.raw(Buffer.from(bytes, 'latin1')))
    expect(await failureBy(server)).toMatchObject({ ...unanswered, reason: NOT_HTTP })
  })

  test.each([
    [
      'F16: length and chunks',
      'content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
    ],
    ['F16: two different lengths', 'content-length: 3\r\ncontent-length: 4\r\n\r\nabcd'],
    ['row 17: two lengths', 'content-length: 3\r\ncontent-length: 3\r\n\r\nabc'],
    ['row 17: two lengths in one', 'content-length: 3,3\r\n\r\nabc'],
    ['row 17: a length beyond all numbers', 'content-length: 99999999999999999999\r\n\r\nabc'],
  ])('%s', async (_name, rest) => {
    const server = await once(faults.raw(`HTTP/1.1 200 OK\r\n${rest}`))
    const facts = await failureBy(server)
    expect(facts).toMatchObject({ ...unanswered, reason: 'the response is not as long as it says' })
  })

  test('row 17: a length of 2^63 is too large', async () => {
    const server = await once(faults.raw('HTTP/1.1 200 OK\r\ncontent-length: 9223372036854775808\r\n\r\nabc'))
    expect(await failureBy(server)).toMatchObject({ kind: 'body', answered: true })
  })

  test('F16: a 204 with a body has none, and its connection is not used again', async () => {
    const server = await once(faults.raw('HTTP/1.1 204 No Content\r\ncontent-length: 3\r\n\r\nabc'))
    const over = transport({ connections: 1 })
    expect(await send(over, server.url)).toMatchObject({ status: 204, body: new Uint8Array(0) })
    expect(text(await send(over, server.url))).toBe('ok')
    expect(server.connections).toBe(2)
  })

  test.each([
    ['F22: 20 KB of headers', `x: ${'a'.repeat(20_000)}\r\n`],
    ['row 30: 2000 headers', 'set-cookie: a=b\r\n'.repeat(2000)],
  ])('%s are too large', async (_name, headers) => {
    const server = await once(faults.raw(`HTTP/1.1 200 OK\r\n${headers}\r\n`))
    const facts = await failureBy(server)
    expect(facts).toMatchObject({ ...unanswered, reason: 'the headers of the response are too large' })
  })

  test('plain HTTP to a TLS port', async () => {
    const alert = Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x0a])
    const server = await once(ending(alert))
    expect(await failureBy(server)).toMatchObject({ ...unanswered, reason: NOT_HTTP })
  })
})

describe('F6, F7: a kept-alive connection that the server closes', () => {
  test('while it is idle is not used again', async () => {
    const server = await rawServer(socket => onRequest(socket, () => socket.end(http('200 OK', 'ok'))))
    const over = transport({ connections: 1 })
    expect(text(await send(over, server.url))).toBe('ok')
    await server.until(() => server.open.size === 0)
    expect(text(await send(over, server.url))).toBe('ok')
  })

  test.each(['end', 'resetAndDestroy'] as const)(
    'under the next request (%s) is told by its facts',
    async how => {
      const server = await faulty(socket =>
        onRequest(socket, (_head, nth) => {
          if (nth === 1) socket.write(http('200 OK', 'ok'))
          else socket[how]()
        }),
      )
      const over = transport({ connections: 1 })
      expect(text(await send(over, server.url))).toBe('ok')
      const facts = await failureOf(send(over, server.url))
      expect(facts).toMatchObject({ kind: 'connection', sent: true, reused: true, answered: false })
      expect(text(await send(over, server.url))).toBe('ok')
    },
  )

  test('in the race of 300 requests leaves only failures of reused connections without an answer', async () => {
    let count = 0
    const server = http1.createServer((_request, response) => {
      count++
      response.end('ok', () => {
        // Sometimes right after the reply, with the next request under way.
        if (count % 3 === 0) setTimeout(() => response.socket?.destroy(), count % 4)
      })
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const url = `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`
    const over = transport({ connections: 2 })
    const failures: FailureFacts[] = []
    for (let i = 0; i < 300; i++) {
      await send(over, url).catch(error => failures.push(error.facts))
    }
    for (const facts of failures) {
      expect(facts).toMatchObject({ kind: 'connection', sent: true, reused: true, answered: false })
    }
  })
})

test('1e3 failures leave no unhandled rejection and no listener behind', async () => {
  const rejections: unknown[] = []
  const onRejection = (reason: unknown) => rejections.push(reason)
  process.on('unhandledRejection', onRejection)
  onTestFinished(() => {
    process.off('unhandledRejection', onRejection)
  })
  const server = await rawServer((socket, nth) => {
    if (nth % 2 === 0) socket.resetAndDestroy()
    else onRequest(socket, () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc'))
  })
  const over = transport()
  const outcomes = await Promise.allSettled(Array.from({ length: 1000 }, () => send(over, server.url)))
  expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true)
  await new Promise(resolve => setImmediate(resolve))
  expect(rejections).toEqual([])
})
