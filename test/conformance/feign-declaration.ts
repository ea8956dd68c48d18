/** Feign's declarations in guise: a request line, header lines and annotated parameters. */
import { Body, Field, HeaderMap, Param, QueryMap, Url } from 'guise'
import type { Case } from './case.js'
import { accepted, type Called, type Declaration, type Parameter } from './declare.js'
import { check, equal, pairsOf, sameUrl } from './equal.js'
import { headerLine, headerRecords, toRfc, variablesOf } from './feign-dialect.js'
import { refuses } from './refusal.js'
import type { Sent } from './sent.js'

interface FeignParameter {
  readonly type: string
  readonly param?: string
  readonly queryMap?: boolean
  readonly headerMap?: boolean
  readonly foreignAnnotation?: boolean
}

interface FeignDeclaration {
  readonly typeName?: string
  readonly headersOnBaseType?: readonly string[]
  readonly headersOnType?: readonly string[]
  readonly method: {
    readonly name: string
    readonly requestLine: string
    readonly headers?: readonly string[]
    readonly body?: string
    readonly params: readonly FeignParameter[]
  }
  readonly args?: readonly unknown[]
}

type Binder = (name: string) => NonNullable<Parameter['decorator']>

/** `asForm` binds what stands in no template. For guise that is a mistake, unless the class says `@Field`. */
function declarationOf(input: FeignDeclaration, asForm: Binder = name => Param(name)): Declaration {
  const { typeName, headersOnBaseType = [], headersOnType = [], method } = input
  const { name, requestLine, headers = [], body, params } = method
  const [verb = '', path = ''] = requestLine.split(' ')
  const many = new Set(
    params.filter(({ type }) => /^(?:list|map)<|\[\]$/.test(type)).map(({ param }) => param),
  )
  const template = toRfc(path, variable => many.has(variable))
  const bound = new Set(variablesOf([path, ...headersOnBaseType, ...headersOnType, ...headers].join()))
  const binder: Binder = variable => (bound.has(variable) ? Param(variable) : asForm(variable))
  const parameters = params.map((one, index): Parameter => {
    const argument = input.args === undefined ? sampleOf(one) : input.args[index]
    return { decorator: decoratorOf(one, binder), argument }
  })
  // Feign's literal body has no variable; guise has it as an argument.
  if (body !== undefined && !body.includes('{')) parameters.push({ decorator: Body(), argument: body })
  return {
    ...(typeName === undefined ? {} : { typeName }),
    name,
    verb,
    template,
    baseHeaders: headerRecords(headersOnBaseType.map(headerLine)),
    typeHeaders: headerRecords(headersOnType.map(headerLine)),
    headers: headerRecords(headers.map(headerLine)),
    parameters,
  }
}

function decoratorOf(one: FeignParameter, binder: Binder): Parameter['decorator'] {
  if (one.foreignAnnotation) return undefined
  if (one.param !== undefined) return binder(one.param)
  if (one.queryMap) return QueryMap()
  if (one.headerMap) return HeaderMap()
  return one.type === 'uri' ? Url() : Body()
}

const SAMPLE = 'sample'

/** An argument of the type, for a declaration that comes without arguments. */
function sampleOf({ type, queryMap, headerMap }: FeignParameter): unknown {
  if (queryMap || headerMap) return { [SAMPLE]: '1' }
  return type.startsWith('list') ? [SAMPLE] : SAMPLE
}

