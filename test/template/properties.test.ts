/** What holds for every template and every value. */
import fc from 'fast-check'
import { parseTemplate, TemplateError, type TemplateInput } from 'guise/template'
import { parseTemplate as otherTemplate } from 'url-template'
import { describe, expect, it } from 'vitest'
import { encodeReserved, encodeUnreserved } from '../../src/template/encode.js'
import { parse } from '../../src/template/parse.js'
import { textOf } from '../../src/template/text.js'

/** Any text of whole characters, ASCII and triplets being frequent. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...'%%2F4aé😀 /?&=+[]-._~!\'()*,;:@#$"') }),
)
const scalar = fc.oneof(
  text,
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.bigInt(),
  fc.boolean(),
  fc.date({ noInvalidDate: true }),
  fc.constantFrom(null, undefined),
)
const input: fc.Arbitrary<TemplateInput> = fc.oneof(scalar, fc.array(scalar), fc.dictionary(text, scalar))
const names = ['a', 'b', 'last.name', 'x%20y', 'constructor']
const operator = fc.constantFrom('', '+', '#', '.', '/', ';', '?', '&')
const expression = (modifiers: readonly string[]) =>
  fc
    .tuple(
      operator,
      fc.array(fc.tuple(fc.constantFrom(...names), fc.constantFrom(...modifiers)), {
        minLength: 1,
        maxLength: 4,
      }),
    )
    .map(([op, variables]) => `{${op}${variables.map(pair => pair.join('')).join(',')}}`)
const literal = fc.string({ unit: fc.constantFrom(...'/a.%2é😀 ?#') })
const template = (modifiers: readonly string[]) =>
  fc.array(fc.oneof(literal, expression(modifiers))).map(parts => parts.join(''))

describe('encoding', () => {
  it('of unreserved text is undone by decodeURIComponent and leaves no other character', () => {
    fc.assert(
      fc.property(text, value => {
        const expanded = parseTemplate('{x}').expand({ x: value })
        expect(decodeURIComponent(expanded)).toBe(value)
        expect(expanded).toMatch(/^(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*$/)
      }),
    )
  })

  it('is what encodeURIComponent and encodeURI write, but for the characters in which RFC 6570 differs', () => {
    const triplet = (c: string) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`
    fc.assert(
      fc.property(text, value => {
        expect(encodeUnreserved(value)).toBe(encodeURIComponent(value).replace(/[!'()*]/g, triplet))
        const kept = encodeURI(value)
          .replace(/%5B/g, '[')
          .replace(/%5D/g, ']')
          .replace(/%25(?=[\dA-F]{2})/gi, '%')
        expect(encodeReserved(value)).toBe(kept)
      }),
    )
  })

  it('of a literal changes nothing the second time', () => {
    fc.assert(
      fc.property(text, value => {
        const once = encodeReserved(value)
        expect(encodeReserved(once)).toBe(once)
        expect(parse(value).join('')).toBe(once)
      }),
    )
  })
})

describe('numbers', () => {
  it('are written in plain decimal that reads back as the same number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), value => {
        const written = textOf(value) ?? ''
        expect(written).toMatch(/^-?\d+(?:\.\d+)?$/)
        expect(Number(written) === value).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('exploded queries', () => {
  it('decode to the members of the record', () => {
    fc.assert(
      fc.property(fc.dictionary(text, text), record => {
        const query = parseTemplate('{?x*}').expand({ x: record })
        expect([...new URLSearchParams(query)]).toEqual(Object.entries(record))
      }),
    )
  })

  it('decode to the elements of the list', () => {
    fc.assert(
      fc.property(fc.array(text), list => {
        const query = parseTemplate('/p{?x*}').expand({ x: list })
        expect(new URLSearchParams(query.slice(2)).getAll('x')).toEqual(list)
      }),
    )
  })
})

describe('prefixes', () => {
  it('are the expansion of the first code points', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 12 }), (value, length) => {
        const first = Array.from(value).slice(0, length).join('')
        expect(parseTemplate(`{x:${length}}`).expand({ x: value })).toBe(
          parseTemplate('{x}').expand({ x: first }),
        )
      }),
    )
  })

  it('under + are the beginning of the whole expansion', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 12 }), (value, length) => {
        const whole = parseTemplate('{+x}').expand({ x: value })
        const cut = parseTemplate(`{+x:${length}}`).expand({ x: value })
        expect(whole.startsWith(cut)).toBe(true)
        expect(cut.length).toBeGreaterThanOrEqual(Math.min(length, whole.length))
      }),
    )
  })
})

describe('templates', () => {
  it('of arbitrary text are refused with a TemplateError or read into parts that spell them', () => {
    let accepted = 0
    const characters = fc.constantFrom(...'{{{}}}ab.%41,*:+?=é -', '\ud800')
    fc.assert(
      fc.property(fc.string({ unit: characters, maxLength: 12 }), source => {
        try {
          const parts = parse(source)
          const spelt = parts.map(part => (typeof part === 'string' ? part : part.text)).join('')
          expect(spelt).toBe(source.replace(/[^{}]+(?![^{}]*\})/g, encodeReserved))
          expect(parse(spelt)).toEqual(parts)
          accepted += 1
        } catch (error) {
          if (!(error instanceof TemplateError)) throw error
          expect(error.offset).toBeGreaterThanOrEqual(0)
          expect(error.offset).toBeLessThan(source.length)
        }
      }),
      { numRuns: 2000 },
    )
    expect(accepted).toBeGreaterThan(0)
  })

  it('with valid values always expand, to characters that a URI may hold', () => {
    fc.assert(
      fc.property(template(['', '*']), fc.dictionary(fc.constantFrom(...names), input), (source, values) => {
        expect(parseTemplate(source).expand(values)).toMatch(
          /^(?:[\w.~:/?#[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*$/,
        )
      }),
    )
  })

  it('with a prefix expand for every scalar', () => {
    fc.assert(
      fc.property(
        template(['', ':1', ':3']),
        fc.dictionary(fc.constantFrom(...names), scalar),
        (source, values) => {
          expect(() => parseTemplate(source).expand(values)).not.toThrow()
        },
      ),
    )
  })

  it('expand as url-template does, in what both take', () => {
    // url-template keeps a percent sign before one digit, and takes what every object inherits for a value.
    const filled = fc.string({ unit: 'binary', minLength: 1 }).map(value => value.replaceAll('%', '٪'))
    const value = fc.oneof(filled, fc.integer(), fc.boolean(), fc.array(filled, { minLength: 1 }))
    fc.assert(
      fc.property(template(['', '*']), fc.dictionary(fc.constantFrom(...names), value), (source, values) => {
        const plain = source.replaceAll('%', '')
        const own = Object.assign(Object.create(null), values)
        expect(parseTemplate(plain).expand(values)).toBe(otherTemplate(plain).expand(own))
      }),
      { numRuns: 500 },
    )
  })
})

// Work that grew with the square of these lengths would not end within the time a test has.
describe('a megabyte', () => {
  const size = 1 << 20

  it.each(['{', '}', '{a', '{a,'])('of %j is refused', unit => {
    expect(() => parse(unit.repeat(size / unit.length))).toThrow(TemplateError)
  })

  it.each(['%', 'a', '%41', 'é', 'a b'])('of %j is a literal', unit => {
    const source = unit.repeat(size / unit.length)
    expect(parse(source)).toEqual([encodeReserved(source)])
  })

  it.each(['a.', '%41', 'a'])('of %j is a name of a variable', unit => {
    const name = `${unit.repeat(size / unit.length)}a`
    expect(parseTemplate(`{${name}}`).variables).toEqual([name])
  })

  it('of variables is expanded', () => {
    const parts = parseTemplate(`{?${Array.from({ length: 3000 }, (_, i) => `v${i}`).join(',')}}`)
    expect(parts.expand({ v0: 1, v2999: 2 })).toBe('?v0=1&v2999=2')
  })

  it.each(['%', '%41', '😀', ';', 'a'])('of %j is a value', unit => {
    const value = unit.repeat(size / unit.length)
    const expanded = parseTemplate('{x}{?x:9999}').expand({ x: value })
    expect(expanded.startsWith(encodeURIComponent(unit))).toBe(true)
    expect(decodeURIComponent(expanded.slice(0, expanded.indexOf('?')))).toBe(value)
    expect(parseTemplate('{+x:9999}').expand({ x: value }).length).toBeGreaterThanOrEqual(9999)
  })
})
