// Answers that the response table does not know, or that do not fit it, are mistakes of the stub: answered with a report.
import { Readable } from 'node:stream'
import { Head, HttpError, nothing, type ResponseTable, reply, returns, stream, text, throws } from 'guise'
import { answer, stub } from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { answered, probe } from './stub-probe.js'

const Member = z.object({ id: z.number(), name: z.string() })
const kim = { id: 7, name: 'kim' }
class Failed extends HttpError {}
const Envelope = z.object({ data: Member }).transform(({ data }) => data)
const slow = z.string().refine(async value => value !== 'no', 'refused')

describe('a mistake in an answer', () => {
  it.each<[string, ResponseTable, unknown, string]>([
    [
      'a body that does not fit',
      { 200: Member },
      { id: '7' },
      'the answer is 200 OK, but its body does not fit the schema: id: Invalid input: expected number, received string; name: Invalid input: expected string, received undefined',
    ],
    [
      'the value after the transform',
      { 200: Envelope },
      kim,
      'the answer is 200 OK, but its body does not fit the schema: data: Invalid input: expected object, received undefined',
    ],
    [
      'what an asynchronous schema refuses',
      { 200: slow },
      'no',
      'the answer is 200 OK, but its body does not fit the schema: refused',
    ],
    [
      'null, which has a status of its own',
      { 200: Member, 404: returns(null) },
      null,
      'the answer is 200 OK, but its body does not fit the schema: Invalid input: expected object, received null; the table has a value for 404: answer(404)',
    ],
    [
      'no body',
      { 200: Member },
      undefined,
      'the answer is 200 OK, but its body is empty where JSON is expected',
    ],
    [
      'a failure that does not fit',
      { 200: Member, 409: throws(Failed, Member) },
      answer(409, { id: 7 }),
      'the answer is 409 Conflict, but its body does not fit the schema: name: Invalid input: expected string, received undefined',
    ],
    [
      'a status that is not listed',
      { 200: Member, 404: returns(null) },
      answer(503),
      "the answer 503 is not in the response table, which has 200, 404; name it in @Responses, or script it: server.fault('call', { status: 503 })",
    ],
    [
      'a success that is not listed',
      { 200: Member },
      answer(201, kim),
      "the answer 201 is not in the response table, which has 200; name it in @Responses, or script it: server.fault('call', { status: 201 })",
    ],
    [
      'a failure where no table is',
      {},
      answer(404),
      "the answer 404 is not in the response table, which is empty; name it in @Responses, or script it: server.fault('call', { status: 404 })",
    ],
    [
      'the wrong content type',
      { 200: Member },
      answer(200, '<p>', { 'content-type': 'text/html' }),
      'the answer is 200 OK, but it is text/html where JSON is expected; text() would read it',
    ],
    [
      'bytes for JSON',
      { 200: Member },
      Buffer.from('{}'),
      'the answer is 200 OK, but it is application/octet-stream where JSON is expected',
    ],
    [
      'text that is not UTF-8',
      { 200: text() },
      Buffer.from([0xff]),
      'the answer is 200 OK, but its body is not valid UTF-8',
    ],
    [
      'a header that does not fit',
      { 200: reply(nothing(), { headers: z.object({ 'x-total': z.string() }) }) },
      answer(200),
      'the answer is 200 OK, but its headers do not fit the schema: x-total: Invalid input: expected string, received undefined',
    ],
    ['a body where none can be', { 204: nothing() }, answer(204, kim), 'an answer 204 has no body'],
    [
      'what is no JSON',
      { 200: Member },
      new Map(),
      'the body of the answer cannot be written as JSON: it is a Map',
    ],
    [
      'a circle',
      { 200: z.unknown() },
      (() => {
        const circle: unknown[] = []
        circle.push(circle)
        return circle
      })(),
      'the body of the answer cannot be written as JSON: it is circular',
    ],
    [
      'a status that is none',
      { 200: Member },
      answer(99),
      '99 is no status of an answer; it must be from 200 to 599',
    ],
    [
      'a header that is none',
      { 200: text() },
      answer(200, 'x', { 'x-y': 'a\r\nb' }),
      'the header x-y of the answer: must not hold a control character in a header',
    ],
    [
      'a header of the connection',
      { 200: text() },
      answer(200, 'x', { 'Transfer-Encoding': 'chunked' }),
      'the header transfer-encoding of the answer: the header transfer-encoding belongs to the connection',
    ],
  ])('%s', async (_, table, result, message) => {
    const mistakes = await answered(table, result, async ({ url, mistakes }, client) => {
      const response = await fetch(`${url}/x`)
      expect([response.status, response.headers.get('content-type')]).toEqual([500, 'application/json'])
      expect(await response.json()).toMatchObject({
        stub: 'Probe',
        mistake: 'answer',
        method: 'Probe.call',
        request: 'GET /x',
        message,
      })
      await expect(client.call()).rejects.toMatchObject({ status: 500 })
      expect(mistakes).toHaveLength(2)
    })
    expect(mistakes[0]).toMatchObject({
      kind: 'answer',
      method: 'Probe.call',
      request: 'GET /x',
      status: 500,
      message,
    })
  })

  it('is a body that HEAD would have to bring', async () => {
    const mistakes = await answered(
      { 200: Member },
      kim,
      async ({ url }) => expect((await fetch(`${url}/x`, { method: 'HEAD' })).status).toBe(500),
      Head,
    )
    const message = 'the answer is 200 OK, but its body is empty where JSON is expected'
    expect(mistakes).toMatchObject([{ kind: 'answer', request: 'HEAD /x', message }])
  })

  it('tells the paths of the issues', async () => {
    const [mistake] = await answered({ 200: z.array(Member) }, [kim, { id: 8 }], async (_, client) => {
      await expect(client.call()).rejects.toMatchObject({ status: 500 })
    })
    expect(mistake?.issues).toEqual([
      { path: [1, 'name'], message: expect.stringContaining('expected string') },
    ])
  })

  it('is a stream that breaks: the client sees no whole body', async () => {
    const broken = Readable.from(
      (async function* () {
        yield 'a'
        throw new Error('gone')
      })(),
    )
    await answered({ 200: stream() }, broken, async ({ url }) => {
      await expect(fetch(`${url}/x`).then(response => response.text())).rejects.toThrow()
    })
  })

  it.each<[string, () => unknown, string]>([
    [
      'throws',
      () => {
        throw new TypeError('out of kims')
      },
      'the handler threw TypeError: out of kims',
    ],
    ['rejects', () => Promise.reject(new RangeError('late')), 'the handler threw RangeError: late'],
    [
      'throws no error',
      () => {
        throw 'text'
      },
      'the handler threw text',
    ],
  ])('a handler that %s is answered 500', async (_, handler, message) => {
    const Class = probe({ 200: Member })
    const server = await stub(Class, { call: handler })
    const response = await fetch(`${server.url}/x`)
    expect([response.status, await response.json()]).toMatchObject([500, { mistake: 'thrown', message }])
    await expect(server.close()).rejects.toThrow(`GET /x: ${message}\n    at Probe.call, answered 500`)
  })

  it('a method without a handler is answered 501', async () => {
    const server = await stub(probe({ 200: Member }), {})
    const response = await fetch(`${server.url}/x`)
    const message = 'call has no handler; give one: stub(Probe, { call: ... })'
    expect([response.status, await response.json()]).toMatchObject([501, { mistake: 'handler', message }])
    await expect(server.close()).rejects.toThrow(message)
  })
})
