/** Finds the declared route of a request: by verb, path, query and headers, the most specific first. */
import type { HeaderContract, MethodContract } from '../contract/index.js'
import { FORM_TYPE } from '../encode/body.js'
import type { StubValue } from './match-pairs.js'
import { type QueryPlan, queryPlanOf } from './match-query.js'
import { escapeRegExp, type Reader, readerOf, Variables } from './match-template.js'

/** What is looked at to find a route. */
export interface Asked {
  readonly verb: string
  /** Path and query as they came. */
  readonly path: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
}

/** A route and the values that its request was written from. */
export interface Match {
  readonly contract: MethodContract
  readonly params: Readonly<Record<string, StubValue>>
  readonly query: Readonly<Record<string, StubValue>>
}

export class Router {
  readonly #routes: readonly Route[]

  /** @param handled of two routes that fit alike the one that is handled is taken */
  constructor(contracts: readonly MethodContract[], handled: (name: string) => boolean) {
    this.#routes = contracts.map((contract, order) => new Route(contract, handled(contract.name), order))
  }

  find(asked: Asked): Match | undefined {
    const found = this.#routes.flatMap(route => (route.verb === asked.verb ? (route.match(asked) ?? []) : []))
    return found.sort(bySpecificity)[0]
  }

  /** The verbs of the routes that have this path. */
  allowed(path: string): string[] {
    const fitting = this.#routes.filter(route => !route.anywhere && route.fits(path))
    return [...new Set(fitting.map(({ verb }) => verb))].sort()
  }
}

/** How well a route fits; of two that do, the better one answers. */
interface Fit extends Match {
  readonly route: Route
  readonly unknown: number
  readonly agreed: number
}

function bySpecificity(a: Fit, b: Fit): number {
  const [one, other] = [a.route, b.route]
  if (one.shape !== other.shape) return one.shape > other.shape ? -1 : 1
  return (
    other.plan.literals - one.plan.literals ||
    a.unknown - b.unknown ||
    b.agreed - a.agreed ||
    Number(other.handled) - Number(one.handled) ||
    one.plan.names.length - other.plan.names.length ||
    one.order - other.order
  )
}

class Route {
  readonly contract: MethodContract
  readonly verb: string
  readonly handled: boolean
  readonly order: number
  readonly plan: QueryPlan
  /** The route has the URL that the call brings, so its path says nothing. */
  readonly anywhere: boolean
  /** The path, a digit for each character or expression: the more is fixed, the greater it is as text. */
  readonly shape: string
  readonly #path: Reader
  readonly #headers: readonly HeaderPlan[]

  constructor(contract: MethodContract, handled: boolean, order: number) {
    const { route, parameters, verb } = contract
    const encoded = new Set(
      parameters.flatMap(({ binding }) =>
        binding.kind === 'param' && binding.encoded ? [binding.name] : [],
      ),
    )
    const isEncoded = (name: string) => encoded.has(name)
    this.anywhere = parameters.some(({ binding }) => binding.kind === 'url')
    this.contract = contract
    this.verb = verb
    this.handled = handled
    this.order = order
    this.plan = queryPlanOf(contract, isEncoded)
    this.shape = this.anywhere ? '' : shapeOf(contract, isEncoded)
    this.#path = this.anywhere ? () => true : readerOf(route.path, 'path', isEncoded)
    this.#headers = contract.headers.map(headerPlanOf)
  }

  fits(path: string): boolean {
    return this.#readPath(path) !== undefined
  }

  match({ path, headers }: Asked): Fit | undefined {
    const variables = this.#readPath(path)
    if (variables === undefined) return undefined
    const found = this.plan.read(queryOf(path), variables)
    if (found === undefined) return undefined
    let agreed = hasBodyOf(this.contract, headers) ? 1 : 0
    for (const plan of this.#headers) if (plan.read(headers[plan.name], variables)) agreed++
    const { query, unknown } = found
    return {
      route: this,
      contract: this.contract,
      params: Object.fromEntries(variables.entries),
      query,
      unknown,
      agreed,
    }
  }

  /** The encoder puts a slash in front of a path that has none. */
  #readPath(path: string): Variables | undefined {
    const [bare = ''] = path.split('?', 1)
    for (const text of bare.startsWith('//') ? [bare] : [bare, bare.slice(1)]) {
      const variables = new Variables()
      if (this.#path(text, variables)) return variables
    }
    return undefined
  }
}

function queryOf(path: string): string {
  const mark = path.indexOf('?')
  return mark < 0 ? '' : path.slice(mark + 1)
}

/** Literal text before one value, one value before an expression that may hold many or none. */
function shapeOf({ route }: MethodContract, isEncoded: (name: string) => boolean): string {
  const digits = route.path.map(part => {
    if (typeof part === 'string') return '2'.repeat(part.length)
    const plain =
      part.operator === '' && !part.variables.some(({ name, explode }) => explode || isEncoded(name))
    return plain ? '1' : '0'
  })
  // The end is more than an expression that may be left out there.
  return `${digits.join('')}1`
}

interface HeaderPlan {
  readonly name: string
  /** Whether the header is what the declaration says; its variables are read. */
  readonly read: (value: string | undefined, variables: Variables) => boolean
}

function headerPlanOf({ name, value }: HeaderContract): HeaderPlan {
  const names = value.flatMap(part => (typeof part === 'string' ? [] : [part.variable]))
  const source = value.map(part => (typeof part === 'string' ? escapeRegExp(part) : '(.*?)'))
  const pattern = new RegExp(`^${source.join('')}$`)
  return {
    name,
    read: (text, variables) => {
      const found = text === undefined ? null : pattern.exec(text)
      if (found === null) return false
      // A variable that stands in the path too keeps its value from there.
      for (const [index, variable] of names.entries())
        variables.put({ name: variable, explode: false, prefix: undefined }, found[index + 1] ?? '')
      return true
    },
  }
}

/** Whether the content type is that of the declared form. */
function hasBodyOf({ body }: MethodContract, headers: Asked['headers']): boolean {
  const type = headers['content-type'] ?? ''
  return (
    (body === 'form' && type.startsWith(FORM_TYPE)) || (body === 'multipart' && type.startsWith('multipart/'))
  )
}

/** What makes a route, as text: two routes with the same key cannot be told apart by any request. */
export function routeKeyOf({ verb, route, headers, body, parameters }: MethodContract): string {
  const path = route.path.map(part =>
    typeof part === 'string' ? part : `{${part.operator}${part.variables.length}}`,
  )
  const query = route.query.map(({ parts }) =>
    parts.map(part => (typeof part === 'string' ? part : part.text)),
  )
  const names = parameters.flatMap(({ binding }) => (binding.kind === 'query' ? [binding.name] : []))
  const fixed = headers.filter(({ value }) => value.every(part => typeof part === 'string'))
  const form = body === 'form' || body === 'multipart' ? body : ''
  return JSON.stringify([verb, path, query, names.sort(), fixed, form])
}
