/** Turns the parts of a template into one function that builds the result by string concatenation. */
import { encodeReserved, encodeUnreserved } from './encode.js'
import type { Expression, Operator, Part, VariableSpec } from './parse.js'
import type { Pair, TemplateValue } from './prepare.js'
import { ValueError } from './text.js'

/** Prepared values, each in the slot of its variable. */
export type Slots = readonly TemplateValue[]

/** How an operator writes: the table of RFC 6570, appendix A. */
interface Form {
  readonly first: string
  readonly separator: string
  readonly named: boolean
  /** What stands between a name and an empty value. */
  readonly empty: '' | '='
  readonly encode: (text: string) => string
}

const forms: Readonly<Record<Operator, Form>> = {
  '': { first: '', separator: ',', named: false, empty: '', encode: encodeUnreserved },
  '+': { first: '', separator: ',', named: false, empty: '', encode: encodeReserved },
  '#': { first: '#', separator: ',', named: false, empty: '', encode: encodeReserved },
  '.': { first: '.', separator: '.', named: false, empty: '', encode: encodeUnreserved },
  '/': { first: '/', separator: '/', named: false, empty: '', encode: encodeUnreserved },
  ';': { first: ';', separator: ';', named: true, empty: '', encode: encodeUnreserved },
  '?': { first: '?', separator: '&', named: true, empty: '=', encode: encodeUnreserved },
  '&': { first: '&', separator: '&', named: true, empty: '=', encode: encodeUnreserved },
}

/**
 * Compiles a template once, for many expansions.
 *
 * @param parts - what `parse` returned
 * @param slotOf - asked once for each variable of each expression: the index at which its value will be found
 * @returns a function of the slots, which hold what `prepare` returned; it throws ValueError, naming the variable, if
 * a list or a record stands where the template takes a prefix
 * @see RFC 6570, section 3.2
 * @example
 * const expand = compile(parse('/users/{id}'), () => 0)
 * expand(['a b']) // '/users/a%20b'
 */
export function compile(
  parts: readonly Part[],
  slotOf: (name: string, spec: VariableSpec) => number,
): (slots: Slots) => string {
  const pieces = parts.map(part => (typeof part === 'string' ? part : expressionOf(part, slotOf)))
  return slots => {
    let result = ''
    for (const piece of pieces) result += typeof piece === 'string' ? piece : piece(slots)
    return result
  }
}

type Slotter = Parameters<typeof compile>[1]

/** Writes an expression whole, or nothing if all its variables are undefined. */
function expressionOf({ operator, variables }: Expression, slotOf: Slotter): (slots: Slots) => string {
  const form = forms[operator]
  const writers = variables.map(spec => variableOf(spec, form, slotOf(spec.name, spec)))
  return slots => {
    let result = ''
    let started = false
    for (const write of writers) {
      const text = write(slots, started)
      if (text === undefined) continue
      result += text
      started = true
    }
    return result
  }
}

/** Writes one variable with what leads it, or nothing if it is undefined: `?name=value` or `/value`. */
function variableOf(
  spec: VariableSpec,
  form: Form,
  slot: number,
): (slots: Slots, started: boolean) => string | undefined {
  const { first, separator, named, empty, encode } = form
  // A name consists of unreserved characters and triplets only, so it goes into the result as it is.
  const name = named ? spec.name : ''
  const firstHead = named ? `${first}${name}=` : first
  const nextHead = named ? `${separator}${name}=` : separator
  const cut = spec.prefix === undefined ? undefined : prefixOf(spec.prefix, encode === encodeReserved)

  const text = (value: string, started: boolean): string => {
    if (value !== '') return (started ? nextHead : firstHead) + encode(value)
    return (started ? separator : first) + name + empty
  }
  const member = ([key, value]: Pair, started: boolean): string => {
    const lead = started ? separator : first
    if (!named) return `${lead}${encode(key)}=${encode(value)}`
    // RFC 6570 lets reserved characters pass in the name of a parameter; there a `&` or `=` would make another one.
    return lead + encodeUnreserved(key) + (value === '' ? empty : `=${encode(value)}`)
  }
  return (slots, started) => {
    const value = slots[slot]
    if (value === undefined) return undefined
    if (typeof value === 'string') return text(cut === undefined ? value : cut(value), started)
    if (cut !== undefined) {
      throw new ValueError(
        'must be a single value, for the template takes a prefix of it',
        `variable "${spec.name}"`,
      )
    }
    if (!spec.explode) return (started ? nextHead : firstHead) + join(value, encode)
    let result = ''
    let later = started
    for (const item of value) {
      result += typeof item === 'string' ? text(item, later) : member(item, later)
      later = true
    }
    return result
  }
}

/** A list or a record as one value: `red,green` or `name,value,name,value`. */
function join(value: readonly string[] | readonly Pair[], encode: Form['encode']): string {
  let result = ''
  let lead = ''
  for (const item of value) {
    result += lead + (typeof item === 'string' ? encode(item) : `${encode(item[0])},${encode(item[1])}`)
    lead = ','
  }
  return result
}

/**
 * Cuts text to its first characters. A character is a code point; where triplets are kept it is also a triplet with
 * those that continue its UTF-8 sequence, since RFC 6570, section 2.4.1, forbids to split either.
 */
function prefixOf(length: number, triplets: boolean): (text: string) => string {
  const character = triplets ? '%[\\dA-F]{2}(?:%[89AB][\\dA-F])*|.' : '.'
  const head = new RegExp(`^(?:${character}){0,${length}}`, 'isu')
  // There are never more characters than UTF-16 units.
  return text => (text.length <= length ? text : (head.exec(text)?.[0] ?? ''))
}
