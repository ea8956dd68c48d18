// Finds the route of a request among declarations such as 'GET /api/members/{memberId}'.

export type Params = Readonly<Record<string, string>>

export type Found<R extends string> =
  | { readonly route: R; readonly params: Params }
  | { readonly route: null; readonly allowed: string[] }

interface Compiled<R> {
  readonly route: R
  readonly method: string
  readonly segments: readonly string[]
}

/** The first that fits is taken: .../summary has to be declared before .../{memberId}. */
export function createRouter<R extends string>(routes: readonly R[]) {
  const compiled = routes.map(compile)

  return (method: string, path: string): Found<R> => {
    const segments = path.split('/')
    const allowed: string[] = []
    for (const candidate of compiled) {
      const params = match(candidate.segments, segments)
      if (!params) continue
      if (candidate.method === method) return { route: candidate.route, params }
      allowed.push(candidate.method)
    }
    return { route: null, allowed }
  }
}

function compile<R extends string>(route: R): Compiled<R> {
  const [method = '', path = ''] = route.split(' ')
  return { route, method, segments: path.split('/') }
}

function match(pattern: readonly string[], segments: readonly string[]): Params | undefined {
  if (pattern.length !== segments.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? ''
    // Every variable of dailyfeed is a number, so there is nothing to decode.
    if (isVariable(part)) params[part.slice(1, -1)] = segment
    else if (part !== segment) return undefined
  }
  return params
}

function isVariable(segment: string) {
  return segment.startsWith('{')
}
