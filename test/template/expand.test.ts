/** What an expansion writes where the official cases are silent, and the public face of a template. */

import * as door from 'guise/template'
import { parseTemplate, TemplateError, type TemplateInput, ValueError } from 'guise/template'
import { describe, expect, it } from 'vitest'
import { compile } from '../../src/template/compile.js'
import { parse } from '../../src/template/parse.js'

const expand = (text: string, values: Readonly<Record<string, TemplateInput>>) =>
  parseTemplate(text).expand(values)

describe('parseTemplate', () => {
  it('is offered with its errors and nothing else', () => {
    expect(Object.keys(door).sort()).toEqual(['TemplateError', 'ValueError', 'parseTemplate'])
  })

  it('tells the text and the variables, each once, in their order', () => {
    const template = parseTemplate('/{b}/{a:3}{?b,c*}')
    expect(template.text).toBe('/{b}/{a:3}{?b,c*}')
    expect(template.variables).toEqual(['b', 'a', 'c'])
    expect(Object.isFrozen(template) && Object.isFrozen(template.variables)).toBe(true)
  })

  it('refuses a malformed template at once', () => {
    expect(() => parseTemplate('/{a')).toThrow(TemplateError)
  })

  it('can be expanded any number of times, and without its object', () => {
    const { expand } = parseTemplate('/{a}{?b}')
    expect([expand({ a: 1 }), expand({ a: 2, b: 3 }), expand({ a: 1 })]).toEqual(['/1', '/2?b=3', '/1'])
  })
})

describe('an expansion', () => {
  const cases: [template: string, values: Record<string, TemplateInput>, expected: string][] = [
    // Empty and undefined.
    ['{x}', { x: '' }, ''],
    ['{;x}', { x: '' }, ';x'],
    ['{?x}', { x: '' }, '?x='],
    ['{&x}', { x: '' }, '&x='],
    ['{/x}', { x: '' }, '/'],
    ['{.x}', { x: '' }, '.'],
    ['{#x}', { x: '' }, '#'],
    ['{x,y}', { x: '', y: 'b' }, ',b'],
    ['{x,y}', { x: null, y: 'b' }, 'b'],
    ['{?x,y}', { y: 'b' }, '?y=b'],
    ['{?x,y}', {}, ''],
    ['{#x,y}', { x: [], y: {} }, ''],
    // Lists with empty elements.
    ['{x}', { x: ['', 'a'] }, ',a'],
    ['{x*}', { x: ['', 'a'] }, ',a'],
    ['{/x*}', { x: ['', 'a'] }, '//a'],
    ['{?x}', { x: [''] }, '?x='],
    ['{;x}', { x: [''] }, ';x='],
    ['{?x*}', { x: ['', 'a'] }, '?x=&x=a'],
    ['{;x*}', { x: ['', 'a'] }, ';x;x=a'],
    ['{?x}', { x: ['a', null, 'b'] }, '?x=a,b'],
    // Records.
    ['{x}', { x: { a: '', b: null, c: 1 } }, 'a,,c,1'],
    ['{x*}', { x: { a: '', c: 1 } }, 'a=,c=1'],
    ['{;x*}', { x: { a: '', c: 1 } }, ';a;c=1'],
    ['{?x*}', { x: { a: '', c: 1 } }, '?a=&c=1'],
    ['{?x*}', { x: new Map([['k', 'v']]) }, '?k=v'],
    ['{?x*,y}', { x: { a: 1 }, y: 2 }, '?a=1&y=2'],
    ['{?y,x*}', { x: { a: 1, b: 2 }, y: 2 }, '?y=2&a=1&b=2'],
    // A member's name cannot make another parameter, nor change the one it names.
    ['{?x*}', { x: { 'a&b=c': 'd&e' } }, '?a%26b%3Dc=d%26e'],
    ['{;x*}', { x: { 'a;b': 'c' } }, ';a%3Bb=c'],
    ['{x*}', { x: { 'a/b': 'c/d' } }, 'a%2Fb=c%2Fd'],
    ['{+x*}', { x: { 'a/b': 'c/d%2F' } }, 'a/b=c/d%2F'],
    ['{+x}', { x: { 'a/b': 'c/d' } }, 'a/b,c/d'],
    // Names stand as they were written.
    ['{?Stra%C3%9fe,last.name}', { 'Stra%C3%9fe': 1, 'last.name': 2 }, '?Stra%C3%9fe=1&last.name=2'],
    // Scalars of every type.
    ['{?a,b,c,d}', { a: -0, b: 1e21, c: 7n, d: false }, '?a=0&b=1000000000000000000000&c=7&d=false'],
    ['{?at}', { at: new Date(0) }, '?at=1970-01-01T00%3A00%3A00.000Z'],
    // A slash is never passed but by + and #.
    ['/a{/x}{x}', { x: '../b' }, '/a/..%2Fb..%2Fb'],
    ['{+x}{#x}', { x: '../b' }, '../b#../b'],
    // Values that are given and not named are ignored.
    ['/a', { x: 1 }, '/a'],
  ]
  for (const [template, values, expected] of cases) {
    it(`of ${template} writes ${JSON.stringify(expected)}`, () => {
      expect(expand(template, values)).toBe(expected)
    })
  }

  it('takes own members only, so that a polluted prototype does not matter', () => {
    const prototype = Object.prototype as { polluted?: string }
    try {
      prototype.polluted = 'evil'
      expect(expand('/{polluted}{?polluted,record*}', { record: { a: 1 } })).toBe('/?a=1')
    } finally {
      delete prototype.polluted
    }
  })

  it('has no special names', () => {
    const text = '{?constructor,__proto__,toString,length}'
    expect(expand(text, {})).toBe('')
    expect(expand(text, JSON.parse('{"constructor":"c","__proto__":"p","toString":"t","length":0}'))).toBe(
      '?constructor=c&__proto__=p&toString=t&length=0',
    )
  })
})

