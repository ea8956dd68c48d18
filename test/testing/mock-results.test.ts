// A mock cannot return what the declared responses can never lead to.
import { Readable } from 'node:stream'
import {
  bytes,
  createClient,
  Get,
  nothing,
  Responses,
  type ResponseTable,
  remote,
  reply,
  returns,
  type Schema,
  stream,
  text,
  throws,
} from 'guise'
import { MockError, mock, mockTransport, verify } from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { rejection } from '../decode/support.js'

/** A class with one route of this table. */
function classOf(table: ResponseTable) {
  class Probe {
    @Get('/p')
    @Responses(table as never)
    call(): Promise<unknown> {
      return remote()
    }
  }
  return Probe
}

/** What the mock resolves to when it is told to return `value`. */
async function returned(table: ResponseTable, value: unknown): Promise<unknown> {
  const probe = mock(classOf(table))
  probe.call.returns(value)
  const result = await probe.call()
  verify(probe)
  return result
}

function refusal(table: ResponseTable, value: unknown): MockError {
  const probe = mock(classOf(table))
  try {
    probe.call.returns(value)
  } catch (error) {
    if (error instanceof MockError) return error
    throw error
  }
  throw new Error(`${JSON.stringify(value)} was accepted`)
}

const Member = z.object({ id: z.number(), name: z.string() })
const headers = new Headers()

describe('possible is', () => {
  const iso = z.string().transform(value => new Date(value))
  const day = new Date(0)

  it.each<[string, ResponseTable, unknown]>([
    ['what a schema accepts', { 200: Member }, { id: 7, name: 'kim' }],
    ['what any entry leads to', { 200: Member, 404: returns(null) }, null],
    [
      'what a list leads to',
      { 200: [throws(() => new Error(), z.literal('x')), Member] },
      { id: 7, name: 'kim' },
    ],
    ['what equals a value', { 404: returns({ none: [1] }) }, { none: [1] }],
    ['a string for text()', { 200: text() }, 'a'],
    ['bytes for bytes()', { 200: bytes() }, new Uint8Array([1])],
    ['undefined for nothing()', { 204: nothing() }, undefined],
    ['a stream for stream()', { 200: stream() }, Readable.from([])],
    [
      'a reply with its status',
      { 200: reply(Member) },
      { status: 200, headers, body: { id: 7, name: 'kim' } },
    ],
    ['a reply of a class of statuses', { '4xx': reply(text()) }, { status: 418, headers, body: 'tea' }],
    [
      'a reply of all other statuses',
      { 200: Member, default: reply(text()) },
      { status: 500, headers, body: '' },
    ],
    [
      'a reply with headers of a schema',
      { 200: reply(nothing(), { headers: z.object({ etag: z.string() }) }) },
      { status: 200, headers: { etag: 'x' }, body: undefined },
    ],
    ['anything without a response', {}, { any: 'thing' }],
    [
      'anything where only failures are declared',
      { 404: returns(null), '5xx': throws(() => new Error()) },
      { any: 'thing' },
    ],
    [
      'what a transform makes',
      { 200: z.object({ data: Member }).transform(body => body.data) },
      { id: 7, name: 'kim' },
    ],
    ['what a transform within makes', { 200: z.object({ at: iso, id: z.number() }) }, { at: day, id: 7 }],
    ['what transforms in an array make', { 200: z.array(iso) }, [day]],
    ['what an optional transform makes', { 200: z.object({ at: iso.optional() }) }, {}],
    ['what a nullable transform makes', { 200: z.object({ at: iso.nullable() }) }, { at: null }],
    ['what one transform of a union makes', { 200: z.union([iso, z.number()]) }, 7],
    ['the far end of a pipe', { 200: z.string().transform(Number).pipe(z.number()) }, 7],
    ['the far end of a codec', { 200: z.stringbool() }, true],
    ['what follows preprocessing', { 200: z.preprocess(Number, z.number()) }, 7],
    ['a transform with a default', { 200: z.object({ at: iso.default(day) }) }, { at: day }],
    ['a transform in a map', { 200: z.record(z.string(), iso) }, { a: day }],
  ])('%s', async (_name, table, value) => {
    expect(await returned(table, value)).toEqual(value)
  })

  it('a schema that holds itself', async () => {
    type Node = { children: Node[] }
    const Node: z.ZodType<Node> = z.lazy(() => z.object({ children: z.array(Node) }))
    expect(await returned({ 200: Node }, { children: [{ children: [] }] })).toEqual({
      children: [{ children: [] }],
    })
    const Dated: z.ZodType<unknown> = z.lazy(() => z.object({ at: iso, next: Dated.optional() }))
    expect(await returned({ 200: Dated }, { at: day, next: { at: day } })).toEqual({
      at: day,
      next: { at: day },
    })
    const Plain = (): z.ZodType<unknown> =>
      z.object({ id: z.number(), next: z.lazy(() => Plain()).optional() })
    expect(await returned({ 200: Plain() }, { id: 1, next: { id: 2 } })).toEqual({ id: 1, next: { id: 2 } })
    const Anew = (): z.ZodType<unknown> => z.object({ at: iso, next: z.lazy(() => Anew()).optional() })
    expect(await returned({ 200: Anew() }, { at: day })).toEqual({ at: day })
  })
})

