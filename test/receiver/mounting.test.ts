// Where the receiver stands in an app: in front of parsers, behind them, on a route or on all of them.

import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import express from 'express'
import fastify from 'fastify'
import { currentContext, inbound } from 'guise/context'
import { type DedupeEvent, deduplicate, memoryDedupe, notificationOf, signWebhook } from 'guise/receiver'
import { testClock } from 'guise/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { codeOf, kinds, listen, send } from './support.js'

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const now = 1_700_000_000_000

/** An Express app that echoes the body, with these middlewares in front. */
async function echo(...middlewares: express.RequestHandler[]): Promise<string> {
  const app = express()
  for (const middleware of middlewares) app.use(middleware)
  app.post('/n', (request, response) => {
    response.json({
      type: Buffer.isBuffer(request.body) ? 'buffer' : typeof request.body,
      body: request.body,
    })
  })
  app.get('/n', (_, response) => void response.send('got'))
  return `${await listen(app)}/n`
}

describe('the body', () => {
  it.each([
    ['application/json', '{"a":[1]}', { type: 'object', body: { a: [1] } }],
    ['application/json; charset=utf-8', '"\u00e9"', { type: 'string', body: '\u00e9' }],
    ['application/problem+json', '{"a":1}', { type: 'object', body: { a: 1 } }],
    ['APPLICATION/JSON', '1', { type: 'number', body: 1 }],
    ['text/plain', 'plain', { type: 'string', body: 'plain' }],
    ['application/x-www-form-urlencoded', 'a=1&b=%20', { type: 'object', body: { a: '1', b: ' ' } }],
    ['application/octet-stream', 'raw', { type: 'buffer', body: Buffer.from('raw').toJSON() }],
    ['application/json', '', { type: 'undefined' }],
  ])('%s %j is parsed for the handler, with a parser behind', async (type, body, expected) => {
    const url = await echo(deduplicate({ store: memoryDedupe() }), express.json())
    const got = await send(url, { 'content-type': type }, body)
    expect(JSON.parse(got.body)).toEqual(expected)
  })

  it('is marked as read, as the parsers of Express 4 mark it', async () => {
    let marks: unknown
    const mark: express.RequestHandler = (request, _, next) => {
      marks = {
        _body: (request as { _body?: unknown })._body,
        rawBody: (request as { rawBody?: unknown }).rawBody,
      }
      next()
    }
    await send(await echo(deduplicate({ store: memoryDedupe() }), mark))
    expect(marks).toEqual({ _body: true, rawBody: Buffer.from('{"n":1}') })
  })

  it.each([
    ['node', 'x'],
    ['express', '{"a":'],
    ['express', Buffer.from([0x22, 0xff, 0x22])],
    ['fastify', '{"a":'],
  ] as const)('%s: %j, which is no JSON, is the mistake of the sender: 400', async (kind, body) => {
    const { url, ran } = await kinds[kind]({ store: memoryDedupe() })
    expect((await send(url, {}, body)).status).toBe(400)
    expect(ran).toEqual([])
    // The key is free.
    expect((await send(url)).status).toBe(200)
  })

  it('that a parser has taken without a trace: 500, which tells how to mount it', async () => {
    const events: DedupeEvent[] = []
    const dedupe = deduplicate({ store: memoryDedupe(), onEvent: event => events.push(event) })
    const got = await send(await echo(express.json(), dedupe))
    expect([got.status, codeOf(got)]).toEqual([500, 'raw-body-missing'])
    expect(got.body).toContain('mount deduplicate in front of it')
    expect(events).toEqual([{ name: 'dedupe_refused', code: 'raw-body-missing' }])
  })

  it('that a parser has taken, and left in rawBody, is what is signed', async () => {
    const clock = testClock({ wallNow: now })
    const keep = express.json({
      verify: (request, _, bytes) => {
        ;(request as { rawBody?: Buffer }).rawBody = bytes
      },
    })
    const dedupe = deduplicate({ store: memoryDedupe(), signature: { secrets: secret }, clock })
    const url = await echo(keep, dedupe)
    const body = '{ "a" : 1 }'
    const signed = (text: string) => ({
      ...signWebhook({ id: 'k', timestamp: now / 1000, body: text, secrets: secret }),
    })
    expect((await send(url, signed('{"a":1}'), body)).status).toBe(401)
    expect(JSON.parse((await send(url, signed(body), body)).body)).toEqual({ type: 'object', body: { a: 1 } })
  })

  it.each(Object.entries(kinds))('%s: one with a content encoding is refused: 415', async (_, serve) => {
    const { url, ran } = await serve({ store: memoryDedupe() })
    const got = await send(url, { 'content-encoding': 'gzip' }, gzipSync('{"n":1}'))
    expect([got.status, codeOf(got)]).toEqual([415, 'body-encoded'])
    expect(ran).toEqual([])
    expect((await send(url, { 'content-encoding': 'identity' })).status).toBe(200)
  })

  it.each(Object.entries(kinds))('%s: none of it is handled if the sender breaks off', async (_, serve) => {
    const { url, ran, events } = await serve({ store: memoryDedupe() })
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    const closed = new Promise(resolve => socket.on('close', resolve))
    const head = 'POST /notify HTTP/1.1\r\nhost: h\r\nidempotency-key: k\r\ncontent-length: 7\r\n\r\n{"n"'
    socket.write(head, () => socket.end())
    socket.resume()
    await closed
    expect((await send(url)).status).toBe(200)
    expect([ran.length, events]).toEqual([1, []])
  })
})

