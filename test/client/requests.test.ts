// Requests over real connections: bodies of every kind, verbs, and many calls at once.
import { Readable } from 'node:stream'
import { Body, createClient, Get, Http, type HttpError, Param, Post, Put, Responses, remote } from 'guise'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { rejection } from '../decode/support.js'
import { bodyOf, closing, json, serve } from './support.js'

const Echo = z.object({ method: z.string(), url: z.string(), body: z.string(), type: z.string().optional() })
type Echo = z.infer<typeof Echo>

class Api {
  @Http('QUERY', '/search') @Responses({ 200: Echo }) search(@Body() query: object): Promise<Echo> {
    return remote(query)
  }
  @Post('/echo') @Responses({ 200: Echo }) post(@Body() body: unknown): Promise<Echo> {
    return remote(body)
  }
  @Put('/echo')
  @Responses({ 200: Echo })
  put(@Body(undefined, { type: 'text/csv' }) body: unknown): Promise<Echo> {
    return remote(body)
  }
  @Get('/json/{id}') @Responses({ 200: z.unknown() }) json(@Param('id') id: number): Promise<unknown> {
    return remote(id)
  }
}

type Listener = Parameters<typeof serve>[0]
async function clientOf(listener: Listener, options: object = {}) {
  const { url } = await serve(listener)
  return closing(createClient(Api, { url, ...options }))
}
const echo: Listener = (request, response) => {
  const { method, url, headers } = request
  bodyOf(request).then(
    body => json(response, { method, url, body: body.toString('latin1'), type: headers['content-type'] }),
    () => response.destroy(),
  )
}

describe('a request body over the wire', () => {
  async function* pieces() {
    for (const piece of ['a', Buffer.from('b'), 'c']) yield piece
  }

  it.each<[string, () => unknown, string, string]>([
    ['JSON', () => ({ a: [1] }), '{"a":[1]}', 'application/json'],
    ['text', () => 'plain', 'plain', 'text/plain;charset=utf-8'],
    ['bytes', () => Uint8Array.of(0, 255), '\0\xff', 'application/octet-stream'],
    [
      'a stream',
      () => Readable.from([Buffer.from('ab'), Buffer.from('c')]),
      'abc',
      'application/octet-stream',
    ],
    ['an async iterable', pieces, 'abc', 'application/octet-stream'],
    ['a blob', () => new Blob(['abc'], { type: 'text/x' }), 'abc', 'text/x'],
    ['a large one', () => 'y'.repeat(3_000_000), 'y'.repeat(3_000_000), 'text/plain;charset=utf-8'],
  ])('%s', async (_, make, body, type) => {
    const client = await clientOf(echo)
    expect(await client.post(make())).toEqual({ method: 'POST', url: '/echo', body, type })
  })

  it('with the type of its declaration', async () => {
    expect(await (await clientOf(echo)).put('a;b')).toMatchObject({
      method: 'PUT',
      body: 'a;b',
      type: 'text/csv',
    })
  })

  it('with the verb QUERY', async () => {
    expect(await (await clientOf(echo)).search({ q: 1 })).toEqual({
      method: 'QUERY',
      url: '/search',
      body: '{"q":1}',
      type: 'application/json',
    })
  })

  it('F44: a stream that fails is an error of the argument, and the client goes on', async () => {
    const client = await clientOf(echo)
    const broken = Readable.from(
      (async function* () {
        yield 'a'
        throw new Error('disk')
      })(),
    )
    const error = await rejection(client.post(broken))
    expect(error).toMatchObject({ code: 'GUISE_ARGUMENT', cause: new Error('disk') })
    expect(await client.post('next')).toMatchObject({ body: 'next' })
  })
})

it('1,000 calls at once, on few connections and in any order, each get their own answer (F48)', async () => {
  const waiting: (() => void)[] = []
  const client = await clientOf(
    (request, response) => {
      const id = Number(request.url?.split('/').at(-1))
      const headers = { 'content-type': 'application/json' }
      const answer = () => {
        if (id % 7 === 0) response.writeHead(404, headers).end(`{"id":${id}}`)
        else response.writeHead(200, headers).end(`{"id":${id}}`)
      }
      // Answers come in an order that has nothing to do with that of the requests.
      waiting.push(answer)
      setImmediate(() => waiting.splice(Math.floor(waiting.length / 2), 1)[0]?.())
    },
    { connections: 20, timeout: 60_000 },
  )
  const outcomes = await Promise.all(
    Array.from({ length: 1000 }, (_, id) =>
      client.json(id).catch((error: HttpError) => ({ status: error.status, body: error.body })),
    ),
  )
  expect(outcomes).toEqual(
    Array.from({ length: 1000 }, (_, id) => (id % 7 === 0 ? { status: 404, body: { id } } : { id })),
  )
})
