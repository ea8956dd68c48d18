/** `Retry-After` (RFC 9110, section 10.2.3), read strictly: what is not exactly a delay or a date is ignored. */

const MONTHS = 'Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec'
const TIME = '(\\d\\d):(\\d\\d):(\\d\\d)'
/** The three forms of a date in HTTP (RFC 9110, section 5.6.7). */
const IMF = new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\\d\\d) (${MONTHS}) (\\d{4}) ${TIME} GMT$`)
const RFC850 = new RegExp(
  `^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (\\d\\d)-(${MONTHS})-(\\d\\d) ${TIME} GMT$`,
)
const ASCTIME = new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (${MONTHS}) ([ \\d]\\d) ${TIME} (\\d{4})$`)

/**
 * Milliseconds to wait from `now` on, or `undefined` for a value that is no delay: never negative.
 *
 * @param value the header's value
 * @param now milliseconds since 1970
 */
export function parseRetryAfter(value: string, now: number): number | undefined {
  if (/^\d{1,10}$/.test(value)) return Number(value) * 1000
  const at = dateOf(value, now)
  return at === undefined ? undefined : Math.max(0, at - now)
}

function dateOf(text: string, now: number): number | undefined {
  const imf = IMF.exec(text)
  if (imf !== null) return utc(imf[3], imf[2], imf[1], imf.slice(4, 7))
  const rfc850 = RFC850.exec(text)
  if (rfc850 !== null) {
    return utc(
      yearOf(Number(rfc850[3]), new Date(now).getUTCFullYear()),
      rfc850[2],
      rfc850[1],
      rfc850.slice(4, 7),
    )
  }
  const asctime = ASCTIME.exec(text)
  return asctime === null ? undefined : utc(asctime[6], asctime[1], asctime[2], asctime.slice(3, 6))
}

function utc(
  year: string | number | undefined,
  month: string | undefined,
  day: string | undefined,
  time: readonly string[],
): number | undefined {
  const [hours = 0, minutes = 0, seconds = 0] = time.map(Number)
  const midnight = Date.UTC(Number(year), MONTHS.split('|').indexOf(month ?? ''), Number(day))
  // A day or an hour that does not exist would silently be another one; a leap second is the next minute's first.
  const exists =
    new Date(midnight).getUTCDate() === Number(day) && hours < 24 && minutes < 60 && seconds <= 60
  return exists ? midnight + ((hours * 60 + minutes) * 60 + seconds) * 1000 : undefined
}

/** A year of two digits: never more than 50 years ahead (RFC 9110, section 5.6.7), and the latest such year. */
function yearOf(digits: number, thisYear: number): number {
  const year = thisYear - (thisYear % 100) + digits
  if (year > thisYear + 50) return year - 100
  return year < thisYear - 49 ? year + 100 : year
}
