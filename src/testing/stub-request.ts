/** Reads what a request brings: headers, cookies, the body by its content type, checked by the declared schema. */
import type { IncomingMessage } from 'node:http'
import type { MethodContract } from '../contract/index.js'
import { Body, BodyError } from '../decode/body.js'
import { FORM_TYPE } from '../encode/body.js'
import type { Issue, Schema } from '../schema/standard.js'
import { readForm } from './match-query.js'
import { outputOf } from './mock-output.js'
import { Refusal } from './stub-mistakes.js'

type Headers = Readonly<Record<string, string>>

const misfit = (message: string, issues: readonly Issue[] = []): Refusal =>
  new Refusal(
    { kind: 'body', status: 400, message: `the body of the request does not fit: ${message}` },
    { issues },
  )

/** Names in lower case; values of one name joined, as HTTP has it. */
export function headersOf({ headers }: IncomingMessage): Headers {
  const entries = Object.entries(headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : value,
  ])
  return Object.fromEntries(entries)
}

/** RFC 6265, section 4.2.1; values as they came. */
export function cookiesOf({ cookie = '' }: Headers): Record<string, string> {
  const pairs = cookie
    .split(';')
    .map(pair => pair.trim())
    .filter(Boolean)
  return Object.fromEntries(
    pairs.map(pair => {
      const [name = '', ...value] = pair.split('=')
      return [name, value.join('=')]
    }),
  )
}

/** The token of `Authorization: Bearer <token>`. */
export const bearerOf = ({ authorization = '' }: Headers): string | undefined =>
  /^Bearer +(\S+)$/i.exec(authorization)?.[1]

/** A body: parsed if it is JSON, a form or text, else bytes; `undefined` for none. Throws a Refusal. */
export async function readBody(
  contract: MethodContract | undefined,
  bytes: Uint8Array,
  headers: Headers,
): Promise<unknown> {
  const type = headers['content-type'] ?? ''
  const declared = contract?.body ?? 'none'
  if (declared === 'multipart') return readMultipart(bytes, type)
  if (type.toLowerCase().startsWith(FORM_TYPE)) {
    const text = Buffer.from(bytes).toString()
    return declared === 'form' && contract !== undefined
      ? readForm(text, contract)
      : new URLSearchParams(text)
  }
  if (declared === 'form') throw misfit(`its content type must be ${FORM_TYPE}, not ${type || 'none'}`)
  try {
    // A body is read by the same rules in both directions.
    return new Body({ status: 0, statusText: '', headers, body: bytes, truncated: false }).byContentType()
  } catch (error) {
    if (!(error instanceof BodyError)) throw error
    if (declared === 'none') return bytes
    throw misfit(error.reason)
  }
}

async function readMultipart(bytes: Uint8Array, type: string): Promise<FormData> {
  try {
    if (!type.startsWith('multipart/form-data')) throw new TypeError(type)
    return (await new Response(bytes, { headers: { 'content-type': type } }).formData()) as FormData
  } catch {
    const rule = 'its content type must be multipart/form-data and its parts whole'
    throw misfit(`${rule}; it is ${type || 'none'}`)
  }
}

/** Checks what has been parsed: it came out of the declared schema. Bytes are nothing that one sees. Throws a Refusal. */
export async function checkBody({ parameters }: MethodContract, body: unknown): Promise<void> {
  const binding = parameters.map(parameter => parameter.binding).find(({ kind }) => kind === 'body')
  if (binding?.kind !== 'body' || binding.schema === undefined) return
  if (body instanceof Uint8Array || body instanceof URLSearchParams) return
  const { issues } = await outputOf(binding.schema as Schema, body)
  if (issues === undefined) return
  const told = issues
    .slice(0, 3)
    .map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '))
  throw misfit(`${told.join('; ')}${issues.length > 3 ? `; and ${issues.length - 3} more` : ''}`, issues)
}
