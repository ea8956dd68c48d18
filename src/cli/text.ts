/** How the commands write for a person: tables, ages, and nothing that a terminal would act on or a log should not hold. */

/** Control characters would move the cursor, bidirectional marks would turn the text around. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const UNPRINTABLE = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** One line that does nothing but stand there. */
export const printable = (text: string): string => text.replace(UNPRINTABLE, '?')

/** What another's message says, in its first line, without the credentials of the URLs in it. */
export const firstLine = (message: string): string =>
  printable((message.split('\n', 1)[0] as string).replace(/:\/\/\S*@/g, '://'))

/** URLs, joined by `, `, without credentials, queries and fragments. */
export const bareUrls = (urls: string): string => urls.split(', ').map(bareUrl).join(', ')

function bareUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || url.origin === 'null')
    return printable(text.replace(/[?#].*$/s, '').replace(/:\/\/.*@/s, '://'))
  return printable(url.origin + url.pathname.replace(/\/$/, ''))
}

type Cell = string | number | null | undefined

/** Columns under their names, each as wide as its widest cell; an empty cell is a dash. */
export function table(names: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [names, ...rows.map(row => row.map(textOf))]
  const widths = names.map((_, at) =>
    lines.reduce((most, line) => Math.max(most, (line[at] as string).length), 0),
  )
  // A column of numbers is read from its right end.
  const numbers = names.map((_, at) => rows.length > 0 && rows.every(row => typeof row[at] === 'number'))
  const write = (line: readonly string[]) =>
    line
      .map((cell, at) =>
        numbers[at] ? cell.padStart(widths[at] as number) : cell.padEnd(widths[at] as number),
      )
      .join('  ')
      .trimEnd()
  return lines.map(write).join('\n')
}

function textOf(cell: Cell): string {
  if (cell === undefined || cell === null || cell === '') return '-'
  return printable(String(cell))
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const

/** `3m 12s`: the two largest units of a time in milliseconds. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000))
  const first = UNITS.findIndex(([, size]) => seconds >= size)
  if (first < 0) return '0s'
  const [large, small] = [UNITS[first], UNITS[first + 1]] as [(typeof UNITS)[number], (typeof UNITS)[number]?]
  const rest = small === undefined ? 0 : Math.floor((seconds % large[1]) / small[1])
  const whole = `${Math.floor(seconds / large[1])}${large[0]}`
  return rest === 0 ? whole : `${whole} ${rest}${small?.[0]}`
}

/** `90s`, `5m`, `24h`, `2d` in milliseconds; `undefined` if it is no such text. */
export function durationOf(text: string): number | undefined {
  const [, digits, letter] = /^(\d{1,9})([dhms])$/.exec(text) ?? []
  const unit = UNITS.find(([name]) => name === letter)
  return unit === undefined ? undefined : Number(digits) * unit[1] * 1000
}
