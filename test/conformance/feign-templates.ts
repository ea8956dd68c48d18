/** Feign's templates, one by one: of URIs, queries, headers and bodies, and the encoding of values. */
import { parseTemplate, type TemplateInput } from 'guise/template'
import type { Case, Expectation } from './case.js'
import { accepted, type Declaration, ORIGIN } from './declare.js'
import { check, equal, sameUrl, splitOrigin, urlOf } from './equal.js'
import * as feign from './feign-dialect.js'
import { refuses } from './refusal.js'

type Variables = Readonly<Record<string, TemplateInput>>

interface UriTemplate {
  /** `null` in one case, which the compiler would not let through. */
  readonly template: string | null
  readonly variables: Variables
  readonly encodeSlash: boolean
}

/** Through the template's own door, and through a client where each variable has a value, as its path needs. */
export async function runUriTemplate({ input, expect }: Case<UriTemplate>): Promise<void> {
  const { template, variables, encodeSlash } = input
  const { error, ...expansion } = expect
  const { origin, rest } = splitOrigin(template ?? '')
  const names = feign.variablesOf(rest)
  const written = feign.toRfc(rest, name => feign.isMany(variables[name]))
  // Where Feign keeps slashes, RFC 6570 has another operator.
  const path = encodeSlash ? written : written.replace(/\{(?=\w)/g, '{+')
  const declaration: Declaration = {
    verb: 'GET',
    url: origin === '' ? ORIGIN : origin,
    template: template === null ? (template as unknown as string) : path,
    parameters: names.map(name => feign.param(name, variables[name])),
  }
  if (error !== undefined) return refuses(declaration, error)

  const parsed = parseTemplate(origin + path)
  const expanded = parsed.expand(variables)
  checkValue(expansion, expanded, parsed.variables)
  if (!names.every(name => name in variables)) return
  const { request } = await accepted(declaration)
  // A request target begins with a slash, whatever the template begins with (RFC 9112, section 3.2.1).
  sameUrl('URL', request.url, path.startsWith('/') || origin !== '' ? expanded : `/${expanded}`)
}

function checkValue(expectation: Expectation, expanded: string, variables: readonly string[]): void {
  check(expectation, {
    value: (value: string) => sameUrl('URL', expanded, value),
    variables: (names: readonly string[]) => equal('variables', variables, names),
  })
}

export function runTemplateText({ input, expect }: Case<{ readonly template: string }>): void {
  const { text } = parseTemplate(input.template)
  check(expect, { value: (value: string) => equal('text', text, value) })
}

interface QueryTemplate {
  readonly name: string
  readonly values: readonly string[]
  readonly variables?: Variables
  readonly collectionFormat: feign.CollectionFormat
}

export async function runQueryTemplate({ input, expect }: Case<QueryTemplate>): Promise<void> {
  const { name, values, variables = {}, collectionFormat } = input
  const piece = feign.queryPiece(name, values, collectionFormat, variables)
  const template = piece.query.length === 0 ? '/' : `/?${piece.query.join('&')}`
  const params = piece.variables.map(variable => feign.param(variable, variables[variable]))
  const { request } = await accepted({ verb: 'GET', template, parameters: [...params, ...piece.parameters] })
  const { query } = urlOf(request.target)
  check(expect, { value: (value: string | null) => equal('query', query, urlOf(`?${value ?? ''}`).query) })
}

interface HeaderTemplate {
  readonly name: string
  readonly values: readonly string[]
  readonly variables?: Variables
}

export async function runHeaderTemplate({ input, expect }: Case<HeaderTemplate>): Promise<void> {
  const { error, ...header } = expect
  const { name, values, variables = {} } = input
  const piece = feign.headerPiece(name, values, variables)
  const params = piece.variables.map(variable => feign.param(variable, variables[variable]))
  const declaration: Declaration = {
    verb: 'GET',
    headers: feign.headerRecords(piece.headers),
    parameters: [...params, ...piece.parameters],
  }
  if (error !== undefined) return refuses(declaration, error)
  const sent = (await accepted(declaration)).request.headers[name.toLowerCase()]
  check(header, {
    value: (value: string) => equal('value', sent, value),
    values: (list: readonly string[]) => equal('values', sent?.split(', '), list),
  })
}

/** guise has no templates of bodies, so a variable of one stands in no template. */
export async function runBodyTemplate({
  input,
  expect,
}: Case<{ template: string; variables: Variables }>): Promise<void> {
  const parameters = Object.entries(input.variables).map(([name, value]) => feign.param(name, value))
  const { request } = await accepted({ verb: 'POST', parameters })
  check(expect, { value: (value: string) => equal('body', request.body, value) })
}

interface PctEncode {
  readonly input: string
  readonly allowReserved: boolean
}

/** In a template and in a call. There a `#` is encoded even among reserved characters: it would end the request target. */
export async function runPctEncode({ input, expect }: Case<PctEncode>): Promise<void> {
  const { input: text, allowReserved } = input
  const expression = allowReserved ? '{+text}' : '{text}'
  const encoded = parseTemplate(expression).expand({ text })
  check(expect, { value: (value: string) => equal('encoded', encoded, value) })
  const template = allowReserved ? `/?text=${expression}` : `/${expression}?text=${expression}`
  const { request } = await accepted({ verb: 'GET', template, parameters: [feign.param('text', text)] })
  equal('target', request.target, template.replaceAll(expression, encoded.replaceAll('#', '%23')))
}

interface Expression {
  readonly expression: string
}

/** A literal expands to itself; an expression names a variable. */
export function runExpression({ input, expect }: Case<Expression>): void {
  const { text, variables, expand } = parseTemplate(input.expression)
  const isLiteral = variables.length === 0 && decodeURIComponent(expand({})) === text
  check(expect, {
    parsedAs: (kind: string) => equal('kind', isLiteral ? 'literal' : 'expression', kind),
    name: (name: string) => equal('names', variables, [name]),
    pattern: () => equal('pattern', 'none', 'a pattern'),
  })
}
