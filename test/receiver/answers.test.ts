// However a handler writes its answer, it leaves when it is remembered, as it was written.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import express from 'express'
import fastify from 'fastify'
import {
  type Claimed,
  type DedupeEvent,
  type DedupeStore,
  type DeduplicateOptions,
  deduplicate,
  memoryDedupe,
  type StoredAnswer,
} from 'guise/receiver'
import { describe, expect, it, onTestFinished } from 'vitest'
import { gate, kinds, listen, send } from './support.js'

type Handler = (request: IncomingMessage & { body?: unknown }, response: ServerResponse) => unknown

/** Node's server with this handler, and what it reports. */
async function node(handler: Handler, options: Partial<DeduplicateOptions> = {}) {
  const events: DedupeEvent[] = []
  const failures: unknown[] = []
  const dedupe = deduplicate({ store: memoryDedupe(), onEvent: event => events.push(event), ...options })
  const url = await listen((request, response) => {
    dedupe(request, response, () => handler(request, response)).catch(error => failures.push(error))
  })
  return { url, events, failures }
}

/** A store whose `finish` does what the test says. */
function storeWith(
  finish: (answer: StoredAnswer, inner: Claimed) => Promise<boolean>,
  tx?: unknown,
): DedupeStore {
  const inner = memoryDedupe()
  return {
    claim: async request => {
      const claim = await inner.claim(request)
      return claim.state === 'claimed' ? { ...claim, tx, finish: answer => finish(answer, claim) } : claim
    },
  }
}

const big = 'x'.repeat(65_537)
const pieces = (...texts: string[]) => Readable.from(texts, { objectMode: false })

describe('the ways to write', () => {
  const ways: Record<string, Handler> = {
    'end alone': (_, response) => response.end('whole'),
    'write and end': (_, response) => {
      response.write('wh')
      response.write(Buffer.from('ol'))
      response.end('e')
    },
    'other encodings': (_, response) => {
      response.write('7768', 'hex')
      response.end(Buffer.from('ole').toString('base64'), 'base64')
    },
    'callbacks in any place': (_, response) => {
      response.write('wh', () => response.write('ol', 'utf8', () => response.end('e', () => {})))
    },
    'a buffer that is used again': (_, response) => {
      const buffer = Buffer.from('wh')
      response.write(buffer)
      buffer.write('ol')
      response.write(buffer)
      buffer.fill(0)
      response.end('e')
    },
    'flushed headers': (_, response) => {
      response.flushHeaders()
      response.end('whole')
    },
    'end twice': (_, response) => {
      response.end('whole')
      response.end('twice')
      response.write('more')
    },
    'a stream': (_, response) => pipeline(pieces('wh', 'ol', 'e'), response),
    'after a while': async (_, response) => {
      await new Promise(resolve => setImmediate(resolve))
      response.end('whole')
    },
  }
  it.each(Object.entries(ways))('%s', async (_, handler) => {
    const { url, failures } = await node(handler)
    const first = await send(url)
    expect([first.status, first.body]).toEqual([200, 'whole'])
    const again = await send(url)
    expect([again.body, again.headers.get('idempotent-replayed')]).toEqual(['whole', 'true'])
    expect(failures).toEqual([])
  })

  it.each<[string, Handler]>([
    ['an object', (_, r) => r.writeHead(201, { 'X-One': 'a', 'x-two': ['b', 'c'] }).end()],
    [
      'a message and an object',
      (_, r) => r.writeHead(201, 'Made', { 'X-One': 'a', 'x-two': ['b', 'c'] }).end(),
    ],
    [
      'names and values in turn',
      (_, r) => r.writeHead(201, ['X-One', 'a', 'x-two', 'b', 'x-two', 'c']).end(),
    ],
    [
      'pairs',
      (_, r) =>
        r
          .writeHead(201, [
            ['X-One', 'a'],
            ['x-two', ['b', 'c']],
          ] as never)
          .end(),
    ],
    [
      'setHeader',
      (_, r) => {
        r.statusCode = 201
        r.setHeader('X-One', 'a')
        r.appendHeader('x-two', 'b')
        r.appendHeader('x-two', 'c')
        r.end()
      },
    ],
  ])('a head by %s', async (_, handler) => {
    const { url } = await node(handler)
    const { status, headers } = await send(url)
    expect([status, headers.get('x-one'), headers.get('x-two')]).toEqual([201, 'a', 'b, c'])
  })

  it('keeps the message and the case of names', async () => {
    const { url } = await node((_, response) =>
      response.writeHead(200, 'Very Fine', { 'X-CaSe': '1' }).end('x'),
    )
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    socket.write(
      'POST / HTTP/1.1\r\nhost: h\r\nidempotency-key: k\r\nconnection: close\r\ncontent-length: 0\r\n\r\n',
    )
    let text = ''
    for await (const piece of socket) text += piece
    expect(text).toContain('HTTP/1.1 200 Very Fine\r\n')
    expect(text).toContain('\r\nX-CaSe: 1\r\n')
    expect(text).toContain('\r\nnotify-receipt: id=k; state=processed\r\n')
  })

  it('tells a handler that asks what it has done', async () => {
    const seen: unknown[] = []
    const { url } = await node((_, response) => {
      const look = () => seen.push([response.headersSent, response.writableEnded])
      look()
      response.write('a')
      look()
      response.end()
      look()
      // Too late to leave.
      response.statusCode = 500
      response.setHeader('x-late', '1')
    })
    const { status, headers } = await send(url)
    expect([status, headers.has('x-late')]).toEqual([200, false])
    expect(seen).toEqual([
      [false, false],
      [true, false],
      [true, true],
    ])
  })

  it('fails for a status or a piece that there is not, and releases the key', async () => {
    const handlers: Handler[] = [
      (_, response) => response.writeHead(99),
      (_, response) => {
        response.statusCode = 1000
        response.end()
      },
      (_, response) => response.write({} as never),
      (_, response) => response.end('fine'),
    ]
    const { url, failures } = await node((request, response) => handlers.shift()?.(request, response))
    for (let i = 0; i < 3; i++) expect((await send(url)).status).toBe(500)
    expect(failures.map(String)).toEqual([
      expect.stringContaining('RangeError'),
      expect.stringContaining('RangeError'),
      expect.stringContaining('TypeError'),
    ])
    expect((await send(url)).body).toBe('fine')
  })

  it('leaves what others set before, and drops what a handler set for an answer that is not given', async () => {
    const dedupe = deduplicate({ store: storeWith(() => Promise.reject(new Error('gone')), {}) })
    const url = await listen((request, response) => {
      response.setHeader('x-before', '1')
      void dedupe(request, response, () =>
        response.writeHead(201, 'Made', { 'x-mine': '1', etag: 'e' }).end('body'),
      )
    })
    const got = await send(url)
    expect([
      got.status,
      got.headers.get('x-before'),
      got.headers.has('x-mine'),
      got.headers.has('etag'),
    ]).toEqual([503, '1', false, false])
    expect(got.headers.get('content-type')).toBe('application/problem+json')
  })
})

