/** Retrofit's requests: a declaration and arguments, in guise's decorators. */
import type { Case } from './case.js'
import { accepted, type Declaration } from './declare.js'
import { check, equal, joined, sameUrl, splitOrigin } from './equal.js'
import { headerLine, headerRecords } from './feign-dialect.js'
import { mediaType, sameForm } from './form.js'
import { refuses } from './refusal.js'
import { type RetrofitParameter, toGuise } from './retrofit-parameters.js'
import type { Sent } from './sent.js'

interface RetrofitRequest {
  readonly baseUrl: string
  readonly verb: string | null
  readonly path: string | null
  readonly headers?: readonly string[]
  readonly encoding?: 'form' | 'multipart'
  readonly params: readonly RetrofitParameter[]
  readonly args: readonly unknown[]
}

export async function runRetrofit({ input, expect }: Case<RetrofitRequest>): Promise<void> {
  const { error, malformed, ...request } = expect
  const declaration = declarationOf(input)
  if (error !== undefined) return refuses(declaration, error)
  if (malformed !== undefined) return refuses(declaration, malformed === true ? 'malformed' : malformed)

  // Retrofit calls any URL; guise wants the origin to be named.
  const allowed = typeof request.url === 'string' ? [splitOrigin(request.url).origin].filter(Boolean) : []
  const { request: sent } = await accepted({ ...declaration, allowOrigins: allowed })
  const body = sent.body ?? ''
  check(request, {
    method: (method: string) => equal('method', sent.method, method),
    url: (url: string) => sameUrl('URL', sent.url, url),
    encodedPath: (path: string) => sameUrl('path', sent.target, path),
    headers: (pairs: readonly (readonly [string, string])[]) => sameHeaders(sent, joined(pairs)),
    contentType: (type: string) => equal('content-type', mediaType(sent.headers['content-type']), type),
    body: (text: string | null) => {
      if (input.encoding === 'form' && text !== null) sameForm(sent.body, text)
      else equal('body', sent.body, text)
    },
    bodyContains: (texts: readonly string[]) => equal('in the body', found(body, texts), texts),
    bodyNotContains: (texts: readonly string[]) => equal('in the body', found(body, texts), []),
    bodyOrder: (texts: readonly string[]) => equal('order in the body', inOrder(body, texts), texts),
  })
}

const found = (body: string, texts: readonly string[]) => texts.filter(text => body.includes(text))

const inOrder = (body: string, texts: readonly string[]) =>
  found(body, texts).sort((a, b) => body.indexOf(a) - body.indexOf(b))

/** What makes Retrofit's encodings in guise are the fields and parts themselves; a decorator for it does not exist. */
function declarationOf({ baseUrl, verb, path, headers, params, args }: RetrofitRequest): Declaration {
  const { query, parameters } = toGuise(params, args)
  const template = path ?? ''
  return {
    url: baseUrl,
    verb: verb ?? undefined,
    template: query === '' ? template : `${template}?${query}`,
    // An empty list is `@Headers({})`.
    headers: headers?.length === 0 ? [{}] : headerRecords((headers ?? []).map(headerLine)),
    parameters,
  }
}

/** Exactly these. The type of a body is a header only where the declaration says so. */
function sameHeaders({ headers, body }: Sent, wanted: Readonly<Record<string, string>>): void {
  const { 'content-type': type, ...others } = headers
  const own = body !== null && wanted['content-type'] === undefined
  equal('headers', own || type === undefined ? others : headers, wanted)
}
