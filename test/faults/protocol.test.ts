/** F14 to F22, F48 and rows 17, 18, 30 and 33: answers that are not quite HTTP, or rather odd HTTP. */
import { faults } from 'guise/testing'
import { describe, expect, test } from 'vitest'
import { expectAmbiguous, expectFine, expectPermanent, fails, ok, thing, works } from './support.js'

const JSON_HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n'
const body = JSON.stringify(thing)
const length = String(body.length)
const notHttp = { message: expect.stringContaining('the response is not valid HTTP') }

describe('what cannot be parsed', () => {
  test.each([
    ['F14', 'a bad chunk size', faults.badChunkSize],
    ['F14', 'a negative length', faults.contentLength('-1')],
    ['F15', 'garbage', faults.garbage],
    ['F15', 'HTTP/0.9', faults.http09],
    ['F15', 'bare line feeds', faults.bareLineFeeds],
    ['F15', 'a folded header', faults.foldedHeader],
    ['F15', 'a header without a colon', faults.headerWithoutColon],
    ['F15', 'another version of HTTP', faults.raw('HTTP/2 200 OK\r\ncontent-length: 2\r\n\r\n{}')],
    ['F19', 'a 100 that nobody asked for', faults.interim(100, ok)],
    ['F19', 'a 101 that nobody asked for', faults.interim(101, ok, { connection: 'upgrade', upgrade: 'x' })],
    ['F19', 'a 101 without an upgrade', faults.interim(101, ok)],
    ['F20', 'the status 099', faults.raw('HTTP/1.1 099 No\r\ncontent-length: 0\r\n\r\n')],
  ])('%s %s is ambiguous', async (_row, _what, fault) => {
    await expectAmbiguous(fault, notHttp)
  })

  test('F14 an extension of a chunk is no part of the body, however long', async () => {
    const extension = `x=${'y'.repeat(1024 * 1024)}`
    const chunk = `${body.length.toString(16)};${extension}\r\n${body}\r\n0\r\n\r\n`
    await expectFine(faults.raw(`${JSON_HEAD}transfer-encoding: chunked\r\n\r\n${chunk}`))
  })
})

describe('a length that is in doubt', () => {
  test.each([
    ['F16', 'a length and chunks', faults.lengthAndChunks],
    ['F16', 'two lengths that differ', faults.contentLength(['2', '5'])],
    ['row 17', 'a length and chunks', faults.lengthAndChunks],
    ['row 17', 'two lengths that agree', faults.contentLength([length, length], body)],
    ['row 17', 'a list of lengths', faults.contentLength(`${length},${length}`, body)],
    ['row 17', 'a length with a sign', faults.contentLength(`+${length}`, body)],
    ['row 17', 'a negative length', faults.contentLength('-1', body)],
    ['row 17', 'a length in hex', faults.contentLength('0x16', body)],
    [
      'row 17',
      'a length that overflows',
      faults.contentLength(String(2n ** 64n + BigInt(body.length)), body),
    ],
  ])('%s %s is ambiguous, and its connection is not used again', async (_row, _what, fault) => {
    await expectAmbiguous(fault)
  })

  test('row 17 a length of 2^63 is too large, and its connection is not used again', async () => {
    await expectPermanent(faults.contentLength(String(2n ** 63n), body), {
      code: 'GUISE_DECODE',
      delivery: 'answered',
    })
  })

  test('row 17 spaces around a length are allowed', async () => {
    await expectFine(faults.contentLength(` ${length} `, body))
  })

  test('F16 a 204 has no body, whatever it says, and its connection is not used again', async () => {
    const { server } = await works({ script: [faults.bodyOn204], call: things => things.find(7) })
    expect(server.connections).toBe(2)
  })

  test.each([
    ['F17', 'bytes after the body', faults.contentLength(length, `${body}xxxxx`)],
    [
      'row 18',
      'another answer behind it',
      faults.raw(`${JSON_HEAD}content-length: ${length}\r\n\r\n${body}HTTP/1.1 200 OK\r\n\r\n`),
    ],
  ])('%s %s: the body is what it says, and its connection is not used again', async (_row, _what, fault) => {
    const { server } = await expectFine(fault)
    expect(server.connections).toBe(2)
  })

  test('F18 a body may end with its connection', async () => {
    await expectFine(faults.untilClose(body))
  })
})