describe('an answer leaves when it is remembered', () => {
  it('not before', async () => {
    const { arrived, pass, open } = gate()
    const store = storeWith(async (answer, inner) => {
      await pass()
      return inner.finish(answer)
    })
    const { url } = await node((_, response) => response.end('x'), { store })
    let answered = false
    const first = send(url).then(got => {
      answered = true
      return got
    })
    await arrived
    // Others learn that it runs, so there was time for an answer to come.
    expect((await send(url)).status).toBe(409)
    expect(answered).toBe(false)
    open()
    expect((await first).body).toBe('x')
  })

  it('nor the end of a long one; its head and the rest do', async () => {
    const { arrived, pass, open } = gate()
    const store = storeWith(async (answer, inner) => {
      await pass()
      return inner.finish(answer)
    })
    const { url, events } = await node(
      async (_, response) => {
        for (const piece of [big, 'b', 'c']) response.write(piece)
        response.end()
      },
      { store },
    )
    const headers = { 'idempotency-key': 'k', 'content-type': 'text/plain' }
    const response = await fetch(url, { method: 'POST', headers, body: 'same' })
    expect(response.headers.has('notify-receipt')).toBe(false)
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    let got = ''
    while (got.length < big.length + 1) got += Buffer.from((await reader.read()).value as Uint8Array)
    await arrived
    expect(got).toBe(`${big}b`)
    open()
    for (let piece = await reader.read(); !piece.done; piece = await reader.read())
      got += Buffer.from(piece.value)
    expect(got).toBe(`${big}bc`)
    expect(events).toEqual([{ name: 'dedupe_answer_too_large' }])
    const again = await send(url, headers, 'same')
    expect([again.status, again.body, again.headers.get('idempotent-replayed')]).toEqual([200, '', 'true'])
  })

  it('a long one is cut off if its transaction fails', async () => {
    const store = storeWith(() => Promise.reject(new Error('gone')), {})
    const long = pieces(big, 'y')
    const { url } = await node((_, response) => pipeline(long, response).catch(() => {}), { store })
    await expect(send(url)).rejects.toThrow()
    expect(long.destroyed).toBe(true)
  })

  it('a long one waits for whoever reads it slowly', async () => {
    const { url } = await node((_, response) => pipeline(pieces(...Array(200).fill(big)), response))
    const response = await fetch(url, { method: 'POST', headers: { 'idempotency-key': 'k' } })
    expect((await response.text()).length).toBe(200 * big.length)
  })

  it.each(Object.entries(kinds))('%s: of one too long in one piece the status is kept', async (_, serve) => {
    const { url, ran, events } = await serve({ store: memoryDedupe() }, async () => ({
      status: 201,
      headers: { location: '/7', etag: '"e"' },
      body: { big },
    }))
    const first = await send(url)
    expect([first.status, first.body.length]).toEqual([201, JSON.stringify({ big }).length])
    expect(first.headers.get('notify-receipt')).toBe('id=k; state=processed')
    const again = await send(url)
    expect([again.status, again.body, again.headers.get('location')]).toEqual([201, '', '/7'])
    expect([again.headers.has('content-type'), again.headers.has('etag')]).toEqual([false, false])
    expect(ran).toHaveLength(1)
    expect(events).toContainEqual({ name: 'dedupe_answer_too_large' })
  })
})

