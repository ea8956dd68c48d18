/** Takes a route's template apart: path, query items; what follows a `#` is never sent. */
import type { Expression, Part } from '../template/parse.js'
import type { QueryItem, Route } from './contract.js'

export function routeOf(parts: readonly Part[]): Route {
  const path: Part[] = []
  const query: QueryItem[] = []
  /** The item being gathered, once the query has begun. */
  let item: Part[] | undefined

  const endItem = () => {
    if (item !== undefined && item.length > 0) query.push(itemOf(item, false))
    item = []
  }
  const literal = (text: string): boolean => {
    const [kept = '', ...fragment] = text.split('#')
    let rest = kept
    if (item === undefined) {
      const mark = rest.indexOf('?')
      if (mark < 0) {
        if (rest !== '') path.push(rest)
        return fragment.length === 0
      }
      if (mark > 0) path.push(rest.slice(0, mark))
      rest = rest.slice(mark + 1)
      item = []
    }
    rest.split('&').forEach((piece, index) => {
      if (index > 0) endItem()
      if (piece !== '') item?.push(piece)
    })
    return fragment.length === 0
  }

  for (const part of parts) {
    if (typeof part === 'string') {
      if (!literal(part)) break
    } else if (part.operator === '#') break
    else if (part.operator === '?' || part.operator === '&') {
      endItem()
      query.push(itemOf([part], true))
    } else (item ?? path).push(part)
  }
  endItem()
  return Object.freeze({ path: Object.freeze(path), query: Object.freeze(query) })
}

const itemOf = (parts: Part[], named: boolean): QueryItem =>
  Object.freeze({ parts: Object.freeze(parts), named })

/** The first `{?page}` that something follows which is no parameter; put there, it would become one. */
export function strayText(parts: readonly Part[]): string | undefined {
  for (const [index, part] of parts.entries()) {
    const next = parts[index + 1]
    if (typeof part === 'string' || (part.operator !== '?' && part.operator !== '&') || next === undefined)
      continue
    const begin = typeof next === 'string' ? next.charAt(0) : next.operator
    if (begin !== '&' && begin !== '#' && begin !== '?') return part.text
  }
  return undefined
}

/** The expressions among the parts. */
export const expressionsOf = (parts: readonly Part[]): Expression[] =>
  parts.filter((part): part is Expression => typeof part !== 'string')

/** Names that the query writes by itself: of `{?page}` and of a literal `page=...`. */
export function queryNames({ query }: Route): Set<string> {
  const names = new Set<string>()
  for (const { parts, named } of query) {
    if (named)
      for (const { variables } of expressionsOf(parts)) for (const { name } of variables) names.add(name)
    else if (typeof parts[0] === 'string') names.add(parts[0].split('=')[0] ?? '')
  }
  return names
}
