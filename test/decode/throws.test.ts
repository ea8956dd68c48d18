// throws(...): what the class or the function gets, and what the call rejects with.
import {
  Client,
  createClient,
  DecodeError,
  type ErrorReply,
  Get,
  GuiseError,
  HttpError,
  Param,
  Responses,
  ResponseValidationError,
  remote,
  throws,
} from 'guise'
import { type MockAnswer, mockTransport } from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { call, rejection } from './support.js'

const Problem = z.object({ title: z.string(), at: z.coerce.date() })
const problem = { title: 'taken', at: '2026-01-01T00:00:00.000Z' }
const taken: MockAnswer = {
  status: 409,
  headers: { 'content-type': 'application/problem+json', 'x-trace': 't1' },
  body: JSON.stringify(problem),
}

describe('throws(a subclass of HttpError)', () => {
  class Down extends HttpError {}

  it('is a complete error class without a line of its own', async () => {
    const answer = { status: 503, headers: { 'retry-after': '2' }, body: 'down for repair' }
    const error = await rejection<Down>(call({ '5xx': throws(Down) }, answer))
    expect(error).toBeInstanceOf(Down)
    expect(error).toBeInstanceOf(HttpError)
    expect({ ...error, name: error.name, message: error.message, cause: error.cause }).toEqual({
      name: 'Down',
      message: 'Probe.call: 503 Service Unavailable (GET http://h/p, 1 attempt)',
      code: 'GUISE_HTTP',
      client: 'probe',
      method: 'Probe.call',
      request: { method: 'GET', url: 'http://h/p' },
      attempts: 1,
      history: [],
      delivery: 'answered',
      status: 503,
      retryAfter: 2000,
      cause: undefined,
    })
    expect([error.body, error.text]).toEqual(['down for repair', 'down for repair'])
    expect([error.headers.get('retry-after'), error.retryAfter]).toEqual(['2', 2000])
  })

  it('may read the validated body in its constructor, and keep what it likes', async () => {
    class NameTaken extends HttpError {
      readonly title: string
      constructor(reply: ErrorReply<z.infer<typeof Problem>>) {
        super(reply)
        this.title = reply.body.title
      }
    }
    const error = await rejection<NameTaken>(call({ 409: throws(NameTaken, Problem) }, taken))
    expect(error.title).toBe('taken')
    expect(error.body).toEqual({ title: 'taken', at: new Date(problem.at) })
    expect(error.text).toBe(taken.body)
  })

  it('may spread the reply into the facts', async () => {
    class Twice extends HttpError {
      constructor(reply: ErrorReply) {
        super({ ...reply, attempts: 2, cause: reply.cause })
      }
    }
    const error = await rejection<Twice>(call({ 409: throws(Twice, Problem) }, taken))
    expect(error.message).toBe('Probe.call: 409 Conflict (GET http://h/p, 2 attempts)')
    expect(error.body).toEqual({ title: 'taken', at: new Date(problem.at) })
    expect([error.text, error.headers.get('x-trace')]).toEqual([taken.body, 't1'])
    expect(error.cause).toBeInstanceOf(HttpError)
  })

  it('keeps the name that it gives itself, and that of its parent if it has none', async () => {
    class Named extends HttpError {
      override name = 'own'
    }
    expect((await rejection(call({ 409: throws(Named) }, taken))).name).toBe('own')
    const error = await rejection(call({ 409: throws((() => class extends HttpError {})()) }, taken))
    expect(String(error)).toBe('HttpError: Probe.call: 409 Conflict (GET http://h/p, 1 attempt)')
  })
})

describe('throws(any other error)', () => {
  it('gives a class of the user the facts of the call, and itself the cause', async () => {
    class Own extends Error {
      readonly status: number
      constructor({ status, body }: ErrorReply) {
        super(`own ${JSON.stringify(body)}`)
        this.status = status
      }
    }
    const error = await rejection<Own>(call({ 409: throws(Own) }, taken))
    expect([error.message, error.status]).toEqual([`own ${JSON.stringify(problem)}`, 409])
    expect(error).not.toBeInstanceOf(GuiseError)
    expect(Object.keys(error)).toEqual(['status'])
    const cause = error.cause as HttpError
    expect(cause).toBeInstanceOf(HttpError)
    expect([cause.status, cause.method, cause.attempts, cause.body]).toEqual([409, 'Probe.call', 1, problem])
  })

  it('does not replace a cause that the error has', async () => {
    const error = await rejection(call({ 409: throws(({ cause }) => new Error('mine', { cause })) }, taken))
    expect(error.cause).toBeInstanceOf(HttpError)
    const other = await rejection(call({ 409: throws(() => new Error('mine', { cause: 'c' })) }, taken))
    expect(other.cause).toBe('c')
  })

  it('rejects with a frozen error as it is', async () => {
    const frozen = Object.freeze(new RangeError('frozen'))
    expect(await rejection(call({ 409: throws(() => frozen) }, taken))).toBe(frozen)
  })

  it('rejects with what the function throws if it fails itself', async () => {
    const bug = new TypeError('bug')
    const table = {
      409: throws(() => {
        throw bug
      }),
    }
    expect(await rejection(call(table, taken))).toBe(bug)
  })
})

