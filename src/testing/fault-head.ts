/** The heads of responses. */
import { STATUS_CODES } from 'node:http'

/** Header values by name; a list is sent as so many lines. */
export type HeaderValues = Readonly<Record<string, string | number | readonly string[]>>

/** The beginning of a response whose body is JSON. */
export const JSON_HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n'

/** A status line and headers, with the empty line after them. */
export function head(status: number, headers: HeaderValues): string {
  const lines = Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map(value => `${name}: ${value}\r\n`),
  )
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n${lines.join('')}\r\n`
}
