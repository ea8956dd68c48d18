/** F23 to F27, F31, F32 and rows 25 to 29, 31, 35, 39, 40 and 50: answers whose bodies are wrong. */
import { gzipSync } from 'node:zlib'
import { circuitsOf, HttpError, type ResponseValidationError } from 'guise'
import { type Fault, faults } from 'guise/testing'
import { describe, expect, test } from 'vitest'
import { errorOf, expectFine, expectPermanent, fails, ok, type Stage, thing, works } from './support.js'
import { Failed } from './things.js'

const MEBIBYTE = 1024 * 1024
const undecodable = { code: 'GUISE_DECODE', status: 200, delivery: 'answered' }
const bytes = (...parts: (string | number)[]) =>
  Buffer.concat(parts.map(part => (typeof part === 'string' ? Buffer.from(part) : Buffer.of(part))))
const typed = (type: string, body: string | Uint8Array = JSON.stringify(thing)): Fault =>
  faults.answer({ headers: { 'content-type': type }, body })

describe('a body that is no JSON', () => {
  test.each([
    ['F23', 'a page of HTML', faults.html()],
    ['F23', 'another content type', typed('text/plain')],
    ['F24', 'JSON that is cut off', faults.brokenJson],
    ['F24', 'NaN', faults.jsonText('{"id":NaN,"name":"kim"}')],
    ['F24', 'a comma too many', faults.jsonText('{"id":7,"name":"kim",}')],
    ['F24', 'two documents', faults.jsonText('{"id":7,"name":"kim"}{"id":8,"name":"lee"}')],
    ['F24', 'two byte order marks', faults.jsonText(`\uFEFF\uFEFF${JSON.stringify(thing)}`)],
    ['F25', 'invalid UTF-8', faults.invalidUtf8],
    [
      'row 39',
      'a lone surrogate in UTF-8',
      faults.jsonText(bytes('{"id":7,"name":"', 0xed, 0xa0, 0x80, '"}')),
    ],
    ['row 39', 'UTF-16', faults.jsonText(Buffer.from(JSON.stringify(thing), 'utf16le'))],
    [
      'row 39',
      'UTF-16 that says so',
      typed('application/json; charset=utf-16', Buffer.from('{}', 'utf16le')),
    ],
    ['row 40', 'a page of HTML', faults.html()],
    ['row 40', 'another charset', typed('application/json; charset=latin1')],
    ['row 40', 'JSONP', typed('application/jsonp')],
    ['row 40', 'a type that only begins like JSON', typed('application/json-seq')],
  ])('%s %s: it was processed, and is not asked for again', async (_row, _what, fault) => {
    await expectPermanent(fault, undecodable)
  })

  test.each([
    ['F24', 'a byte order mark', faults.jsonText(`\uFEFF${JSON.stringify(thing)}`)],
    ['row 39', 'a byte order mark', faults.jsonText(`\uFEFF${JSON.stringify(thing)}`)],
    ['row 40', 'a suffix +json', typed('application/problem+json; charset=UTF-8')],
    ['row 40', 'no content type', faults.answer({ body: JSON.stringify(thing) })],
  ])('%s %s is fine', async (_row, _what, fault) => {
    await expectFine(fault)
  })

  test('row 40 the error shows nothing of the page unless asked', async () => {
    const error = await expectPermanent(faults.html('<p>canary-7f3a</p>'), undecodable)
    expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain('canary')
    expect((error as HttpError).text).toContain('canary')
  })
})

