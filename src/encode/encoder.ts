/** (contract, arguments) -> request: decided as far as possible when the guise is made, and free of any network. */
import { randomUUID } from 'node:crypto'
import type { HeaderContract, MethodContract, ParameterContract } from '../contract/index.js'
import type { CallOptions } from '../declare/call-options.js'
import { ArgumentError, type RequestSummary } from '../errors/index.js'
import type { HttpRequest } from '../http/message.js'
import { prepare } from '../template/prepare.js'
import { ValueError } from '../template/text.js'
import { type Binder, binderOf, headerText, SchemaRuleError, setCallHeaders } from './binders.js'
import { FORM_TYPE } from './body.js'
import { Draft, joinQuery } from './draft.js'
import { type CompiledHeaders, compileHeaders } from './headers.js'
import { encodeMultipart } from './multipart.js'
import { type CompiledRoute, compileRoute, ParameterRuleError, type Slots } from './path.js'
import { MAX_COUNT } from './query.js'
import type { Target } from './url.js'

/** What a guise adds to the requests of its contract. */
export interface EncodeSettings {
  /** Headers of the guise; the declaration's replace them. Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  /** Origins besides the client's own that `@Url()` may lead to. */
  readonly allowOrigins: ReadonlySet<string>
}

type Arguments = readonly unknown[]

/** Builds the requests of one method; all that is the same for each call is prepared. */
export class Encoder {
  readonly #contract: MethodContract
  readonly #settings: EncodeSettings
  readonly #route: CompiledRoute
  readonly #headers: CompiledHeaders
  /** Parameters that fill the template; they are read together. */
  readonly #variables: readonly ParameterContract[]
  readonly #bound: readonly { readonly parameter: ParameterContract; readonly binder: Binder }[]
  readonly #call: ParameterContract | undefined

