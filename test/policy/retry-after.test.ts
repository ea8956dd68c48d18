/** `Retry-After`: seconds, the three forms of a date, and everything that is neither. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseRetryAfter } from '../../src/http/retry-after.js'

const NOW = Date.UTC(2026, 10, 22, 12, 0, 0)
const parse = (value: string, now = NOW) => parseRetryAfter(value, now)

test.each([
  ['0', 0],
  ['1', 1000],
  ['007', 7000],
  ['120', 120_000],
  ['9999999999', 9_999_999_999_000],
])('%s is a delay', (value, expected) => {
  expect(parse(value)).toBe(expected)
})

test.each([
  ['Sun, 22 Nov 2026 12:00:05 GMT', 5000],
  ['Sunday, 22-Nov-26 12:00:05 GMT', 5000],
  ['Sun Nov 22 12:00:05 2026', 5000],
  ['Tue Dec  1 12:00:00 2026', 9 * 86_400_000],
  ['Wed, 30 Dec 9999 23:59:59 GMT', Date.UTC(9999, 11, 30, 23, 59, 59) - NOW],
  ['Thu, 31 Dec 2026 23:59:60 GMT', Date.UTC(2027, 0, 1) - NOW],
  ['Tue, 29 Feb 2028 00:00:00 GMT', Date.UTC(2028, 1, 29) - NOW],
])('%s is a date', (value, expected) => {
  expect(parse(value)).toBe(expected)
})

test.each([
  'Sun, 22 Nov 2026 12:00:00 GMT',
  'Sun, 22 Nov 2026 11:59:59 GMT',
  'Sunday, 06-Nov-94 08:49:37 GMT',
  'Sun Nov  6 08:49:37 1994',
  'Thu, 01 Jan 1970 00:00:00 GMT',
])('%s is past: no wait, and never a negative one', value => {
  expect(parse(value)).toBe(0)
})

test.each([
  '',
  ' ',
  '-5',
  '+5',
  '1.5',
  '1e9',
  '0x10',
  'NaN',
  'Infinity',
  ' 5',
  '5 ',
  '5\n',
  '5,5',
  '5, 10',
  '5s',
  '٥',
  '999999999999',
  '99999999999',
  'soon',
  'Sun',
  '2026-11-22T12:00:05Z',
  '22 Nov 2026 12:00:05 GMT',
  'Sun, 22 Nov 2026 12:00:05',
  'Sun, 22 Nov 2026 12:00:05 UTC',
  'Sun, 22 Nov 2026 12:00:05 +0000',
  'sun, 22 nov 2026 12:00:05 gmt',
  'Sun, 22 Nov 26 12:00:05 GMT',
  'Sun, 1 Nov 2026 12:00:05 GMT',
  'Sunday, 22-Nov-2026 12:00:05 GMT',
  'Sun, 22-Nov-26 12:00:05 GMT',
  'Sun Nov 22 12:00:05 2026 GMT',
  'Sun, 22 Nov 2026 24:00:00 GMT',
  'Sun, 22 Nov 2026 12:60:00 GMT',
  'Sun, 22 Nov 2026 12:00:61 GMT',
  'Sun, 31 Nov 2026 12:00:05 GMT',
  'Sun, 00 Nov 2026 12:00:05 GMT',
  'Sun, 32 Dec 2026 12:00:05 GMT',
  'Mon, 29 Feb 2027 12:00:05 GMT',
  'Wed, 31 Feb 2027 12:00:60 GMT',
  'Sun, 22 Nov 2026 12:00:05 GMT, Sun, 22 Nov 2026 12:00:05 GMT',
  'x Sun, 22 Nov 2026 12:00:05 GMT',
])('%j is ignored', value => {
  expect(parse(value)).toBeUndefined()
})

describe('a year of two digits', () => {
  const year = (digits: string, now: number) => {
    const wait = parse(`Sunday, 22-Nov-${digits} 12:00:00 GMT`, now)
    return wait === 0 ? 'past' : new Date(now + (wait ?? Number.NaN)).getUTCFullYear()
  }

  test.each([
    ['26', 2026, 'past'],
    ['27', 2026, 2027],
    ['76', 2026, 2076],
    ['77', 2026, 'past'],
    ['00', 2026, 'past'],
    ['05', 2099, 2105],
    ['49', 2099, 2149],
    ['50', 2099, 'past'],
  ])('%s in %i', (digits, thisYear, expected) => {
    expect(year(digits, Date.UTC(thisYear, 10, 22, 12))).toBe(expected)
  })
})

const seconds = fc.integer({ min: 0, max: 250_000_000_000 }).map(s => s * 1000)
const two = (value: number) => String(value).padStart(2, '0')
const clock = (date: Date) =>
  [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':')
const imf = (at: number) => new Date(at).toUTCString()
const asctime = (at: number) => {
  const [weekday, day, month, year] = imf(at).split(/,? /) as [string, string, string, string]
  return `${weekday} ${month} ${day.replace(/^0/, ' ')} ${clock(new Date(at))} ${year}`
}
const LONG = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const rfc850 = (at: number) => {
  const date = new Date(at)
  const [, day, month, year] = imf(at).split(/,? /) as [string, string, string, string]
  return `${LONG[date.getUTCDay()]}, ${day}-${month}-${year.slice(2)} ${clock(date)} GMT`
}

test('every second is read back from its date, in each form', () => {
  fc.assert(
    fc.property(seconds, seconds, (at, now) => {
      const wait = Math.max(0, at - now)
      expect([parse(imf(at), now), parse(asctime(at), now)]).toEqual([wait, wait])
    }),
  )
  const near = fc.integer({ min: -49 * 31_000_000, max: 49 * 31_000_000 }).map(s => NOW + s * 1000)
  fc.assert(
    fc.property(near, at => {
      expect(parse(rfc850(at))).toBe(Math.max(0, at - NOW))
    }),
  )
})

test('any other text is ignored or a wait that is finite and not negative', () => {
  const pieces = fc.constantFrom(
    '5',
    ' ',
    ',',
    'Sun',
    'Nov',
    '22',
    '2026',
    'GMT',
    ':',
    '-',
    '12:00:05',
    'e',
    '.',
  )
  const text = fc.oneof(
    fc.string(),
    fc.array(pieces, { maxLength: 9 }).map(list => list.join('')),
  )
  fc.assert(
    fc.property(text, value => {
      const wait = parse(value)
      if (wait !== undefined) expect(Number.isFinite(wait) && wait >= 0).toBe(true)
      if (/^\d+$/.test(value)) expect(wait).toBe(value.length > 10 ? undefined : Number(value) * 1000)
      else if (!/GMT$|\d{4}$/.test(value)) expect(wait).toBeUndefined()
    }),
    { numRuns: 2000 },
  )
})

test.each([
  ['feign-retry-after-001', 'Fri, 31 Dec 1999 23:59:59 ZBW', undefined],
  ['feign-retry-after-002', 'Fri, 31 Dec 1999 23:59:59 GMT', 0],
  ['feign-retry-after-005', '99999999999999999999', undefined],
])('%s: %j is a wait of %s', (_id, value, wait) => {
  expect(parseRetryAfter(value, Date.parse('2000-01-01T00:00:00Z'))).toBe(wait)
})
