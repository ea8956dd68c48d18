/** Reads a query and a form by their declaration: literal pairs, template variables, `@Query`, `@QueryMap`, `@Field`. */
import { expressionsOf, type MethodContract, type QueryItem } from '../contract/index.js'
import type { QueryStyle } from '../declare/records.js'
import { Pairs, type StubValue } from './match-pairs.js'
import { type Reader, readerOf, readNamed, readRecord, type Variables } from './match-template.js'

/** What a query tells, and how well it fits. */
export interface QueryMatch {
  /** What `@Query` and `@QueryMap` bind, and all that the declaration does not know. */
  readonly query: Readonly<Record<string, StubValue>>
  /** Parameters that the declaration does not know. */
  readonly unknown: number
}

/** Reads a query, without its `?`; `undefined` if it is not this route's. */
export type QueryReader = (query: string, variables: Variables) => QueryMatch | undefined

export interface QueryPlan {
  readonly read: QueryReader
  /** Pairs that must be there: `?type=news`. */
  readonly literals: number
  /** Names that may be there. */
  readonly names: readonly string[]
}

export function queryPlanOf(
  { route, parameters }: MethodContract,
  isEncoded: (name: string) => boolean,
): QueryPlan {
  const bare = route.query.filter(({ named }) => !named)
  const literals = bare.filter(isLiteral).map(literalOf)
  const mixed = bare.filter(item => !isLiteral(item)).map(item => mixedOf(item, isEncoded))
  const specs = route.query
    .filter(({ named }) => named)
    .flatMap(({ parts }) => expressionsOf(parts))
    .flatMap(({ variables }) => variables)
  const styled = styledOf(parameters, 'query')
  const open = parameters.some(({ binding }) => binding.kind === 'query-map')

  const takeMixed = (pairs: Pairs, variables: Variables, isNamed: boolean): boolean =>
    mixed
      .filter(({ name }) => (name !== undefined) === isNamed)
      .every(({ name, read }) => {
        const found = pairs.takeText(pair => read(pair, variables))
        // The parameter is there, and its value is none that the template could have written.
        return found || name === undefined || !pairs.has(name)
      })

  const read: QueryReader = (text, variables) => {
    const pairs = new Pairs(text)
    if (!literals.every(([name, value]) => pairs.takeLiteral(name, value))) return undefined
    // What has a name in the template comes first: a pair whose name is a variable would take any other.
    if (!takeMixed(pairs, variables, true) || !readNamed(pairs, specs, variables)) return undefined
    const bound = takeStyled(pairs, styled)
    takeMixed(pairs, variables, false)
    if (!open && !readRecord(pairs, specs, variables)) return undefined
    return {
      unknown: open ? 0 : pairs.size,
      query: Object.fromEntries([...bound, ...pairs.takeRest()]),
    }
  }
  return { read, literals: literals.length, names: [...specs, ...styled].map(({ name }) => name) }
}

/** The fields of an urlencoded body. */
export function readForm(text: string, { parameters }: MethodContract): Record<string, StubValue> {
  const pairs = new Pairs(text)
  const bound = takeStyled(pairs, styledOf(parameters, 'field'))
  return Object.fromEntries([...bound, ...pairs.takeRest()])
}

interface Styled {
  readonly name: string
  readonly style: QueryStyle
}

const styledOf = (parameters: MethodContract['parameters'], kind: 'query' | 'field'): Styled[] =>
  parameters.flatMap(({ binding }) => (binding.kind === kind ? [binding] : []))

const takeStyled = (pairs: Pairs, styled: readonly Styled[]): [string, StubValue][] =>
  styled.flatMap(({ name, style }) => {
    const value = pairs.takeStyled(name, style)
    return value === undefined ? [] : [[name, value]]
  })

const isLiteral = ({ parts }: QueryItem): boolean => expressionsOf(parts).length === 0

function literalOf({ parts }: QueryItem): [string, string] {
  const [first = ['', '']] = new Pairs(parts.join('')).takeRest()
  return first as [string, string]
}

/** A pair with variables in it: `sort=-{field}`. */
function mixedOf(
  { parts }: QueryItem,
  isEncoded: (name: string) => boolean,
): { readonly name: string | undefined; readonly read: Reader } {
  const [first] = parts
  const equals = typeof first === 'string' ? first.indexOf('=') : -1
  const name = equals < 0 ? undefined : new Pairs(String(first)).takeRest()[0]?.[0]
  return { name, read: readerOf(parts, 'query', isEncoded) }
}
