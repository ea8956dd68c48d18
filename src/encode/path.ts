/** Compiles a route to functions from arguments to path and query, and checks the values on the way. */
import { expressionsOf, type MethodContract, type QueryItem } from '../contract/index.js'
import { compile } from '../template/compile.js'
import type { Part, VariableSpec } from '../template/parse.js'
import type { TemplateValue } from '../template/prepare.js'
import { ValueError } from '../template/text.js'
import { joinQuery } from './draft.js'
import { NUL, soundness } from './path-safety.js'

/** Prepared template values by the index of their parameter. */
export type Slots = TemplateValue[]

export interface CompiledRoute {
  /** The path; each value in it is checked. */
  readonly path: (slots: Slots) => string
  /** What the template writes after `?`, without it. */
  readonly query: (slots: Slots) => string
}

/** A rule broken by the value of one parameter. */
export class ParameterRuleError extends ValueError {
  /** Counted from 0. */
  readonly index: number

  constructor(rule: string, index: number) {
    super(rule)
    this.index = index
  }
}

interface Variable {
  readonly index: number
  /** `/` and `%xx` are kept as they are: the value may hold several segments. */
  readonly raw: boolean
  /** The value must be there: a path with a hole is another path. */
  readonly needed: boolean
  /** `{name}` and `{+name}` write one value or a list; a record there is a mistake more often than not. */
  readonly record: boolean
  /** `{;name}` keeps the name of an empty value; elsewhere it would leave an empty segment. */
  readonly empty: boolean
  /** `{name:3}` takes a prefix, which a list does not have. */
  readonly single: boolean
}

type SlotOf = (name: string) => number

export function compileRoute({ route, parameters }: MethodContract): CompiledRoute {
  const indices = new Map<string, { index: number; encoded: boolean }>()
  for (const { index, binding } of parameters) {
    if (binding.kind === 'param') indices.set(binding.name, { index, encoded: binding.encoded })
  }
  const slotOf = (name: string) => indices.get(name)?.index ?? -1
  const isEncoded = ({ name }: VariableSpec) => indices.get(name)?.encoded === true
  /** An already encoded value is written as `{+name}` writes it: triplets and reserved characters are kept. */
  const keepEncoded = (parts: readonly Part[]): Part[] =>
    parts.map(part =>
      typeof part === 'string' || !part.variables.some(isEncoded) ? part : { ...part, operator: '+' },
    )

  const path = compilePath(keepEncoded(route.path), slotOf)
  const items = route.query.map(item => compileItem(item, keepEncoded(item.parts), slotOf))
  return {
    path,
    query: slots => {
      let text = ''
      for (const item of items) text = joinQuery(text, typeof item === 'string' ? item : item(slots))
      return text
    },
  }
}

function compilePath(parts: readonly Part[], slotOf: SlotOf): (slots: Slots) => string {
  const expand = compileParts(parts, slotOf, /[?#]/g)
  const variables = expressionsOf(parts).flatMap(({ operator, variables }) =>
    variables.map(({ name, explode, prefix }): Variable => {
      const plain = operator === '' || operator === '+'
      return {
        index: slotOf(name),
        raw: operator === '+',
        needed: plain,
        record: !plain || explode,
        empty: operator === ';',
        single: prefix !== undefined,
      }
    }),
  )
  if (variables.length === 0) return expand
  const raw = new Set(variables.filter(variable => variable.raw).map(({ index }) => index))
  const mistakeOf = soundness(expand, raw)
  return slots => {
    for (const variable of variables) checkVariable(variable, slots[variable.index])
    const text = expand(slots)
    const mistake = mistakeOf(text, slots)
    if (mistake !== undefined) throw new ParameterRuleError(mistake, guilty(slots))
    return text
  }

  /** The parameter whose value first makes the mistake, when they are put in one by one. */
  function guilty(slots: Slots): number {
    const filled: Slots = slots.map(() => 'x')
    for (const { index } of variables) {
      filled[index] = slots[index]
      if (mistakeOf(expand(filled), filled) !== undefined) return index
    }
    return variables[0]?.index ?? 0
  }
}

/** As `compile`, but what `{+name}` writes cannot begin a query or a fragment. */
function compileParts(parts: readonly Part[], slotOf: SlotOf, barred: RegExp): (slots: Slots) => string {
  if (!expressionsOf(parts).some(({ operator }) => operator === '+')) return compile(parts, slotOf)
  const pieces = parts.map(part => {
    const expand = compile([part], slotOf)
    return typeof part === 'string' || part.operator !== '+'
      ? expand
      : (slots: Slots) => expand(slots).replace(barred, encodeURIComponent)
  })
  return slots => pieces.map(piece => piece(slots)).join('')
}

/** A literal pair is left out when all its variables are undefined, as an expression leaves its own out. */
function compileItem(
  { named }: QueryItem,
  parts: readonly Part[],
  slotOf: SlotOf,
): string | ((slots: Slots) => string) {
  const expand = compileParts(parts, slotOf, /#/g)
  const specs = expressionsOf(parts).flatMap(({ variables }) => variables)
  if (specs.length === 0) return expand([])
  const slots = specs.map(({ name }) => slotOf(name))
  const prefixed = specs.filter(({ prefix }) => prefix !== undefined).map(({ name }) => slotOf(name))
  return values => {
    for (const slot of prefixed) checkSingle(values[slot], slot)
    if (slots.every(slot => values[slot] === undefined)) return ''
    const text = expand(values)
    return named ? text.slice(1) : text
  }
}

function checkVariable({ index, needed, record, empty, single }: Variable, value: TemplateValue): void {
  if (value === undefined) {
    if (needed) throw new ParameterRuleError('is missing; a variable of the path needs a value', index)
    return
  }
  if (typeof value === 'string') {
    checkText(value, empty, index)
    return
  }
  if (single) checkSingle(value, index)
  for (const item of value) {
    if (typeof item === 'string') checkText(item, empty, index)
    else if (record) for (const text of item) checkText(text, true, index)
    else throw new ParameterRuleError('must be text or a list of text in the path, not an object', index)
  }
}

function checkText(text: string, empty: boolean, index: number): void {
  if (text === '' && !empty) throw new ParameterRuleError('must not be empty in the path', index)
  if (text.includes('\0')) throw new ParameterRuleError(NUL, index)
}

function checkSingle(value: TemplateValue, index: number): void {
  if (typeof value === 'object')
    throw new ParameterRuleError('must be a single value, for the template takes a prefix of it', index)
}
