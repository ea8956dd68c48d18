// The response table: which entry speaks for a status, and what each kind of entry makes of a response.
import {
  bytes,
  createClient,
  Get,
  HttpError,
  nothing,
  type Reply,
  Responses,
  type ResponseTable,
  remote,
  reply,
  returns,
  text,
  throws,
} from 'guise'
import { type MockAnswer, mockTransport } from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { call, probe, rejection } from './support.js'

const refuse = (what: string) => throws(() => new Error(what))
const Member = z.object({ id: z.number() })

/** The value, or the message of the error. */
const outcome = (own: ResponseTable, status: number, shared?: ResponseTable) =>
  call(own, { status }, shared).catch((error: Error) =>
    error instanceof HttpError ? `HttpError ${error.status}` : error.message,
  )

describe('which entry speaks for a status', () => {
  const full = { 404: returns('exact'), '4xx': returns('class'), default: returns('default') }
  it.each<[string, ResponseTable, ResponseTable, number, string]>([
    ['the exact key over the class of statuses', full, {}, 404, 'exact'],
    ['the class of statuses over default', full, {}, 410, 'class'],
    ['default for the rest', full, {}, 500, 'default'],
    ['the order of the keys does not matter', { default: returns('d'), '5xx': returns('c') }, {}, 503, 'c'],
    ["the method over its class's same key", { 404: returns('own') }, { 404: refuse('shared') }, 404, 'own'],
    ["the class's entry if the method has none", {}, { 404: refuse('shared') }, 404, 'shared'],
    ["the class's exact key over the method's default", full, { 503: refuse('shared') }, 503, 'shared'],
    ["the class's exact key over the method's 4xx", full, { 410: refuse('shared') }, 410, 'shared'],
    ["the class's 5xx over the method's default", full, { '5xx': refuse('shared') }, 500, 'shared'],
    ["the method's default over the class's", full, { default: refuse('shared') }, 500, 'default'],
    ["the method's exact key over the class's 4xx", full, { '4xx': refuse('shared') }, 404, 'exact'],
    ["the method's 4xx over the class's 4xx", full, { '4xx': refuse('shared') }, 400, 'class'],
  ])('%s', async (_, own, shared, status, expected) => {
    expect(await outcome(own, status, shared)).toBe(expected)
  })

  it("takes a subclass's table over its parent's, key by key", async () => {
    @Responses({ 401: refuse('parent 401'), 403: refuse('parent 403') })
    class Parent {
      @Get('/p') call(): Promise<unknown> {
        return remote()
      }
    }
    @Responses({ 403: refuse('child 403') })
    class Child extends Parent {}
    const answers = [{ status: 401 }, { status: 403 }]
    const client = createClient(Child, { url: 'http://h', transport: mockTransport(answers) })
    await expect(client.call()).rejects.toThrow('parent 401')
    await expect(client.call()).rejects.toThrow('child 403')
  })
})

describe('a status that no key covers', () => {
  const json = { status: 201, body: { any: 1 } }

  it.each<[string, ResponseTable]>([
    ['an exact success', { 200: Member }],
    ['nothing() as a success', { 204: nothing() }],
    ['a list with a success', { 200: [throws(HttpError, z.object({ code: z.number() })), Member] }],
  ])('rejects an unlisted 2xx where the table names %s', async (_, table) => {
    const error = await rejection<HttpError>(call(table, json))
    expect(error).toBeInstanceOf(HttpError)
    expect(error.message).toBe(
      'Probe.call: 201 Created; name 201 in @Responses to handle it (GET http://h/p, 1 attempt)',
    )
    expect([error.status, error.body, error.text]).toEqual([201, { any: 1 }, '{"any":1}'])
  })

  it.each<[string, ResponseTable]>([
    ['nothing', {}],
    ['failures only', { 404: returns(null), '5xx': refuse('down') }],
    ['another 2xx that throws', { 202: refuse('later') }],
    ['redirects only', { '3xx': text() }],
    ['a default that throws', { default: refuse('rest') }],
    ['a default that throws by a list', { default: [throws(HttpError, Member), refuse('rest')] }],
  ])('trusts a 2xx where the table names %s', async (_, table) => {
    expect(await call(table, json)).toEqual({ any: 1 })
  })

  it('lets a default that throws speak of an unlisted 2xx where a success is named', async () => {
    expect(await outcome({ 200: Member, default: refuse('rest') }, 202)).toBe('rest')
  })

  it("takes a success of the method's default or 2xx for all of them", async () => {
    expect(await call({ '2xx': z.unknown() }, json)).toEqual({ any: 1 })
    expect(await call({ default: z.unknown() }, json)).toEqual({ any: 1 })
  })

  it.each([
    [undefined, '{"a":1}', { a: 1 }],
    ['application/problem+json', '{"a":1}', { a: 1 }],
    ['text/csv', 'a,b', 'a,b'],
    ['image/svg+xml', '<svg/>', '<svg/>'],
    ['application/xml', '<a/>', '<a/>'],
    ['application/octet-stream', 'ab', Buffer.from('ab')],
    ['application/json', '', undefined],
  ])('reads a trusted 2xx by its content type: %s', async (type, body, expected) => {
    const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type }
    expect(await call({}, { headers, body })).toEqual(expected)
  })

  it.each([300, 301, 302, 303, 307, 308])(
    'row 20: does not follow %i, nor show where it leads',
    async status => {
      const transport = mockTransport({ status, headers: { location: 'http://elsewhere/CANARY' } })
      const error = await rejection<HttpError>(
        createClient(probe({ 200: Member }), { url: 'http://h', transport }).call(),
      )
      expect(transport.requests).toHaveLength(1)
      expect(error).toBeInstanceOf(HttpError)
      expect(error.message).toContain('redirects are not followed; call the address that it leads to')
      expect(error.message).not.toContain('CANARY')
      expect(error.headers.get('location')).toBe('http://elsewhere/CANARY')
    },
  )

  it.each([99, 600, 999])('F20: never takes status %i for a success', async status => {
    const named: ResponseTable = { '2xx': returns('2xx'), '5xx': returns('5xx'), default: returns('rest') }
    for (const table of [{}, named, { default: [throws(HttpError, Member), text()] }]) {
      const error = await rejection<HttpError>(call(table, { status }))
      expect(error).toBeInstanceOf(HttpError)
      expect(error.message).toContain(`${status} Unknown Status; name ${status} in @Responses`)
    }
    expect(await outcome({ default: refuse('rest') }, status)).toBe('rest')
  })
})

