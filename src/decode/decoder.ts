/** (contract, response) -> value or failure: the response table at work. */
import { entriesFor, type MethodContract, namesSuccess } from '../contract/index.js'
import type { EntryRecord } from '../declare/response.js'
import { Failure, type FailureKind } from '../errors/failure.js'
import {
  type CallFacts,
  DecodeError,
  GuiseError,
  HttpError,
  ResponseValidationError,
} from '../errors/index.js'
import type { HttpResponse, Receive } from '../http/message.js'
import { type Checked, check, type Schema } from '../schema/standard.js'
import { Body, BodyError, toHeaders, toRecord } from './body.js'
import { copyOf } from './copy.js'
import { ReplyOfError, seen } from './reply.js'

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
      ? {
          receive: 'gather',
          run: (response, body) => settle(reading(response, body, 'byContentType')),
        }
      : { receive: 'gather', run: unexpected }
  }
  const [first] = entries
  if (entries.length > 1 || first === undefined)
    return { receive: 'gather', run: (r, b) => runList(entries, r, b) }
  return {
    receive: receiveOf(first),
    run: (response, body) => settle(runEntry(first, response, body)),
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

/**
 * What an entry makes of a response: the value, a `Failure` that is the call's unless a later entry of the list takes
 * the body, or a promise of either. Nobody else makes a Failure, so a value needs no wrapping.
 */
type Result = unknown

function runEntry(entry: EntryRecord, response: HttpResponse, body: Body): Result {
  switch (entry.kind) {
    case 'schema':
      return validated(entry.schema, response, body)
    case 'value':
      return copyOf(entry.value)
    case 'nothing':
      return undefined
    case 'text':
      return reading(response, body, 'text')
    case 'bytes':
      return reading(response, body, 'whole')
    case 'stream':
      return response.body
    case 'throws':
      return runThrows(entry, response, body)
    case 'reply':
      return then(runEntry(entry.body, response, body), result =>
        result instanceof Failure ? result : wholeReply(result, entry.headers, response, body),
      )
  }
}

function validated(schema: Schema, response: HttpResponse, body: Body): Result {
  let value: unknown
  try {
    value = body.json()
  } catch (error) {
    return unreadable(error, response, body)
  }
  return fitted(schema, value, 'body', response, body)
}

type Part = 'body' | 'headers'

function fitted(schema: Schema, value: unknown, part: Part, response: HttpResponse, body: Body): Result {
  const checked = check(schema, value)
  // Not by `then`: each call would pay for its closure.
  return checked instanceof Promise
    ? checked.then(done => outcomeOf(done, part, response, body))
    : outcomeOf(checked, part, response, body)
}

function outcomeOf(checked: Checked, part: Part, response: HttpResponse, body: Body): Result {
  const { issues } = checked
  if (issues === undefined) return checked.value
  return failed(
    'validation',
    response,
    facts => new ResponseValidationError({ ...facts, ...seen(response, body), issues, part }),
  )
}

/** Throws what the entry says; returns only where its schema does not take the body. */
function runThrows(entry: EntryRecord & { kind: 'throws' }, response: HttpResponse, body: Body): Result {
  const { schema } = entry
  if (schema === undefined) throw thrown(entry, response, body, undefined)
  return then(validated(schema, response, body), value => {
    if (value instanceof Failure) return value
    throw thrown(entry, response, body, { value })
  })
}

function wholeReply(value: unknown, schema: Schema | undefined, response: HttpResponse, body: Body): Result {
  const whole = (headers: unknown) => ({ status: response.status, headers, body: value })
  if (schema === undefined) return whole(toHeaders(response.headers))
  return then(fitted(schema, toRecord(response.headers), 'headers', response, body), headers =>
    headers instanceof Failure ? headers : whole(headers),
  )
}

/** The first entry that takes the body; the failure of the last one if none does. */
function runList(entries: readonly EntryRecord[], response: HttpResponse, body: Body): unknown {
  const from = (index: number): unknown => {
    const entry = entries[index] as EntryRecord
    return then(runEntry(entry, response, body), result =>
      result instanceof Failure && index + 1 < entries.length ? from(index + 1) : settle(result),
    )
  }
  return from(0)
}

function settle(result: Result): unknown {
  if (result instanceof Failure) throw result
  return result instanceof Promise ? result.then(settle) : result
}

function then(value: Result, next: (value: unknown) => Result): Result {
  return value instanceof Promise ? value.then(next) : next(value)
}

function reading(response: HttpResponse, body: Body, read: 'text' | 'whole' | 'byContentType'): Result {
  try {
    return body[read]()
  } catch (error) {
    return unreadable(error, response, body)
  }
}

/** What cannot be read is a DecodeError. */
function unreadable(error: unknown, response: HttpResponse, body: Body): Failure {
  if (!(error instanceof BodyError)) throw error
  const { reason } = error
  return failed('decode', response, facts => new DecodeError({ ...facts, ...seen(response, body), reason }))
}

function unexpected(response: HttpResponse, body: Body): never {
  throw failed('http', response, facts => new HttpError({ ...facts, ...seen(response, body) }))
}

const failed = (
  kind: FailureKind,
  response: HttpResponse,
  toError: (facts: CallFacts) => unknown,
  status = response.status,
): Failure => new Failure({ kind, delivery: 'answered', status }, toError)

function thrown(
  { make, status }: EntryRecord & { kind: 'throws' },
  response: HttpResponse,
  body: Body,
  checked: { readonly value: unknown } | undefined,
): Failure {
  const told = checked !== undefined && status !== undefined ? status(checked.value) : undefined
  const toError = (facts: CallFacts) => {
    const error = make(new ReplyOfError(response, body, facts, checked))
    // The user's own class may not know of causes; the facts of the call are then not lost.
    if (error instanceof Error && !(error instanceof GuiseError) && lacksCause(error)) {
      const value = new HttpError({ ...facts, ...seen(response, body) })
      Object.defineProperty(error, 'cause', { value, configurable: true, writable: true })
    }
    return error
  }
  return failed('http', response, toError, Number.isInteger(told) ? told : response.status)
}

const lacksCause = (error: Error): boolean => error.cause === undefined && Object.isExtensible(error)
