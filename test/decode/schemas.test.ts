// Row 50 and F26: schemas that refuse, throw, reject or never end, and what an error tells of them.
import { runInNewContext } from 'node:vm'
import { createClient, type ResponseTable, ResponseValidationError, reply, TimeoutError, throws } from 'guise'
import { mockTransport } from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { call, probe, rejection } from './support.js'

const boom = () => {
  throw new Error('boom CANARY')
}
/** A schema of another library, as its result comes. */
const schema = (validate: (value: unknown) => unknown) =>
  ({ '~standard': { version: 1, vendor: 'other', validate } }) as never
const refused = (table: ResponseTable, body: unknown = {}) =>
  rejection<ResponseValidationError>(call(table, { body }))
const saying = (message: string) => schema(() => ({ issues: [{ message }] }))

describe('row 50: a schema that fails itself', () => {
  it.each<[string, ResponseTable]>([
    ['throws', { 200: schema(boom) }],
    ['throws in a refinement', { 200: z.unknown().refine(boom) }],
    ['throws in a transform', { 200: z.unknown().transform(boom) }],
    ['rejects', { 200: schema(async () => boom()) }],
    ['returns nothing', { 200: schema(() => undefined) }],
    ['returns nothing, later', { 200: schema(async () => undefined) }],
    ['returns issues that are none', { 200: schema(() => ({ issues: [undefined] })) }],
    ['returns issues that are none, later', { 200: schema(async () => ({ issues: [{}] })) }],
    ['throws, of throws()', { 200: throws(Error as never, schema(boom)) }],
  ])('refuses the body where it %s, and does not quote it', async (_, table) => {
    const error = await refused(table)
    expect(error).toBeInstanceOf(ResponseValidationError)
    expect(error.message).toBe(
      'Probe.call: 200 OK, but its body does not fit the schema: the schema threw an error (GET http://h/p, 1 attempt)',
    )
    expect(error.issues).toEqual([{ path: [], message: 'the schema threw an error' }])
  })

  it('refuses headers where their schema throws', async () => {
    const error = await refused({ 200: reply(z.unknown(), { headers: schema(boom) }) })
    expect(error.message).toContain(
      '200 OK, but its headers do not fit the schema: the schema threw an error',
    )
  })

  it.each<[string, ResponseTable]>([
    ['a schema', { 200: schema(() => new Promise(() => {})) }],
    ['a refinement', { 200: z.unknown().refine(() => new Promise<boolean>(() => {})) }],
    ['one of a list', { 200: [schema(() => new Promise(() => {})), z.unknown()] }],
    ['one of headers', { 200: reply(z.unknown(), { headers: schema(() => new Promise(() => {})) }) }],
    [
      'one of throws()',
      {
        200: throws(
          TimeoutError as never,
          schema(() => new Promise(() => {})),
        ),
      },
    ],
  ])('ends with the total deadline where %s never ends', async (_, table) => {
    const client = createClient(probe(table), {
      url: 'http://h',
      transport: mockTransport({ body: {} }),
      timeout: 20,
    })
    const error = await rejection<TimeoutError>(client.call())
    expect(error).toBeInstanceOf(TimeoutError)
    expect([error.phase, error.delivery, error.attempts]).toEqual(['total', 'answered', 1])
    expect(error.message).toContain('the call took longer than 20 ms; the service had begun to answer (GET')
  })

  it('awaits a promise that is not of the class of this realm', async () => {
    const promise = runInNewContext('Promise.resolve({ value: 5 })')
    expect(promise).not.toBeInstanceOf(Promise)
    expect(await call({ 200: schema(() => promise) }, { body: {} })).toBe(5)
  })
})

