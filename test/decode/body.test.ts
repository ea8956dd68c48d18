// Bodies that are not what they should be: types, charsets, broken UTF-8, broken JSON, nothing at all, too much.
import { bytes, DecodeError, HttpError, nothing, type ResponseTable, reply, returns, text } from 'guise'
import type { MockAnswer } from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { call, rejection } from './support.js'

const typed = (type: string, body: string | Uint8Array = '{"a":1}'): MockAnswer => ({
  headers: { 'content-type': type },
  body,
})
const json = (body: string | Uint8Array) => typed('application/json', body)
const any: ResponseTable = { 200: z.unknown() }

/** The reason of the DecodeError, without the call around it. */
async function refusal(table: ResponseTable, answer: MockAnswer): Promise<string> {
  const error = await rejection<DecodeError>(call(table, answer))
  expect(error).toBeInstanceOf(DecodeError)
  const [, reason = error.message] = /^Probe\.call: .*?, but (.*) \(GET http:\/\/h\/p, 1 attempt\)$/.exec(
    error.message,
  ) as string[]
  return reason
}

describe('row 40: the content type', () => {
  it.each([
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
    'application/json; charset=utf8',
    'application/json; charset=us-ascii',
    ' application/json ; odata=minimal',
    'application/problem+json',
    'application/vnd.github.v3+json; charset=utf-8',
    'text/json',
    '',
    ';charset=utf-8',
  ])('reads %j as JSON', async type => {
    expect(await call(any, typed(type))).toEqual({ a: 1 })
  })

  it('tries a body without a type as JSON, and says so if it is none', async () => {
    expect(await call(any, { body: '{"a":1}' })).toEqual({ a: 1 })
    expect(await refusal(any, { body: 'OK' })).toBe('its body is no valid JSON')
  })

  it('takes the first of several types', async () => {
    const answer = { headers: { 'content-type': ['application/json', 'text/html'] }, body: '[1]' }
    expect(await call(any, answer)).toEqual([1])
  })

  it.each([
    ['text/html', 'it is text/html where JSON is expected; text() would read it'],
    ['Text/HTML; charset=utf-8', 'it is text/html where JSON is expected; text() would read it'],
    ['text/plain', 'it is text/plain where JSON is expected; text() would read it'],
    ['application/jsonp', 'it is application/jsonp where JSON is expected'],
    ['application/json-seq', 'it is application/json-seq where JSON is expected'],
    ['application/x-ndjson', 'it is application/x-ndjson where JSON is expected'],
    ['application/xml', 'it is application/xml where JSON is expected'],
    ['application/json, text/html', 'it is application/json, text/html where JSON is expected'],
    ['json', 'it is json where JSON is expected'],
    [`text/${'x'.repeat(500)}`, `it is text/${'x'.repeat(75)} where JSON is expected; text() would read it`],
  ])('refuses %s where a schema stands, and shows no body', async (type, reason) => {
    expect(await refusal(any, typed(type, '{"a":"CANARY"}'))).toBe(reason)
  })

  it('reads each type by itself, however many came before and however often', async () => {
    const served = async (type: string) => {
      const { reason = 'read' } = await call(any, typed(type)).then(
        () => ({}) as { reason?: string },
        (error: Error) => ({ reason: / but (.*) \(/.exec(error.message)?.[1] }),
      )
      return reason
    }
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 150; i++) {
        expect(await served(`application/json; v=${i}`)).toBe('read')
        expect(await served(`application/x-${i}`)).toBe(`it is application/x-${i} where JSON is expected`)
      }
      expect(await served('application/json; charset=latin1')).toBe(
        'its charset is latin1 and only UTF-8 is read',
      )
      expect(await served('application/json')).toBe('read')
    }
  })

  it('keeps the page of a proxy for whoever asks (F23)', async () => {
    const page = '<html><h1>Welcome to Airport Wi-Fi</h1></html>'
    const error = await rejection<DecodeError>(call(any, typed('text/html', page)))
    expect([error.status, error.delivery, error.text, error.body]).toEqual([200, 'answered', page, page])
  })
})

