/** Feign's request builder: its operations become one declaration and one call. */
import type { Case } from './case.js'
import { accepted, type Declaration, ORIGIN } from './declare.js'
import { check, equal, pairsOf, sameUrl, urlOf } from './equal.js'
import { containsHeaders, type HeaderLists } from './feign-declaration.js'
import {
  type CollectionFormat,
  headerPiece,
  headerRecords,
  isMany,
  type Piece,
  param,
  queryPiece,
  toRfc,
  variablesOf,
} from './feign-dialect.js'
import { refuses } from './refusal.js'

type Operation =
  | readonly ['method' | 'uri' | 'uriAppend' | 'target' | 'bodyTemplate', string]
  | readonly ['query', name: string, values: readonly string[] | null, format?: CollectionFormat]
  | readonly ['header', name: string, values: readonly string[]]
  | readonly ['collectionFormat', CollectionFormat]
  | readonly ['resolve', Readonly<Record<string, unknown>>]

interface Operations {
  readonly ops: readonly Operation[]
}

export async function runRequestTemplate({ input, expect }: Case<Operations>): Promise<void> {
  const { error, ...request } = expect
  const declaration = declarationOf(input.ops)
  if (error !== undefined) return refuses(declaration, error)
  const { request: sent, contract } = await accepted(declaration)
  check(request, {
    url: (url: string) => sameUrl('URL', sent.url, url),
    path: (path: string) => sameUrl('path', sent.url.split('?')[0] ?? '', path),
    queryLine: (line: string) => equal('query', urlOf(sent.target).query, urlOf(line).query),
    queries: (queries: Readonly<Record<string, readonly string[]>>) => sameQueries(sent.target, queries),
    headers: (headers: HeaderLists) => containsHeaders(sent, headers),
    body: (body: string) => equal('body', sent.body, body),
    requestUriTemplate: (template: string) => equal('template', contract.template, template),
  })
}

/** Feign keeps the values as they are encoded. */
function sameQueries(target: string, wanted: Readonly<Record<string, readonly string[]>>): void {
  const pairs = Object.entries(wanted).flatMap(([name, values]) =>
    values.flatMap(value => pairsOf(`${encodeURIComponent(name)}=${value}`)),
  )
  const sorted = (list: readonly unknown[]) => list.map(pair => JSON.stringify(pair)).sort()
  equal('queries', sorted(urlOf(target).query), sorted(pairs))
}

function declarationOf(ops: readonly Operation[]): Declaration {
  const resolved = ops.findLast(op => op[0] === 'resolve')?.[1]
  const variables = resolved ?? {}
  const last = (...names: string[]) => ops.findLast(op => names.includes(op[0]))?.[1] as string | undefined
  const format = (last('collectionFormat') ?? 'EXPLODED') as CollectionFormat
  const headers = ops.flatMap(op => (op[0] === 'header' ? [headerPiece(op[1], op[2], variables)] : []))
  const pieces = [...queries(ops, format, variables), ...headers]

  const uri = toRfc(last('uri', 'uriAppend') ?? '', name => isMany(variables[name]))
  const added = pieces.flatMap(({ query }) => query).join('&')
  const template = added === '' ? uri : `${uri}${uri.includes('?') ? '&' : '?'}${added}`
  const body = last('bodyTemplate') ?? ''
  const names = new Set([
    ...variablesOf(template),
    ...pieces.flatMap(piece => piece.variables),
    ...variablesOf(body),
  ])

  return {
    verb: last('method') ?? 'GET',
    template,
    url: last('target') ?? ORIGIN,
    headers: headerRecords(pieces.flatMap(piece => piece.headers)),
    parameters: [
      ...[...names].map(name => param(name, resolved === undefined ? 'sample' : variables[name])),
      ...pieces.flatMap(({ parameters }) => parameters),
    ],
  }
}

type Variables = Readonly<Record<string, unknown>>

/** A name that is cleared with `null` is a parameter without a value. */
function queries(ops: readonly Operation[], format: CollectionFormat, variables: Variables): Piece[] {
  const cleared = new Set(ops.map(op => (op[0] === 'query' && op[2] === null ? op[1] : undefined)))
  return ops.flatMap(op => {
    if (op[0] !== 'query') return []
    const [, name, values, own = format] = op
    if (values === null) return [queryPiece(name, ['{cleared}'], own, { cleared: null })]
    return cleared.has(name) ? [] : [queryPiece(name, values, own, variables)]
  })
}
