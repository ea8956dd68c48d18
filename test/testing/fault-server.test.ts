/** The fault server: its script, its record of what came, and what each fault puts on the wire. */
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import net from 'node:net'
import { gunzipSync } from 'node:zlib'
import { type Fault, type FaultServer, faults, startFaultServer, startFaultServerWith } from 'guise/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import * as pem from '../faults/certificates.js'

async function start(...script: Parameters<typeof startFaultServer>): Promise<FaultServer> {
  const server = await startFaultServer(...script)
  onTestFinished(() => server.close())
  return server
}

/** Sends bytes over a connection of its own; resolves to all that came back, and to how the connection ended. */
async function exchange(server: FaultServer, bytes = 'GET / HTTP/1.1\r\n\r\n', { end = false } = {}) {
  const socket = net.connect(server.port, '127.0.0.1')
  let received = ''
  let how = 'FIN'
  socket.on('data', chunk => {
    received += chunk.toString('latin1')
  })
  socket.on('error', error => {
    how = (error as NodeJS.ErrnoException).code ?? error.message
  })
  socket.write(bytes)
  if (end) socket.end()
  await new Promise(resolve => socket.once('close', resolve))
  return { received, how }
}

interface Got {
  readonly status: number | undefined
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: Buffer
}

/** One request through Node's own client. */
function get(server: FaultServer, options: object = {}, body?: string | Buffer): Promise<Got> {
  const make = server.url.startsWith('https') ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const sent = make(
      `${server.url}/x?y=1`,
      { agent: false, ca: pem.authority, ...options },
      async response => {
        const chunks: Buffer[] = []
        try {
          for await (const chunk of response) chunks.push(chunk as Buffer)
          resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) })
        } catch (error) {
          reject(error)
        }
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

describe('the script', () => {
  test('is played in order, the last step for ever', async () => {
    const server = await start(faults.status(503), faults.status(404), faults.json({ id: 7 }))
    const statuses: (number | undefined)[] = []
    for (let i = 0; i < 4; i++) statuses.push((await get(server)).status)
    expect(statuses).toEqual([503, 404, 200, 200])
  })

  test('may pick a fault by the request', async () => {
    const server = await start(({ method, path }) => faults.json({ method, path }))
    expect(JSON.parse((await get(server, { method: 'PUT' })).body.toString())).toEqual({
      method: 'PUT',
      path: '/x?y=1',
    })
  })

  test('plays faults of the connection to connections, and the others to requests', async () => {
    const server = await start(faults.refuseAfterAccept, faults.status(404), faults.status(204))
    expect(await exchange(server)).toMatchObject({ received: '' })
    expect((await get(server)).status).toBe(404)
    expect((await get(server)).status).toBe(204)
    expect(server.connections).toBe(3)
  })

  test('plays a fault of the connection to one in use, if that is where it comes', async () => {
    const server = await start(faults.status(404), faults.refuseAfterAccept)
    const { received, how } = await exchange(server, 'GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n')
    expect(received).toMatch(/^HTTP\/1.1 404 /)
    expect(how).toBe('FIN')
  })

  test('goes on with another', async () => {
    const server = await start(faults.status(503))
    expect((await get(server)).status).toBe(503)
    server.play(faults.status(404))
    expect((await get(server)).status).toBe(404)
  })

  test('must not be empty', async () => {
    await expect(startFaultServer()).rejects.toThrow('The script is empty')
  })

  test('takes faults of the user', async () => {
    const teapot: Fault = {
      name: 'teapot',
      at: 'request',
      play: scene => scene.send('HTTP/1.1 418 I\r\n\r\n'),
    }
    const server = await start(faults.early(teapot, 'fin'))
    expect(await exchange(server)).toEqual({ received: 'HTTP/1.1 418 I\r\n\r\n', how: 'FIN' })
  })
})

