/** (contract, arguments) -> request: decided as far as possible when the guise is made, and free of any network. */
import type { HeaderContract, MethodContract, ParameterContract } from '../contract/index.js'
import type { CallOptions } from '../declare/call-options.js'
import { ArgumentError, type RequestSummary } from '../errors/index.js'
import type { HttpRequest } from '../http/message.js'
import { prepare } from '../template/prepare.js'
import { textOf, ValueError } from '../template/text.js'
import { type Binder, binderOf, headerText, SchemaRuleError, setCallHeaders } from './binders.js'
import { FORM_TYPE } from './body.js'
import { Draft, joinQuery } from './draft.js'
import { encodeMultipart } from './multipart.js'
import { compileRoute, ParameterRuleError, type Slots } from './path.js'
import type { Target } from './url.js'

/** What a guise adds to the requests of its contract. */
export interface EncodeSettings {
  /** Headers of the guise; the declaration's replace them. Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  /** Origins besides the client's own that `@Url()` may lead to. */
  readonly allowOrigins: ReadonlySet<string>
}

/**
 * Builds the request of one call.
 *
 * @throws ArgumentError for a bad argument. A promise comes back only where a body's schema is asynchronous.
 */
export type Encoder = (args: readonly unknown[], target: Target) => HttpRequest | Promise<HttpRequest>

/** Compiles a method's contract to the function that builds its requests. */
export function encoderOf(contract: MethodContract, settings: EncodeSettings): Encoder {
  const { parameters, verb } = contract
  const route = compileRoute(contract)
  const { prepared, templated } = headersOf(contract, settings)
  const params = parameters.filter(({ binding }) => binding.kind === 'param')
  const bound = parameters.flatMap(parameter => {
    const binder = binderOf(parameter.binding)
    return binder === undefined ? [] : [{ parameter, binder }]
  })
  const call = parameters.find(({ binding }) => binding.kind === 'call')

  return (args, target) => {
    const fail = (error: unknown, parameter?: ParameterContract) => argumentError(error, contract, target, parameter)
    const draft = new Draft(prepared)
    const slots = slotsOf(params, args, fail)
    for (const header of templated) setTemplated(draft, header, contract, args, fail)
    const waits: Promise<void>[] = []
    for (const { parameter, binder } of bound) {
      const wait = bind(binder, draft, parameter, args[parameter.index])
      if (wait !== undefined) waits.push(wait)
    }

    function bind(binder: Binder, into: Draft, parameter: ParameterContract, value: unknown): Promise<void> | undefined {
      try {
        const context = { target, allowOrigins: settings.allowOrigins }
        return binder(into, value, context)?.catch(error => Promise.reject(fail(error, parameter)))
      } catch (error) {
        throw fail(error, parameter)
      }
    }

    const finish = (): HttpRequest => {
      try {
        closeBody(draft, contract)
      } catch (error) {
        throw fail(error)
      }
      const options = call === undefined ? undefined : (args[call.index] as CallOptions | undefined)
      if (options?.headers !== undefined) {
        try {
          setCallHeaders(draft, options.headers)
        } catch (error) {
          throw fail(error, call)
        }
      }
      if (draft.body !== null && draft.bodyType !== undefined) draft.headers.setDefault('content-type', draft.bodyType)
      return requestOf(draft, slots)
    }

    function requestOf({ url, query, headers, body }: Draft, values: Slots): HttpRequest {
      if (url !== undefined) {
        const all = joinQuery(url.search.slice(1), query)
        const path = all === '' ? url.pathname : `${url.pathname}?${all}`
        return { method: verb, origin: url.origin, path, headers: headers.flat, body }
      }
      let path: string
      try {
        path = target.prefix + route.path(values)
        const all = joinQuery(route.query(values), query)
        if (path === '' || path.charCodeAt(0) !== 47) path = `/${path}`
        if (all !== '') path += `?${all}`
      } catch (error) {
        const index = error instanceof ParameterRuleError ? error.index : undefined
        throw fail(error, parameters.find(parameter => parameter.index === index))
      }
      return { method: verb, origin: target.origin, path, headers: headers.flat, body }
    }

    return waits.length === 0 ? finish() : Promise.all(waits).then(finish)
  }
}