describe('impossible is', () => {
  const iso = z.string().transform(value => new Date(value))

  it.each<[string, ResponseTable, unknown, string]>([
    [
      'what no schema accepts',
      { 200: Member },
      { id: '7', name: 'kim' },
      '200: id: Invalid input: expected number',
    ],
    ['another value', { 404: returns(null), 200: Member }, 0, '404: it is not null'],
    ['no string for text()', { 200: text() }, 7, '200: it is no string'],
    ['no bytes for bytes()', { 200: bytes() }, 'a', '200: it is no Uint8Array'],
    ['a value for nothing()', { 204: nothing() }, null, '204: it is not undefined'],
    ['no stream for stream()', { 200: stream() }, 'a', '200: it is no Readable'],
    ['no reply', { 200: reply(Member) }, { id: 7, name: 'kim' }, '200: status: it is another status'],
    ['no object for a reply', { 200: reply(Member) }, null, '200: it is no { status, headers, body }'],
    [
      'a reply with another status',
      { 200: reply(text()) },
      { status: 201, headers, body: '' },
      'it is another status',
    ],
    [
      'a reply whose status another entry takes',
      { 200: Member, 404: returns(null), '4xx': reply(text()) },
      { status: 404, headers, body: '' },
      '4xx: status: it is another status',
    ],
    [
      'a reply without headers',
      { 200: reply(text()) },
      { status: 200, body: '' },
      '200: headers: they are no Headers',
    ],
    [
      'a reply with another body',
      { 200: reply(text()) },
      { status: 200, headers, body: 7 },
      '200: body: it is no string',
    ],
    [
      'a reply with headers that do not fit',
      { 200: reply(text(), { headers: z.object({ etag: z.string() }) }) },
      { status: 200, headers: {}, body: '' },
      '200: headers.etag: Invalid input',
    ],
    ['the far end of a pipe', { 200: z.string().transform(Number).pipe(z.number()) }, '7', 'expected number'],
    [
      'beside a transform',
      { 200: z.object({ at: iso, id: z.number() }) },
      { at: new Date(), id: '7' },
      '200: id: ',
    ],
    [
      'a member that is missing beside a transform',
      { 200: z.object({ at: iso, id: z.number() }) },
      {},
      '200: id: ',
    ],
    ['no object around a transform', { 200: z.object({ at: iso }) }, null, 'expected an object'],
    ['no array around a transform', { 200: z.array(iso) }, {}, 'expected an array'],
    [
      'within an array',
      { 200: z.array(z.object({ at: iso, id: z.number() })) },
      [{ id: '7' }],
      '200: 0.id: ',
    ],
    [
      'for all of a union with a transform',
      { 200: z.union([z.object({ at: iso, id: z.number() }), z.string()]) },
      { id: '7' },
      '200: ',
    ],
  ])('%s', (_name, table, value, reason) => {
    expect(refusal(table, value).message).toContain(reason)
  })

  it('told at once, with the stack of whoever told it, and nothing is set', async () => {
    const error = refusal({ 200: Member }, {})
    expect(error.stack?.split('\n').find(line => line.startsWith('    at '))).toContain(
      'mock-results.test.ts',
    )
    const probe = mock(classOf({ 200: Member }))
    expect(() => probe.call.once().returns({})).toThrow(MockError)
    verify(probe)
  })
})

