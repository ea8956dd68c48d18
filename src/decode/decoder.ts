/** (contract, response) -> value or failure: the response table at work. */
import { entriesFor, type MethodContract, namesSuccess } from '../contract/index.js'
import type { EntryRecord, ErrorReply } from '../declare/response.js'
import { Failure } from '../errors/failure.js'
import {
  type CallFacts,
  DecodeError,
  type Delivery,
  GuiseError,
  HttpError,
  type RequestSummary,
  type ResponseFacts,
  ResponseValidationError,
} from '../errors/index.js'
import type { HttpResponse, Receive } from '../http/message.js'
import { type Checked, check, type Issue, type Schema } from '../schema/standard.js'
import { Body, BodyError, toHeaders } from './body.js'

/** What a method does with its responses. */
export interface Decoder {
  /** How the body of a response of this status is to be received. */
  readonly receive: (status: number) => Receive
  /**
   * The value of the call.
   *
   * @throws Failure if the table says so, if the status is not covered, or if the body is not what the table expects.
   */
  readonly decode: (response: HttpResponse) => unknown
}

/** Compiles a method's response table. */
export function decoderOf({ responses }: MethodContract): Decoder {
  const trusting = !namesSuccess(responses)
  const plans = new Map<number, Plan>()
  const planOf = (status: number): Plan => {
    let plan = plans.get(status)
    if (plan === undefined) {
      plan = planFor(entriesFor(responses, status), trusting && status >= 200 && status < 300)
      plans.set(status, plan)
    }
    return plan
  }
  return {
    receive: status => planOf(status).receive,
    decode: response => planOf(response.status).run(response, new Body(response)),
  }
}

interface Plan {
  readonly receive: Receive
  readonly run: (response: HttpResponse, body: Body) => unknown
}

function planFor(entries: readonly EntryRecord[] | undefined, trusted: boolean): Plan {
  if (entries === undefined) {
    return trusted
      ? { receive: 'gather', run: (response, body) => reading(response, body, () => body.byContentType()) }
      : { receive: 'gather', run: unexpected }
  }
  const [first] = entries
  if (entries.length > 1 || first === undefined)
    return { receive: 'gather', run: (r, b) => runList(entries, r, b) }
  return {
    receive: receiveOf(first),
    run: (response, body) => settle(runEntry(first, response, body), response, body),
  }
}

function receiveOf(entry: EntryRecord): Receive {
  switch (entry.kind) {
    case 'stream':
      return 'stream'
    case 'value':
    case 'nothing':
      return 'discard'
    case 'reply':
      return receiveOf(entry.body)
    default:
      return 'gather'
  }
}

/** The outcome of one entry: a value, or why the body does not fit it. */
type Result = { readonly value: unknown; readonly issues?: undefined } | Mismatch

interface Mismatch {
  readonly issues: readonly Issue[]
  readonly part: 'body' | 'headers'
}

function runEntry(entry: EntryRecord, response: HttpResponse, body: Body): Result | Promise<Result> {
  switch (entry.kind) {
    case 'schema':
      return ofSchema(
        entry.schema,
        reading(response, body, () => body.json()),
      )
    case 'value':
      return { value: fresh(entry.value) }
    case 'nothing':
      return { value: undefined }
    case 'text':
      return { value: reading(response, body, () => body.text()) }
    case 'bytes':
      return { value: body.bytes }
    case 'stream':
      return { value: response.body }
    case 'throws':
      return runThrows(entry, response, body)
    case 'reply':
      return then(runEntry(entry.body, response, body), result => runReply(result, entry.headers, response))
  }
}

function ofSchema(schema: Schema, value: unknown): Result | Promise<Result> {
  const result = check(schema, value)
  return result instanceof Promise ? result.then(fromChecked) : fromChecked(result)
}

const fromChecked = (checked: Checked): Result =>
  checked.issues === undefined ? checked : { issues: checked.issues, part: 'body' }

function runThrows(
  entry: EntryRecord & { kind: 'throws' },
  response: HttpResponse,
  body: Body,
): Result | Promise<Result> {
  const { schema } = entry
  if (schema === undefined) throw thrown(entry, response, body, undefined)
  return then(
    ofSchema(
      schema,
      reading(response, body, () => body.json()),
    ),
    result => {
      if (result.issues === undefined) throw thrown(entry, response, body, result)
      return result
    },
  )
}

