/** Names and values of a query, a form or matrix parameters; each pair is taken once, by what it belongs to. */
import type { QueryStyle } from '../declare/records.js'
import { queryText } from '../encode/query.js'

/** A value as the text of a request tells it: text, a list of text, or a record of these. */
export type StubValue = string | readonly string[] | { readonly [name: string]: StubValue }

interface Pair {
  readonly name: string
  /** As it came, still encoded: an encoded comma is data and a bare one is not. */
  readonly raw: string
  /** Name and value as they came. */
  readonly text: string
}

export class Pairs {
  #left: readonly Pair[]
  readonly #decode: (text: string) => string

  /** @param form a `+` is a space, as in queries and forms */
  constructor(text: string, { separator = '&', form = true } = {}) {
    this.#decode = form ? decodeForm : decode
    this.#left = text.split(separator).flatMap(pair => {
      const [name = '', ...raw] = pair.split('=')
      return pair === '' ? [] : [{ name: this.#decode(name), raw: raw.join('='), text: pair }]
    })
  }

  get size(): number {
    return this.#left.length
  }

  has(name: string): boolean {
    return this.#left.some(pair => pair.name === name)
  }

  /** Takes one pair of this name and value, if it is there. */
  takeLiteral(name: string, value: string): boolean {
    return this.#take(pair => pair.name === name && this.#decode(pair.raw) === value, 1).length > 0
  }

  /** Takes the first pair whose whole text passes, if there is one. */
  takeText(accepts: (text: string) => boolean): boolean {
    return this.#take(({ text }) => accepts(text), 1).length > 0
  }

  /** Takes what a template writes for one of its variables; an exploded one is a list, however short. */
  takeVariable(name: string, explode: boolean): StubValue | undefined {
    const raws = this.#raws(decode(name))
    if (raws.length === 0) return undefined
    if (explode || raws.length > 1) return raws.map(this.#decode)
    return listOrText(raws[0] ?? '', this.#decode)
  }

  /** Takes what `@Query` and `@Field` write. A style of its own makes a list, however short; `repeat` cannot tell. */
  takeStyled(name: string, style: QueryStyle): StubValue | undefined {
    if (style === 'deepObject') return this.#takeDeep(name)
    const raws = this.#raws(style === 'brackets' ? `${name}[]` : name)
    if (raws.length === 0) return undefined
    const texts = raws.map(this.#decode)
    if (style === 'repeat') return texts.length === 1 ? texts[0] : texts
    if (style === 'brackets') return texts
    const separator = separatorOf(style)
    return separator === decode(separator)
      ? raws.flatMap(raw => raw.split(separator)).map(this.#decode)
      : texts.flatMap(text => text.split(decode(separator)))
  }

  /** Takes all that is left; several of one name are a list. */
  takeRest(): [string, StubValue][] {
    const names = new Set(this.#left.map(({ name }) => name))
    return [...names].flatMap(name => {
      const value = this.takeStyled(name, 'repeat')
      return value === undefined ? [] : [[name, value]]
    })
  }

  #raws(name: string): string[] {
    return this.#take(pair => pair.name === name).map(({ raw }) => raw)
  }

  #takeDeep(name: string): StubValue | undefined {
    const found = this.#take(pair => pair.name.startsWith(`${name}[`) && pair.name.endsWith(']'))
    if (found.length === 0) return undefined
    const root: Tree = new Map()
    for (const pair of found) {
      const keys = pair.name.slice(name.length + 1, -1).split('][')
      const last = keys.pop() ?? ''
      let at = root
      for (const key of keys) {
        const inner = at.get(key)
        const next: Tree = inner instanceof Map ? inner : new Map()
        at.set(key, next)
        at = next
      }
      at.set(last, this.#decode(pair.raw))
    }
    return recordOf(root)
  }

  #take(wanted: (pair: Pair) => boolean, most = Number.POSITIVE_INFINITY): readonly Pair[] {
    const taken: Pair[] = []
    this.#left = this.#left.filter(pair => {
      if (taken.length === most || !wanted(pair)) return true
      taken.push(pair)
      return false
    })
    return taken
  }
}

type Tree = Map<string, Tree | string>

/** `Object.fromEntries` makes own members of all names, `__proto__` included. */
const recordOf = (tree: Tree): StubValue =>
  Object.fromEntries(
    [...tree].map(([key, value]) => [key, typeof value === 'string' ? value : recordOf(value)]),
  )

/** What the encoder itself puts between the elements of a list. */
const separatorOf = (style: QueryStyle): string =>
  queryText('n', ['a', 'b'], style).slice('n=a'.length, -'b'.length)

/** A bare comma stands between the elements of a list: that of a text is encoded. */
export function listOrText(raw: string, decoder: (text: string) => string): StubValue {
  const pieces = raw.split(',')
  return pieces.length === 1 ? decoder(raw) : pieces.map(decoder)
}

/** Percent-decoded; text that is not encoded rightly is kept as it came, for the handler to see. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const decodeForm = (text: string): string => decode(text.replaceAll('+', ' '))