describe('what a schema changes without a transform', () => {
  it('reaches the caller as the schema would hand it out', async () => {
    expect(await returned({ 200: Member }, { id: 7, name: 'kim', more: 1 })).toEqual({ id: 7, name: 'kim' })
    expect(await returned({ 200: z.string().trim() }, ' kim ')).toBe('kim')
    expect(await returned({ 200: z.object({ role: z.string().default('user') }) }, {})).toEqual({
      role: 'user',
    })
  })

  it('is what the client makes of it too', async () => {
    const table = { 200: Member }
    const transport = mockTransport({ body: { id: 7, name: 'kim', more: 1 } })
    const client = createClient(classOf(table), { url: 'http://h', transport })
    expect(await client.call()).toEqual(await returned(table, { id: 7, name: 'kim', more: 1 }))
  })

  it('is left alone where each pass would change it again', async () => {
    const louder: Schema<string> = {
      '~standard': { version: 1, vendor: 'own', validate: value => ({ value: `${String(value)}!` }) },
    }
    expect(await returned({ 200: louder }, 'a')).toBe('a')
  })
})

describe('schemas of other libraries', () => {
  /** Takes text, hands out its length; `more` is what the library shows of it besides. */
  const lengthOf = (vendor: string, more: object = {}): Schema<string, number> => ({
    '~standard': {
      version: 1,
      vendor,
      validate: value =>
        typeof value === 'string' ? { value: value.length } : { issues: [{ message: 'must be a string' }] },
    },
    ...more,
  })

  it('that show no transform are checked by what goes in', () => {
    expect(refusal({ 200: lengthOf('own') }, 3).message).toContain('200: must be a string')
  })

  it('as valibot, that show one, are taken on trust', async () => {
    const pipe = [{ kind: 'schema' }, { kind: 'transformation' }]
    expect(await returned({ 200: lengthOf('valibot', { entries: { at: { pipe } } }) }, 3)).toBe(3)
  })

  it('as arktype, that know what comes out, are checked by that', async () => {
    const table = { 200: lengthOf('arktype', { out: z.number() }) }
    expect(await returned(table, 3)).toBe(3)
    expect(refusal(table, 'abc').message).toContain('expected number')
  })
})

describe('an asynchronous schema', () => {
  const Even = z.number().refine(async value => value % 2 === 0, 'must be even')

  it('is checked at the call', async () => {
    expect(await returned({ 200: Even }, 2)).toBe(2)
    const probe = mock(classOf({ 200: Even, 404: returns(null) }))
    probe.call.returns(3)
    const error = await rejection<MockError>(probe.call())
    expect(error).toBeInstanceOf(MockError)
    expect(error.message).toContain('call() was answered with 3 by returns(3)')
    expect(error.message).toContain('200: must be even')
    expect(() => verify(probe)).toThrow(error)
  })

  it.each<[string, Schema, unknown, unknown]>([
    ['an object', z.object({ n: Even, at: z.string().transform(Number) }), { n: 2, at: 1 }, { n: 3, at: 1 }],
    [
      'a union',
      z.union([z.object({ n: Even, at: z.string().transform(Number) }), z.null()]),
      null,
      { n: 3, at: 1 },
    ],
  ])('within %s is checked at the call', async (_name, schema, good, bad) => {
    expect(await returned({ 200: schema }, good)).toEqual(good)
    await expect(returned({ 200: schema }, bad)).rejects.toThrow('must be even')
  })

  it('of a reply is checked at the call', async () => {
    const table = { 200: reply(Even, { headers: z.object({ n: Even }) }) }
    const whole = { status: 200, headers: { n: 2 }, body: 2 }
    expect(await returned(table, whole)).toEqual(whole)
    await expect(returned(table, { ...whole, body: 3 })).rejects.toThrow('200: body: must be even')
  })
})

describe('what an implementation returns', () => {
  it('is checked at the call', async () => {
    const probe = mock(classOf({ 200: Member }), { call: () => ({ id: 7 }) })
    const error = await rejection<MockError>(probe.call())
    expect(error.message).toContain('call() was answered with { id: 7 } by implement(fn)')
    expect(error.message).toContain('200: name: ')
    expect(() => verify(probe)).toThrow(error)
  })

  it('reaches the caller as the schema would hand it out', async () => {
    const probe = mock(classOf({ 200: Member }), { call: async () => ({ id: 7, name: 'kim', more: 1 }) })
    expect(await probe.call()).toEqual({ id: 7, name: 'kim' })
  })
})