describe('the record', () => {
  test('holds requests with method, path, headers, body and connection', async () => {
    const server = await start(faults.json({}))
    await get(
      server,
      { method: 'POST', headers: { 'X-One': ['a', 'b'], 'transfer-encoding': 'chunked' } },
      'hello',
    )
    const [request] = server.requests
    expect(request).toMatchObject({ method: 'POST', path: '/x?y=1', connection: 1, nth: 1 })
    expect(request?.headers).toMatchObject({ 'x-one': 'a, b', 'transfer-encoding': 'chunked' })
    expect(Object.getPrototypeOf(request?.headers)).toBeNull()
    expect(request?.body.toString()).toBe('hello')
  })

  test.each([1, 2, 3, 7, 1000])('however the wire cuts it: %i bytes at a time', async size => {
    const server = await start(faults.status(204))
    const bytes = Buffer.from(
      'POST /a HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: x\r\n\r\n' +
        'PUT /b HTTP/1.1\r\ncontent-length: 3\r\n\r\nfgh' +
        'GET /c HTTP/1.1\r\n\r\n',
    )
    const socket = net.connect({ port: server.port, host: '127.0.0.1', noDelay: true })
    onTestFinished(() => void socket.destroy())
    for (let at = 0; at < bytes.length; at += size) {
      socket.write(bytes.subarray(at, at + size))
      await new Promise(resolve => setImmediate(resolve))
    }
    await server.until(({ requests }) => requests.length === 3)
    expect(server.requests.map(({ path, body, nth }) => [path, body.toString(), nth])).toEqual([
      ['/a', 'abcde', 1],
      ['/b', 'fgh', 2],
      ['/c', '', 3],
    ])
  })

  test('is emptied when it is told to', async () => {
    const server = await start(faults.status(204))
    await get(server)
    server.forget()
    expect(server.requests).toEqual([])
    await get(server)
    expect(server.requests).toHaveLength(1)
    expect(server.connections).toBe(2)
  })

  test('counts connections, and those that are open', async () => {
    const server = await start(faults.stall)
    const sockets = [1, 2, 3].map(() => net.connect(server.port, '127.0.0.1'))
    await server.until(({ open }) => open === 3)
    sockets[0]?.destroy()
    await server.until(({ open }) => open === 2)
    expect(server.connections).toBe(3)
    await server.close()
    expect(server.open).toBe(0)
  })

  test('until() gives up, and says what it has seen', async () => {
    const server = await start(faults.stall)
    await expect(server.until(({ requests }) => requests.length === 1, 20)).rejects.toThrow(
      'within 20 ms: 0 connections (0 open), 0 requests',
    )
  })
})

describe('the server', () => {
  test('listens where it is told', async () => {
    const first = await start(faults.status(204))
    const second = await startFaultServerWith({ host: '127.0.0.2', port: first.port }, faults.status(404))
    onTestFinished(() => second.close())
    expect(second.url).toBe(`http://127.0.0.2:${first.port}`)
    expect((await get(second)).status).toBe(404)
    await expect(startFaultServerWith({ port: first.port }, faults.status(204))).rejects.toThrow('EADDRINUSE')
  })

  test('listens on IPv6', async () => {
    const server = await startFaultServerWith({ host: '::1' }, faults.status(404))
    onTestFinished(() => server.close())
    expect(server.url).toBe(`http://[::1]:${server.port}`)
    expect((await get(server)).status).toBe(404)
  })

  test('speaks TLS', async () => {
    const server = await startFaultServerWith(
      { tls: { key: pem.key, cert: pem.server } },
      faults.json({ id: 7 }),
    )
    onTestFinished(() => server.close())
    expect((await get(server)).body.toString()).toBe('{"id":7}')
    expect(server.requests[0]?.connection).toBe(1)
    await expect(get(server, { ca: pem.selfSigned })).rejects.toThrow('certificate')
    // Plain HTTP is no handshake.
    expect((await exchange(server)).received).not.toContain('200')
  })

  test.each([
    ['reset', faults.resetBeforeAnswer, 'ECONNRESET'],
    ['ended', faults.finBeforeAnswer, 'socket hang up'],
  ])('a TLS connection can be %s too', async (_, fault, message) => {
    const server = await startFaultServerWith({ tls: { key: pem.key, cert: pem.server } }, fault)
    onTestFinished(() => server.close())
    await expect(get(server)).rejects.toThrow(message)
    await server.until(({ open }) => open === 0)
  })

  test('a connection whose end is on its way is not reset any more, and not lost', async () => {
    const both: Fault = {
      name: 'both',
      at: 'request',
      play: scene => {
        scene.fin()
        scene.reset()
      },
    }
    const server = await start(both)
    expect(await exchange(server)).toMatchObject({ received: '' })
    await server.until(({ open }) => open === 0)
  })

  test('answers what is no HTTP as servers do', async () => {
    const server = await start(faults.json({}))
    expect((await exchange(server, '\x16\x03\x01')).received).toMatch(/^HTTP\/1.1 400 /)
  })

  test('ends with its scope', async () => {
    let open: FaultServer
    {
      await using server = await startFaultServer(faults.status(204))
      open = server
      expect((await get(server)).status).toBe(204)
    }
    await expect(get(open)).rejects.toThrow('ECONNREFUSED')
  })
})

