/** Feign's dialect of templates and header lines, in guise's: RFC 6570, and records of headers. */
import { Header, Param, Query } from 'guise'
import type { HeaderRecord, Parameter } from './declare.js'

/** Feign writes a list or a record as RFC 6570 writes `{name*}`; a lone `n={n}` in the query is then `{?n*}`. */
export function toRfc(template: string, isMany: (name: string) => boolean): string {
  return template
    .replace(/([?&])([\w.]+)=\{\2\}/g, (same, lead, name) => (isMany(name) ? `{${lead}${name}*}` : same))
    .replace(/\{;([\w.]+)\}/g, (same, name) => (isMany(name) ? `{;${name}*}` : same))
}

export const isMany = (value: unknown): boolean => typeof value === 'object' && value !== null

/** The names in braces, in their order. */
export function variablesOf(text: string): string[] {
  return [...new Set([...text.matchAll(/\{[;?&]?([^{}:*"\s]+)\*?\}/g)].map(([, name = '']) => name))]
}

export const param = (name: string, argument: unknown): Parameter => ({ decorator: Param(name), argument })

const styles = { EXPLODED: 'repeat', CSV: 'csv', SSV: 'ssv', PIPES: 'pipes' } as const
export type CollectionFormat = keyof typeof styles
export const styleOf = (format: CollectionFormat) => styles[format]

type Variables = Readonly<Record<string, unknown>>

/** A part of a declaration. */
export interface Piece {
  /** What goes into the template's query. */
  readonly query: readonly string[]
  /** Names of variables of the template, or of a header, that need a `@Param`. */
  readonly variables: readonly string[]
  readonly parameters: readonly Parameter[]
  /** Names and values. */
  readonly headers: readonly HeaderLine[]
}

type HeaderLine = readonly [name: string, value: string]

const nothing: Piece = { query: [], variables: [], parameters: [], headers: [] }
const loneVariable = /^\{([^{}]+)\}$/

/** A query parameter: `@Query` for a lone variable and for a joined list, the template for all else. */
export function queryPiece(
  name: string,
  values: readonly string[],
  format: CollectionFormat,
  variables: Variables,
): Piece {
  const lone = values.length === 1 ? loneVariable.exec(values[0] ?? '')?.[1] : undefined
  const query = (argument: unknown): Piece => ({
    ...nothing,
    parameters: [{ decorator: Query(name, { style: styleOf(format) }), argument }],
  })
  if (lone !== undefined) return query(variables[lone])
  if (format !== 'EXPLODED') return query(values)
  const items = values.length === 0 ? [name] : values.map(value => `${name}=${value}`)
  return { ...nothing, query: items, variables: variablesOf(items.join()) }
}

/** A header: `@Headers` for one value, a list as the argument of `@Header` for several. */
export function headerPiece(name: string, values: readonly string[], variables: Variables): Piece {
  const [only = ''] = values
  if (values.length === 1) return { ...nothing, variables: variablesOf(only), headers: [[name, only]] }
  const argument = values.map(value => {
    const variable = loneVariable.exec(value)?.[1]
    return variable === undefined ? value : variables[variable]
  })
  return { ...nothing, parameters: [{ decorator: Header(name), argument }] }
}

/** A `Name: value` line. Without a colon there is no value, as a caller in plain JavaScript may leave it out. */
export function headerLine(line: string): HeaderLine {
  const [name = '', ...value] = line.split(':')
  return [name, (value.length === 0 ? undefined : value.join(':').trim()) as string]
}

/** Lines as one record for `@Headers`; a name that comes again comes in a record of its own. */
export function headerRecords(lines: readonly HeaderLine[]): HeaderRecord[] {
  const records: Record<string, string>[] = []
  for (const [name, value] of lines) {
    const free = records.find(record => !Object.hasOwn(record, name))
    if (free === undefined) records.push({ [name]: value })
    else free[name] = value
  }
  return records
}
