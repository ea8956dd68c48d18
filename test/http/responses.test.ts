/** Responses that are right, or odd but usable: what arrives is what the server sent. */
import { Agent, MockAgent } from 'undici'
import { describe, expect, onTestFinished, test } from 'vitest'
import { undiciTransport } from '../../src/http/index.js'
import { answering, http, onRequest, rawServer } from './raw-server.js'
import { errorOf, failureOf, send, text, transport } from './support.js'

describe('a request', () => {
  test('leaves as it was given, with host and framing added', async () => {
    const server = await rawServer(socket => onRequest(socket, () => socket.write(http('200 OK'))))
    await send(transport(), server.url, {
      path: '/api/members/7?page=1&a=%2F',
      headers: ['accept', 'application/json', 'x-a', '1', 'x-a', '2'],
    })
    const [line, ...headers] = server.received.split('\r\n')
    expect(line).toBe('GET /api/members/7?page=1&a=%2F HTTP/1.1')
    expect(headers).toEqual([
      `host: 127.0.0.1:${server.port}`,
      'connection: keep-alive',
      'accept: application/json',
      'x-a: 1',
      'x-a: 2',
      '',
      '',
    ])
  })

  test.each([
    ['a string', 'hëllo'],
    ['bytes', Buffer.from('hëllo')],
    ['a view of bytes', new Uint8Array(Buffer.from('..hëllo..')).subarray(2, 8)],
  ])('with %s as its body declares the length in bytes', async (_name, body) => {
    const server = await rawServer(socket => socket.on('data', () => socket.write(http('200 OK'))))
    await send(transport(), server.url, { method: 'POST', body })
    expect(server.received).toContain('content-length: 6\r\n')
    expect(Buffer.from(server.received, 'latin1').toString()).toMatch(/\r\n\r\nhëllo$/)
  })

  test.each([
    ['null', null],
    ['an empty string', ''],
    ['no bytes', new Uint8Array(0)],
  ])('that posts %s says so', async (_name, body) => {
    const server = await answering(http('200 OK'))
    await send(transport(), server.url, { method: 'POST', body })
    expect(server.requests[0]?.headers['content-length']).toBe('0')
  })

  test.each([
    ['a path with a space', { path: '/a b' }],
    ['a header with a line break', { headers: ['x', 'a\r\nb: c'] }],
    ['a header name that is no token', { headers: ['x y', 'a'] }],
    ['an expect header', { headers: ['expect', '100-continue'] }],
  ])('with %s is refused before anything is sent', async (_name, overrides) => {
    const server = await answering(http('200 OK'))
    const over = transport()
    const facts = await failureOf(send(over, server.url, overrides))
    expect(facts).toMatchObject({ kind: 'connection', reason: 'the request is not valid HTTP', sent: false })
    expect(server.connections).toBe(0)
    expect((await send(over, server.url)).status).toBe(200)
  })
})