it('keeps of the headers only those that speak of the body', async () => {
  let kept: StoredAnswer | undefined
  const store = storeWith(async (answer, inner) => {
    kept = answer
    return inner.finish(answer)
  })
  const headers = {
    'Content-Type': 'text/plain',
    'Content-Language': 'en',
    ETag: '"1"',
    Location: '/x',
    'Last-Modified': 'Sun, 06 Nov 1994 08:49:37 GMT',
    'Set-Cookie': ['session=c4n4ry'],
    Authorization: 'Bearer c4n4ry',
    'WWW-Authenticate': 'Basic',
    'X-Api-Key': 'c4n4ry',
  }
  const { url } = await node((_, response) => response.writeHead(200, headers).end('x'), { store })
  await send(url)
  expect(Object.keys(kept?.headers ?? {}).sort()).toEqual([
    'content-language',
    'content-type',
    'etag',
    'last-modified',
    'location',
  ])
  expect(JSON.stringify(kept)).not.toContain('c4n4ry')
})

describe('streams of the frameworks', () => {
  it('Express pipes one, and sends 304, 204 and text', async () => {
    const app = express()
    const dedupe = deduplicate({ store: memoryDedupe() })
    app.use('/api', dedupe)
    app.post('/api/stream', (_, response) => void pieces('wh', 'ol', 'e').pipe(response.type('text')))
    app.post('/api/text', (_, response) => void response.send('text'))
    app.post('/api/nothing', (_, response) => void response.sendStatus(204))
    const url = await listen(app)
    for (const [path, status, body] of [
      ['stream', 200, 'whole'],
      ['text', 200, 'text'],
      ['nothing', 204, ''],
    ] as const)
      for (const replayed of [null, 'true']) {
        const got = await send(`${url}/api/${path}`)
        expect([got.status, got.body, got.headers.get('idempotent-replayed')]).toEqual([
          status,
          body,
          replayed,
        ])
      }
  })

  it('Fastify sends streams, buffers, a Response, nothing, and a reply of its own', async () => {
    const app = fastify({ forceCloseConnections: true })
    app.addHook('preParsing', deduplicate({ store: memoryDedupe() }).preParsing)
    app.post('/stream', (_, reply) => void reply.type('text/plain').send(pieces('wh', 'ol', 'e')))
    app.post('/buffer', async () => Buffer.from('whole'))
    app.post('/response', async () => new Response('whole', { status: 201, headers: { 'x-a': '1' } }))
    app.post('/nothing', (_, reply) => void reply.code(204).send())
    app.post('/raw', (_, reply) => {
      reply.hijack()
      reply.raw.end('raw')
    })
    onTestFinished(() => app.close())
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    for (const [path, status, body] of [
      ['stream', 200, 'whole'],
      ['buffer', 200, 'whole'],
      ['response', 201, 'whole'],
      ['nothing', 204, ''],
      ['raw', 200, 'raw'],
    ] as const)
      for (const replayed of [null, 'true']) {
        const got = await send(`${url}/${path}`)
        expect([path, got.status, got.body, got.headers.get('idempotent-replayed')]).toEqual([
          path,
          status,
          body,
          replayed,
        ])
      }
  })
})

describe('a store that does not answer in time', () => {
  it('is down; and a claim that comes too late is given back', async () => {
    const { arrived, pass, open } = gate()
    const inner = memoryDedupe()
    let slow = true
    let released: () => void = () => {}
    const wasReleased = new Promise<void>(resolve => {
      released = resolve
    })
    const store: DedupeStore = {
      claim: async request => {
        if (slow) await pass()
        const claim = await inner.claim(request)
        if (claim.state !== 'claimed') return claim
        return { ...claim, release: () => claim.release().then(released) }
      },
    }
    const { url, events } = await node((_, response) => response.end('x'), { store, storeTimeout: 20 })
    expect((await send(url)).status).toBe(503)
    expect(String((events[0] as { error?: unknown }).error)).toContain('not answered within 20 ms')
    await arrived
    slow = false
    open()
    await wasReleased
    expect((await send(url)).body).toBe('x')
  })

  it('which holds for its release as well: the answer leaves', async () => {
    const inner = memoryDedupe()
    const store: DedupeStore = {
      claim: async request =>
        ({ ...(await inner.claim(request)), release: () => new Promise(() => {}) }) as Claimed,
    }
    const { url, events } = await node((_, response) => response.writeHead(400).end('no'), {
      store,
      storeTimeout: 20,
    })
    expect((await send(url)).body).toBe('no')
    expect(events).toEqual([expect.objectContaining({ name: 'dedupe_store_failed', step: 'release' })])
  })
})
