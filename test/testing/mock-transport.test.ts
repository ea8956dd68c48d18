// A transport without a network: what a handler gets to see, and what the client makes of its answers.
import { Readable } from 'node:stream'
import { text as textOf } from 'node:stream/consumers'
import {
  ArgumentError,
  Body,
  Call,
  type CallOptions,
  type ClientOptions,
  Cookie,
  createClient,
  Delete,
  Field,
  Get,
  Head,
  Header,
  type HttpError,
  nothing,
  Param,
  Part,
  Post,
  Query,
  type Reply,
  Responses,
  remote,
  reply,
  stream,
  text,
} from 'guise'
import {
  failures,
  type MockAnswer,
  MockError,
  type MockHandler,
  mockTransport,
  testClock,
} from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { rejection } from '../decode/support.js'

class Api {
  @Get('/items/{id}')
  @Responses({ 200: z.unknown() })
  one(
    @Param('id') id: string,
    @Query('tag') tags: string[] = [],
    @Header('x-a') a?: string,
    @Cookie('sid') sid?: string,
    @Call() options?: CallOptions,
  ): Promise<unknown> {
    return remote(id, tags, a, sid, options)
  }

  @Post('/items')
  @Responses({ 200: z.unknown() })
  send(@Body() body: unknown, @Header('content-type') type?: string): Promise<unknown> {
    return remote(body, type)
  }

  @Post('/form')
  @Responses({ 200: z.unknown() })
  form(@Field('a') a: string[], @Field('b') b: string): Promise<unknown> {
    return remote(a, b)
  }

  @Post('/parts')
  @Responses({ 200: z.unknown() })
  parts(@Part('a') a: string, @Part('f', { filename: 'f.txt' }) f: Uint8Array): Promise<unknown> {
    return remote(a, f)
  }

  @Get('/text') @Responses({ 200: text() }) text(): Promise<string> {
    return remote()
  }
  @Get('/whole')
  @Responses({ '2xx': reply(z.unknown()), '4xx': reply(text()) })
  whole(): Promise<{ status: number; headers: Headers; body: unknown }> {
    return remote()
  }
  @Get('/stream') @Responses({ 200: stream() }) stream(): Promise<Readable> {
    return remote()
  }
  @Delete('/items') @Responses({ 200: nothing() }) drop(): Promise<void> {
    return remote()
  }
  @Head('/text') @Responses({ 200: reply(text()) }) head(): Promise<Reply<200, string>> {
    return remote()
  }
  @Get('/plain') plain(@Call() options?: CallOptions): Promise<unknown> {
    return remote(options)
  }
}

type Answers = Parameters<typeof mockTransport>[0]

function api(answers?: Answers, options: Partial<ClientOptions<Api>> = {}) {
  const transport = mockTransport(answers)
  return {
    client: createClient<Api>(Api, { url: 'http://h/base', transport, retry: false, ...options }),
    transport,
  }
}

const OK = { body: null }