describe('an entry', () => {
  const raw = (body: string | Uint8Array, type = 'text/plain'): MockAnswer => ({
    headers: { 'content-type': type },
    body,
  })

  it.each<[string, ResponseTable, MockAnswer, unknown]>([
    ['a schema: the validated body', { 200: Member }, { body: { id: 1, more: 2 } }, { id: 1 }],
    ['a transform: its output', { 200: Member.transform(m => m.id + 1) }, { body: { id: 1 } }, 2],
    ['a default in a schema', { 200: z.object({ a: z.number().default(5) }) }, { body: {} }, { a: 5 }],
    ['an async schema', { 200: Member.refine(async () => true) }, { body: { id: 1 } }, { id: 1 }],
    ['null as JSON', { 200: z.null() }, { body: null }, null],
    ['returns(): the value', { 200: returns(null) }, raw('ignored'), null],
    ['text()', { 200: text() }, raw('héllo', 'application/json'), 'héllo'],
    ['text() of no body', { 200: text() }, {}, ''],
    ['bytes()', { 200: bytes() }, raw(Uint8Array.of(0, 255)), Uint8Array.of(0, 255)],
    ['nothing()', { 200: nothing() }, raw('dropped'), undefined],
  ])('%s', async (_, table, answer, expected) => {
    expect(await call(table, answer)).toEqual(expected)
  })

  it('tells the transport what to do with the body, by status', async () => {
    const table = {
      200: Member,
      201: returns(1),
      202: nothing(),
      203: reply(nothing()),
      '4xx': [returns(null)],
      500: throws(HttpError),
      501: [throws(HttpError, Member), nothing()],
    }
    const transport = mockTransport({ body: { id: 1 } })
    await createClient(probe(table), { url: 'http://h', transport }).call()
    const receive = transport.requests[0]?.options.receive ?? (() => 'stream')
    expect([200, 201, 202, 203, 404, 500, 501, 302, 600].map(receive)).toEqual([
      'gather',
      ...['discard', 'discard', 'discard', 'discard'],
      ...['gather', 'gather', 'gather', 'gather'],
    ])
  })

  it('reply(): status, headers and body, and nothing is thrown', async () => {
    const Problem = z.object({ title: z.string() })
    const Paging = z.object({ 'x-total': z.coerce.number(), 'set-cookie': z.array(z.string()) })
    class Orders {
      @Get('/o')
      @Responses({
        200: reply(Member, { headers: Paging }),
        409: reply(Problem),
        '5xx': reply(text()),
      })
      place(): Promise<
        | Reply<200, { id: number }, { 'x-total': number; 'set-cookie': string[] }>
        | Reply<409, { title: string }>
        | Reply<number, string>
      > {
        return remote()
      }
    }
    const ok = { body: { id: 1 } }
    const transport = mockTransport([
      { ...ok, headers: { 'x-total': '12', 'set-cookie': ['a=1', 'b=2'] } },
      { status: 409, headers: { 'set-cookie': ['a=1', 'b=2'] }, body: { title: 'taken' } },
      { status: 503, body: 'down' },
      ok,
    ])
    const orders = createClient(Orders, { url: 'http://h', transport })
    const headers = { 'x-total': 12, 'set-cookie': ['a=1', 'b=2'] }
    expect(await orders.place()).toEqual({ status: 200, headers, body: { id: 1 } })
    const conflict = await orders.place()
    expect(conflict).toMatchObject({ status: 409, body: { title: 'taken' } })
    expect((conflict.headers as Headers).getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(await orders.place()).toMatchObject({ status: 503, body: 'down' })
    const error = await rejection(orders.place())
    expect(error.message).toContain('200 OK, but its headers do not fit the schema: x-total: ')
  })

  it('row 33: keeps odd header names out of prototypes, in headers and for a schema', async () => {
    const headers = Object.assign(Object.create(null), { constructor: 'c' })
    Object.defineProperty(headers, '__proto__', { value: ['p', 'q'], enumerable: true })
    const careless = (value: object) => {
      const copy: Record<string, unknown> = {}
      for (const [name, header] of Object.entries(value)) copy[name] = header
      return { value: copy }
    }
    const schema = { '~standard': { version: 1, vendor: 'careless', validate: careless } }
    const loose = reply(nothing(), { headers: schema as never })
    const checked = (await call({ 200: loose }, { headers })) as { headers: object }
    expect(Object.getPrototypeOf(checked.headers)).toBe(Object.prototype)
    expect(Object.hasOwn(checked.headers, '__proto__')).toBe(false)
    const plain = (await call({ 200: reply(text()) }, { headers })) as Reply<200, string>
    expect([plain.headers.get('__proto__'), plain.headers.get('constructor')]).toEqual(['p, q', 'c'])
  })
})