  constructor(contract: MethodContract, settings: EncodeSettings) {
    const { parameters } = contract
    this.#contract = contract
    this.#settings = settings
    this.#route = compileRoute(contract)
    this.#headers = compileHeaders(contract, settings.headers)
    this.#variables = parameters.filter(({ binding }) => binding.kind === 'param')
    this.#call = parameters.find(({ binding }) => binding.kind === 'call')
    this.#bound = parameters.flatMap(parameter => {
      const binder = binderOf(parameter.binding)
      return binder === undefined ? [] : [{ parameter, binder }]
    })
  }

  /**
   * The request of one call; a promise only where the schema of its body is asynchronous.
   *
   * @throws ArgumentError for a bad argument.
   */
  encode(args: Arguments, target: Target): HttpRequest | Promise<HttpRequest> {
    const draft = new Draft(this.#headers.prepared)
    try {
      const slots = this.#slots(draft, args)
      for (const header of this.#headers.templated) this.#setTemplated(draft, header, args)
      const waits = this.#bind(draft, args, target)
      if (waits === undefined) return this.#close(draft, slots, args, target)
      return Promise.all(waits)
        .then(() => this.#close(draft, slots, args, target))
        .catch(error => this.#fail(error, draft, target))
    } catch (error) {
      return this.#fail(error, draft, target)
    }
  }

  /** The values of the template's variables, by the index of their parameter. */
  #slots(draft: Draft, args: Arguments): Slots {
    // In its final length: an empty list makes room for 17 at its first value, which is 130 B too many.
    const slots: Slots = new Array(this.#contract.parameters.length)
    for (const parameter of this.#variables) {
      draft.at = parameter
      const value = prepare(args[parameter.index])
      if (typeof value === 'object' && value.length > MAX_COUNT)
        throw new ValueError(`must not hold more than ${MAX_COUNT} values`)
      slots[parameter.index] = isEncoded(parameter) ? kept(value) : value
    }
    return slots
  }

  /** A header with a variable that has no value is not sent. */
  #setTemplated(draft: Draft, { name, value }: HeaderContract, args: Arguments): void {
    let text = ''
    for (const part of value) {
      if (typeof part !== 'string') {
        draft.at = this.#variables.find(
          ({ binding }) => binding.kind === 'param' && binding.name === part.variable,
        )
        const piece = draft.at === undefined ? undefined : headerText(name, args[draft.at.index])
        if (piece === undefined) return
        text += piece
      } else text += part
    }
    draft.headers.set(name, text)
  }

  #bind(draft: Draft, args: Arguments, target: Target): Promise<void>[] | undefined {
    let waits: Promise<void>[] | undefined
    for (const { parameter, binder } of this.#bound) {
      draft.at = parameter
      const wait = binder(draft, args[parameter.index], { target, allowOrigins: this.#settings.allowOrigins })
      if (wait === undefined) continue
      const told = wait.catch(error => {
        draft.at = parameter
        throw error
      })
      // A later parameter may be refused at once, and then nobody waits for this one.
      told.catch(() => undefined)
      waits ??= []
      waits.push(told)
    }
    return waits
  }

  #close(draft: Draft, slots: Slots, args: Arguments, target: Target): HttpRequest {
    const { verb, body, idempotent } = this.#contract
    const { headers } = draft
    draft.at = undefined
    if (body === 'form') {
      draft.body = draft.form
      draft.bodyType = FORM_TYPE
    } else if (body === 'multipart') {
      const multipart = encodeMultipart(draft.parts ?? [])
      draft.body = multipart.body
      draft.bodyType = multipart.type
    }
    const { url } = draft
    const origin = url?.origin ?? target.origin
    const path = url === undefined ? this.#path(draft, slots, target) : pathOf(url, draft)
    const own = this.#callHeaders(args)
    if (own !== undefined) {
      draft.at = this.#call
      setCallHeaders(draft, own)
    }
    if (draft.body !== null && draft.bodyType !== undefined) {
      // The type of a multipart body holds its boundary, so another one would not do.
      if (body === 'multipart') headers.set('content-type', draft.bodyType)
      else headers.setDefault('content-type', draft.bodyType)
    }
    if (idempotent) headers.setDefault('idempotency-key', randomUUID())
    return { method: verb, origin, path, headers: headers.flat, body: draft.body }
  }

  /** Read as an own member only: a polluted `Object.prototype` brings no headers. */
  #callHeaders(args: Arguments): CallOptions['headers'] {
    const options = this.#call === undefined ? undefined : (args[this.#call.index] as CallOptions | null)
    return options && Object.hasOwn(options, 'headers') ? options.headers : undefined
  }

  /** Path and query. */
  #path({ query }: Draft, slots: Slots, target: Target): string {
    let path = target.prefix + this.#route.path(slots)
    if (path.charCodeAt(0) !== SLASH) path = `/${path}`
    const all = joinQuery(this.#route.query(slots), query)
    return withQuery(path, all)
  }

  #fail(error: unknown, { at }: Draft, target: Target): never {
    if (!(error instanceof ValueError)) throw error
    const contract = this.#contract
    const parameter =
      error instanceof ParameterRuleError
        ? contract.parameters.find(({ index }) => index === error.index)
        : at
    throw new ArgumentError({
      rule: error.rule,
      client: contract.client,
      method: contract.id,
      request: summaryOf(contract, target),
      parameter: parameter === undefined ? undefined : parameter.index + 1,
      binding: parameter?.label,
      issues: error instanceof SchemaRuleError ? error.issues : undefined,
    })
  }
}

const SLASH = 47

const withQuery = (path: string, query: string): string => (query === '' ? path : `${path}?${query}`)

const pathOf = ({ pathname, search }: URL, { query }: Draft): string =>
  withQuery(pathname, joinQuery(search.slice(1), query))

const isEncoded = ({ binding }: ParameterContract): boolean => binding.kind === 'param' && binding.encoded

/** An encoded value keeps its slashes and triplets, but it must not begin a query, a fragment or another parameter. */
function kept(value: Slots[number]): string | undefined {
  if (value === undefined || typeof value === 'string') return value?.replace(/[?#&]/g, encodeURIComponent)
  throw new ValueError('must be text if it is encoded')
}

/** The request as errors show it: the template, and nothing that the caller put into it. */
export function summaryOf({ verb, template }: MethodContract, { origin, prefix }: Target): RequestSummary {
  const [path = ''] = template.split(/[?#]|\{[?&#]/)
  const slash = path === '' ? prefix === '' : !/^(?:\/|\{[/;.])/.test(path)
  return { method: verb, url: `${origin}${prefix}${slash ? '/' : ''}${path}` }
}
