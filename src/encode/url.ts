/** Base URLs, and the URL that a call brings along: parsed once, by the rules of WHATWG, and compared by origin. */
import { ValueError } from '../template/text.js'

/** Where requests go: the origin, and the path in front of every template. */
export interface Target {
  /** `http://member-svc:8080` */
  readonly origin: string
  /** `/base` or empty; never ends in a slash. */
  readonly prefix: string
}

/** Reads a base URL. It holds no query, no fragment and no credentials: they would be lost or leak into logs. */
export function targetOf(url: string | URL): Target {
  const parsed = parse(url)
  if (parsed.search !== '' || parsed.href.includes('?'))
    throw new ValueError('must not hold a query; declare it in the template')
  if (parsed.hash !== '' || parsed.href.includes('#')) throw new ValueError('must not hold a fragment')
  const prefix = parsed.pathname.replace(/\/+$/, '')
  if (prefix.startsWith('//')) throw new ValueError('must not have a path that begins with //')
  return { origin: parsed.origin, prefix }
}

/** Reads the argument of `@Url()`: absolute, or relative to the target; its origin must be allowed. */
export function callUrl(value: unknown, { origin, prefix }: Target, allowOrigins: ReadonlySet<string>): URL {
  if (typeof value !== 'string' && !(value instanceof URL)) throw new ValueError('must be a string or a URL')
  const url = parse(value, `${origin}${prefix}/`)
  if (url.origin !== origin && !allowOrigins.has(url.origin)) {
    throw new ValueError("must not leave the client's origin; name the other one in allowOrigins")
  }
  return url
}

/** Parsers differ over these: what one takes for a path, another takes for a host. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const AMBIGUOUS = /[\\\x00-\x20\x7f]/

function parse(value: string | URL, base?: string): URL {
  const text = String(value)
  if (AMBIGUOUS.test(text))
    throw new ValueError('must not hold a backslash, white space or a control character')
  if (/^[a-z][a-z\d+.-]*:(?!\/\/)/i.test(text)) throw new ValueError('must have // after its scheme')
  let url: URL
  try {
    url = new URL(text, base)
  } catch {
    throw new ValueError(base === undefined ? 'must be an absolute http or https URL' : 'must be a valid URL')
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new ValueError('must be an http or https URL')
  if (url.username !== '' || url.password !== '')
    throw new ValueError('must not hold credentials; use a header')
  if (url.port === '0') throw new ValueError('must not have the port 0')
  return url
}
