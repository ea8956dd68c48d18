// Lists in a response table, above all failures under HTTP 200; and values that no two callers share.
import {
  createClient,
  DecodeError,
  Get,
  HttpError,
  nothing,
  Responses,
  type ResponseTable,
  ResponseValidationError,
  remote,
  reply,
  returns,
  stream,
  text,
  throws,
} from 'guise'
import { type MockAnswer, mockTransport } from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { call, probe, rejection } from './support.js'

const Failed = z.object({ resultCode: z.literal('FAIL'), statusCode: z.number() })
const Activity = z.object({ memberId: z.number() })
const Envelope = z
  .object({ result: z.literal('SUCCESS'), data: Activity })
  .transform(envelope => envelope.data)

class ActivityFailed extends HttpError {}

describe('a failure under HTTP 200 (F27)', () => {
  class Activities {
    @Get('/a')
    @Responses({
      200: [throws(ActivityFailed, Failed, { status: e => e.statusCode }), Envelope],
    })
    post(): Promise<{ memberId: number }> {
      return remote()
    }
  }
  const post = (answer: MockAnswer) =>
    createClient(Activities, { url: 'http://h', transport: mockTransport(answer) }).post()

  it('is told apart from a success by its schema', async () => {
    expect(await post({ body: { result: 'SUCCESS', data: { memberId: 1 } } })).toEqual({ memberId: 1 })
    const error = await rejection<ActivityFailed>(post({ body: { resultCode: 'FAIL', statusCode: 500 } }))
    expect(error).toBeInstanceOf(ActivityFailed)
    expect([error.name, error.status, error.delivery]).toEqual(['ActivityFailed', 200, 'answered'])
    expect(error.body).toEqual({ resultCode: 'FAIL', statusCode: 500 })
    expect(error.message).toBe('Activities.post: 200 OK (GET http://h/a, 1 attempt)')
  })

  it.each<[string, number, unknown, number]>([
    ['503: retried', 200, 503, 2],
    ['400: final', 200, 400, 1],
    ['no status: the real one counts', 503, Number.NaN, 2],
  ])('is for retry and breaker what its status function says: %s', async (_, real, told, sent) => {
    const table = { [real]: [throws(ActivityFailed, Failed, { status: () => told as number }), Envelope] }
    const transport = mockTransport([
      { status: real, body: { resultCode: 'FAIL', statusCode: 1 } },
      { body: { result: 'SUCCESS', data: { memberId: 1 } } },
    ])
    const retry = { minDelay: 1, maxDelay: 1 }
    const outcome = createClient(probe({ 200: Envelope, ...table }), {
      url: 'http://h',
      transport,
      retry,
    }).call()
    if (sent === 2) expect(await outcome).toEqual({ memberId: 1 })
    else expect(await rejection(outcome)).toBeInstanceOf(ActivityFailed)
    expect(transport.requests).toHaveLength(sent)
  })

  it('names what the last entry missed if neither fits', async () => {
    const error = await rejection<ResponseValidationError>(post({ body: { result: 'SUCCESS', data: {} } }))
    expect(error).toBeInstanceOf(ResponseValidationError)
    expect(error.issues.map(({ path }) => path)).toEqual([['data', 'memberId']])
  })

  it('is a DecodeError if the body is a page of a proxy', async () => {
    const error = await rejection(post({ headers: { 'content-type': 'text/html' }, body: '<h1>' }))
    expect(error).toBeInstanceOf(DecodeError)
    expect(error.message).toBe(
      'Activities.post: 200 OK, but it is text/html where JSON is expected; text() would read it (GET http://h/a, 1 attempt)',
    )
  })
})