describe('Express', () => {
  it('leaves a GET alone where it stands in front of everything', async () => {
    const url = await echo(deduplicate({ store: memoryDedupe() }))
    for (let i = 0; i < 2; i++) {
      const got = await send(url, { 'idempotency-key': undefined }, undefined, 'GET')
      expect([got.body, got.headers.has('notify-receipt')]).toEqual(['got', false])
    }
    expect((await send(url, { 'idempotency-key': undefined })).status).toBe(400)
  })

  it('leaves the body to the parser behind, for a request that needs no key', async () => {
    const url = await echo(deduplicate({ store: memoryDedupe(), required: false }), express.json())
    const got = await send(url, { 'idempotency-key': undefined })
    expect(JSON.parse(got.body)).toEqual({ type: 'object', body: { n: 1 } })
  })

  it('tells the same route under different mounts apart', async () => {
    const app = express()
    const dedupe = deduplicate({ store: memoryDedupe() })
    let runs = 0
    for (const mount of ['/a', '/b']) app.use(mount, dedupe, (_, response) => void response.json(++runs))
    const url = await listen(app)
    expect((await send(`${url}/a/x`)).body).toBe('1')
    expect((await send(`${url}/b/x`)).body).toBe('2')
    expect((await send(`${url}/a/x`)).body).toBe('1')
  })

  it('may find it twice on the way of a request', async () => {
    const dedupe = deduplicate({ store: memoryDedupe() })
    const url = await echo(dedupe, dedupe)
    expect((await send(url)).status).toBe(200)
    expect((await send(url)).headers.get('idempotent-replayed')).toBe('true')
  })

  it('gets an error of the option sender', async () => {
    const sender = () => {
      throw new Error('mine')
    }
    expect((await send(await echo(deduplicate({ store: memoryDedupe(), sender })))).status).toBe(500)
  })
})

describe('Fastify', () => {
  it('takes it as a hook for all routes, and parses the body itself', async () => {
    const app = fastify({ forceCloseConnections: true })
    app.addHook('preParsing', deduplicate({ store: memoryDedupe() }).preParsing)
    app.post('/n', async request => ({ body: request.body, id: notificationOf(request).id }))
    app.get('/n', async () => 'got')
    onTestFinished(() => app.close())
    const url = `${await app.listen({ port: 0, host: '127.0.0.1' })}/n`
    expect((await send(url, { 'idempotency-key': undefined }, undefined, 'GET')).body).toBe('got')
    expect(JSON.parse((await send(url)).body)).toEqual({ body: { n: 1 }, id: 'k' })
    expect((await send(url)).headers.get('idempotent-replayed')).toBe('true')
    expect((await send(url, { 'idempotency-key': 'none' }, '{}', 'DELETE')).status).toBe(404)
  })

  it('runs its own hooks and schemas, and a refusal of those releases the key', async () => {
    const app = fastify({ forceCloseConnections: true })
    const { preParsing } = deduplicate({ store: memoryDedupe() })
    const responded: number[] = []
    app.addHook('onResponse', async (_, reply) => void responded.push(reply.raw.statusCode))
    const schema = { body: { type: 'object', required: ['n'], properties: { n: { type: 'number' } } } }
    app.post('/n', { preParsing, schema }, async () => 'fine')
    onTestFinished(() => app.close())
    const url = `${await app.listen({ port: 0, host: '127.0.0.1' })}/n`
    expect((await send(url, {}, '{}')).status).toBe(400)
    expect((await send(url)).body).toBe('fine')
    expect((await send(url)).body).toBe('fine')
    expect((await send(url, {}, '{"n":2}')).status).toBe(422)
    expect(responded).toEqual([400, 200, 200, 422])
  })

  it('gets an error of the option sender', async () => {
    const seen: unknown[] = []
    const app = fastify({ forceCloseConnections: true })
    const failure = new Error('mine')
    const sender = () => {
      throw failure
    }
    app.setErrorHandler((error, _, reply) => {
      seen.push(error)
      return reply.code(500).send('handled')
    })
    app.post(
      '/n',
      { preParsing: deduplicate({ store: memoryDedupe(), sender }).preParsing },
      async () => 'fine',
    )
    onTestFinished(() => app.close())
    const url = `${await app.listen({ port: 0, host: '127.0.0.1' })}/n`
    const got = await send(url)
    expect([got.status, got.body, seen]).toEqual([500, 'handled', [failure]])
  })
})

