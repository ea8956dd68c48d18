/** The reverse of a template's expansion: the values of its variables, read off the text of a request. */
import { isDeepStrictEqual } from 'node:util'
import { expressionsOf } from '../contract/index.js'
import type { Expression, Operator, Part, VariableSpec } from '../template/parse.js'
import { decode, listOrText, Pairs, type StubValue } from './match-pairs.js'

/** Values by the names of variables. */
export class Variables {
  readonly #values = new Map<string, StubValue>()
  /** Names of which only a prefix has been seen: `{name:3}`. */
  readonly #cut = new Set<string>()

  /** `false` if the variable has another value already, so that this cannot be an expansion. */
  put({ name, prefix }: VariableSpec, value: StubValue): boolean {
    const known = this.#values.get(name)
    if (known !== undefined && prefix !== undefined) return true
    if (known !== undefined && !this.#cut.has(name)) return isDeepStrictEqual(known, value)
    this.#values.set(name, value)
    if (prefix === undefined) this.#cut.delete(name)
    else this.#cut.add(name)
    return true
  }

  has(name: string): boolean {
    return this.#values.has(name)
  }

  get entries(): [string, StubValue][] {
    return [...this.#values]
  }
}

/** Reads the values off a text; `false` if no expansion makes it. */
export type Reader = (text: string, variables: Variables) => boolean

/** Where a text stands: other characters end a value there. */
export type Place = 'path' | 'query'

const STOPS = { path: '/?#', query: '&#' } as const

/**
 * Compiles the reverse of `compile`. Text, lists and exploded records come back as they were, but for what the wire
 * cannot tell: a list of one element is text unless it is exploded, and a record that is not exploded is a list.
 *
 * @param isEncoded variables that are declared `{ encoded: true }`; their triplets are theirs and stay
 */
export function readerOf(parts: readonly Part[], place: Place, isEncoded: (name: string) => boolean): Reader {
  const expressions = expressionsOf(parts)
  const raw = new Set(expressions.filter(({ variables }) => variables.some(({ name }) => isEncoded(name))))
  const source = parts.map(part =>
    typeof part === 'string'
      ? escapeRegExp(part)
      : `(${patternOf(part, raw.has(part) ? '+' : part.operator, place)})`,
  )
  const pattern = new RegExp(`^${source.join('')}$`)
  return (text, variables) => {
    const found = pattern.exec(text)
    if (found === null) return false
    return expressions.every((expression, index) => {
      const piece = found[index + 1] ?? ''
      const [only] = expression.variables
      if (raw.has(expression) && only !== undefined) return variables.put(only, piece)
      return read(expression, piece, variables)
    })
  }
}

export const escapeRegExp = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')

/** Values are taken as short as they can be: `{name}{.extension}` would else never have an extension. */
function patternOf({ variables }: Expression, operator: Operator, place: Place): string {
  const stops = STOPS[place]
  switch (operator) {
    case '.':
      return `(?:\\.[^${stops}]+?)?`
    case '/':
      return `(?:\\/[^${stops}/]+?)*?`
    case ';':
      return `(?:;[^${stops};]*)*`
    default: {
      const ends = operator === '+' ? stops.replace('/', '') : stops
      // In a path each variable has a value, and none is empty; in a query it may be.
      return place === 'query' ? `[^${ends}]*?` : `(?:[^${ends},]+?,){${variables.length - 1}}[^${ends}]+?`
    }
  }
}

function read(expression: Expression, text: string, variables: Variables): boolean {
  const { operator, variables: specs } = expression
  const listed = operator === '' || operator === '+'
  if (text === '' && !listed) return true
  if (operator === ';') return readMatrix(specs, text, variables)
  const separator = listed ? ',' : operator
  const pieces = (listed ? text : text.slice(1)).split(separator)
  if (operator === '/' && pieces.length > specs.length && !specs.some(({ explode }) => explode)) return false
  const shares = sharesOf(pieces, specs)
  return specs.every((spec, index) => {
    const share = shares[index] ?? []
    if (share.length === 0) return true
    const whole = share.join(separator)
    const value = spec.explode
      ? exploded(share)
      : operator === '+'
        ? decode(whole)
        : listOrText(whole, decode)
    return variables.put(spec, value)
  })
}

/** One piece for each variable; what is over goes to the exploded one, or else to the last. */
function sharesOf(pieces: readonly string[], specs: readonly VariableSpec[]): string[][] {
  const over = Math.max(0, pieces.length - specs.length)
  const exploding = specs.findIndex(({ explode }) => explode)
  const taker = exploding < 0 ? specs.length - 1 : exploding
  let at = 0
  return specs.map((_, index) => {
    const from = at
    at += index === taker ? 1 + over : 1
    return pieces.slice(from, at)
  })
}

/** In a value a `=` is encoded, so a bare one stands between a name and its value. */
function exploded(pieces: readonly string[]): StubValue {
  if (!pieces.every(piece => piece.includes('='))) return pieces.map(decode)
  return Object.fromEntries(
    pieces.map(piece => {
      const [name = '', ...value] = piece.split('=')
      return [decode(name), decode(value.join('='))]
    }),
  )
}

function readMatrix(specs: readonly VariableSpec[], text: string, variables: Variables): boolean {
  const pairs = new Pairs(text, { separator: ';', form: false })
  return readNamed(pairs, specs, variables) && readRecord(pairs, specs, variables) && pairs.size === 0
}

/** Reads `name=value` pairs by the names of variables. */
export function readNamed(pairs: Pairs, specs: readonly VariableSpec[], variables: Variables): boolean {
  return specs.every(spec => {
    const value = pairs.takeVariable(spec.name, spec.explode)
    return value === undefined || variables.put(spec, value)
  })
}

/** An exploded record writes names of its own: what nobody else knows is its, if there is one only. */
export function readRecord(pairs: Pairs, specs: readonly VariableSpec[], variables: Variables): boolean {
  const [record, ...others] = specs.filter(({ name, explode }) => explode && !variables.has(name))
  if (record === undefined || others.length > 0 || pairs.size === 0) return true
  return variables.put(record, Object.fromEntries(pairs.takeRest()))
}