describe('row 39: the charset', () => {
  it.each(['iso-8859-1', 'latin1', 'UTF-16', '"windows-1252"', 'x'.repeat(99)])('refuses %s', async name => {
    const shown = name.replaceAll('"', '').slice(0, 40)
    const reason = `its charset is ${shown} and only UTF-8 is read`
    expect(await refusal(any, typed(`application/json; charset=${name}`))).toBe(reason)
    expect(await refusal({ 200: text() }, typed(`text/plain;charset=${name}`))).toBe(reason)
  })

  it('leaves the charset of bytes() and of what is dropped alone', async () => {
    const answer = typed('text/plain; charset=latin1', Uint8Array.of(0xe9))
    expect(await call({ 200: bytes() }, answer)).toEqual(Uint8Array.of(0xe9))
    expect(await call({ 200: nothing() }, answer)).toBeUndefined()
  })

  it('drops one byte order mark', async () => {
    expect(await call(any, json('\ufeff{"a":"é"}'))).toEqual({ a: 'é' })
    expect(await call({ 200: text() }, { body: '\ufeffa\ufeff' })).toBe('a\ufeff')
    expect(await refusal(any, json('\ufeff\ufeff{}'))).toBe('its body is no valid JSON')
    expect(await refusal(any, json('\ufeff'))).toBe('its body is no valid JSON')
  })

  it.each<[string, readonly number[]]>([
    ['a lone byte of a character', [0x22, 0xe9, 0x22]],
    ['a character that is cut off', [0x22, 0xe2, 0x82]],
    ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22]],
    ['a surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a character above U+10FFFF', [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22]],
    ['UTF-16 with its byte order mark', [0xff, 0xfe, 0x22, 0x00, 0x22, 0x00]],
  ])('refuses %s (F25)', async (_, octets) => {
    expect(await refusal(any, json(Uint8Array.from(octets)))).toBe('its body is not valid UTF-8')
    expect(await refusal({ 200: text() }, { body: Uint8Array.from(octets) })).toBe(
      'its body is not valid UTF-8',
    )
  })

  it('refuses UTF-16 without a byte order mark, which is valid UTF-8 with NULs', async () => {
    expect(await refusal(any, json(Buffer.from('{"a":1}', 'utf16le')))).toBe('its body is no valid JSON')
  })
})

describe('F21: no body', () => {
  it.each([200, 204, 205, 206])('refuses %i without a body where a schema stands', async status => {
    for (const table of [
      { '2xx': z.unknown() },
      { [status]: z.undefined() },
      { '2xx': reply(z.unknown()) },
    ]) {
      expect(await refusal(table, { status, headers: { 'content-type': 'application/json' } })).toBe(
        'its body is empty where JSON is expected',
      )
    }
  })

  it('takes 204 for nothing(), returns(), reply(nothing()) and a method that names no success', async () => {
    const answer = { status: 204 }
    expect(await call({ 204: nothing() }, answer)).toBeUndefined()
    expect(await call({ 204: returns([]) }, answer)).toEqual([])
    expect(await call({ 204: reply(nothing()) }, answer)).toMatchObject({ status: 204, body: undefined })
    expect(await call({}, answer)).toBeUndefined()
  })
})

describe('F24: JSON that is none', () => {
  it.each([
    '{"a":',
    '{"id":"CANARY"',
    '[1,]',
    '{"a":1,}',
    '{} {}',
    '{}\n{}',
    "{'a':1}",
    '{a:1}',
    'NaN',
    'Infinity',
    'undefined',
    '01',
    '.5',
    '+1',
    '0x10',
    '"\u0001"',
    '"\\x41"',
    '// c\n1',
    ' ',
    '\u0000{}',
    '\u00a0{}',
    '<html>CANARY</html>',
  ])('refuses %j, and does not quote it', async body => {
    for (const table of [any, {}]) {
      const error = await rejection<DecodeError>(call(table, json(body)))
      expect(error).toBeInstanceOf(DecodeError)
      expect(error.message).toBe(
        'Probe.call: 200 OK, but its body is no valid JSON (GET http://h/p, 1 attempt)',
      )
      expect([error.cause, error.text]).toEqual([undefined, body])
    }
  })

  it('keeps white space of JSON around a document', async () => {
    expect(await call(any, json('\r\n\t {"a":1} \n'))).toEqual({ a: 1 })
  })
})

describe('a body that is too much', () => {
  const TEXT_LIMIT = 65_536

  it.each<[string, MockAnswer]>([
    ['DecodeError', { ...typed('text/html', '<'.repeat(200_000)) }],
    ['HttpError', { status: 500, body: 'x'.repeat(200_000) }],
  ])('is cut at 64 KiB in the text of a %s', async (name, answer) => {
    const error = await rejection<HttpError>(call(any, answer))
    expect([error.name, error.text.length, (error.body as string).length]).toEqual([
      name,
      TEXT_LIMIT,
      TEXT_LIMIT,
    ])
  })

  it('is not cut within a character', async () => {
    const error = await rejection<DecodeError>(call(any, typed('text/html', '€'.repeat(30_000))))
    expect(error.text).toBe('€'.repeat(Math.floor(TEXT_LIMIT / 3)))
  })

  it.each<[string, ResponseTable]>([
    ['a schema', { 404: z.unknown() }],
    ['text()', { 404: text() }],
    ['bytes()', { 404: bytes() }],
    ['reply(bytes())', { 404: reply(bytes()) }],
  ])('is never taken for the whole where the transport has cut it: %s', async (_, table) => {
    const cut = { status: 404, body: [1, 2], truncated: true }
    const reason = 'its body is too large, or has a content encoding that is not supported'
    expect(await refusal(table, cut)).toBe(reason)
    expect(await refusal(table, { status: 404, truncated: true })).toBe(reason)
  })

  it('does not matter where nobody reads it', async () => {
    const cut = { status: 404, body: 'abc', truncated: true }
    expect(await call({ 404: returns(null) }, cut)).toBeNull()
    const error = await rejection<HttpError>(call({}, cut))
    expect(error).toBeInstanceOf(HttpError)
    expect(error.text).toBe('abc')
  })
})