/** A declaration: guise's contract says the same, and a call of it can be made. */
export async function runContract({
  input,
  expect: { error, ...metadata },
}: Case<FeignDeclaration>): Promise<void> {
  if (error !== undefined) {
    const declaration = declarationOf(input, name => Field(name))
    return refuses(declaration, error)
  }
  const called = await accepted(declarationOf(input))
  const { contract, request } = called
  const indexOf = (kind: string) => contract.parameters.find(({ binding }) => binding.kind === kind)?.index
  check(metadata, {
    httpMethod: (verb: string) => equal('verb', [contract.verb, request.method], [verb, verb]),
    url: (url: string) => sameUrl('URL', request.url, url),
    queries: (queries: Queries) => equal('queries', declaredQueries(called), queries),
    headers: (headers: HeaderLists) => {
      const declared = declaredHeaders(called)
      containsHeaders({ ...request, headers: declared }, headers)
      const sent = Object.entries(declared).map(([name, value]) => [name, value.replace(/\{.+?\}/, SAMPLE)])
      equal('sent headers', { ...request.headers, ...Object.fromEntries(sent) }, request.headers)
    },
    bodyIndex: (index: number) => equal('index of the body', indexOf('body'), index),
    queryMapIndex: (index: number) => equal('index of the query map', indexOf('query-map'), index),
    headerMapIndex: (index: number) => equal('index of the header map', indexOf('header-map'), index),
    indexToName: (names: unknown) => equal('names of variables', namesByIndex(called), names),
    formParams: (names: unknown) => equal('form fields', namesOf(called, 'field'), names),
    configKey: (key: string) => equal('key', contract.id, idOf(key)),
  })
}

type Queries = Readonly<Record<string, readonly string[]>>
export type HeaderLists = Readonly<Record<string, readonly string[]>>

/** Feign's key without the types of the parameters, which do not exist when TypeScript runs. */
export const idOf = (key: string): string => key.replace('#', '.').replace(/\(.*/, '')

function declaredQueries({ contract }: Called): Record<string, string[]> {
  const queries: Record<string, string[]> = {}
  for (const { parts } of contract.route.query) {
    const text = parts.map(part => (typeof part === 'string' ? part : part.text)).join('')
    const [[name, value] = ['', null]] = pairsOf(text)
    queries[name] = [...(queries[name] ?? []), value ?? '']
  }
  return queries
}

function declaredHeaders({ contract }: Called): Record<string, string> {
  const text = (part: string | { variable: string }) =>
    typeof part === 'string' ? part : `{${part.variable}}`
  return Object.fromEntries(contract.headers.map(({ name, value }) => [name, value.map(text).join('')]))
}

function namesByIndex({ contract }: Called): Record<string, string[]> {
  const params = contract.parameters.flatMap(({ binding, index }) =>
    binding.kind === 'param' ? [{ index, name: binding.name }] : [],
  )
  return Object.fromEntries(params.map(({ index, name }) => [index, [name]]))
}

function namesOf({ contract }: Called, kind: string): string[] {
  return contract.parameters.flatMap(({ binding }) =>
    binding.kind === kind && 'name' in binding ? [binding.name] : [],
  )
}

/** The headers are there, among others. The transport writes `content-length`, from the body that it is given. */
export function containsHeaders(
  { headers, body }: Pick<Sent, 'headers' | 'body'>,
  wanted: HeaderLists,
): void {
  for (const [name, values] of Object.entries(wanted)) {
    const framing = name === 'Content-Length'
    const ours = framing ? String(Buffer.byteLength(body ?? '')) : headers[name.toLowerCase()]
    equal(`header ${name}`, ours, values.join(', '))
  }
}

/** A declaration and arguments: the same request leaves. */
export async function runClientCall({ input, expect }: Case<FeignDeclaration>): Promise<void> {
  const { request } = await accepted(declarationOf(input))
  check(expect, {
    requestTarget: (target: string) => sameUrl('target', request.target, target),
    headers: (headers: HeaderLists) => containsHeaders(request, headers),
    body: (body: string) => equal('body', request.body, body),
  })
}

/** How a method is called in messages, logs and settings. */
export async function runConfigKey({ input, expect }: Case<ConfigKey>): Promise<void> {
  const { contract } = await accepted({ typeName: input.type, name: input.method, verb: 'GET' })
  check(expect, { value: (key: string) => equal('key', contract.id, idOf(key)) })
}

interface ConfigKey {
  readonly type: string
  readonly method: string
}
