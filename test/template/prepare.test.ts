/** What a caller may give for a variable, and what becomes of it. */
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { prepare } from '../../src/template/prepare.js'
import { ValueError } from '../../src/template/text.js'

function ruleOf(value: unknown): string {
  try {
    prepare(value)
  } catch (error) {
    if (error instanceof ValueError) return error.rule
    throw error
  }
  throw new Error('the value was accepted')
}

describe('prepare', () => {
  it('writes scalars as text', () => {
    expect([1, 'a', true, 2n, new Date(0), '', null, undefined].map(prepare)).toEqual([
      '1',
      'a',
      'true',
      '2',
      '1970-01-01T00:00:00.000Z',
      '',
      undefined,
      undefined,
    ])
  })

  it('writes the elements of a list and leaves out those that have no value', () => {
    expect(prepare([1, null, '', undefined, false])).toEqual(['1', '', 'false'])
  })

  it('writes the members of a plain object or a Map in their order and leaves out those that have no value', () => {
    const pairs = [
      ['b', '1'],
      ['a', ''],
    ]
    expect(prepare({ b: 1, x: null, a: '', y: undefined })).toEqual(pairs)
    expect(prepare(Object.assign(Object.create(null), { b: 1, a: '' }))).toEqual(pairs)
    expect(
      prepare(
        new Map<unknown, unknown>([
          ['b', 1],
          ['x', null],
          ['a', ''],
        ]),
      ),
    ).toEqual(pairs)
    expect(prepare(new Map([[404, 'x']]))).toEqual([['404', 'x']])
  })

  it.each([[[]], [[null, undefined]], [{}], [{ a: null }], [new Map()]])('takes %j for no value', value => {
    expect(prepare(value)).toBeUndefined()
  })

  it('takes only own, enumerable, string-named members of an object', () => {
    const prototype: object = Object.assign(Object.create(null), { inherited: 1 })
    const record: object = Object.assign(Object.create(prototype), { own: 1, [Symbol('s')]: 1 })
    Object.defineProperty(record, 'hidden', { value: 1, enumerable: false })
    expect(prepare(record)).toEqual([['own', '1']])
    expect(prepare(JSON.parse('{"__proto__":"p","constructor":"c"}'))).toEqual([
      ['__proto__', 'p'],
      ['constructor', 'c'],
    ])
  })

  it('takes lists and plain objects of another realm', () => {
    expect(prepare(runInNewContext('[1, 2]'))).toEqual(['1', '2'])
    expect(prepare(runInNewContext('({ a: 1 })'))).toEqual([['a', '1']])
  })

  it('refuses an object that is not plain, even if it has no members', () => {
    class Page {
      number = 1
    }
    const rule = 'must be a plain object, a Map, a list or a Date, not another object'
    const others = [
      new Page(),
      new Set(['a']),
      Promise.resolve(1),
      /x/,
      new Uint8Array(2),
      new URLSearchParams('a=1'),
    ]
    for (const value of others) expect(ruleOf(value)).toBe(rule)
  })

  it('refuses what is nested, and says which part it was', () => {
    const kind = 'must be a string, a number, a bigint, a boolean or a Date, not'
    expect(ruleOf([['a']])).toBe(`holds an element that ${kind} a list`)
    expect(ruleOf([{}])).toBe(`holds an element that ${kind} an object`)
    expect(ruleOf({ a: ['b'] })).toBe(`holds a member that ${kind} a list`)
    expect(ruleOf({ a: {} })).toBe(`holds a member that ${kind} an object`)
    expect(ruleOf(new Map([[['a'], 'b']]))).toBe(`holds a name that ${kind} a list`)
    expect(ruleOf(new Map([[null, 'b']]))).toBe('holds a name that must not be null or undefined')
  })

  it('refuses a part that textOf refuses', () => {
    expect(ruleOf([1, Number.NaN])).toBe('holds an element that must be a finite number, not NaN')
    expect(ruleOf({ a: new Date(Number.NaN) })).toBe('holds a member that must be a valid date')
    expect(ruleOf({ '\ud800': 1 })).toBe('holds a name that must not hold a lone surrogate')
    expect(ruleOf(() => 1)).toMatch(/not a function$/)
  })

  it('lets an error of a getter through', () => {
    const value = {
      get a(): string {
        throw new RangeError('mine')
      },
    }
    expect(() => prepare(value)).toThrow(new RangeError('mine'))
  })
})