describe('a handler gets', () => {
  it('the URL in parts, the headers by name, and the request as it left', async () => {
    const { client, transport } = api(OK)
    await client.one('a/b', ['x', 'y z'], 'A', 's1')
    expect(transport.request).toMatchObject({
      method: 'GET',
      url: 'http://h/base/items/a%2Fb?tag=x&tag=y%20z',
      origin: 'http://h',
      path: '/base/items/a%2Fb?tag=x&tag=y%20z',
      pathname: '/base/items/a%2Fb',
      query: { tag: ['x', 'y z'] },
      headers: { accept: 'application/json', 'x-a': 'A', cookie: 'sid=s1' },
      body: undefined,
      params: {},
      raw: { method: 'GET', headers: expect.arrayContaining(['x-a', 'A']), body: null },
      options: { timeout: 5000, timeoutPhase: 'attempt' },
    })
  })

  it('a query of single values as text', async () => {
    const { client, transport } = api(OK)
    await client.one('1', ['x'])
    expect(transport.request.query).toEqual({ tag: 'x' })
    expect(transport.request.pathname).toBe('/base/items/1')
  })

  it.each<[string, unknown, string | undefined, unknown]>([
    ['JSON', { id: 7 }, undefined, { id: 7 }],
    ['JSON of a type of its own', '{"id":7}', 'application/problem+json', { id: 7 }],
    ['what says JSON and is not', '{', 'application/json', '{'],
    ['text', 'a', undefined, 'a'],
    ['XML', '<a/>', 'application/xml', '<a/>'],
    ['bytes', new Uint8Array([0, 255]), undefined, new Uint8Array([0, 255])],
    ['a form', new URLSearchParams('a=1&a=2&b='), undefined, { a: ['1', '2'], b: '' }],
    ['a stream', Readable.from(['a', Buffer.from('b')]), 'text/plain', 'ab'],
  ])('the body parsed: %s', async (_name, body, type, parsed) => {
    const { client, transport } = api(OK)
    await client.send(body, type)
    expect(transport.request.body).toEqual(parsed)
  })

  it('the bytes of a streamed body, which cannot be read twice', async () => {
    const { client, transport } = api(OK)
    await client.send(Readable.from(['a', 'b']))
    expect(transport.request.body).toEqual(new Uint8Array([97, 98]))
    expect(String(transport.request.raw.body)).toBe('ab')
  })

  it('the body of form fields and of parts', async () => {
    const { client, transport } = api(OK)
    await client.form(['1', '2'], 'x')
    await client.parts('1', Buffer.from('file'))
    expect(transport.requests[0]?.body).toEqual({ a: ['1', '2'], b: 'x' })
    const form = transport.requests[1]?.body as FormData
    expect(form.get('a')).toBe('1')
    const file = form.get('f') as File
    expect([file.name, await file.text()]).toEqual(['f.txt', 'file'])
    await client.send('not at all', 'multipart/form-data; boundary=x')
    expect(transport.requests[2]?.body).toEqual(new Uint8Array(Buffer.from('not at all')))
  })

  it('no request whose body cannot be read', async () => {
    const { client, transport } = api(OK)
    const broken = Readable.from(
      (async function* () {
        yield 'a'
        throw new Error('disk')
      })(),
    )
    const error = await rejection(client.send(broken))
    expect(error).toBeInstanceOf(ArgumentError)
    expect(error.message).toContain('the request body could not be read to its end')
    expect(transport.requests).toEqual([])
  })
})

