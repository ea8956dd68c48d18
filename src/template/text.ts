/** The one rule how a value is written as text, in a template, a query, a header or a form. */

/** A value that can be written as text; `null` and `undefined` stand for no value. */
export type Text = string | number | bigint | boolean | Date | null | undefined

/**
 * A value that cannot be written. Neither the message nor `rule` holds the value, which may be a secret.
 *
 * `rule` is what was broken, as a phrase that follows a subject: `must be a finite number, not NaN`.
 */
export class ValueError extends Error {
  readonly rule: string

  // On the prototype, so that the stack begins with it too.
  static {
    ValueError.prototype.name = 'ValueError'
  }

  constructor(rule: string, subject = 'a value') {
    super(`${subject} ${rule}`)
    this.rule = rule
  }
}

/**
 * Writes a value as text: a string as it is, a number in plain decimal without an exponent, a date in ISO 8601.
 *
 * @param value - anything; what is no {@link Text} is refused and never turned into `[object Object]`
 * @returns `undefined` for `null` and `undefined`
 * @throws ValueError for a number that is not finite, an invalid date, a lone surrogate and any other type
 * @see RFC 6570, section 2.3, which leaves the text of a value to the implementation
 * @example
 * textOf(1e21) // '1000000000000000000000'
 * textOf(new Date(0)) // '1970-01-01T00:00:00.000Z'
 */
export function textOf(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      if (!isWellFormed(value)) throw new ValueError('must not hold a lone surrogate')
      return value
    case 'number':
      return decimal(value)
    case 'boolean':
    case 'bigint':
      return String(value)
    case 'undefined':
      return undefined
    case 'object':
      if (value === null) return undefined
      if (value instanceof Date) return dateText(value)
  }
  const type = Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`
  throw new ValueError(`must be a string, a number, a bigint, a boolean or a Date, not ${type}`)
}

function dateText(date: Date): string {
  if (Number.isNaN(date.getTime())) throw new ValueError('must be a valid date')
  return date.toISOString()
}

/** Moves the point of `1.5e+21` or `1e-7`, the forms that JavaScript gives very large and very small numbers. */
function decimal(value: number): string {
  if (Number.isSafeInteger(value)) return String(value)
  if (!Number.isFinite(value)) throw new ValueError(`must be a finite number, not ${value}`)
  const text = String(value)
  if (!text.includes('e')) return text
  const [mantissa = '', exponent] = text.split('e')
  const sign = mantissa.startsWith('-') ? '-' : ''
  const [whole = '', fraction = ''] = mantissa.slice(sign.length).split('.')
  const shift = Number(exponent)
  // A positive exponent is 21 or more and the fraction has at most 16 digits: the point always leaves the digits.
  return shift < 0
    ? `${sign}0.${'0'.repeat(-shift - 1)}${whole}${fraction}`
    : `${sign}${whole}${fraction.padEnd(shift, '0')}`
}

/** Node has this since version 20; the ES2023 library of TypeScript does not know it yet. */
function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed()
}
