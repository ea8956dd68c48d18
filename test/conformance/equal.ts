/** Comparisons by meaning: URLs segment by segment and pair by pair, headers by name, whatever their case. */
import { AssertionError } from 'node:assert'
import { isDeepStrictEqual } from 'node:util'
import type { Expectation } from './case.js'

export function equal(what: string, actual: unknown, wanted: unknown): void {
  if (isDeepStrictEqual(actual, wanted)) return
  const message = `${what}: guise has ${JSON.stringify(actual)}, the case ${JSON.stringify(wanted)}`
  throw new AssertionError({ message, actual, expected: wanted })
}

type Checks = Readonly<Record<string, (wanted: never) => void>>

/** Looks at every field of an expectation; one that no check knows is an error. */
export function check(expectation: Expectation, checks: Checks): void {
  for (const [field, wanted] of Object.entries(expectation)) {
    const one = checks[field]
    if (one === undefined) throw new Error(`nothing checks the field ${field} of an expectation`)
    one(wanted as never)
  }
}

type Pair = readonly [name: string, value: string | null]

/** Decoded names and values; `null` where a name has no `=`, which is not the same as an empty value. */
export function pairsOf(query: string): Pair[] {
  const items = query.split('&').filter(item => item !== '')
  return items.map(item => {
    const [name = '', ...value] = item.split('=')
    return [decodeURIComponent(name), value.length === 0 ? null : decodeURIComponent(value.join('='))]
  })
}

export interface Url {
  /** Empty for a relative URL. */
  readonly origin: string
  readonly path: readonly string[]
  readonly query: readonly Pair[]
}

/** A URL as a server reads it. A fragment is no part of a request (RFC 9110, section 4.2.5). */
export function urlOf(text: string): Url {
  const { origin, rest } = splitOrigin(text.split('#')[0] ?? '')
  const [path = '', ...query] = rest.split('?')
  return {
    origin,
    path: (path === '' ? '/' : path).split('/').map(decodeURIComponent),
    query: pairsOf(query.join('?')),
  }
}

/** `https://h/a?b` is `https://h` and `/a?b`; of a relative URL the origin is empty. */
export function splitOrigin(url: string): { origin: string; rest: string } {
  const origin = /^https?:\/\/[^/?#]+/.exec(url)?.[0] ?? ''
  return { origin, rest: url.slice(origin.length) }
}

/** The same segments, the same pairs and, where the case names one, the same origin. */
export function sameUrl(what: string, actual: string, wanted: string): void {
  const [ours, theirs] = [urlOf(actual), urlOf(wanted)]
  equal(what, theirs.origin === '' ? { ...ours, origin: '' } : ours, theirs)
}

/** Header values by name in lower case; several of one name are one list (RFC 9110, section 5.3). */
export function joined(pairs: readonly (readonly [name: string, value: string])[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of pairs) {
    const lower = name.toLowerCase()
    headers[lower] = headers[lower] === undefined ? value : `${headers[lower]}, ${value}`
  }
  return headers
}
