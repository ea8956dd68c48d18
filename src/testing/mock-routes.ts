/** A table of routes for a mock transport: `'GET /api/members/{memberId}'`. */
import { nearest } from '../contract/index.js'
import { parse } from '../template/parse.js'
import { MockError } from './mock-error.js'
import type { MockRequest } from './mock-request.js'

interface Row<S> {
  readonly key: string
  readonly step: S
  readonly method: string
  readonly pathname: RegExp
  readonly names: readonly string[]
}

/** Whether an object is a table of routes, and no answer. */
export const isRouteTable = (value: object): boolean => Object.keys(value).some(key => /^[A-Z]+ /.test(key))

/** Finds the first route of the table that a request is for, and the values of its variables. */
export function routerOf<S>(
  table: Readonly<Record<string, S>>,
): (request: MockRequest) => readonly [S, MockRequest] {
  const rows = Object.entries(table).map(([key, step]) => rowOf(key, step))
  return request => {
    for (const { step, method, pathname, names } of rows) {
      const found = method === request.method ? pathname.exec(request.pathname) : null
      if (found === null) continue
      const params = Object.fromEntries(names.map((name, index) => [name, decoded(found[index + 1] ?? '')]))
      return [step, { ...request, params }]
    }
    const asked = `${request.method} ${request.pathname}`
    const near = nearest(asked, Object.keys(table))
    throw new MockError(
      `the table of routes has no ${asked}${near === undefined ? '' : `; did you mean ${near}?`}\n` +
        rows.map(({ key }) => `  ${key}`).join('\n'),
      { expected: rows.map(({ key }) => key), actual: [asked] },
    )
  }
}

function rowOf<S>(key: string, step: S): Row<S> {
  const [, method, template] = /^([A-Z]+) (\/.*)$/.exec(key) ?? []
  if (method === undefined || template === undefined) {
    throw new MockError(`'${key}' is no route; write 'GET /api/members/{memberId}'`)
  }
  const names: string[] = []
  let pattern = ''
  // The query takes no part: a handler looks at it.
  for (const part of parse(template.split(/\?|\{[?&#]/, 1)[0] as string)) {
    const variable = typeof part === 'string' ? undefined : part.variables[0]
    if (typeof part === 'string') pattern += escaped(part)
    else if (part.operator === '' && part.variables.length === 1 && variable !== undefined) {
      names.push(variable.name)
      pattern += '([^/]+)'
    } else throw new MockError(`'${key}' holds ${part.text}; a table of routes reads {name} only`)
  }
  return { key, step, method, pathname: new RegExp(`^${pattern}$`), names }
}

const escaped = (literal: string): string => literal.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