describe('a list', () => {
  const A = z.object({ a: z.number() }).transform(() => 'A')
  const B = z.object({ b: z.number() }).transform(() => 'B')
  const slow = <T extends z.ZodType>(schema: T) => schema.refine(async () => true)
  const page = { headers: { 'content-type': 'text/html' }, body: '<h1>Bad Gateway</h1>' }

  it.each<[string, ResponseTable, unknown, unknown]>([
    ['the first that fits, where both do', { 200: [A, B] }, { a: 1, b: 1 }, 'A'],
    ['the second where the first does not fit', { 200: [A, B] }, { b: 1 }, 'B'],
    ['async schemas in their order', { 200: [slow(A), slow(B)] }, { a: 1, b: 1 }, 'A'],
    ['an async schema after another', { 200: [slow(A), slow(B)] }, { b: 1 }, 'B'],
    ['a sync schema after an async one', { 200: [slow(A), B] }, { b: 1 }, 'B'],
    ['a fallback that takes every body', { 200: [A, returns('rest')] }, { c: 1 }, 'rest'],
    ['text() where JSON does not fit', { 200: [A, text()] }, { c: 1 }, '{"c":1}'],
    ['nothing() where JSON does not fit', { 200: [A, nothing()] }, { c: 1 }, undefined],
    ['a list of one', { 200: [A] }, { a: 1 }, 'A'],
  ])('takes %s', async (_, table, body, expected) => {
    expect(await call(table, { body })).toBe(expected)
  })

  it('takes a reply whose headers fit, and the next one where they do not', async () => {
    const New = reply(Activity, { headers: z.object({ 'x-version': z.literal('2') }) })
    const Old = reply(Activity, { headers: z.object({}) })
    const answer = { body: { memberId: 1 } }
    const newer = { ...answer, headers: { 'x-version': '2' } }
    expect(await call({ 200: [New, Old] }, newer)).toMatchObject({ headers: { 'x-version': '2' } })
    expect(await call({ 200: [New, Old] }, answer)).toMatchObject({ headers: {}, body: { memberId: 1 } })
  })

  it.each<[string, MockAnswer]>([
    ['a page of a proxy', page],
    ['no body', {}],
    ['broken JSON', { headers: { 'content-type': 'application/json' }, body: '{"a":' }],
    ['invalid UTF-8', { headers: { 'content-type': 'application/json' }, body: Uint8Array.of(0xff) }],
    ['a body that was cut', { body: { a: 1 }, truncated: true }],
  ])('goes on to an entry that takes every body after %s', async (_, answer) => {
    const table: ResponseTable = {
      502: [throws(ActivityFailed, Failed), throws(() => new RangeError('down'))],
    }
    await expect(call(table, { ...answer, status: 502 })).rejects.toThrow(new RangeError('down'))
  })

  it('fails as its last entry does where no entry can read the body', async () => {
    const answer = { ...page, body: Uint8Array.of(0x3c, 0xff) }
    const error = await rejection(call({ 200: [A, text()] }, answer))
    expect(error).toBeInstanceOf(DecodeError)
    expect(error.message).toContain('200 OK, but its body is not valid UTF-8')
  })

  it('runs each schema at most once, and none after the one that fits', async () => {
    const ran: string[] = []
    const note = (name: string, fits: boolean) => z.unknown().refine(() => ran.push(name) > 0 && fits)
    await call({ 200: [note('a', false), note('b', true), note('c', true)] }, { body: 1 })
    expect(ran).toEqual(['a', 'b'])
  })

  it.each<[string, unknown, string]>([
    ['an empty list', [], 'the list at 200 of the response table is empty'],
    ['a schema after one that takes every body', [text(), A], 'takes every body, so those after it'],
    ['a schema after a reply that takes every body', [reply(text()), A], 'takes every body'],
    ['a throws after a throws of every body', [throws(HttpError), throws(HttpError, A)], 'takes every body'],
    ['a stream', [A, stream()], 'a stream cannot be tried'],
    ['a stream within a reply', [A, reply(stream())], 'a stream cannot be tried'],
    ['no entry', 5, 'the entry at 200 of the response table is neither a schema nor returns'],
    ['a list in a list', [[A], B], 'the entry at 200 of the response table is neither a schema nor returns'],
    ['throws with what is no schema', throws(HttpError, Date as never), 'it must implement Standard Schema'],
    ['a reply of what is no entry', reply(5 as never), 'it must implement Standard Schema'],
    ['headers with what is no schema', reply(A, { headers: {} as never }), 'it must implement Standard'],
  ])('is refused with %s, when the guise is made', (_, list, mistake) => {
    expect(() => createClient(probe({ 200: list as never }), { url: 'http://h' })).toThrow(mistake)
  })
})

describe('returns()', () => {
  class Money {
    constructor(public amount: number) {}
  }
  const twice = async (value: object) => {
    const client = createClient(probe({ 404: returns(value) }), {
      url: 'http://h',
      transport: mockTransport({ status: 404 }),
    })
    return [await client.call(), await client.call()]
  }

  it.each<[string, () => object]>([
    ['an array', () => [1, { deep: [2] }]],
    ['an object', () => ({ a: { b: [1] } })],
    ['an object without a prototype', () => Object.assign(Object.create(null), { a: [1] })],
    ['a map of objects', () => new Map([['k', { a: 1 }]])],
    ['a set', () => new Set([[1]])],
    ['a date', () => new Date(5)],
    ['an object with an own __proto__', () => JSON.parse('{"__proto__":{"a":1},"b":[1]}')],
  ])('gives each caller %s of its own, to the depth', async (_, make) => {
    const value = make()
    const [one, two] = (await twice(value)) as [object, object]
    expect(one).toEqual(make())
    expect(Object.getPrototypeOf(one)).toBe(Object.getPrototypeOf(value))
    expect([one === two, one === value]).toEqual([false, false])
    const members = (of: object) => [...Object.values(of), ...(of instanceof Map ? of.values() : [])]
    for (const member of members(one).filter(inner => typeof inner === 'object'))
      expect([...members(two), ...members(value)].some(other => other === member)).toBe(false)
  })

  it('hands on functions and instances of classes as they are, also within', async () => {
    const [money, act] = [new Money(5), () => 5]
    expect(await twice(money)).toEqual([money, money])
    const [one] = (await twice({ list: [money], act })) as [{ list: Money[]; act: () => number }]
    expect(one.list[0]).toBe(money)
    expect(one.act).toBe(act)
  })

  it('copies a value that holds itself, and one that is frozen to one that is not', async () => {
    const loop: { self?: object; list: number[] } = { list: Object.freeze([1]) as number[] }
    loop.self = loop
    const [one] = (await twice(Object.freeze(loop))) as [typeof loop]
    expect(one.self).toBe(one)
    expect(one).not.toBe(loop)
    one.list.push(2)
    expect(loop.list).toEqual([1])
  })
})
