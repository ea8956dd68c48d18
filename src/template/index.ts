/** `guise/template`: URI templates of RFC 6570, levels 1 to 4, compiled once. */
import { compile } from './compile.js'
import { parse } from './parse.js'
import { prepare, type TemplateValue } from './prepare.js'
import { type Text, ValueError } from './text.js'

export { TemplateError } from './parse.js'
export { type Text, ValueError } from './text.js'

/** What a variable can be given: a value, a list of values, or a flat record of them. */
export type TemplateInput =
  | Text
  | readonly Text[]
  | Readonly<Record<string, Text>>
  | ReadonlyMap<string, Text>

export interface Template {
  /** The template as it was written. */
  readonly text: string
  /** The names of the variables, each once, in their order. */
  readonly variables: readonly string[]
  /**
   * Puts values into the template. A variable that has none, or `null` or `undefined`, is left out with its operator.
   *
   * @param values - by the names of variables; only the object's own members count, other names are ignored
   * @throws ValueError that names the variable and the rule, but not the value: not a finite number, an object that
   * is not plain, a list within a list, a list where the template takes a prefix
   * @see RFC 6570, section 3
   * @example
   * parseTemplate('/users{/id}{?page,size}').expand({ id: 'a/b', page: 2 }) // '/users/a%2Fb?page=2'
   * parseTemplate('{?tag*}').expand({ tag: ['x', 'y'] }) // '?tag=x&tag=y'
   */
  expand(values: Readonly<Record<string, TemplateInput>>): string
}

/**
 * Reads and compiles a URI template.
 *
 * @param text - a template of any level
 * @throws TemplateError if the template is malformed; it says where
 * @see RFC 6570, section 2
 * @example
 * const users = parseTemplate('/users{/id}')
 * users.variables // ['id']
 */
export function parseTemplate(text: string): Template {
  const names: string[] = []
  const expandSlots = compile(parse(text), name => {
    const slot = names.indexOf(name)
    return slot < 0 ? names.push(name) - 1 : slot
  })
  const variables = Object.freeze(names)
  const expand = (values: Readonly<Record<string, TemplateInput>>) => {
    const slots: TemplateValue[] = []
    for (const name of names) slots.push(slotFor(values, name))
    return expandSlots(slots)
  }
  return Object.freeze({ text, variables, expand })
}

function slotFor(values: Readonly<Record<string, TemplateInput>>, name: string): TemplateValue {
  if (!Object.hasOwn(values, name)) return undefined
  try {
    return prepare(values[name])
  } catch (error) {
    throw error instanceof ValueError ? new ValueError(error.rule, `variable "${name}"`) : error
  }
}
