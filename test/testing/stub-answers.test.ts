// Answers that the response table knows are sent as it says.
import { Readable } from 'node:stream'
import {
  bytes,
  Head,
  HttpError,
  nothing,
  type ResponseTable,
  reply,
  returns,
  stream,
  text,
  throws,
} from 'guise'
import { answer } from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { answered } from './stub-probe.js'

const Member = z.object({ id: z.number(), name: z.string() })
const kim = { id: 7, name: 'kim' }
class Failed extends HttpError {}
const Envelope = z.object({ data: Member }).transform(({ data }) => data)
const slow = z.string().refine(async value => value !== 'no', 'refused')

describe('an answer that fits is sent as the table says', () => {
  it.each<[string, ResponseTable, unknown, number, string | null, string]>([
    ['JSON for a schema', { 200: Member }, kim, 200, 'application/json', '{"id":7,"name":"kim"}'],
    ['a string too', { 200: z.string() }, 'kim', 200, 'application/json', '"kim"'],
    ['null too', { 200: z.null() }, null, 200, 'application/json', 'null'],
    [
      'what goes into a transform',
      { 200: Envelope },
      { data: kim },
      200,
      'application/json',
      '{"data":{"id":7,"name":"kim"}}',
    ],
    ['what an asynchronous schema takes', { 200: slow }, 'yes', 200, 'application/json', '"yes"'],
    ['text', { 200: text() }, 'kim', 200, 'text/plain;charset=utf-8', 'kim'],
    ['bytes', { 200: bytes() }, Buffer.from('png'), 200, 'application/octet-stream', 'png'],
    ['a stream', { 200: stream() }, Readable.from(['a', 'b']), 200, 'application/octet-stream', 'ab'],
    ['a stream of text', { 200: stream() }, 'ab', 200, 'text/plain;charset=utf-8', 'ab'],
    ['an empty stream', { 200: stream() }, undefined, 200, null, ''],
    [
      'text that comes as a stream',
      { 200: text() },
      Readable.from(['a', 'b']),
      200,
      'application/octet-stream',
      'ab',
    ],
    ['nothing', { 204: nothing() }, undefined, 204, null, ''],
    ['null for nothing', { 204: nothing() }, null, 204, null, ''],
    ['nothing where the value is fixed', { 202: returns('queued') }, undefined, 202, null, ''],
    ['a whole reply', { 201: reply(Member) }, kim, 201, 'application/json', '{"id":7,"name":"kim"}'],
    [
      'the first success',
      { 201: Member, 202: Member, '4xx': throws(Failed) },
      kim,
      201,
      'application/json',
      '{"id":7,"name":"kim"}',
    ],
    [
      'not one that throws',
      { 200: throws(Failed), 201: Member },
      kim,
      201,
      'application/json',
      '{"id":7,"name":"kim"}',
    ],
    ['200 for all of 2xx', { '2xx': Member }, kim, 200, 'application/json', '{"id":7,"name":"kim"}'],
    ['200 for default', { default: text() }, 'x', 200, 'text/plain;charset=utf-8', 'x'],
    [
      'any where no success is named',
      { 404: throws(Failed) },
      { any: 1 },
      200,
      'application/json',
      '{"any":1}',
    ],
    ['no body where no success is named', {}, undefined, 204, null, ''],
    [
      'a declared failure',
      { 200: Member, 409: throws(Failed, Member) },
      answer(409, kim),
      409,
      'application/json',
      '{"id":7,"name":"kim"}',
    ],
    ['a failure without a body', { 200: Member, '5xx': throws(Failed) }, answer(503), 503, null, ''],
    [
      'text in a list',
      { 200: [throws(Failed, Member), text()] },
      'kim',
      200,
      'text/plain;charset=utf-8',
      'kim',
    ],
    [
      'the failure in a list',
      { 200: [throws(Failed, Member), z.string()] },
      kim,
      200,
      'application/json',
      '{"id":7,"name":"kim"}',
    ],
    [
      'another content type',
      { 200: text() },
      answer(200, '<p>', { 'Content-Type': 'text/html' }),
      200,
      'text/html',
      '<p>',
    ],
    [
      'a header that its schema takes',
      { 200: reply(nothing(), { headers: z.object({ 'x-total': z.coerce.number() }) }) },
      answer(200, undefined, { 'x-total': 3 }),
      200,
      null,
      '',
    ],
  ])('%s', async (_, table, result, status, type, body) => {
    const mistakes = await answered(table, result, async ({ url }) => {
      const response = await fetch(`${url}/x`)
      expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
        status,
        type,
        body,
      ])
    })
    expect(mistakes).toEqual([])
  })

  it('to HEAD without its body', async () => {
    const table = { 200: reply(nothing()) }
    const mistakes = await answered(
      table,
      'four',
      async ({ url }, client) => {
        const response = await fetch(`${url}/x`, { method: 'HEAD' })
        expect([response.headers.get('content-length'), await response.text()]).toEqual(['4', ''])
        expect(await client.call()).toMatchObject({ status: 200 })
      },
      Head,
    )
    expect(mistakes).toEqual([])
  })

  it('to HEAD with a length that was asked for', async () => {
    const asked = answer(200, undefined, { 'Content-Length': 1000 })
    const mistakes = await answered(
      { 200: reply(nothing()) },
      asked,
      async ({ url }) => {
        const response = await fetch(`${url}/x`, { method: 'HEAD' })
        expect(response.headers.get('content-length')).toBe('1000')
      },
      Head,
    )
    expect(mistakes).toEqual([])
  })
})