describe('a response', () => {
  test('brings status, text, headers and body', async () => {
    const server = await answering(
      http('201 Made it', '{"id":7}', 'Content-Type: application/json', 'X-A: 1', 'x-a: 2'),
    )
    const response = await send(transport(), server.url)
    expect(response).toMatchObject({ status: 201, statusText: 'Made it', truncated: false })
    expect({ ...response.headers }).toEqual({
      'content-type': 'application/json',
      'x-a': ['1', '2'],
      'content-length': '8',
    })
    expect(text(response)).toBe('{"id":7}')
  })

  test('in many chunks is put together in order', async () => {
    const parts = Array.from({ length: 2000 }, (_, i) => `${i},`)
    const chunks = parts.map(part => `${part.length.toString(16)}\r\n${part}\r\n`).join('')
    const server = await answering(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`)
    expect(text(await send(transport(), server.url))).toBe(parts.join(''))
  })

  test('row 33: may have headers named like members of every object', async () => {
    const server = await answering(http('200 OK', '', '__proto__: a', 'constructor: b', 'constructor: c'))
    const { headers } = await send(transport(), server.url)
    expect(Object.getPrototypeOf(headers)).toBe(null)
    expect(Object.entries(headers)).toEqual([
      ['__proto__', 'a'],
      ['constructor', ['b', 'c']],
      ['content-length', '0'],
    ])
  })

  test('row 32: a polluted Object.prototype changes nothing', async () => {
    const pollution = {
      'content-encoding': 'gzip',
      'content-length': '999999999',
      query: { a: 'b' },
      upgrade: 'websocket',
      reset: true,
      servername: 'evil',
      throwOnError: true,
      idempotent: false,
      expectContinue: true,
    }
    const bytes = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'
    const server = await rawServer(socket => onRequest(socket, () => socket.write(bytes)))
    const over = transport()
    for (const [key, value] of Object.entries(pollution)) {
      Object.defineProperty(Object.prototype, key, {
        value,
        configurable: true,
        writable: true,
        enumerable: true,
      })
    }
    try {
      const response = await send(over, server.url)
      expect(response.status).toBe(200)
      expect(text(response)).toBe('ok')
    } finally {
      for (const key of Object.keys(pollution)) Reflect.deleteProperty(Object.prototype, key)
    }
    expect(server.received).toMatch(
      /^GET \/ HTTP\/1.1\r\nhost: 127.0.0.1:\d+\r\nconnection: keep-alive\r\n\r\n$/,
    )
  })

  test('F17: that is longer than it says is cut where it says, and its connection is not used again', async () => {
    const server = await answering(`${http('200 OK', 'ok')}poison`)
    const over = transport({ connections: 1 })
    expect(text(await send(over, server.url))).toBe('ok')
    expect(text(await send(over, server.url))).toBe('ok')
    expect(server.connections).toBe(2)
  })

  test('F18: may end with its connection', async () => {
    const server = await rawServer(socket =>
      onRequest(socket, () => socket.end('HTTP/1.1 200 OK\r\n\r\nall of it')),
    )
    expect(text(await send(transport(), server.url))).toBe('all of it')
  })

  test('F19: after early hints is the one that counts', async () => {
    const asked: number[] = []
    const hints = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n'
    const server = await answering(`${hints}${http('200 OK', 'ok')}`)
    const response = await send(transport(), server.url, {
      receive: status => {
        asked.push(status)
        return 'gather'
      },
    })
    expect(response.status).toBe(200)
    expect(response.headers).not.toHaveProperty('link')
    expect(text(response)).toBe('ok')
    expect(asked).toEqual([200])
  })

  test.each([600, 999])('F20: of the unknown status %i is a response', async status => {
    const server = await answering(http(`${status} Odd`, 'odd'))
    const response = await send(transport(), server.url)
    expect(response).toMatchObject({ status, statusText: 'Odd' })
    expect(text(response)).toBe('odd')
  })

  test.each([
    ['204 No Content', 'GET', ''],
    ['204 No Content', 'GET', 'content-length: 3\r\n'],
    ['204 No Content', 'GET', 'content-encoding: gzip\r\n'],
    ['304 Not Modified', 'GET', ''],
    ['304 Not Modified', 'GET', 'content-length: 99999999\r\n'],
    ['200 OK', 'HEAD', 'content-length: 99999999\r\n'],
    ['200 OK', 'HEAD', 'content-encoding: gzip\r\ntransfer-encoding: chunked\r\n'],
    ['404 Not Found', 'HEAD', 'content-length: 3\r\n'],
  ])('F21: %s to %s has no body, also with %j', async (status, method, headers) => {
    const server = await answering(`HTTP/1.1 ${status}\r\n${headers}\r\n`)
    const over = transport()
    for (const receive of ['gather', 'discard'] as const) {
      const response = await send(over, server.url, { method, receive: () => receive })
      expect(response.status).toBe(Number.parseInt(status, 10))
      expect(response.body).toEqual(new Uint8Array(0))
    }
  })

  test.each(['205 Reset Content', '200 OK'])('F21: %s may have an empty body', async status => {
    const server = await answering(http(status))
    expect((await send(transport(), server.url)).body).toHaveLength(0)
  })

  test('F40: with `connection: close` is complete, and the next request has a new connection', async () => {
    const server = await rawServer(socket =>
      onRequest(socket, () => socket.end(http('200 OK', 'ok', 'connection: close'))),
    )
    const over = transport({ connections: 1 })
    for (let i = 0; i < 5; i++) expect(text(await send(over, server.url))).toBe('ok')
    expect(server.connections).toBe(5)
  })

  test('F48: which nobody asked for is not taken for the answer to the next request', async () => {
    let id = 0
    const server = await rawServer(socket =>
      onRequest(socket, () => {
        id++
        socket.write(http('200 OK', `${id}`))
        if (id === 1) setImmediate(() => socket.write(http('200 OK', 'poison')))
      }),
    )
    const over = transport({ connections: 1 })
    expect(text(await send(over, server.url))).toBe('1')
    await server.until(() => server.ended > 0)
    expect(text(await send(over, server.url))).toBe('2')
  })

  test('can be discarded, and its connection goes on', async () => {
    const server = await answering(http('200 OK', 'x'.repeat(100_000)))
    const over = transport({ connections: 1 })
    for (let i = 0; i < 3; i++) {
      const response = await send(over, server.url, { receive: () => 'discard' })
      expect(response).toMatchObject({ status: 200, truncated: false })
      expect(response.body).toEqual(new Uint8Array(0))
    }
    expect(server.connections).toBe(1)
  })

  test('that is discarded and goes on for ever is given up with its connection', async () => {
    const server = await rawServer(socket =>
      onRequest(socket, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        const more = () => socket.writable && socket.write(Buffer.alloc(65_536), more)
        more()
      }),
    )
    const response = await send(transport(), server.url, { receive: () => 'discard' })
    expect(response.body).toEqual(new Uint8Array(0))
    await server.until(() => server.ended > 0)
  })

  test('that is discarded need not be whole, nor in a known encoding', async () => {
    const head = 'HTTP/1.1 200 OK\r\ncontent-encoding: nonsense\r\ncontent-length: 10\r\n\r\n'
    const server = await rawServer(socket => onRequest(socket, () => socket.end(`${head}abc`)))
    const response = await send(transport(), server.url, { receive: () => 'discard' })
    expect(response).toMatchObject({ status: 200, truncated: false })
  })

  test('whose receiver throws fails, and does not hang', async () => {
    const server = await answering(http('200 OK', 'ok'))
    const mistake = new Error('a mistake')
    const facts = await failureOf(
      send(transport(), server.url, {
        receive: () => {
          throw mistake
        },
      }),
    )
    expect(facts).toMatchObject({ kind: 'connection', cause: mistake, status: 200 })
  })
})

describe('a given dispatcher', () => {
  test('may be a mock', async () => {
    const mock = new MockAgent()
    onTestFinished(() => mock.close())
    mock.disableNetConnect()
    const pool = mock.get('http://mock.test')
    pool.intercept({ path: '/a' }).reply(200, { a: 1 }, { headers: { 'content-type': 'application/json' } })
    pool.intercept({ path: '/slow' }).reply(200, 'late').delay(1)
    pool.intercept({ path: '/broken' }).replyWithError(Object.assign(new Error('no'), { code: 'ECONNRESET' }))
    const over = transport({ dispatcher: mock })
    const response = await send(over, 'http://mock.test', { path: '/a' })
    expect(response.status).toBe(200)
    expect(text(response)).toBe('{"a":1}')
    expect(Object.getPrototypeOf(response.headers)).toBe(null)
    expect(text(await send(over, 'http://mock.test', { path: '/slow' }))).toBe('late')
    const broken = await failureOf(send(over, 'http://mock.test', { path: '/broken' }))
    expect(broken).toMatchObject({ reason: 'the connection was reset', answered: false, reused: false })
    const unknown = await failureOf(send(over, 'http://mock.test', { path: '/b' }))
    expect(unknown.reason).toBe('the mock has no answer for the request')
  })

  test('may be composed, and what its interceptors throw is a failure', async () => {
    const server = await answering(http('200 OK', 'ok'))
    const seen: string[] = []
    const agent = new Agent()
    onTestFinished(() => agent.destroy())
    const composed = agent.compose(dispatch => (options, handler) => {
      seen.push(`${options.method} ${options.path}`)
      if (options.path === '/throw') throw new Error('interceptor')
      return dispatch(options, handler)
    })
    const over = transport({ dispatcher: composed })
    expect(text(await send(over, server.url, { path: '/a' }))).toBe('ok')
    const facts = await failureOf(send(over, server.url, { path: '/throw' }))
    expect(facts).toMatchObject({ kind: 'connection', reason: 'the connection failed', sent: false })
    expect(facts.cause).toMatchObject({ message: 'interceptor' })
    expect(seen).toEqual(['GET /a', 'GET /throw'])
  })

  test('is left open', async () => {
    const server = await answering(http('200 OK', 'ok'))
    const agent = new Agent({ connections: 1 })
    onTestFinished(() => agent.destroy())
    const first = undiciTransport({ dispatcher: agent })
    await send(first, server.url)
    await first.close()
    expect(server.open).toBe(1)
    expect(await failureOf(send(first, server.url))).toMatchObject({
      reason: 'the client is closed',
      sent: false,
    })
    expect(text(await send(transport({ dispatcher: agent }), server.url))).toBe('ok')
    expect(server.connections).toBe(1)
  })

  test('that destroys its requests makes them fail', async () => {
    const server = await rawServer(() => {})
    const agent = new Agent()
    const outcome = errorOf(send(transport({ dispatcher: agent }), server.url))
    await server.until(() => server.received !== '')
    await agent.destroy()
    expect(await outcome).toMatchObject({ facts: { reason: 'the client is closed', sent: true } })
  })
})
