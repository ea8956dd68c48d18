// `record` and `replay`: what went over the wire comes back from a file, and a file that no longer fits says so.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { Readable } from 'node:stream'
import { text as textOf } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import {
  Body,
  bytes,
  Call,
  type CallOptions,
  Client,
  type ClientOptions,
  createClient,
  Delete,
  Field,
  Get,
  nothing,
  Param,
  Part,
  Post,
  Query,
  Responses,
  ResponseValidationError,
  remote,
  stream,
  text,
} from 'guise'
import {
  failures,
  MockError,
  type MockRequest,
  mockTransport,
  record,
  replay,
  testClock,
} from 'guise/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { closing, serve } from '../client/support.js'
import { rejection } from '../decode/support.js'

const Item = z.object({ id: z.number(), name: z.string() })
type Item = z.infer<typeof Item>

@Client({ name: 'shop', path: '/items' })
class Shop {
  @Get('/{id}') @Responses({ 200: Item }) byId(
    @Param('id') id: number,
    @Call() options?: CallOptions,
  ): Promise<Item> {
    return remote(id, options)
  }
  @Get('{?q}') @Responses({ 200: Item.array() }) find(
    @Param('q') q: string,
    @Query('tag') tag?: string[],
  ): Promise<Item[]> {
    return remote(q, tag)
  }
  @Post() @Responses({ 200: z.unknown() }) send(@Body() body: unknown): Promise<unknown> {
    return remote(body)
  }
  @Post('/form') @Responses({ 200: text() }) form(@Field('a') a: string): Promise<string> {
    return remote(a)
  }
  @Post('/parts') @Responses({ 200: text() }) parts(@Part('a') a: string): Promise<string> {
    return remote(a)
  }
  @Get('/raw') @Responses({ 200: bytes() }) raw(): Promise<Uint8Array> {
    return remote()
  }
  @Get('/text') @Responses({ 200: text() }) text(): Promise<string> {
    return remote()
  }
  @Get('/stream') @Responses({ 200: stream() }) stream(): Promise<Readable> {
    return remote()
  }
  @Delete('/{id}') @Responses({ 204: nothing(), 200: nothing() }) drop(
    @Param('id') id: number,
  ): Promise<void> {
    return remote(id)
  }
}

let directory: string
let file: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'guise-record-'))
  file = join(directory, 'made/shop.json')
})
afterEach(() => rmSync(directory, { recursive: true }))

const shopOf = (options: Partial<ClientOptions<Shop>>) =>
  createClient<Shop>(Shop, { url: 'http://shop.test', retry: false, ...options })

type Answers = Parameters<typeof mockTransport>[0]
const recording = (answers: Answers, options: Partial<ClientOptions<Shop>> = {}) =>
  shopOf({ transport: mockTransport(answers), use: [record(file)], ...options })
const replaying = (options: Partial<ClientOptions<Shop>> = {}) =>
  shopOf({ transport: replay(file, Shop), ...options })

const written = () => JSON.parse(readFileSync(file, 'utf8'))
const one = { id: 1, name: 'tea' }