function runReply(
  result: Result,
  headers: Schema | undefined,
  response: HttpResponse,
): Result | Promise<Result> {
  if (result.issues !== undefined) return result
  const whole = (head: unknown): Result => ({
    value: { status: response.status, headers: head, body: result.value },
  })
  if (headers === undefined) return whole(toHeaders(response.headers))
  return then(ofSchema(headers, { ...response.headers }), checked =>
    checked.issues === undefined ? whole(checked.value) : { issues: checked.issues, part: 'headers' },
  )
}

/** The first entry that the body fits; the issues of the last one if it fits none. */
function runList(entries: readonly EntryRecord[], response: HttpResponse, body: Body): unknown {
  const from = (index: number): unknown => {
    const entry = entries[index] as EntryRecord
    return then(runEntry(entry, response, body), result =>
      result.issues !== undefined && index + 1 < entries.length
        ? from(index + 1)
        : settle(result, response, body),
    )
  }
  return from(0)
}

function settle(result: Result | Promise<Result>, response: HttpResponse, body: Body): unknown {
  return then(result, ({ issues, ...rest }) => {
    if (issues === undefined) return (rest as { value: unknown }).value
    const { part } = rest as Mismatch
    throw failed(
      response,
      facts => new ResponseValidationError({ ...facts, ...seen(response, body), issues, part }),
    )
  })
}

function then<A, B>(value: A | Promise<A>, next: (value: A) => B | Promise<B>): B | Promise<B> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/** Reads the body; what cannot be read is a DecodeError. */
function reading<T>(response: HttpResponse, body: Body, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof BodyError)) throw error
    const { reason } = error
    throw failed(response, facts => new DecodeError({ ...facts, ...seen(response, body), reason }))
  }
}

function unexpected(response: HttpResponse, body: Body): never {
  throw failed(response, facts => new HttpError({ ...facts, ...seen(response, body) }))
}

const failed = ({ status }: HttpResponse, toError: (facts: CallFacts) => unknown): Failure =>
  new Failure({ delivery: 'answered', status }, toError)

/** The response as errors hold it; each part is made when somebody asks. */
function seen(response: HttpResponse, body: Body): ResponseFacts {
  return {
    status: response.status,
    headers: () => toHeaders(response.headers),
    body: () => body.loose(),
    text: () => body.looseText(),
  }
}

function thrown(
  { make, status }: EntryRecord & { kind: 'throws' },
  response: HttpResponse,
  body: Body,
  checked: { readonly value: unknown } | undefined,
): Failure {
  const taken = checked !== undefined && status !== undefined ? status(checked.value) : response.status
  return new Failure({ delivery: 'answered', status: taken }, facts => {
    const error = make(new ReplyOfError(response, body, facts, checked))
    // The user's own class may not know of causes; the facts of the call are then not lost.
    if (error instanceof Error && error.cause === undefined && !(error instanceof GuiseError)) {
      const value = new HttpError({ ...facts, ...seen(response, body) })
      Object.defineProperty(error, 'cause', { value, configurable: true, writable: true })
    }
    return error
  })
}

/** What the class or function of `throws` gets. Getters make what is costly, and only if it is read. */
class ReplyOfError implements ErrorReply {
  readonly status: number
  readonly client: string
  readonly method: string
  readonly request: RequestSummary
  readonly attempts: number
  readonly delivery: Delivery = 'answered'
  readonly #response: HttpResponse
  readonly #body: Body
  readonly #checked: { readonly value: unknown } | undefined

  constructor(
    response: HttpResponse,
    body: Body,
    facts: CallFacts,
    checked: { readonly value: unknown } | undefined,
  ) {
    this.status = response.status
    this.client = facts.client ?? ''
    this.method = facts.method ?? ''
    this.request = facts.request ?? { method: '', url: '' }
    this.attempts = facts.attempts ?? 0
    this.#response = response
    this.#body = body
    this.#checked = checked
  }

  get headers(): Headers {
    return toHeaders(this.#response.headers)
  }

  get body(): unknown {
    return this.#checked === undefined ? this.#body.loose() : this.#checked.value
  }

  get text(): string {
    return this.#body.looseText()
  }

  get cause(): Error {
    const { client, method, request, attempts } = this
    return new HttpError({ client, method, request, attempts, ...seen(this.#response, this.#body) })
  }
}

/** A plain object or array is copied, so that what one caller does to it does not show in the next call. */
function fresh(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const prototype: unknown = Object.getPrototypeOf(value)
  return Array.isArray(value) || prototype === Object.prototype || prototype === null
    ? structuredClone(value)
    : value
}