describe('a body that does not fit', () => {
  test('F26 the paths, and no values', async () => {
    const fault = faults.json({ id: 'canary-7f3a', name: 7 })
    const error = (await expectPermanent(fault, {
      code: 'GUISE_RESPONSE',
      delivery: 'answered',
    })) as ResponseValidationError
    expect(error.issues.map(({ path }) => path)).toEqual([['id'], ['name']])
    expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain('canary')
  })

  test('row 50 issues are capped, and hold no values', async () => {
    const { error } = await fails({
      script: [faults.json(Array.from({ length: 1000 }, () => 'canary-7f3a'))],
      call: things => things.numbers(7),
    })
    expect((error as ResponseValidationError).issues).toHaveLength(20)
    expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain('canary')
  })

  test('row 50 a schema that throws refuses the body', async () => {
    const { error } = await fails({ script: [faults.json(1)], call: things => things.throwing(7) })
    expect(error).toMatchObject({ code: 'GUISE_RESPONSE', attempts: 1, delivery: 'answered' })
  })

  test('row 50 a schema without end is bounded by the deadline', async () => {
    const { error } = await fails({
      script: [faults.json(1)],
      call: things => things.endless(7),
      options: { timeout: { attempt: 50, total: 100 } },
    })
    expect(error).toMatchObject({ code: 'GUISE_TIMEOUT', phase: 'total', attempts: 1 })
  })
})

test('F27 a failure under HTTP 200 is told apart, and the circuit breaker counts it', async () => {
  const { error } = await fails({
    script: [faults.json({ statusCode: 500, message: 'down' })],
    frozen: true,
    options: { circuitBreaker: { volume: 2, resetAfter: 10_000 }, retry: false },
    call: async things => {
      const first = await errorOf(things.enveloped(7))
      expect(circuitsOf(things)).toMatchObject([{ state: 'closed', failures: 1 }])
      await errorOf(things.enveloped(7))
      expect(circuitsOf(things)).toMatchObject([{ state: 'open', failures: 2 }])
      throw first
    },
    heal: ({ clock }) => clock.advance(10_000),
  })
  expect(error).toBeInstanceOf(Failed)
  expect(error).toMatchObject({ status: 200, attempts: 1, body: { statusCode: 500 } })
})

describe('a compressed body', () => {
  const zipped = gzipSync(JSON.stringify(thing))
  const badChecksum = Buffer.from(zipped)
  badChecksum.writeUInt8((badChecksum.at(-8) as number) ^ 1, badChecksum.length - 8)

  test('F31 gzip', async () => {
    await expectFine(faults.gzip(thing))
  })

  test.each([
    ['F31', 'that is not compressed at all', faults.encoded('gzip', JSON.stringify(thing))],
    ['F31', 'compressed twice', faults.encoded('gzip, gzip', gzipSync(zipped))],
    ['F31', 'that is a bomb', faults.gzipBomb()],
    [
      'row 27',
      'of a thousand codings',
      faults.encoded(Array.from({ length: 1000 }, () => 'gzip').join(','), zipped),
    ],
    ['row 27', 'of two codings in two headers', faults.encoded(['gzip', 'gzip'], gzipSync(zipped))],
    ['row 27', 'of an unknown coding', faults.encoded('rot13', JSON.stringify(thing))],
    [
      'row 28',
      'with garbage behind it',
      faults.encoded('gzip', Buffer.concat([zipped, Buffer.from('garbage')])),
    ],
    ['row 28', 'with a bad checksum', faults.encoded('gzip', badChecksum)],
  ])('%s %s is refused', async (_row, _what, fault) => {
    await expectPermanent(fault, undecodable)
  })

  test.each([
    ['x-gzip', zipped],
    ['identity', JSON.stringify(thing)],
    ['GZIP', zipped],
  ])('row 27 %s is known', async (coding, body) => {
    await expectFine(faults.encoded(coding, body))
  })

  test.each(['F31', 'row 28'])('%s that ends too soon is ambiguous', async () => {
    const post = await fails({ script: [faults.truncatedGzip], call: things => things.create('kim') })
    expect(post.error).toMatchObject({ ...undecodable, attempts: 1 })
    const { requests } = await works({ script: [faults.truncatedGzip, ok], call: things => things.read(7) })
    expect(requests).toHaveLength(2)
  })

  test('row 26 a bomb takes no more memory than the limit', async () => {
    const limit = MEBIBYTE
    const before = process.memoryUsage().arrayBuffers
    let most = before
    let done = false
    const { error } = await fails({
      script: [faults.gzipBomb({ mebibytes: 100 })],
      call: things => things.read(7).finally(() => (done = true)),
      options: { maxResponseBytes: limit },
      meanwhile: async () => {
        while (!done) {
          most = Math.max(most, process.memoryUsage().arrayBuffers)
          await new Promise(resolve => setImmediate(resolve))
        }
      },
    })
    expect(error).toMatchObject({ ...undecodable, attempts: 1 })
    // The bomb itself is some 100 KB; other tests' garbage may go, but none comes.
    expect(most - before).toBeLessThan(limit + 8 * MEBIBYTE)
  })
})