describe('faults of the connection', () => {
  const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n'

  test.each<[string, Fault, string, string]>([
    ['refuseAfterAccept', faults.refuseAfterAccept, '', 'FIN'],
    ['resetAfterAccept', faults.resetAfterAccept, '', 'ECONNRESET'],
    ['resetOnFirstByte', faults.resetOnFirstByte, '', 'ECONNRESET'],
    ['greet', faults.greet('220 mail'), '220 mail', 'FIN'],
    ['finBeforeAnswer', faults.finBeforeAnswer, '', 'FIN'],
    ['resetBeforeAnswer', faults.resetBeforeAnswer, '', 'ECONNRESET'],
    ['finDuringUpload', faults.finDuringUpload, '', 'FIN'],
    ['resetDuringUpload', faults.resetDuringUpload, '', 'ECONNRESET'],
    ['finMidHeaders', faults.finMidHeaders, 'HTTP/1.1 200 OK\r\ncontent-type: appl', 'FIN'],
    ['resetMidHeaders', faults.resetMidHeaders, 'HTTP/1.1 200 OK\r\ncontent-type: appl', 'ECONNRESET'],
    [
      'finMidBody',
      faults.finMidBody({ contentLength: 9, sent: 'abc' }),
      `${HEAD}content-length: 9\r\n\r\nabc`,
      'FIN',
    ],
    [
      'resetMidBody',
      faults.resetMidBody({ sent: 'a' }),
      `${HEAD}content-length: 1000\r\n\r\na`,
      'ECONNRESET',
    ],
    ['finMidChunk', faults.finMidChunk, `${HEAD}transfer-encoding: chunked\r\n\r\n10\r\n{"id":`, 'FIN'],
    [
      'finBeforeLastChunk',
      faults.finBeforeLastChunk,
      `${HEAD}transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n`,
      'FIN',
    ],
    ['closeAfterReply', faults.closeAfterReply(), `${HEAD}content-length: 2\r\n\r\n{}`, 'FIN'],
    ['http09', faults.http09, '<html>hello</html>', 'FIN'],
    ['untilClose', faults.untilClose('abc'), `${HEAD}\r\nabc`, 'FIN'],
  ])('%s', async (name, fault, received, how) => {
    const server = await start(fault)
    // A reset overtakes bytes that were not read; some systems report one that finds the client writing as EPIPE.
    const seen = await exchange(server)
    expect(seen).toEqual({ received, how })
    expect(fault.name).toBe(name)
  })

  test.each<[string, Fault, string]>([
    ['stallOnConnect', faults.stallOnConnect, ''],
    ['stall', faults.stall, ''],
    ['stallMidBody', faults.stallMidBody(), `${HEAD}content-length: 1000\r\n\r\n{"id":7,`],
  ])('%s says no more, and ends when the client does', async (name, fault, received) => {
    const server = await start(fault)
    expect(await exchange(server, undefined, { end: true })).toEqual({ received, how: 'FIN' })
    expect(fault.name).toBe(name)
    await server.until(({ open }) => open === 0)
  })

  test('slowHeaders and slowBody come to their end, if nobody gives up', async () => {
    const headers = await get(await start(faults.slowHeaders({ every: 1, bytes: 20 })))
    expect(headers.body.toString()).toBe('{}')
    const body = await get(await start(faults.slowBody({ every: 1, bytes: 20 })))
    expect(body.body.toString()).toBe('{}'.padEnd(20))
  })

  test('early answers before the body, and keeps, ends or resets the connection', async () => {
    const bytes = 'POST / HTTP/1.1\r\ncontent-length: 5\r\n\r\n'
    const ended = await start(faults.early(faults.status(413), 'fin'))
    expect(await exchange(ended, bytes)).toMatchObject({
      received: expect.stringMatching(/ 413 /),
      how: 'FIN',
    })
    const reset = await start(faults.early(faults.status(413), 'reset'))
    // A client that is slow to look may find the connection gone before it learns how.
    const hows: string[] = []
    for (let i = 0; i < 5; i++) hows.push((await exchange(reset, bytes)).how)
    expect(hows).toContain('ECONNRESET')
    const kept = await start(faults.early(faults.status(413)), faults.status(204))
    const { received } = await exchange(kept, `${bytes}helloGET / HTTP/1.1\r\n\r\n`, { end: true })
    expect(received).toMatch(/ 413 [\s\S]* 204 /)
    expect(kept.requests.map(({ body }) => body.toString())).toEqual(['hello', ''])
  })

  test('unsolicited answers twice', async () => {
    const server = await start(faults.unsolicited(faults.status(204), faults.status(404)))
    const socket = net.connect(server.port, '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    let received = ''
    socket.on('data', chunk => {
      received += chunk.toString()
    })
    socket.write('GET / HTTP/1.1\r\n\r\n')
    while (!received.includes(' 404 ')) await once(socket, 'data')
    expect(received).toMatch(/ 204 [\s\S]* 404 /)
  })
})

describe('answers', () => {
  test.each<[Fault, number, string]>([
    [faults.json({ id: 7 }), 200, '{"id":7}'],
    [faults.json({ id: 7 }, 201), 201, '{"id":7}'],
    [faults.status(503), 503, ''],
    [faults.status(422, { body: { why: 'so' } }), 422, '{"why":"so"}'],
    [faults.status(204), 204, ''],
    [faults.html(), 200, '<!doctype html><title>Sign in</title>'],
    [faults.brokenJson, 200, '{"id":7,"na'],
    [faults.interim(103, faults.json(1)), 200, '1'],
  ])('%o', async (fault, status, body) => {
    const got = await get(await start(fault))
    expect(got).toMatchObject({ status })
    expect(got.body.toString()).toBe(body)
  })

  test('have the headers that they are given', async () => {
    const server = await start(
      faults.status(503, { retryAfter: 2, headers: { 'x-list': ['a', 'b'] } }),
      faults.redirect('/there', 308),
      faults.bigHeaders({ bytes: 5000 }),
    )
    expect((await get(server)).headers).toMatchObject({ 'retry-after': '2', 'x-list': 'a, b' })
    expect(await get(server)).toMatchObject({ status: 308, headers: { location: '/there' } })
    expect(Object.keys((await get(server)).headers).filter(name => name.startsWith('x-'))).toHaveLength(5)
  })

  test('to HEAD have no body', async () => {
    const { received } = await exchange(await start(faults.json({ id: 7 })), 'HEAD / HTTP/1.1\r\n\r\n', {
      end: true,
    })
    expect(received).toMatch(/content-length: 8\r\n\r\n$/)
  })

  test('in gzip', async () => {
    const { body, headers } = await get(await start(faults.gzip({ id: 7 })))
    expect(headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(body).toString()).toBe('{"id":7}')
    const { body: truncated } = await get(await start(faults.truncatedGzip))
    expect(() => gunzipSync(truncated)).toThrow('unexpected end of file')
  })

  test('a bomb is small, and large', async () => {
    const { body } = await get(await start(faults.gzipBomb({ mebibytes: 3 })))
    expect(body.length).toBeLessThan(10_000)
    expect(JSON.parse(gunzipSync(body).toString())).toEqual({})
    expect(gunzipSync(body).length).toBe(3 * 1024 * 1024 + 2)
  })

  test.each([true, false])('a long body is as long as it says (chunked: %o)', async chunked => {
    const { body } = await get(await start(faults.longBody({ mebibytes: 3, chunked })))
    expect(body.length).toBe(3 * 1024 * 1024 + 2)
    expect(JSON.parse(body.toString())).toEqual({})
  })

  test.each<[string, Fault]>([
    ['garbage', faults.garbage],
    ['bareLineFeeds', faults.bareLineFeeds],
    ['foldedHeader', faults.foldedHeader],
    ['headerWithoutColon', faults.headerWithoutColon],
    ['badChunkSize', faults.badChunkSize],
    ['lengthAndChunks', faults.lengthAndChunks],
    ['bodyOn204', faults.bodyOn204],
    ['extraBytes', faults.extraBytes],
    ['hugeChunkExtension', faults.hugeChunkExtension],
  ])('%s are the bytes that its name says, and the connection stays', async (name, fault) => {
    const server = await start(fault)
    const { received, how } = await exchange(server, undefined, { end: true })
    expect(received.length).toBeGreaterThan(10)
    expect(how).toBe('FIN')
    expect(fault.name).toBe(name)
  })
})