describe('Node', () => {
  it('gets the failure of a handler, when 500 has been answered', async () => {
    const dedupe = deduplicate({ store: memoryDedupe() })
    const failures: unknown[] = []
    let how = 0
    const url = await listen((request, response) => {
      const handle = async () => {
        if (how++ === 2) response.end('answered')
        throw new Error(`failure ${how}`)
      }
      const thrown = () => {
        how++
        throw new Error(`failure ${how}`)
      }
      dedupe(request, response, how === 0 ? thrown : handle).catch(error => failures.push(error.message))
    })
    expect([(await send(url)).status, (await send(url)).status]).toEqual([500, 500])
    expect((await send(url)).body).toBe('answered')
    expect((await send(url)).body).toBe('answered')
    expect(failures).toEqual(['failure 1', 'failure 2', 'failure 3'])
  })

  it('passes on what needs no key, and the failure of its handler', async () => {
    const dedupe = deduplicate({ store: memoryDedupe() })
    const failures: unknown[] = []
    const url = await listen((request, response) => {
      const handle = () => {
        response.end('got')
        throw new Error('mine')
      }
      dedupe(request, response, handle).catch(error => failures.push(error.message))
    })
    expect((await send(url, { 'idempotency-key': undefined }, undefined, 'GET')).body).toBe('got')
    expect(failures).toEqual(['mine'])
  })
})

describe('the context', () => {
  const stand = { hops: 5, headers: expect.objectContaining({ 'x-request-id': '1' }) }
  const sent = { 'notify-hops': '4', 'x-request-id': '1' }

  it('is that of inbound, one hop on, in Express', async () => {
    const app = express()
    app.use(inbound)
    app.use(deduplicate({ store: memoryDedupe() }))
    let seen: unknown
    app.post('/n', async (_, response) => {
      await Promise.resolve()
      seen = currentContext()
      response.end()
    })
    await send(`${await listen(app)}/n`, sent)
    expect(seen).toMatchObject(stand)
  })

  it.each(['', '{"n":1}'])('is that of inbound, one hop on, in Fastify, with the body %j', async body => {
    const app = fastify({ forceCloseConnections: true })
    app.addHook('onRequest', inbound)
    app.addHook('preParsing', deduplicate({ store: memoryDedupe() }).preParsing)
    let seen: unknown
    app.post('/n', async () => {
      await Promise.resolve()
      seen = currentContext()
      return 'fine'
    })
    onTestFinished(() => app.close())
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    const type: Record<string, string> = body === '' ? {} : { 'content-type': 'application/json' }
    const headers = { ...sent, ...type, 'idempotency-key': 'k' }
    await fetch(`${url}/n`, { method: 'POST', headers, ...(body === '' ? {} : { body }) })
    expect(seen).toMatchObject(stand)
  })
})

it('a loop A -> B -> A ends after eight hops', async () => {
  const dedupe = deduplicate({ store: memoryDedupe() })
  const statuses: number[] = []
  let url = ''
  // Each notification that is handled brings about another one, as an outbox would send it.
  url = await listen((request, response) => {
    void dedupe(request, response, async () => {
      const hops = currentContext()?.hops ?? 0
      const next = await send(url, { 'notify-hops': String(hops), 'idempotency-key': `k${hops}` })
      statuses.push(next.status)
      response.end('handled')
    })
  })
  await send(url)
  expect(statuses).toEqual([508, 200, 200, 200, 200, 200, 200, 200, 200])
})
