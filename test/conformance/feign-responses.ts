/** What a response means to a call: the error of a status, and which entry of two response tables wins. */
import { HttpError, type ResponseTable, throws } from 'guise'
import type { Case } from './case.js'
import { accepted, ORIGIN } from './declare.js'
import { check, equal } from './equal.js'
import { idOf } from './feign-declaration.js'

interface ErrorStatus {
  readonly status: number
  readonly httpMethod: string
  readonly url: string
  readonly methodKey: string
  readonly body: string | null
  readonly headers?: Readonly<Record<string, string[]>>
}

/** Feign has a class for each status; guise's HttpError has a `status`. */
const statuses: Readonly<Record<string, number>> = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  UnprocessableEntity: 422,
  TooManyRequests: 429,
  InternalServerError: 500,
  NotImplemented: 501,
  BadGateway: 502,
  ServiceUnavailable: 503,
}

/** `[404 reason] during [GET] to [http://h/x] [Type#method()]: [body]` */
const message = /^\[(\d+) .+\] during \[([A-Z]+)\] to \[(.*?)\] \[(.*?)\]: \[(.*)\]$/

export async function runErrorStatus({ input, expect }: Case<ErrorStatus>): Promise<void> {
  const { status, httpMethod, url, methodKey, body, headers = {} } = input
  const [typeName = '', name = ''] = idOf(methodKey).split('.')
  const lower = Object.fromEntries(
    Object.entries(headers).map(([header, values]) => [header.toLowerCase(), values]),
  )
  const template = url.replace(ORIGIN, '')
  const answer = { status, body: body ?? '', headers: lower }
  const retry = expect.class === 'RetryableException'
  const { error, attempts } = await accepted({ typeName, name, verb: httpMethod, template, retry }, answer)
  if (!(error instanceof HttpError)) throw new Error(`the call did not reject with HttpError: ${error}`)
  check(expect, {
    class: (wanted: string) => {
      if (wanted === 'RetryableException') equal('attempts', attempts, 2)
      else equal('status', error.status, statuses[wanted])
    },
    message: (wanted: string) => saysTheSame(error, wanted),
    retryAfterEpochMillis: (time: number) =>
      equal('Retry-After', Date.parse(error.headers.get('retry-after') ?? ''), time),
  })
}

/** The facts of Feign's message: status, verb, URL and method in guise's message too, the body on the error only. */
function saysTheSame({ message: ours, request, method, text }: HttpError, wanted: string): void {
  const [, status = '', verb = '', url = '', key = '', body = ''] = message.exec(wanted) ?? []
  if (status === '') throw new Error(`no message of Feign: ${wanted}`)
  const facts = [status, verb, url, idOf(key)]
  equal(
    'facts in the message',
    facts.filter(fact => ours.includes(fact)),
    facts,
  )
  const whole = url.startsWith('/') ? ORIGIN + url : url
  equal('facts of the error', [request?.method, request?.url, method, text], [verb, whole, idOf(key), body])
  equal('a body in the message', body !== '' && ours.includes(body), false)
}

interface Mapping {
  readonly codes?: Readonly<Record<string, string>>
  readonly default?: string
}

interface StatusMapping {
  readonly mapping: { readonly typeLevel: Mapping; readonly methods: Readonly<Record<string, Mapping>> }
  readonly method: string
  readonly status: number
}

export async function runStatusMapping({ input, expect }: Case<StatusMapping>): Promise<void> {
  const { mapping, method, status } = input
  const { error } = await accepted(
    {
      name: method,
      verb: 'GET',
      typeResponses: tableOf(mapping.typeLevel),
      responses: tableOf(mapping.methods[method] ?? {}),
    },
    { status },
  )
  if (!(error instanceof HttpError)) throw new Error(`the call did not reject with a mapped error: ${error}`)
  check(expect, {
    error: (name: string) =>
      equal('class and status', [error.constructor.name, error.status], [name, status]),
  })
}

function tableOf({ codes = {}, default: rest }: Mapping): ResponseTable {
  const entries = Object.entries(codes).map(([status, name]) => [status, throws(errorClass(name))] as const)
  return Object.fromEntries(
    rest === undefined ? entries : [...entries, ['default', throws(errorClass(rest))]],
  )
}

function errorClass(name: string): typeof HttpError {
  const Class = class extends HttpError {}
  Object.defineProperty(Class, 'name', { value: name })
  return Class
}
