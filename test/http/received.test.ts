/** Headers as bytes: whoever asks for one, or for all, gets what a record of them would hold. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { headerOf, Received } from '../../src/http/received.js'

const NAMES = ['content-type', 'content-length', 'content-encoding', 'retry-after', 'x-a', 'x-b']

/** A name in any case, and a value of any bytes that a header may have; many of them differ in little. */
const value = fc.oneof(
  fc.stringMatching(/^[ab]{0,4}$/),
  fc.stringMatching(/^[\t\x20-\x7e\x80-\xff]{0,80}$/),
  fc.constantFrom('application/json', 'application/json; charset=utf-8', '10', '01'),
)
const header = fc.tuple(
  fc.constantFrom(...NAMES).chain(name => fc.mixedCase(fc.constant(name))),
  value,
)
const bytes = (text: string) => Buffer.from(text, 'latin1')

test('a header is the same, alone and among all', () => {
  fc.assert(
    fc.property(fc.array(header, { maxLength: 8 }), headers => {
      const expected = new Map<string, string[]>()
      for (const [name, text] of headers) {
        const lower = name.toLowerCase()
        expected.set(lower, [...(expected.get(lower) ?? []), text])
      }
      const wire = headers.flatMap(([name, text]) => [bytes(name), bytes(text)])
      const alone = new Received(200, 'OK', wire)
      const among = new Received(200, 'OK', wire)
      const record = { ...among.headers }
      expect(Object.keys(record).sort()).toEqual([...expected.keys()].sort())
      for (const name of NAMES) {
        const texts = expected.get(name)
        const wanted = texts !== undefined && texts.length > 1 ? texts : texts?.[0]
        expect(alone.header(name)).toEqual(wanted)
        expect(among.header(name)).toEqual(wanted)
        expect(headerOf({ ...alone, headers: among.headers }, name)).toEqual(wanted)
      }
    }),
  )
})

test('a text that was read before does not change with the bytes that it was read from', () => {
  const read = (buffer: Buffer) =>
    new Received(200, 'OK', [bytes('content-type'), buffer]).header('content-type')
  const buffer = bytes('text/one')
  expect(read(buffer)).toBe('text/one')
  buffer.write('text/two')
  expect(read(buffer)).toBe('text/two')
  expect(read(bytes('text/one'))).toBe('text/one')
})

test('neither a polluted prototype nor a header of its name is mistaken', () => {
  const pollution = Object.prototype as unknown as Record<string, unknown>
  pollution['retry-after'] = '9'
  try {
    const wire = new Received(200, 'OK', [bytes('__proto__'), bytes('x')])
    const object = new Received(200, 'OK', {})
    for (const response of [wire, object, { ...object, headers: {} }])
      expect(headerOf(response, 'retry-after')).toBeUndefined()
    expect(Object.keys(wire.headers)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(wire.headers)).toBe(null)
  } finally {
    Reflect.deleteProperty(pollution, 'retry-after')
  }
})