describe('an answer', () => {
  it('is by default 200 without a body', async () => {
    const { client } = api()
    expect(await client.text()).toBe('')
  })

  it.each<[string, unknown]>([
    ['an object', { id: 7 }],
    ['a list', [1, 2]],
    ['a number', 0],
    ['null', null],
  ])('is JSON where its body is %s', async (_name, body) => {
    const { client } = api({ body })
    const whole = await client.whole()
    expect(whole.body).toEqual(body)
    expect(whole.headers.get('content-type')).toBe('application/json')
  })

  it('keeps its own content type, and headers that come more than once', async () => {
    const headers = { 'Content-Type': 'application/vnd.api+json', 'Set-Cookie': ['a=1', 'b=2'] }
    const { client } = api({ headers, body: { id: 7 } })
    const whole = await client.whole()
    expect(whole.headers.get('content-type')).toBe('application/vnd.api+json')
    expect(whole.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  })

  it.each<[string, () => unknown]>([
    ['text', () => 'abc'],
    ['bytes', () => Buffer.from('abc')],
    ['a stream', () => Readable.from(['a', Buffer.from('bc')])],
  ])('sends %s as it is', async (_name, body) => {
    const { client } = api(() => ({ body: body() }))
    expect(await client.text()).toBe('abc')
    expect(await textOf(await client.stream())).toBe('abc')
  })

  it.each([204, 304])('has no body with the status %i', async status => {
    const { client } = api({ status, body: 'abc' })
    const error = await rejection<HttpError>(client.text())
    expect([error.status, error.text]).toEqual([status, ''])
  })

  it('has no body where only its head was asked for', async () => {
    expect(await api({ headers: { etag: 'x' }, body: 'abc' }).client.head()).toMatchObject({
      status: 200,
      body: '',
    })
  })

  it('that nobody wants is not read', async () => {
    const body = new Readable({
      read() {
        throw new Error('was read')
      },
    })
    expect(await api({ body }).client.drop()).toBeUndefined()
  })

  it('that is too large is refused, or cut where it is that of an error', async () => {
    const { client } = api({ body: 'x'.repeat(11) }, { maxResponseBytes: 10 })
    expect((await rejection(client.text())).message).toContain('the response body is larger than 10 bytes')
    const large = api({ status: 404, body: 'x'.repeat(70_000) })
    expect((await rejection<HttpError>(large.client.text())).text).toHaveLength(65_536)
    const { raw, options } = large.transport.request
    expect(await large.transport.send(raw, options)).toMatchObject({
      truncated: true,
      body: { length: 65_536 },
    })
  })

  it('may say that its body has been cut', async () => {
    const error = await rejection(api({ body: 'abc', truncated: true }).client.text())
    expect(error.message).toContain('too large')
  })

  it.each<[string, MockAnswer, string]>([
    ['no status', { status: 4.2 }, 'an answer cannot have the status 4.2'],
    ['a circle', { body: circle() }, 'cannot be written as JSON'],
    ['a function', { body: () => 1 }, 'is a function, which cannot be written as JSON'],
  ])('that has %s is a mistake of the test', async (_name, answer, message) => {
    const error = await rejection(api(answer).client.text())
    expect(error).toBeInstanceOf(MockError)
    expect(error.message).toContain(message)
  })

  it('breaks off where its stream does', async () => {
    async function* broken() {
      yield 'a'
      throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
    }
    const error = await rejection(api(() => ({ body: broken() })).client.text())
    expect(error).toMatchObject({ code: 'GUISE_CONNECTION', delivery: 'answered' })
    async function* mistaken() {
      yield 'a'
      throw new RangeError('mine')
    }
    expect(await rejection(api(() => ({ body: mistaken() })).client.text())).toBeInstanceOf(RangeError)
  })
})

function circle(): object {
  const made: { self?: object } = {}
  made.self = made
  return made
}

describe('answers', () => {
  it('come in turn, the last for ever', async () => {
    const { client, transport } = api([{ body: 'a' }, () => ({ body: 'b' }), { body: 'c' }])
    const all = [await client.text(), await client.text(), await client.text(), await client.text()]
    expect(all).toEqual(['a', 'b', 'c', 'c'])
    expect(transport.requests).toHaveLength(4)
    expect(() => transport.request).toThrow('4 requests were sent, not 1\n  GET /base/text')
  })

  it('begin anew after a reset, which forgets the requests', async () => {
    const { client, transport } = api([{ body: 'a' }, { body: 'b' }])
    await client.text()
    await client.text()
    transport.reset()
    expect(transport.requests).toEqual([])
    expect(await client.text()).toBe('a')
    expect(transport.request.pathname).toBe('/base/text')
  })

  it('are an empty one where the list is empty', async () => {
    expect(await api([]).client.text()).toBe('')
  })

  it('are retried as over a network', async () => {
    const clock = testClock()
    const answers = [{ status: 503 }, failures.reset(), { body: 'a' }]
    const { client, transport } = api(answers, { retry: {}, clock })
    const call = client.text()
    await clock.advance(60_000)
    expect(await call).toBe('a')
    expect(transport.requests).toHaveLength(3)
  })

  it('are given by route, with the variables of its template', async () => {
    const { client, transport } = api({
      'GET /base/items/me': { body: 'me' },
      'GET /base/items/{id}{?tag}': ({ params, query }) => ({ body: [params.id, query.tag] }),
      'DELETE /base/items': { status: 500 },
      'POST /base/items': { status: 503 },
    })
    expect(await client.one('a/b', ['x'])).toEqual(['a/b', 'x'])
    expect(await client.one('.%', [])).toEqual(['.%', null])
    expect(await rejection(client.send('x'))).toMatchObject({ status: 503 })
    expect(transport.requests).toHaveLength(3)
    const error = await rejection(client.form(['1'], 'x'))
    expect(error).toBeInstanceOf(MockError)
    expect(error.message).toBe(
      'the table of routes has no POST /base/form; did you mean POST /base/items?\n' +
        '  GET /base/items/me\n  GET /base/items/{id}{?tag}\n  DELETE /base/items\n  POST /base/items',
    )
  })

  it('are given by the first route that fits', async () => {
    const { client } = api({ 'GET /base/text': { body: 'first' }, 'GET /base/{x}': { body: 'second' } })
    expect(await client.text()).toBe('first')
  })

  it.each([
    ["'GET a' is no route", { 'GET /a': {}, 'GET a': {} }],
    ["'GET /{a,b}' holds {a,b}", { 'GET /{a,b}': {} }],
    ["'GET /{+a}' holds {+a}", { 'GET /{+a}': {} }],
  ])('refuse a table: %s', (message, table) => {
    expect(() => mockTransport(table as never)).toThrow(message)
  })
})

describe('what a handler throws', () => {
  const thrown = (error: unknown): Promise<Error> =>
    rejection(
      api(() => {
        throw error
      }).client.text(),
    )

  it('is the failure of the network that its code is of', async () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    const error = await thrown(refused)
    expect(error).toMatchObject({ code: 'GUISE_CONNECTION', delivery: 'not-sent', cause: refused })
    expect(await thrown(failures.timeout())).toMatchObject({ code: 'GUISE_TIMEOUT', phase: 'attempt' })
  })

  it('is the error of the call where it is none of a network: a test that fails inside says so', async () => {
    const mistake = new TypeError('mine')
    expect(await thrown(mistake)).toBe(mistake)
    const missing = Object.assign(new Error('no such fixture'), { code: 'ENOENT' })
    expect(await thrown(missing)).toBe(missing)
    const unequal = await Promise.resolve()
      .then(() => expect(1).toBe(2))
      .catch(error => error)
    expect(await thrown(unequal)).toBe(unequal)
  })

  it('is a mistake where it returns nothing', async () => {
    const error = await rejection(api((() => undefined) as never as MockHandler).client.text())
    expect(error).toBeInstanceOf(MockError)
    expect(error.message).toContain('the handler answered GET /base/text with nothing')
  })
})

