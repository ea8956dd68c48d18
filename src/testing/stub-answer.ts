/** Answers of a stub: from what a handler returned to what is sent, checked by the client's own decoder on the way. */
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { entriesFor, headerNameMistake, headerValueMistake, type MethodContract } from '../contract/index.js'
import type { EntryRecord } from '../declare/response.js'
import { decoderOf } from '../decode/index.js'
import { encodeBody, JSON_TYPE, json } from '../encode/body.js'
import { Failure } from '../errors/failure.js'
import { ResponseValidationError } from '../errors/index.js'
import type { RequestBody } from '../http/message.js'
import type { Issue } from '../schema/standard.js'
import type { ValueError } from '../template/text.js'
import type { HeaderValues } from './fault-head.js'
import { Refusal } from './stub-mistakes.js'

/** Marks answers, so that no value of a service is taken for one; registered, for two copies of the package. */
const MARK: unique symbol = Symbol.for('guise.stub.answer') as never

/** A whole answer of a stub, made by {@link answer}. */
export interface StubAnswer {
  readonly [MARK]: true
  readonly status: number
  readonly body: unknown
  readonly headers: HeaderValues
}

/**
 * A whole answer, for a handler to return where a value alone does not say enough.
 *
 * @param status any that the method's response table knows.
 * @param body as the response table takes it, before its schema transforms it. Default: no body.
 * @param headers `content-type` is added, unless it is among them.
 *
 * @example
 * create: ({ body }) => (taken.has(body.name) ? answer(409, { message: 'taken' }) : { id: 8, ...body })
 */
export function answer(status: number, body?: unknown, headers: HeaderValues = {}): StubAnswer {
  return Object.freeze({ [MARK]: true as const, status, body, headers })
}

const isAnswer = (value: unknown): value is StubAnswer =>
  typeof value === 'object' && value !== null && MARK in value

const mistaken = (message: string, issues: readonly Issue[] = []): Refusal =>
  new Refusal({ kind: 'answer', status: 500, message }, { issues })

/** What is sent. */
export interface SentAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[]>>
  readonly body: Uint8Array | Readable
}

/**
 * What a handler's result is sent as.
 *
 * @throws Refusal if the client could not make anything of it.
 */
export async function sentAnswer(contract: MethodContract, result: unknown): Promise<SentAnswer> {
  const { status, body, headers } = isAnswer(result) ? result : answer(successOf(contract, result), result)
  if (!Number.isInteger(status) || status < 200 || status > 599)
    throw mistaken(`${JSON.stringify(status)} is no status of an answer; it must be from 200 to 599`)
  const entries = entriesFor(contract.responses, status)
  const content = encoded(body, entries ?? [])
  const bodiless = status === 204 || status === 304
  if (bodiless && content !== undefined) throw mistaken(`an answer ${status} has no body`)
  const all = headersOf(headers, contract.verb)
  if (content !== undefined) all['content-type'] ??= content.type
  const decoder = decoderOf(contract)
  const streamed = decoder.receive(status) === 'stream'
  const whole = streamed ? streamOf(content?.body ?? null) : await bytesOf(content?.body ?? null)
  const sent = { status, headers: all, body: whole }
  try {
    // The answer to HEAD has the headers of a body and no body.
    const seen = contract.verb === 'HEAD' ? new Uint8Array() : whole
    await decoder.decode({ ...sent, statusText: '', body: seen, truncated: false })
  } catch (error) {
    const mistake = mistakeIn(error, contract, sent, body === null)
    if (mistake !== undefined) throw mistake
  }
  return sent
}

/** What a client would fail with, unless the table itself says so: an entry that throws is a declared failure. */
function mistakeIn(
  error: unknown,
  contract: MethodContract,
  { status }: SentAnswer,
  isNull: boolean,
): unknown {
  if (!(error instanceof Failure)) return error
  if (error.outcome.kind === 'http')
    return entriesFor(contract.responses, status) === undefined ? unlisted(contract, status) : undefined
  const cause = error.toError({})
  const issues = cause instanceof ResponseValidationError ? cause.issues : []
  return mistaken(`the answer is ${(cause as Error).message}${isNull ? nullHint(contract) : ''}`, issues)
}

function unlisted({ name, responses }: MethodContract, status: number): Refusal {
  const keys = [...responses.keys()].join(', ')
  const known = keys === '' ? 'which is empty' : `which has ${keys}`
  const script = `server.fault('${name}', { status: ${status} })`
  return mistaken(
    `the answer ${status} is not in the response table, ${known}; name it in @Responses, or script it: ${script}`,
  )
}

/** `null` is what the call resolves to, mostly under another status. */
function nullHint({ responses }: MethodContract): string {
  const others = [...responses].filter(([, entries]) => entries.some(({ kind }) => kind === 'value'))
  return others.length === 0
    ? ''
    : `; the table has a value for ${others.map(([key]) => key).join(', ')}: answer(${others[0]?.[0]})`
}

/** The first status under which a call succeeds; where the table names none, all of 2xx are trusted. */
function successOf({ responses }: MethodContract, result: unknown): number {
  for (const [key, entries] of responses) {
    if (entries.every(({ kind }) => kind === 'throws')) continue
    if (key === '2xx' || key === 'default') return 200
    if (typeof key === 'number' && key < 300) return key
  }
  return result === undefined ? 204 : 200
}

/** A body and its content type; `undefined` for none. */
function encoded(value: unknown, entries: readonly EntryRecord[]): ReturnType<typeof encodeBody> | undefined {
  if (value === undefined) return undefined
  const bodies = entries.map(entry => (entry.kind === 'reply' ? entry.body : entry))
  // Where the client does not look at the body, `null` is no body either.
  if (
    value === null &&
    entries.length > 0 &&
    bodies.every(({ kind }) => kind === 'nothing' || kind === 'value')
  )
    return undefined
  try {
    if (typeof value === 'string' && bodies.some(isJson) && !bodies.some(isText))
      return { body: json(value), type: JSON_TYPE }
    return encodeBody(value)
  } catch (error) {
    throw mistaken(`the body of the answer ${(error as ValueError).rule}`)
  }
}

const isJson = (entry: EntryRecord): boolean =>
  entry.kind === 'schema' || (entry.kind === 'throws' && entry.schema !== undefined)
const isText = ({ kind }: EntryRecord): boolean => kind === 'text' || kind === 'bytes' || kind === 'stream'

/** Headers as the client's decoder gets them: names in lower case, no prototype. */
function headersOf(headers: HeaderValues, verb: string): Record<string, string | string[]> {
  const raw: Record<string, string | string[]> = Object.create(null)
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase()
    const values = (typeof value === 'object' ? value : [value]).map(String)
    // The answer to HEAD tells the length of a body that does not come.
    const isLength = lower === 'content-length' && verb === 'HEAD'
    const mistake = isLength ? undefined : headerNameMistake(name)
    const rule = mistake ?? values.map(headerValueMistake).find(Boolean)
    if (rule !== undefined) throw mistaken(`the header ${lower} of the answer: ${rule}`)
    raw[lower] = typeof value === 'object' ? values : String(value)
  }
  return raw
}

const streamOf = (body: RequestBody): Readable =>
  body instanceof Readable
    ? body
    : Readable.from(
        body === null ? [] : typeof body === 'string' || body instanceof Uint8Array ? [body] : body,
      )

async function bytesOf(body: RequestBody): Promise<Uint8Array> {
  if (body === null) return new Uint8Array()
  return typeof body === 'string'
    ? Buffer.from(body)
    : body instanceof Uint8Array
      ? body
      : buffer(streamOf(body))
}
