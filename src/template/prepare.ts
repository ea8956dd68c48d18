/** Turns a caller's value into what a template can expand: text, a list of texts, or names with texts. */
import { textOf, ValueError } from './text.js'

export type Pair = readonly [name: string, value: string]

/** A prepared value. A list is never empty: RFC 6570 takes an empty list or record for no value. */
export type TemplateValue = undefined | string | readonly string[] | readonly Pair[]

/**
 * Prepares a value for a compiled template: `textOf` of a scalar, of each element of a list, of each member of a
 * plain object or a Map. Elements and members that are `null` or `undefined` are left out.
 *
 * @param value - anything; of an object only its own enumerable members count, never its prototype's
 * @returns `undefined` if nothing is left
 * @throws ValueError if `textOf` refuses the value or a part of it, and for a list or a record within another
 * @see RFC 6570, section 2.3
 * @example
 * prepare([1, null, 2]) // ['1', '2']
 * prepare({ page: 2, sort: undefined }) // [['page', '2']]
 */
export function prepare(value: unknown): TemplateValue {
  if (typeof value !== 'object' || value === null || value instanceof Date) return textOf(value)
  if (Array.isArray(value)) return listOf(value)
  if (value instanceof Map) return mapOf(value)
  if (isPlain(value)) return recordOf(value)
  throw new ValueError('must be a plain object, a Map, a list or a Date, not another object')
}

function listOf(elements: readonly unknown[]): readonly string[] | undefined {
  const list: string[] = []
  for (const element of elements) {
    const text = partText(element, 'an element')
    if (text !== undefined) list.push(text)
  }
  return list.length > 0 ? list : undefined
}

function recordOf(record: Readonly<Record<string, unknown>>): readonly Pair[] | undefined {
  const pairs: Pair[] = []
  for (const key of Object.keys(record)) addPair(pairs, key, record[key])
  return pairs.length > 0 ? pairs : undefined
}

function mapOf(map: ReadonlyMap<unknown, unknown>): readonly Pair[] | undefined {
  const pairs: Pair[] = []
  for (const [key, member] of map) addPair(pairs, key, member)
  return pairs.length > 0 ? pairs : undefined
}

function addPair(pairs: Pair[], key: unknown, member: unknown): void {
  const text = partText(member, 'a member')
  if (text === undefined) return
  const name = partText(key, 'a name')
  if (name === undefined) throw new ValueError('holds a name that must not be null or undefined')
  pairs.push([name, text])
}

/** `textOf`, but an error says that it was a part of the value that was refused. */
function partText(part: unknown, what: string): string | undefined {
  try {
    return textOf(part)
  } catch (error) {
    throw error instanceof ValueError ? new ValueError(`holds ${what} that ${error.rule}`) : error
  }
}

/** Not `instanceof Object`: an object of another realm is plain too, one of a class is not. */
function isPlain(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