describe('a body that is too long', () => {
  test.each([
    ['F32', 'with a length', faults.longBody({ mebibytes: 2 })],
    ['F32', 'in chunks', faults.longBody({ mebibytes: 2, chunked: true })],
    ['row 25', 'with a length', faults.longBody({ mebibytes: 100 })],
    ['row 25', 'in chunks', faults.longBody({ mebibytes: 100, chunked: true })],
  ])('%s %s is refused, with its connection', async (_row, _what, fault) => {
    const options = { maxResponseBytes: MEBIBYTE, connections: 1 }
    const { error, server } = await fails({ script: [fault], call: things => things.read(7), options })
    expect(error).toMatchObject({ ...undecodable, attempts: 1 })
    expect(error.message).toContain(`larger than ${MEBIBYTE} bytes`)
    expect(server.connections).toBeGreaterThan(1)
  })

  test('F32 just as long as the limit is fine', async () => {
    const text = JSON.stringify(thing)
    const { value } = await works({
      script: [faults.jsonText(text.padEnd(1000))],
      call: things => things.read(7),
      options: { maxResponseBytes: 1000 },
    })
    expect(value).toEqual(thing)
  })

  test('row 29 of an error: its beginning is kept, and its connection ended', async () => {
    const { error, server } = await fails({
      script: [faults.longBody({ mebibytes: 1024, chunked: true, code: 500 })],
      call: things => things.read(7),
      options: { connections: 1 },
    })
    expect(error).toBeInstanceOf(HttpError)
    expect(error).toMatchObject({ status: 500, attempts: 1, delivery: 'answered' })
    expect((error as HttpError).text).toHaveLength(64 * 1024)
    expect(server.connections).toBeGreaterThan(1)
  })
})

describe('JSON that means harm', () => {
  const loosely = (text: string) => ({
    script: [faults.jsonText(text)],
    call: (things: Stage['things']) => things.loose(7),
  })

  test.each([
    '{"id":7,"__proto__":{"admin":true}}',
    '{"id":7,"\\u005f_proto__":{"admin":true}}',
    '{"id":7,"constructor":{"prototype":{"admin":true}}}',
    '{"id":7,"deep":{"__proto__":{"admin":true}}}',
  ])('row 31 %s reaches no prototype', async text => {
    const { value } = await works(loosely(text))
    const { deep, ...rest } = Object.assign({}, value as Record<string, object>)
    expect(rest).toEqual({ id: 7 })
    expect(deep ?? {}).toEqual({})
    expect(Object.hasOwn(deep ?? {}, '__proto__')).toBe(false)
    for (const object of [{}, rest, deep ?? {}]) expect(object).not.toHaveProperty('admin')
  })

  test.each([
    ['nested 100,000 deep', '['.repeat(100_000) + ']'.repeat(100_000), /GUISE_(DECODE|RESPONSE)/],
    ['1 MB of brackets', '['.repeat(1_000_000), /GUISE_DECODE/],
    ['a number beyond all numbers', '{"id":1e999}', /GUISE_RESPONSE/],
    ['a number of 100,000 digits', `{"id":${'9'.repeat(100_000)}}`, /GUISE_RESPONSE/],
  ])('row 35 %s is refused, and nothing breaks', async (_, text, code) => {
    const { error } = await fails(loosely(text))
    expect(error.code).toMatch(code)
    expect(error.attempts).toBe(1)
  })

  test('row 35 20,000 keys are read', async () => {
    const keys = Array.from({ length: 20_000 }, (_, i) => `"k${i}":${i}`)
    const { value } = await works(loosely(`{"id":7,${keys.join(',')}}`))
    expect(Object.keys(value as object)).toHaveLength(20_001)
  })
})
