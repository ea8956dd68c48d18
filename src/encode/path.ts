/** Compiles a route to a function from arguments to path and query, and keeps values from walking the path. */
import { expressionsOf, type MethodContract, type QueryItem } from '../contract/index.js'
import { compile } from '../template/compile.js'
import type { Part, VariableSpec } from '../template/parse.js'
import type { TemplateValue } from '../template/prepare.js'
import { ValueError } from '../template/text.js'
import { joinQuery } from './draft.js'

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
}

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

  const variables = expressionsOf(route.path).flatMap(({ operator, variables }) =>
    variables.map((spec): Variable => {
      const plain = operator === '' || operator === '+'
      return { index: slotOf(spec.name), raw: operator === '+' || isEncoded(spec), needed: plain }
    }),
  )
  const path = compile(keepEncoded(route.path), slotOf)
  const items = route.query.map(item => compileItem(item, keepEncoded(item.parts), slotOf))
  return {
    path: slots => {
      for (const variable of variables) checkVariable(variable, slots[variable.index])
      const text = path(slots)
      if (variables.length > 0) checkPath(text, variables, slots)
      return text
    },
    query: slots => {
      let text = ''
      for (const item of items) text = joinQuery(text, typeof item === 'string' ? item : item(slots))
      return text
    },
  }
}

/** A literal pair is left out when all its variables are undefined, as an expression leaves its own out. */
function compileItem(
  { named }: QueryItem,
  parts: readonly Part[],
  slotOf: (name: string) => number,
): string | ((slots: Slots) => string) {
  const expand = compile(parts, slotOf)
  const slots = expressionsOf(parts).flatMap(({ variables }) => variables.map(({ name }) => slotOf(name)))
  if (slots.length === 0) return expand([])
  return values => {
    if (slots.every(slot => values[slot] === undefined)) return ''
    const text = expand(values)
    return named ? text.slice(1) : text
  }
}

function checkVariable({ index, raw, needed }: Variable, value: TemplateValue): void {
  if (needed && value === undefined)
    throw new ParameterRuleError('is missing; a variable of the path needs a value', index)
  if (needed && value === '') throw new ParameterRuleError('must not be empty in the path', index)
  if (value === undefined) return
  if (typeof value === 'string') checkText(value, raw, index)
  else for (const text of value.flat()) checkText(text, raw, index)
}

function checkText(text: string, raw: boolean, index: number): void {
  if (text.includes('\0')) throw new ParameterRuleError('must not hold a NUL character in the path', index)
  if (!raw || !/[.%]/.test(text)) return
  // Servers and proxies decode once or twice; what is a dot segment to any of them walks the path.
  let decoded = text
  for (let round = 0; round < 3; round++) {
    if (decoded.split(/[/\\]/).some(segment => segment === '.' || segment === '..')) {
      // In `/foo{name}bar` a dot is no segment; the whole path is looked at below.
      if (round > 0 || /[/\\]/.test(decoded)) throw new ParameterRuleError(DOTS, index)
    }
    decoded = decoded.replace(/%(2e|2f|5c|25)/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
  }
}

const DOTS = 'must not make a . or .. segment in the path'

/** The template's own text has no dot segment, so one that is here came from a value. */
function checkPath(path: string, variables: readonly Variable[], slots: Slots): void {
  if (path.startsWith('//'))
    throw new ParameterRuleError('must not make the path begin with //', variables[0]?.index ?? 0)
  if (!path.includes('/.') && !/%2e/i.test(path)) return
  if (!/\/(\.|%2e){1,2}(?=[/;]|$)/i.test(path)) return
  const guilty = variables.find(({ index }) => String(slots[index]).includes('.')) ?? variables[0]
  throw new ParameterRuleError(DOTS, guilty?.index ?? 0)
}