describe('a prefix', () => {
  const cases: [template: string, value: TemplateInput, expected: string][] = [
    ['{x:3}', 'abcdef', 'abc'],
    ['{x:3}', 'ab', 'ab'],
    ['{x:2}', 1234, '12'],
    ['{?x:1}', '', '?x='],
    ['{x:1}', '😀😀', '%F0%9F%98%80'],
    ['{x:2}', 'é한b', '%C3%A9%ED%95%9C'],
    // Counted before it is encoded: what looks like a triplet is three characters.
    ['{x:2}', 'a%2Fb', 'a%25'],
    ['{x:2}', '\n\n\n', '%0A%0A'],
    // Where triplets are kept, one is a character, and so is a whole sequence of UTF-8.
    ['{+x:2}', 'a%2Fb', 'a%2F'],
    ['{#x:1}', '%2f%2f', '#%2f'],
    ['{+x:1}', '%C3%9F%C3%9F', '%C3%9F'],
    ['{+x:2}', '%F0%9F%98%80%41b', '%F0%9F%98%80%41'],
    ['{+x:2}', '%%41b', '%25%41'],
    ['{+x:2}', '😀/b', '%F0%9F%98%80/'],
    ['{+x:1}', '\n\n', '%0A'],
  ]
  for (const [template, value, expected] of cases) {
    it(`${template} of ${JSON.stringify(value)} writes ${expected}`, () => {
      expect(expand(template, { x: value })).toBe(expected)
    })
  }

  it.each([[['a']], [{ a: 1 }]])('cannot be taken of %j', value => {
    expect(() => expand('{keys:1}', { keys: value })).toThrow(
      new ValueError('must be a single value, for the template takes a prefix of it', 'variable "keys"'),
    )
  })

  it('can be taken of a list that is empty, which is no value', () => {
    expect(expand('/{keys:1}', { keys: [] })).toBe('/')
  })
})

describe('a refused value', () => {
  it('is reported with its variable and the rule, never with the value', () => {
    const secret = 'hunter2'
    const refused: [TemplateInput, string][] = [
      [Number.NaN, 'variable "b" must be a finite number, not NaN'],
      [`${secret}\ud800`, 'variable "b" must not hold a lone surrogate'],
      [[`${secret}\ud800`], 'variable "b" holds an element that must not hold a lone surrogate'],
      [{ [`${secret}\ud800`]: 1 }, 'variable "b" holds a name that must not hold a lone surrogate'],
    ]
    for (const [b, message] of refused) {
      const attempt = () => expand('/{a}/{b}', { a: 1, b })
      expect(attempt).toThrow(ValueError)
      expect(attempt).toThrow(message)
      expect(attempt).not.toThrow(secret)
    }
  })

  it('is refused by the compiler of types too, if it is nested', () => {
    // @ts-expect-error a list in a list
    expect(() => expand('{x}', { x: [['a']] })).toThrow(ValueError)
    // @ts-expect-error a function
    expect(() => expand('{x}', { x: () => 1 })).toThrow(ValueError)
  })

  it('does not hide an error of the caller', () => {
    const values = {
      get x(): string {
        throw new RangeError('mine')
      },
    }
    expect(() => expand('{x}', values)).toThrow(new RangeError('mine'))
  })
})

describe('compile', () => {
  it('asks for a slot for each variable of each expression, once, and finds the values there', () => {
    const asked: string[] = []
    const expandSlots = compile(parse('/{a}{?b*,a:1}'), (name, spec) => {
      asked.push(`${name}${spec.explode ? '*' : ''}${spec.prefix ?? ''}`)
      return name === 'a' ? 3 : 1
    })
    expect(asked).toEqual(['a', 'b*', 'a1'])
    expect(expandSlots([undefined, [['k', 'v']], undefined, 'xyz'])).toBe('/xyz?k=v&a=x')
    expect(expandSlots([])).toBe('/')
    expect(asked).toHaveLength(3)
  })
})
