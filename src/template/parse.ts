/** Reads a URI template by the grammar of RFC 6570, section 2. */
import { encodeReserved } from './encode.js'

/** A variable as an expression names it: `list*`, `text:3`. */
export interface VariableSpec {
  readonly name: string
  readonly explode: boolean
  /** The greatest number of characters to take of the value. */
  readonly prefix: number | undefined
}

export type Operator = '' | '+' | '#' | '.' | '/' | ';' | '?' | '&'

export interface Expression {
  /** As it was written, with its braces: `{?q,page}`. */
  readonly text: string
  readonly operator: Operator
  readonly variables: readonly VariableSpec[]
}

/** Literal text, already percent-encoded as it goes into the result, or an expression. */
export type Part = string | Expression

/** A template that breaks the grammar. The message shows the template's text: the developer wrote it. */
export class TemplateError extends SyntaxError {
  /** Where in the template, counted in UTF-16 units as `String` does. */
  readonly offset: number

  // On the prototype, so that the stack begins with it too.
  static {
    TemplateError.prototype.name = 'TemplateError'
  }

  constructor(rule: string, offset: number, shown: string) {
    super(`${rule} (offset ${offset}, in "${shown.length > 80 ? `${shown.slice(0, 79)}…` : shown}")`)
    this.offset = offset
  }
}

/**
 * Reads a template into literals and expressions, in their order. The result is frozen.
 *
 * @param text - the template; any character may stand in a literal, and one that no URI may hold is percent-encoded
 * @throws TemplateError if the template is malformed
 * @see RFC 6570, sections 2 and 3.1
 * @example
 * parse('/users{/id}')
 * // ['/users', { text: '{/id}', operator: '/', variables: [{ name: 'id', explode: false, prefix: undefined }] }]
 */
export function parse(text: string): readonly Part[] {
  const parts: Part[] = []
  let at = 0
  while (at < text.length) {
    const open = find('{', text, at)
    if (open > at) parts.push(literal(text.slice(at, open), at))
    if (open === text.length) break
    const close = find('}', text, open)
    if (close === text.length) throw new TemplateError('a brace is not closed', open, text.slice(open))
    parts.push(expression(text.slice(open, close + 1), open))
    at = close + 1
  }
  return Object.freeze(parts)
}

/** The place of `character` from `from` on, or else the end of the text. */
function find(character: string, text: string, from: number): number {
  const at = text.indexOf(character, from)
  return at < 0 ? text.length : at
}

function literal(text: string, offset: number): string {
  const brace = text.indexOf('}')
  if (brace >= 0) throw new TemplateError('a brace is closed that was not opened', offset + brace, text)
  const surrogate = text.search(/\p{Surrogate}/u)
  if (surrogate >= 0) throw new TemplateError('a lone surrogate is no character', offset + surrogate, text)
  return encodeReserved(text)
}

const operators = new Set<string>(['+', '#', '.', '/', ';', '?', '&'] satisfies Operator[])
const reservedOperators = new Set(['=', ',', '!', '@', '|'])

/** Reads `text`, which is one expression with its braces and stands at `offset` of the template. */
function expression(text: string, offset: number): Expression {
  const fail = (rule: string, at: number): never => {
    throw new TemplateError(rule, offset + at, text)
  }
  const end = text.length - 1
  const nested = text.indexOf('{', 1)
  if (nested > 0) fail('a brace is not closed before the next is opened', 0)
  const first = text.charAt(1)
  if (reservedOperators.has(first)) fail(`the operator "${first}" is reserved and has no meaning`, 1)
  const operator = (operators.has(first) ? first : '') as Operator
  let at = 1 + operator.length
  if (at === end) fail('an expression names at least one variable', at)

  const variables: VariableSpec[] = []
  for (;;) {
    const name = nameAt(text, at, fail)
    at += name.length
    const modifier = modifierAt(text, at, fail)
    at += modifier.length
    variables.push(Object.freeze({ name, explode: modifier.explode, prefix: modifier.prefix }))
    if (at === end) break
    if (text[at] !== ',') fail(strayRule(text, at), at)
    at += 1
  }
  return Object.freeze({ text, operator, variables: Object.freeze(variables) })
}

type Fail = (rule: string, at: number) => never

const varname = /(?:\w|%[\dA-Fa-f]{2})(?:\.?(?:\w|%[\dA-Fa-f]{2}))*/y

function nameAt(text: string, at: number, fail: Fail): string {
  varname.lastIndex = at
  const name = varname.exec(text)?.[0]
  return name ?? fail(/[,:*}]/.test(text.charAt(at)) ? 'a variable name is missing' : strayRule(text, at), at)
}

/** What is wrong with the character at `at`, which neither continues a name nor ends one. */
function strayRule(text: string, at: number): string {
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0)
  if (character === '.') return 'a dot in a variable name stands between two other characters'
  if (character === '%') return 'a "%" in a variable name is followed by two hexadecimal digits'
  if (character === '*' || character === ':')
    return 'a variable takes one modifier: ":" with a length, or "*"'
  return `a variable name is made of letters, digits, "_", "." and percent-triplets, not "${character}"`
}

interface Modifier {
  readonly length: number
  readonly explode: boolean
  readonly prefix: number | undefined
}
const none: Modifier = { length: 0, explode: false, prefix: undefined }
const explode: Modifier = { length: 1, explode: true, prefix: undefined }
const maxLength = /:[1-9]\d{0,3}(?!\d)/y

function modifierAt(text: string, at: number, fail: Fail): Modifier {
  if (text[at] === '*') return explode
  if (text[at] !== ':') return none
  maxLength.lastIndex = at
  const written = maxLength.exec(text)?.[0]
  if (written === undefined) return fail('a prefix length is a number from 1 to 9999', at)
  return { length: written.length, explode: false, prefix: Number(written.slice(1)) }
}