describe('ErrorReply', () => {
  it('holds all facts of the call, the template and never the argument', async () => {
    const replies: ErrorReply<{ title: string }>[] = []
    @Client({ name: 'members', path: '/m' })
    class Members {
      @Get('/{id}{?q}')
      @Responses({
        409: throws(
          reply => {
            replies.push(reply)
            return new Error('seen')
          },
          z.object({ title: z.string().toUpperCase() }),
        ),
      })
      byId(@Param('id') id: number, @Param('q') q: string): Promise<unknown> {
        return remote(id, q)
      }
    }
    const members = createClient(Members, { url: 'http://h/base', transport: mockTransport(taken) })
    await rejection(members.byId(7, 'secret'))
    expect(replies).toHaveLength(1)
    const { headers, cause, ...rest } = replies[0] as ErrorReply
    expect(rest).toEqual({
      status: 409,
      client: 'members',
      method: 'Members.byId',
      request: { method: 'GET', url: 'http://h/base/m/{id}' },
      attempts: 1,
      history: [],
      delivery: 'answered',
      body: { title: 'TAKEN' },
      text: taken.body,
    })
    expect([...headers]).toEqual([
      ['content-type', 'application/problem+json'],
      ['x-trace', 't1'],
    ])
    expect(cause).toBeInstanceOf(HttpError)
    expect((cause as HttpError).body).toEqual(problem)
  })

  const json = { status: 500, headers: { 'content-type': 'application/json' } }
  it.each<[string, MockAnswer, unknown]>([
    ['JSON', { status: 500, body: { a: 1 } }, { a: 1 }],
    ['broken JSON, as text', { ...json, body: '{"a":' }, '{"a":'],
    ['JSON with keys that poison', { ...json, body: '{"__proto__":{"p":1},"a":1}' }, { a: 1 }],
    ['a page', { status: 500, headers: { 'content-type': 'text/html' }, body: '<h1>' }, '<h1>'],
    ['no body', { status: 500 }, ''],
    ['a body that was cut', { status: 500, body: [1, 2], truncated: true }, '[1,2]'],
    ['invalid UTF-8', { status: 500, body: Uint8Array.of(0x61, 0xff) }, 'a\ufffd'],
    ['a byte order mark', { status: 500, body: '\ufeff{"a":1}' }, { a: 1 }],
  ])('has an unchecked body without a schema: %s', async (_, answer, expected) => {
    const bodies: unknown[] = []
    const peek = throws(({ body }) => {
      bodies.push(body)
      return new Error('seen')
    })
    await rejection(call({ 500: peek }, answer))
    expect(bodies).toEqual([expected])
  })
})

describe('throws(error, schema)', () => {
  class NameTaken extends HttpError {}

  it.each<[string, MockAnswer, typeof DecodeError | typeof ResponseValidationError, string]>([
    [
      'does not fit',
      { status: 409, body: { title: 5 } },
      ResponseValidationError,
      'does not fit the schema: title: ',
    ],
    [
      'is a page',
      { status: 409, headers: { 'content-type': 'text/html' } },
      DecodeError,
      'its body is empty',
    ],
    ['was cut', { status: 409, body: problem, truncated: true }, DecodeError, 'its body is too large'],
  ])('rejects with an error of its own if the body %s', async (_, answer, Class, reason) => {
    const error = await rejection<DecodeError>(call({ 409: throws(NameTaken, Problem) }, answer))
    expect(error).toBeInstanceOf(Class)
    expect(error).not.toBeInstanceOf(NameTaken)
    expect(error.message).toContain(
      `409 Conflict, but ${reason.startsWith('does') ? 'its body ' : ''}${reason}`,
    )
    expect([error.status, error.delivery]).toEqual([409, 'answered'])
  })
})