describe('time', () => {
  it('is up when the attempt has taken too long, and the total', async () => {
    const clock = testClock()
    const transport = mockTransport(() => new Promise<never>(() => {}), { clock })
    const client = createClient(Api, {
      url: 'http://h',
      transport,
      clock,
      retry: false,
      timeout: { attempt: 100 },
    })
    const call = rejection(client.plain())
    await clock.advance(99)
    expect(clock.pending).toBe(1)
    await clock.advance(1)
    const error = await call
    expect(error).toMatchObject({ code: 'GUISE_TIMEOUT', phase: 'attempt', delivery: 'unknown' })
    expect(error.message).toContain('no complete response within 100 ms')
    expect(clock.pending).toBe(0)
  })

  it('leaves no timer behind', async () => {
    const clock = testClock()
    const transport = mockTransport({ body: 1 }, { clock })
    await createClient(Api, { url: 'http://h', transport, clock }).plain()
    expect(clock.pending).toBe(0)
  })

  it('is what a handler makes of it', async () => {
    const clock = testClock()
    const slow = () =>
      new Promise<MockAnswer>(resolve => clock.setTimeout(() => resolve({ body: { is: 'late' } }), 50))
    const client = createClient(Api, { url: 'http://h', transport: mockTransport(slow, { clock }), clock })
    const call = client.plain()
    await clock.advance(50)
    expect(await call).toEqual({ is: 'late' })
  })

  it('ends with an abort, by its own reason', async () => {
    const { client, transport } = api(() => new Promise<never>(() => {}))
    const controller = new AbortController()
    const call = rejection(client.plain({ signal: controller.signal }))
    await new Promise(setImmediate)
    expect(transport.requests).toHaveLength(1)
    const reason = new Error('enough')
    controller.abort(reason)
    expect(await call).toBe(reason)
    const before = { ...transport.request.options, signal: AbortSignal.abort(reason) }
    expect(await rejection(transport.send(transport.request.raw, before))).toBe(reason)
    expect(transport.requests).toHaveLength(1)
  })

  it('is over when it is closed', async () => {
    const { client, transport } = api()
    await client.text()
    const { raw, options } = transport.request
    await transport.close()
    await expect(transport.send(raw, options)).rejects.toMatchObject({ message: 'the client is closed' })
  })
})
