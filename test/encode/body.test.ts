// What `@Body` sends without a schema, with which content type, and what it refuses.
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { Body, Header, Headers, Patch, Post, Put, remote } from 'guise'
import { describe, expect, it } from 'vitest'
import { CANARY, refused, requestOf, unreadOf } from './support.js'

class Notes {
  @Post()
  send(@Body() body?: unknown): Promise<unknown> {
    return remote(body)
  }
  @Post()
  typed(@Body(undefined, { type: 'application/vnd.note+json; v=1' }) body: unknown): Promise<unknown> {
    return remote(body)
  }
  @Put()
  @Headers({ 'Content-Type': 'application/xml' })
  declared(
    @Body(undefined, { type: 'text/csv' }) body: unknown,
    @Header('content-type') own?: string,
  ): Promise<unknown> {
    return remote(body, own)
  }
  @Patch()
  fixed(@Body(undefined, { type: 'text/csv' }) body: unknown): Promise<unknown> {
    return remote(body)
  }
}

const sent = async (body: unknown) => {
  const { headers, raw } = await requestOf(Notes, client => client.send(body))
  return { body: raw.body, type: headers['content-type'] }
}
const unread = (body: unknown) => unreadOf(Notes, client => client.send(body))
const refuse = (body: unknown, rule: string | RegExp) =>
  refused(Notes, client => client.send(body), { method: 'Notes.send', parameter: 1, rule })

describe('JSON', () => {
  it.each([
    [{ a: [1, null, 'é'], b: undefined }, '{"a":[1,null,"é"]}'],
    [[], '[]'],
    [null, 'null'],
    [0, '0'],
    [false, 'false'],
    [new Date(0), '"1970-01-01T00:00:00.000Z"'],
    [{ toJSON: () => 'own' }, '"own"'],
    [Object.assign(new Map(), { toJSON: () => [1] }), '[1]'],
    [Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
  ])('writes %o', async (value, json) => {
    expect(await sent(value)).toEqual({ body: json, type: 'application/json' })
  })

  it('sends no body and no type for undefined', async () => {
    expect(await sent(undefined)).toEqual({ body: null, type: undefined })
  })

  const cycle: Record<string, unknown> = { [CANARY]: 1 }
  cycle[`${CANARY}2`] = cycle
  it.each([
    [cycle, 'cannot be written as JSON: it is circular'],
    [{ [CANARY]: 10n }, 'cannot be written as JSON'],
    [10n, 'cannot be written as JSON'],
    [
      {
        toJSON: () => {
          throw new Error(CANARY)
        },
      },
      'cannot be written as JSON',
    ],
    [{ toJSON: () => undefined }, 'cannot be written as JSON: it is an object'],
    [() => CANARY, 'cannot be written as JSON: it is a function'],
    [Symbol(CANARY), 'cannot be written as JSON: it is a symbol'],
    [new Map([[CANARY, CANARY]]), 'cannot be written as JSON: it is a Map'],
    [new Set([CANARY]), 'cannot be written as JSON: it is a Set'],
    [new FormData(), 'cannot be written as JSON: it is a FormData'],
    [new WeakMap(), 'cannot be written as JSON: it is a WeakMap'],
    [Promise.resolve(CANARY), 'cannot be written as JSON: it is a Promise'],
    [new Error(CANARY), 'cannot be written as JSON: it is an Error'],
    [/c4n4ry/, 'cannot be written as JSON: it is a RegExp'],
  ] satisfies [unknown, string][])('refuses %o', async (value, rule) => {
    await refuse(value, rule)
  })
})

describe('bodies that are sent as they are', () => {
  const bytes = new Uint8Array([0, 1, 255])
  const whole = new Uint8Array([9, 0, 1, 255, 9])
  it.each([
    ['text', 'a é', 'text/plain;charset=utf-8'],
    ['empty text', '', 'text/plain;charset=utf-8'],
    ['bytes', bytes, 'application/octet-stream'],
    ['a Buffer', Buffer.from('x'), 'application/octet-stream'],
  ])('%s', async (_, value, type) => {
    const made = await sent(value)
    expect(made.body).toBe(value)
    expect(made.type).toBe(type)
  })

  it.each([
    ['an ArrayBuffer', bytes.buffer],
    ['a SharedArrayBuffer', sharedCopy(bytes)],
    ['a DataView of a part', new DataView(whole.buffer, 1, 3)],
    ['a view of a part', new Uint8ClampedArray(whole.buffer, 1, 3)],
  ])('%s', async (_, value) => {
    expect(await sent(value)).toEqual({ body: bytes, type: 'application/octet-stream' })
  })

  it('URLSearchParams', async () => {
    const type = 'application/x-www-form-urlencoded;charset=UTF-8'
    expect(await sent(new URLSearchParams({ 'a b': '&' }))).toEqual({ body: 'a+b=%26', type })
  })

  it('a stream, an async iterable and a web stream are handed on, unread', async () => {
    const stream = Readable.from(['a'])
    const iterable = (async function* () {
      yield 'a'
    })()
    const web = new Blob(['a']).stream()
    for (const value of [stream, iterable, web]) {
      expect(await unread(value)).toMatchObject({
        body: value,
        headers: ['content-type', 'application/octet-stream'],
      })
    }
    expect(await text(stream)).toBe('a')
  })

  it('a Blob as a stream, with its own type', async () => {
    const { body, headers } = await unread(new Blob(['a', 'b'], { type: 'text/markdown' }))
    expect(headers).toEqual(['content-type', 'text/markdown'])
    expect(await text(body as Readable)).toBe('ab')
    expect((await sent(new Blob(['a']))).type).toBe('application/octet-stream')
  })
})

describe('the content type', () => {
  const typeOf = async (call: (client: Notes) => Promise<unknown>) =>
    (await requestOf(Notes, call)).headers['content-type']

  it('is the one of @Body, before the own one of the body', async () => {
    expect(await typeOf(client => client.typed({}))).toBe('application/vnd.note+json; v=1')
    expect(await typeOf(client => client.fixed(new Blob([], { type: 'text/markdown' })))).toBe('text/csv')
    expect(await typeOf(client => client.fixed('a,b'))).toBe('text/csv')
  })

  it('is the declared header before that, and a header of the call before all', async () => {
    expect(await typeOf(client => client.declared({}, 'text/own'))).toBe('text/own')
    class Declared {
      @Post()
      @Headers({ 'content-type': 'application/xml' })
      send(@Body(undefined, { type: 'text/csv' }) body: unknown): Promise<unknown> {
        return remote(body)
      }
    }
    expect((await requestOf(Declared, client => client.send('<a/>'))).headers).toEqual({
      'content-type': 'application/xml',
    })
    expect((await requestOf(Declared, client => client.send({}))).raw.body).toBe('{}')
  })
})

function sharedCopy(bytes: Uint8Array): SharedArrayBuffer {
  const shared = new SharedArrayBuffer(bytes.length)
  new Uint8Array(shared).set(bytes)
  return shared
}