describe('a recording', () => {
  it('is a file that a person can read', async () => {
    const headers = { etag: '"x"', date: 'Thu, 01 Jan 1970 00:00:00 GMT', connection: 'keep-alive' }
    const shop = recording({ headers, body: one })
    await shop.byId(1)
    await shop.send({ b: 1, a: [2] })
    expect(readFileSync(file, 'utf8')).toMatchInlineSnapshot(`
      "{
        "about": "Recorded by guise; credentials are redacted.",
        "version": 1,
        "redacted": [],
        "calls": [
          {
            "call": "Shop.byId",
            "request": {
              "method": "GET",
              "path": "/items/1",
              "headers": {
                "accept": "application/json"
              }
            },
            "response": {
              "status": 200,
              "headers": {
                "content-type": "application/json",
                "etag": "\\"x\\""
              },
              "json": {
                "id": 1,
                "name": "tea"
              }
            }
          },
          {
            "call": "Shop.send",
            "request": {
              "method": "POST",
              "path": "/items",
              "headers": {
                "accept": "application/json",
                "content-type": "application/json"
              },
              "json": {
                "b": 1,
                "a": [
                  2
                ]
              }
            },
            "response": {
              "status": 200,
              "headers": {
                "content-type": "application/json",
                "etag": "\\"x\\""
              },
              "json": {
                "id": 1,
                "name": "tea"
              }
            }
          }
        ]
      }
      "
    `)
  })

  it('is the same each time', async () => {
    const play = async () => {
      const shop = recording(({ path }) => ({
        headers: { b: '1', a: '2', date: String(Math.random()) },
        body: [path],
      }))
      await shop.parts('x')
      await shop.send({ at: 1 })
      expect(written().calls).toHaveLength(2)
      return readFileSync(file, 'utf8')
    }
    expect(await play()).toBe(await play())
  })

  it('is in the order in which calls began', async () => {
    const clock = testClock()
    const slow = ({ path }: MockRequest) =>
      new Promise<object>(resolve => {
        clock.setTimeout(() => resolve({ body: [{ id: 1, name: path }] }), path.endsWith('slow') ? 20 : 10)
      })
    const shop = recording(slow, { clock })
    const both = Promise.all([shop.find('slow'), shop.find('fast')])
    await clock.advance(20)
    await both
    expect(written().calls.map((call: { request: { path: string } }) => call.request.path)).toEqual([
      '/items?q=slow',
      '/items?q=fast',
    ])
  })

  it('is begun anew by another recorder, and shared by clients that share one', async () => {
    const use = [record(file)]
    await recording({ body: one }, { use }).byId(1)
    await recording({ body: one }, { use }).byId(2)
    expect(written().calls).toHaveLength(2)
    await recording({ body: one }).byId(3)
    expect(written().calls).toHaveLength(1)
  })

  it('changes nothing for the caller', async () => {
    const transport = mockTransport(({ body }) => ({
      headers: { date: 'today' },
      body: [body instanceof Uint8Array ? Buffer.from(body).toString() : body],
    }))
    const shop = shopOf({ transport, use: [record(file)] })
    expect(await shop.send({ a: 1 })).toEqual([{ a: 1 }])
    expect(await shop.send(Readable.from(['a', 'b']))).toEqual(['ab'])
    expect(transport.requests[0]?.raw.body).toBe('{"a":1}')
    const broken = shopOf({ transport: mockTransport(failures.reset()), use: [record(file)] })
    expect(await rejection(broken.text())).toMatchObject({ code: 'GUISE_CONNECTION', delivery: 'unknown' })
  })

  it('leaves out a call that the caller gave up', async () => {
    const shop = recording(({ path }) => (path === '/items/1' ? new Promise<never>(() => {}) : { body: one }))
    const controller = new AbortController()
    const call = rejection(shop.byId(1, { signal: controller.signal }))
    await new Promise(setImmediate)
    controller.abort()
    await call
    await shop.byId(2)
    expect(written().calls).toHaveLength(1)
  })
})

