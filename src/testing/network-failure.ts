/** Makes of an error of Node's or undici's what the transport makes of it: the same words, the same kind. */
import { explain } from '../http/explain.js'
import { type FailureFacts, TransportFailure } from '../http/index.js'

/** Errors of a network, and whether a request has left by then. An error with another code is a mistake in a test. */
const CODES: ReadonlyMap<string, { readonly sent: boolean }> = new Map([
  ['ECONNREFUSED', { sent: false }],
  ['ENOTFOUND', { sent: false }],
  ['EAI_AGAIN', { sent: false }],
  ['EHOSTUNREACH', { sent: false }],
  ['ENETUNREACH', { sent: false }],
  ['ETIMEDOUT', { sent: false }],
  ['CERT_HAS_EXPIRED', { sent: false }],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', { sent: false }],
  ['UND_ERR_CONNECT_TIMEOUT', { sent: false }],
  ['ECONNRESET', { sent: true }],
  ['EPIPE', { sent: true }],
  ['UND_ERR_SOCKET', { sent: true }],
  ['UND_ERR_HEADERS_TIMEOUT', { sent: true }],
  ['UND_ERR_BODY_TIMEOUT', { sent: true }],
])

/** The failure that an error stands for; `undefined` if it is none of the network's. */
export function networkFailure(error: unknown): TransportFailure | undefined {
  if (error instanceof TransportFailure) return error
  const { code } = (typeof error === 'object' && error !== null ? error : {}) as { code?: unknown }
  const known = typeof code === 'string' ? CODES.get(code) : undefined
  if (known === undefined) return undefined
  return failure({ ...explain(error), sent: known.sent })
}

/** The failure that a network error of this code leads to. */
export function failureOfCode(
  code: string,
  message: string,
  facts: Partial<FailureFacts> = {},
): TransportFailure {
  const error = Object.assign(new Error(message), { code })
  return failure({ ...explain(error), sent: CODES.get(code)?.sent ?? true, ...facts })
}

/** A failure of a connection that is new, before any answer, unless the facts say otherwise. */
export const failure = (
  facts: Pick<FailureFacts, 'kind' | 'reason' | 'sent'> & Partial<FailureFacts>,
): TransportFailure => new TransportFailure({ reused: false, answered: false, ...facts })