test('row 18 bytes after an answer are never taken for the next one', async () => {
  await works({
    script: [({ path }) => numbered(path)],
    options: { connections: 1 },
    call: async things => {
      for (let id = 1; id <= 50; id++) expect(await things.read(id)).toEqual({ id, name: 'kim' })
    },
  })
})

const numberOf = (path: string) => Number(/\d+/.exec(path)?.[0])
const numbered = (path: string) => {
  const text = JSON.stringify({ id: numberOf(path), name: 'kim' })
  const poison = JSON.stringify({ id: -1, name: 'poison' })
  const answer = (json: string) => `${JSON_HEAD}content-length: ${json.length}\r\n\r\n${json}`
  return faults.raw(answer(text) + answer(poison))
}

test('F48 an answer that nobody asked for, on an idle connection, is not taken for the next one', async () => {
  await works({
    script: [
      ({ path }) =>
        faults.unsolicited(
          faults.json({ id: numberOf(path), name: 'kim' }),
          faults.json({ id: -1, name: 'poison' }),
        ),
    ],
    options: { connections: 1 },
    call: async (things, { server }) => {
      for (let id = 1; id <= 30; id++) {
        expect(await things.read(id)).toEqual({ id, name: 'kim' })
        // The second answer finds the client idle, and ends the connection.
        await server.until(({ open }) => open === 0)
      }
    },
  })
})

describe('odd HTTP', () => {
  test.each([102, 103])('F19 a %i announces an answer', async code => {
    await expectFine(faults.interim(code, ok, { link: '</style.css>; rel=preload' }))
  })

  test.each([600, 999])('F20 the unknown status %i is never a success', async status => {
    await expectPermanent(faults.status(status, { body: thing }), {
      code: 'GUISE_HTTP',
      status,
      delivery: 'answered',
    })
  })

  test.each([204, 205])('F21 a %i has no body', async status => {
    await expectFine(faults.status(status), null, things => things.find(7))
  })

  test('F21 a 304 has no body and is no success', async () => {
    const fault = faults.status(304, { headers: { 'content-length': 100 } })
    await expectPermanent(fault, { code: 'GUISE_HTTP', status: 304 })
  })

  test('F21 an answer to HEAD has no body, whatever its length', async () => {
    await expectFine(faults.json(thing), true, things => things.exists(7))
  })

  test('F21 a 200 without a body is no JSON', async () => {
    const error = await expectPermanent(faults.status(200), {
      code: 'GUISE_DECODE',
      status: 200,
      delivery: 'answered',
    })
    expect(error.message).toContain('empty')
  })

  test.each([
    ['F22', 'a header of 20 KB', faults.bigHeaders({ bytes: 20_000, lines: 'one' })],
    ['row 30', 'a header of 20 KB', faults.bigHeaders({ bytes: 20_000, lines: 'one' })],
    ['row 30', '2,000 headers', faults.bigHeaders({ bytes: 2_000_000 })],
    ['row 30', 'a cookie of 1 MB', faults.answer({ headers: { 'set-cookie': 'x'.repeat(1_000_000) } })],
  ])('%s %s is too much, and not asked for again', async (_row, _what, fault) => {
    const error = await expectPermanent(fault, { code: 'GUISE_CONNECTION' })
    expect(error.message).toContain('headers of the response are too large')
  })

  test('row 33 headers may be named like members of every object', async () => {
    const names = ['__proto__', 'constructor', 'hasOwnProperty', 'toString']
    const lines = names.map(name => `${name}: mine\r\n`).join('')
    const { error } = await fails({
      script: [faults.raw(`HTTP/1.1 418 Teapot\r\n${lines}content-length: 0\r\n\r\n`)],
      call: things => things.read(7),
    })
    const { headers } = error as unknown as { headers: Headers }
    for (const name of names) expect(headers.get(name)).toBe('mine')
    expect(Object.getPrototypeOf({})).toBe(Object.prototype)
  })
})