describe('a replay', () => {
  it.each<[string, object, (shop: Shop) => Promise<unknown>]>([
    ['JSON', { body: one }, shop => shop.byId(1)],
    ['null', { body: null }, shop => shop.send({})],
    ['text', { headers: { 'content-type': 'text/plain' }, body: 'ä\r\n' }, shop => shop.text()],
    ['text that looks like JSON', { body: '1' }, shop => shop.text()],
    ['no body', { status: 204 }, shop => shop.drop(1)],
    ['an empty body', {}, shop => shop.text()],
    ['bytes', { body: new Uint8Array([0, 255, 254]) }, async shop => [...(await shop.raw())]],
    ['a stream', { body: 'abc' }, async shop => textOf(await shop.stream())],
    ['a form', { body: 'ok' }, shop => shop.form('x')],
    ['parts, though their boundary is another', { body: 'ok' }, shop => shop.parts('x')],
    ['an upload', { body: 1 }, shop => shop.send(Readable.from(['a', 'b']))],
    ['a status', { status: 503, headers: { 'retry-after': '3' }, body: { a: 1 } }, facts],
    ['a body that is cut', { status: 404, body: 'x'.repeat(70_000) }, facts],
    ['a failure', failures.refused(), facts],
    ['a timeout', failures.timeout('connect'), facts],
    ['an answer that broke off', failures.cutOff(), facts],
  ])('answers as the service did: %s', async (_name, answer, call) => {
    const before = await call(recording(answer))
    expect(await call(replaying())).toEqual(before)
  })

  async function facts(shop: Shop) {
    const error = await rejection(shop.byId(1))
    const { text, cause, ...more } = error as Error & { text?: string; cause?: { code?: string } }
    return { ...more, message: error.message, text, cause: cause?.code }
  }

  it('answers what came over a real network, compressed and in chunks', async () => {
    const { url } = await serve((request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      response.end(gzipSync(JSON.stringify([{ id: 1, name: request.url }])))
    })
    const real = closing(createClient(Shop, { url: `${url}/base`, use: [record(file)] }))
    const before = await real.find('ä &', ['x', 'y'])
    expect(await replaying({ url: 'http://elsewhere.test/base' }).find('ä &', ['x', 'y'])).toEqual(before)
    expect(written().calls[0]).toMatchObject({ request: { path: '/base/items?q=%C3%A4%20%26&tag=x&tag=y' } })
  })

  it('answers repeats in their order, and retries with them', async () => {
    const clock = testClock()
    const answers = [{ status: 503 }, failures.reset(), { body: one }, { body: { ...one, id: 2 } }]
    const play = async (shop: Shop) => {
      const call = shop.byId(1)
      await clock.advance(60_000)
      return [await call, await shop.byId(1)]
    }
    const all = await play(recording(answers, { retry: {}, clock }))
    expect(all).toEqual([one, { id: 2, name: 'tea' }])
    expect(await play(replaying({ retry: {}, clock }))).toEqual(all)
  })

  it('tells calls apart by verb, path and body, whatever their order', async () => {
    const shop = recording(({ method, path, body }) => ({
      body: [{ id: 1, name: `${method} ${path}` }, body],
    }))
    const calls: ((shop: Shop) => Promise<unknown>)[] = [
      shop => shop.send({ a: 1, b: 2 }),
      shop => shop.send({ a: 2 }),
      shop => shop.send('text'),
      shop => shop.send([1]),
    ]
    const before: unknown[] = []
    for (const call of calls) before.push(await call(shop))
    const again = replaying()
    const after: unknown[] = []
    for (const call of calls.toReversed()) after.unshift(await call(again))
    expect(after).toEqual(before)
  })

  it('does not mind the order of JSON members', async () => {
    await recording({ body: 1 }).send({ a: 1, b: 2 })
    expect(await replaying().send({ b: 2, a: 1 })).toBe(1)
  })

  it('is of a file URL too, and without a class', async () => {
    const shop = recording({ body: one }, { use: [record(pathToFileURL(file))] })
    await shop.byId(1)
    expect(await shopOf({ transport: replay(pathToFileURL(file)) }).byId(1)).toEqual(one)
  })

  it('ends with an abort, by its own reason', async () => {
    await recording({ body: one }).byId(1)
    const reason = new Error('enough')
    const transport = replay(file)
    const signal = AbortSignal.abort(reason)
    await expect(transport.send({} as never, { signal } as never)).rejects.toBe(reason)
    await transport.close()
  })
})