describe('F26: a body that does not fit', () => {
  const Order = z.object({ id: z.number(), lines: z.array(z.object({ sku: z.string() })) })
  const wrong = { id: 'CANARY', lines: [{ sku: 5 }, { sku: 'ok' }, {}] }

  it('is told by paths and rules, not by values', async () => {
    const error = await refused({ 200: Order }, wrong)
    expect(error.issues).toEqual([
      { path: ['id'], message: 'Invalid input: expected number, received string' },
      { path: ['lines', 0, 'sku'], message: 'Invalid input: expected string, received number' },
      { path: ['lines', 2, 'sku'], message: 'Invalid input: expected string, received undefined' },
    ])
    expect(error.message).toBe(
      'Probe.call: 200 OK, but its body does not fit the schema: ' +
        'id: Invalid input: expected number, received string; ' +
        'lines.0.sku: Invalid input: expected string, received number; ' +
        'lines.2.sku: Invalid input: expected string, received undefined (GET http://h/p, 1 attempt)',
    )
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({ code: 'GUISE_RESPONSE', issues: error.issues })
    expect(error.body).toEqual(wrong)
  })

  it('is told by 20 issues at most, 3 of them in the message', async () => {
    const error = await refused({ 200: z.array(z.string()) }, Array(1000).fill(1))
    expect(error.issues).toHaveLength(20)
    expect(error.message).toContain('; 2: Invalid input: expected string, received number; and 17 more (GET')
  })

  it.each([
    // valibot
    ['Invalid email: Received "CANARY"', 'Invalid email: Received another value'],
    [
      'Invalid type: Expected number but received "CA"NARY"',
      'Invalid type: Expected number but received another value',
    ],
    [
      'Invalid type: Expected string but received -5.5',
      'Invalid type: Expected string but received another value',
    ],
    [
      'Invalid type: Expected string but received true',
      'Invalid type: Expected string but received another value',
    ],
    ['Invalid type: Expected string but received Date', 'Invalid type: Expected string but received Date'],
    // arktype
    ['must be an email address (was "CANARY")', 'must be an email address (was another value)'],
    ['a must be "x" (was "CA) x (was\nNARY")', 'a must be "x" (was another value)'],
    ['must be JSON (SyntaxError: "{CANARY" is not)', 'must be JSON (was another value)'],
    // zod
    ['Invalid input: expected string, received NaN', 'Invalid input: expected string, received NaN'],
    ['Unrecognized key: "a\nb\u2028c\u001b[31m"', 'Unrecognized key: "a b c [31m"'],
  ])('is told without its value, in one line: %j', async (message, shown) => {
    const error = await refused({ 200: saying(message) })
    expect(error.issues).toEqual([{ path: [], message: shown }])
    expect(error.message.split('\n')).toHaveLength(1)
  })

  it('is told with bounds, however long its keys and however deep it is', async () => {
    const path = ['a\nb', 'k'.repeat(1_000_000), ...Array(100_000).fill('deep')]
    const error = await refused({ 200: schema(() => ({ issues: [{ message: 'm'.repeat(1e6), path }] })) })
    const [issue] = error.issues
    expect(issue?.path.slice(0, 3)).toEqual(['a b', `${'k'.repeat(300)}...`, 'deep'])
    expect([issue?.path.length, issue?.message.length]).toEqual([32, 303])
  })

  it('knows paths of all kinds of steps', async () => {
    const path = [0, 'a', Symbol('s'), { key: 'inner' }, { key: 3 }]
    const error = await refused({ 200: schema(() => ({ issues: [{ message: 'no', path }] })) })
    expect(error.issues).toEqual([{ path: [0, 'a', 'Symbol(s)', 'inner', 3], message: 'no' }])
  })

  it('row 36: is told in linear time, whatever its keys are', async () => {
    for (const key of ['(was ', 'received "', "received '\\", '(SyntaxError: ']) {
      const body = { [key.repeat(2_000_000 / key.length)]: 1 }
      const error = await refused({ 200: z.strictObject({}) }, body)
      expect(error.issues[0]?.message.length).toBeLessThan(310)
    }
  })
})
