/** One call to a group, encoded: what all targets get alike, and the part that each target's own options shape. */
import { isReplayable } from '../call/bearer.js'
import { callOptionsMistake } from '../call/call-options.js'
import type { MethodContract } from '../contract/index.js'
import { Encoder, type Target } from '../encode/index.js'
import { ArgumentError, DeclarationError } from '../errors/index.js'
import type { HttpRequest } from '../http/index.js'

type Headers = Readonly<Record<string, string>>

const BODY_KINDS = new Set(['body', 'field', 'field-map', 'part', 'part-map'])
/** Arguments are checked against a target that is none of the group's. */
const NOWHERE: Target = { origin: '', prefix: '' }

/** The requests of one method of a group. */
export class GroupMethod {
  readonly contract: MethodContract
  readonly #className: string
  readonly #several: boolean
  /** Body and idempotency key: one event is one message, whoever gets it. */
  readonly #whole: Encoder
  /** Path and headers of targets with these headers; most have the group's. */
  readonly #heads = new Map<Headers, Encoder>()

  constructor(contract: MethodContract, className: string, several: boolean) {
    this.contract = contract
    this.#className = className
    this.#several = several
    this.#whole = encoderOf(contract, NO_HEADERS)
  }

  /**
   * Checks the arguments and encodes what all targets get alike; a promise only where a schema is asynchronous.
   *
   * @throws ArgumentError for a bad argument. DeclarationError for a method that no group can call.
   */
  encode(args: readonly unknown[]): Message | Promise<Message> {
    const { id, client, parameters } = this.contract
    for (const { binding, index } of parameters) {
      if (binding.kind === 'url') {
        const rule = '@Url() would lead away from the targets of the group; call it through createClient'
        throw new DeclarationError(this.#className, [{ rule, where: id }])
      }
      if (binding.kind !== 'call' || args[index] === undefined || args[index] === null) continue
      const rule = callOptionsMistake(args[index])
      if (rule !== undefined)
        throw new ArgumentError({ rule, client, method: id, parameter: index + 1, binding: '@Call()' })
    }
    const whole = this.#whole.encode(args, NOWHERE)
    return whole instanceof Promise ? whole.then(request => this.#message(request)) : this.#message(whole)
  }

  /** The request to one target. */
  request(message: Message, args: readonly unknown[], target: Target, headers: Headers): HttpRequest {
    let head = this.#heads.get(headers)
    if (head === undefined) {
      const parameters = this.contract.parameters.filter(({ binding }) => !BODY_KINDS.has(binding.kind))
      head = encoderOf({ ...this.contract, parameters, body: 'none', idempotent: false }, headers)
      this.#heads.set(headers, head)
    }
    // Only a body has a schema that may be asynchronous.
    const request = head.encode(args, target) as HttpRequest
    return { ...request, body: message.body, headers: this.#headers(request.headers, message) }
  }

  #headers(own: readonly string[], { type, key }: Message): readonly string[] {
    let headers = own
    // The type of a multipart body holds its boundary, so another one would not do.
    if (type !== undefined && this.contract.body === 'multipart')
      headers = withHeader(headers, 'content-type', type)
    else if (type !== undefined && headerOf(headers, 'content-type') === undefined)
      headers = withHeader(headers, 'content-type', type)
    return key === undefined ? headers : withHeader(headers, 'idempotency-key', key)
  }

  #message({ body, headers }: HttpRequest): Message {
    if (this.#several && !isReplayable(body)) this.#refuseStream()
    return {
      body,
      type: body === null ? undefined : headerOf(headers, 'content-type'),
      key: headerOf(headers, 'idempotency-key'),
    }
  }

  #refuseStream(): never {
    const { id, client, parameters } = this.contract
    const body = parameters.find(({ binding }) => BODY_KINDS.has(binding.kind))
    throw new ArgumentError({
      rule: 'must not be a stream or a Blob in a group of several targets: it can be read once; give text or bytes',
      client,
      method: id,
      parameter: body === undefined ? undefined : body.index + 1,
      binding: body?.label,
    })
  }
}

/** What all targets get alike. */
export interface Message {
  readonly body: HttpRequest['body']
  readonly type: string | undefined
  readonly key: string | undefined
}

export const NO_HEADERS: Headers = Object.freeze({})

function encoderOf(contract: MethodContract, headers: Headers): Encoder {
  const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const)
  return new Encoder(contract, { headers: new Map(lower), allowOrigins: new Set() })
}

/** Of a flat list: names, in lower case, and values in turn. */
function headerOf(headers: readonly string[], name: string): string | undefined {
  const at = headers.findIndex((one, i) => i % 2 === 0 && one === name)
  return at < 0 ? undefined : headers[at + 1]
}

function withHeader(headers: readonly string[], name: string, value: string): readonly string[] {
  const at = headers.findIndex((one, i) => i % 2 === 0 && one === name)
  return at < 0 ? [...headers, name, value] : headers.with(at + 1, value)
}