describe('a call that the file does not hold', () => {
  const name = () => relative('.', file)

  beforeEach(async () => {
    const shop = recording({ body: one })
    await shop.byId(1)
    await shop.send({ name: 'tea' })
  })

  it('fails and says what the file holds', async () => {
    const shop = replaying({ retry: {} })
    await shop.byId(1)
    const error = await rejection<MockError>(shop.byId(2))
    expect(error).toBeInstanceOf(MockError)
    expect(
      error.message.replace(nameOf(error), 'shop.json').replace(nameOf(error), 'shop.json'),
    ).toMatchInlineSnapshot(`
      "shop.json holds no call GET /items/2
        1. GET /items/1  (used)
        2. POST /items
      If the call is right, record the file anew with use: [record('shop.json')]"
    `)
    expect(error).toMatchObject({ expected: ['GET /items/1', 'POST /items'], actual: ['GET /items/2'] })
  })

  it('fails and shows the other body', async () => {
    const error = await rejection<MockError>(replaying().send({ name: 'coffee' }))
    expect(error.message).toContain('holds POST /items with another body')
    expect(error.message).toContain("held: { json: { name: 'tea' } }\n  sent: { json: { name: 'coffee' } }")
    expect(error).toMatchObject({ expected: { json: { name: 'tea' } }, actual: { json: { name: 'coffee' } } })
  })

  it('fails and says that it was used', async () => {
    const shop = replaying()
    await shop.byId(1)
    const error = await rejection<MockError>(shop.byId(1))
    expect(error.message).toContain('holds GET /items/1 only once, and it has been used')
    expect(error.message).toContain('1. GET /items/1  (used)')
  })

  /** A temporary directory is far from the working directory, and shown whole. */
  const nameOf = (error: Error) => error.message.slice(0, error.message.indexOf(' holds'))

  it('names a file near the working directory by its path from there', () => {
    expect(name().startsWith('..')).toBe(true)
    expect(() => replay('test/no-such.json')).toThrow('there is no recording test/no-such.json; make it with')
  })
})

describe('a recorded answer that no longer fits', () => {
  /** Another declaration of the same route. */
  @Client({ name: 'shop', path: '/items' })
  class Later {
    @Get('/{id}')
    @Responses({ 200: Item.extend({ price: z.number().refine(async () => true) }) })
    byId(@Param('id') id: number): Promise<Item & { price: number }> {
      return remote(id)
    }
  }
  Object.defineProperty(Later, 'name', { value: 'Shop' })
  const later = (transport = replay(file, Later)) =>
    createClient(Later, { url: 'http://h', transport, retry: false })

  beforeEach(async () => {
    const shop = recording({ body: one })
    await shop.byId(7)
    await shop.byId(1)
  })

  it('fails and says which file and which call', async () => {
    const error = await rejection<MockError>(later().byId(1))
    expect(error).toBeInstanceOf(MockError)
    expect(error.message.slice(file.length)).toBe(
      ', call 2 (GET /items/1), no longer fits what Shop.byId declares\n' +
        '  200 OK, but its body does not fit the schema: price: Invalid input: expected number, received undefined\n' +
        'Correct the declaration, or record the file anew',
    )
    expect(error.expected).toEqual({ ...one, price: '<Invalid input: expected number, received undefined>' })
    expect(error.actual).toEqual(one)
    expect(error.cause).toBeInstanceOf(ResponseValidationError)
  })

  it('is the error of the client where no class is given', async () => {
    expect(await rejection(later(replay(file)).byId(1))).toBeInstanceOf(ResponseValidationError)
  })

  it('is one that was never of its type, too', async () => {
    await recording({ headers: { 'content-type': 'text/html' }, body: '<p>' }).text()
    const text = readFileSync(file, 'utf8')
      .replace('Shop.text', 'Shop.byId')
      .replace('/items/text', '/items/3')
    writeFileSync(file, text)
    const { message } = await rejection(later().byId(3))
    expect(message).toContain('it is text/html where JSON is expected')
  })

  it('is no matter where the status says that the call fails anyway', async () => {
    await recording({ status: 503 })
      .byId(1)
      .catch(() => {})
    expect(await rejection(later().byId(1))).toMatchObject({ code: 'GUISE_HTTP', status: 503 })
  })
})

describe('a file that is no recording', () => {
  it.each<[string, string, string]>([
    ['no JSON', 'x', 'is no recording of guise: the file: '],
    ['another document', '{"calls":1}', 'is no recording of guise: '],
    [
      'of another version',
      '{"about":"","version":2,"redacted":[],"calls":[]}',
      'is no recording of guise: version: ',
    ],
  ])('%s', async (_name, content, message) => {
    await recording({ body: one }).byId(1)
    writeFileSync(file, content)
    expect(() => replay(file)).toThrow(MockError)
    expect(() => replay(file)).toThrow(message)
  })
})