/** The body of a form or of parts, now that all of them are bound. */
function closeBody(draft: Draft, { body }: MethodContract): void {
  if (body === 'form') {
    draft.body = draft.form
    draft.bodyType = FORM_TYPE
  } else if (body === 'multipart') {
    const { body: parts, type } = encodeMultipart(draft.parts)
    draft.body = parts
    // The boundary is in the type, so a declared one would not do.
    draft.headers.set('content-type', type)
  }
}

type Fail = (error: unknown, parameter?: ParameterContract) => unknown

/** The values of the template's variables, by the index of their parameter. */
function slotsOf(params: readonly ParameterContract[], args: readonly unknown[], fail: Fail): Slots {
  const slots: Slots = []
  for (const parameter of params) {
    const { index, binding } = parameter
    try {
      const value = prepare(args[index])
      slots[index] = binding.kind === 'param' && binding.encoded ? kept(value) : value
    } catch (error) {
      throw fail(error, parameter)
    }
  }
  return slots
}

/** An encoded value keeps its slashes and triplets, but it must not begin a query or a fragment, or another parameter. */
function kept(value: Slots[number]): string | undefined {
  if (value === undefined || typeof value === 'string') return value?.replace(/[?#&]/g, encodeURIComponent)
  throw new ValueError('must be text if it is encoded')
}

/** Headers that are the same for each call are put together once; those with variables are set for each. */
function headersOf(
  { headers, responses, body }: MethodContract,
  settings: EncodeSettings,
): { prepared: readonly string[]; templated: readonly HeaderContract[] } {
  const fixed = new Map(settings.headers)
  const wantsJson = [...responses.values()].some(entries => entries.some(({ kind }) => kind === 'schema'))
  if (wantsJson && !fixed.has('accept')) fixed.set('accept', 'application/json')
  const templated: HeaderContract[] = []
  for (const header of headers) {
    if (header.value.every(part => typeof part === 'string')) fixed.set(header.name, header.value.join(''))
    else templated.push(header)
  }
  for (const { name } of templated) fixed.delete(name)
  if (body === 'multipart') fixed.delete('content-type')
  return { prepared: Object.freeze([...fixed].flat()), templated }
}

/** A header with a variable that has no value is not sent. */
function setTemplated(
  draft: Draft,
  { name, value }: HeaderContract,
  { parameters }: MethodContract,
  args: readonly unknown[],
  fail: Fail,
): void {
  let text = ''
  for (const part of value) {
    if (typeof part === 'string') {
      text += part
      continue
    }
    const parameter = parameters.find(({ binding }) => binding.kind === 'param' && binding.name === part.variable)
    try {
      const piece = headerText(parameter === undefined ? undefined : args[parameter.index])
      if (piece === undefined) return
      text += piece
    } catch (error) {
      throw fail(error, parameter)
    }
  }
  draft.headers.set(name, text)
}

/** The request as errors show it: the template, and nothing that the caller put into it. */
export function summaryOf({ verb, template }: MethodContract, { origin, prefix }: Target): RequestSummary {
  const [path = ''] = template.split(/[?#]|\{[?&#]/)
  return { method: verb, url: `${origin}${prefix}${path === '' && prefix === '' ? '/' : path}` }
}

function argumentError(
  error: unknown,
  contract: MethodContract,
  target: Target,
  parameter: ParameterContract | undefined,
): unknown {
  if (!(error instanceof ValueError)) return error
  return new ArgumentError({
    rule: error.rule,
    client: contract.client,
    method: contract.id,
    request: summaryOf(contract, target),
    parameter: parameter === undefined ? undefined : parameter.index + 1,
    binding: parameter?.label,
    issues: error instanceof SchemaRuleError ? error.issues : undefined,
  })
}

export { textOf }
