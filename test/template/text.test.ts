/** How a value is written as text, and which are refused. */
import { describe, expect, it } from 'vitest'
import { textOf, ValueError } from '../../src/template/text.js'

function errorOf(value: unknown): ValueError {
  try {
    textOf(value)
  } catch (error) {
    if (error instanceof ValueError) return error
    throw error
  }
  throw new Error('the value was accepted')
}

describe('textOf', () => {
  it('has no text for undefined and null', () => {
    expect(textOf(undefined)).toBeUndefined()
    expect(textOf(null)).toBeUndefined()
  })

  it.each(['', ' a ', 'é한😀', '\0\r\n', '100%'])('leaves the string %j as it is', text => {
    expect(textOf(text)).toBe(text)
  })

  it('writes booleans and bigints', () => {
    expect(textOf(true)).toBe('true')
    expect(textOf(false)).toBe('false')
    expect(textOf(123456789012345678901234567890n)).toBe('123456789012345678901234567890')
    expect(textOf(-1n)).toBe('-1')
  })

  const numbers: [number, string][] = [
    [0, '0'],
    [-0, '0'],
    [7, '7'],
    [-37.76, '-37.76'],
    [0.1, '0.1'],
    [1e-6, '0.000001'],
    [1e-7, '0.0000001'],
    [-1.25e-9, '-0.00000000125'],
    [2 ** 53, '9007199254740992'],
    [1e20, '100000000000000000000'],
    [1e21, '1000000000000000000000'],
    [-1.5e21, '-1500000000000000000000'],
    [1.234567890123456e25, '12345678901234560000000000'],
    [5e-324, `0.${'0'.repeat(323)}5`],
    [1.7976931348623157e308, `17976931348623157${'0'.repeat(292)}`],
  ]
  it.each(numbers)('writes the number %d without an exponent', (value, text) => {
    expect(textOf(value)).toBe(text)
  })

  it('writes a date in ISO 8601 with milliseconds and Z', () => {
    expect(textOf(new Date(0))).toBe('1970-01-01T00:00:00.000Z')
    expect(textOf(new Date(Date.UTC(2024, 1, 29, 23, 59, 59, 7)))).toBe('2024-02-29T23:59:59.007Z')
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('refuses %d', value => {
    expect(errorOf(value).rule).toBe(`must be a finite number, not ${value}`)
  })

  it('refuses an invalid date', () => {
    expect(errorOf(new Date(Number.NaN)).rule).toBe('must be a valid date')
  })

  it.each(['\ud800', 'a\udfffb', '😀'.slice(0, 1)])('refuses a lone surrogate', text => {
    expect(errorOf(text).rule).toBe('must not hold a lone surrogate')
  })

  const kind = 'must be a string, a number, a bigint, a boolean or a Date, not'
  const others: [string, unknown][] = [
    ['an object', {}],
    ['an object', new String('x')],
    ['an object', { toString: () => 'x' }],
    ['an object', new URL('http://localhost/')],
    ['a list', ['x']],
    ['a function', () => 'x'],
    ['a symbol', Symbol('x')],
  ]
  it.each(others)('refuses what is no scalar: %s', (type, value) => {
    expect(errorOf(value).rule).toBe(`${kind} ${type}`)
  })

  it('fails with an error that is named for what it is and does not hold the value', () => {
    const error = errorOf({ password: 'hunter2', toString: () => 'hunter2' })
    expect(error.name).toBe('ValueError')
    expect(error.message).toBe(`a value ${error.rule}`)
    expect(error.stack).toMatch(/^ValueError: a value must be/)
    expect(JSON.stringify(error) + error.stack + errorOf('hunter2\ud800').message).not.toContain('hunter2')
  })
})
