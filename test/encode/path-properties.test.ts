// Properties of every path: what a value of any content can and cannot make of it (reliability 4.2, rows 7, 8, 11).
import fc from 'fast-check'
import { ArgumentError } from 'guise'
import { expect, it } from 'vitest'
import { Files, raw } from './files.js'
import { recorded } from './support.js'

const { client, transport } = recorded(Files, { url: 'http://service.test' })
/** The path that the call leads to; `undefined` if it is refused, which must be with an ArgumentError. */
const sent = async (call: () => Promise<unknown>): Promise<string | undefined> => {
  transport.reset()
  try {
    await call()
  } catch (error) {
    expect(error).toBeInstanceOf(ArgumentError)
    expect(transport.requests).toEqual([])
    return undefined
  }
  return transport.request.path
}
const decode = (text: string) =>
  text.replace(/%([0-7][\da-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
const staysInside = (path: string) => {
  let decoded = path
  for (let round = 0; round < 3; round++) {
    const { host, pathname } = new URL(decoded, 'http://h')
    expect({ host, inside: pathname.startsWith('/files/') }).toEqual({ host: 'h', inside: true })
    decoded = decode(decoded)
  }
}
const pieces = fc.constantFrom(
  ...['.', '..', '/', '\\', '%', '%2e', '%2E', '%2f', '%5c', '%25', '2e', '%32', '%65', '%00', '%09', '%0a'],
  ...['%20', '%3b', '%3f', '%23', ';', '?', '#', ' ', '\t', '\n', 'a', 'é', '@', ':'],
)
const walking = fc.oneof(
  fc.array(pieces, { maxLength: 8 }).map(list => list.join('')),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
)

it('rows 7 and 8: {x} is one segment that decodes to the value, or the value is refused', async () => {
  let accepted = 0
  const property = fc.asyncProperty(walking, async value => {
    const path = await sent(() => client.simple(value))
    const good = !['', '.', '..'].includes(value) && !value.includes('\0')
    expect(path !== undefined).toBe(good)
    if (path === undefined) return
    accepted++
    const segments = new URL(path, 'http://h').pathname.split('/')
    expect(segments).toHaveLength(3)
    expect(segments.map(decodeURIComponent)).toEqual(['', 'files', value])
  })
  await fc.assert(property, { numRuns: 1000 })
  expect(accepted).toBeGreaterThan(500)
})

it.each(raw)('row 11: %s never leaves its place, after 0, 1 and 2 decodings', async method => {
  let accepted = 0
  const property = fc.asyncProperty(walking, async value => {
    const path = await sent(() => client[method](value))
    if (path === undefined) return
    accepted++
    staysInside(path)
  })
  await fc.assert(property, { numRuns: 2000 })
  expect(accepted).toBeGreaterThan(500)
})

it('row 11: nor do several values together', async () => {
  let accepted = 0
  const short = fc.array(pieces, { minLength: 1, maxLength: 3 }).map(list => list.join(''))
  const plain = fc.constantFrom('.', '..', '2e', '5c', '2', 'e', '32e', 'a')
  const property = fc.asyncProperty(short, plain, short, async (a, b, c) => {
    const path = await sent(() => client.mixed(a, b, c))
    if (path === undefined) return
    accepted++
    staysInside(path)
  })
  await fc.assert(property, { numRuns: 5000 })
  expect(accepted).toBeGreaterThan(1000)
})

it('row 11: a value that walks nowhere is not refused', async () => {
  const name = fc.stringMatching(/^[\w~-][\w.~-]*$/)
  await fc.assert(
    fc.asyncProperty(fc.array(name, { minLength: 1 }), async names => {
      expect(await sent(() => client.reserved(names.join('/')))).toBe(`/files/${names.join('/')}`)
    }),
  )
})
