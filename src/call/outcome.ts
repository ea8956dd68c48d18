/** Turns the facts of a failed request into the failure from which the caller's error is made. */

import { Failure } from '../errors/failure.js'
import {
  ArgumentError,
  type CallFacts,
  ConnectionError,
  DecodeError,
  type Delivery,
  TimeoutError,
} from '../errors/index.js'
import type { FailureFacts } from '../http/failure.js'

export function failureOf(transport: FailureFacts): Failure {
  const { status, reused, answered } = transport
  const delivery: Delivery = transport.answered ? 'answered' : transport.sent ? 'unknown' : 'not-sent'
  const kind = transport.kind === 'body' ? (status === undefined ? 'connection' : 'decode') : transport.kind
  const code = codeOf(transport.cause)
  const stale = transport.kind === 'connection' && reused && !answered
  return new Failure({ kind, delivery, status, stale, code }, facts =>
    errorOf(transport, { ...facts, cause: transport.cause }),
  )
}

function errorOf({ kind, reason, phase = 'attempt', status }: FailureFacts, facts: CallFacts): Error {
  if (kind === 'timeout') return new TimeoutError({ ...facts, reason, phase })
  if (kind === 'body' && status !== undefined) return new DecodeError({ ...facts, status, reason })
  if (kind === 'request-body') return new ArgumentError({ ...facts, rule: reason })
  return new ConnectionError({ ...facts, reason })
}

function codeOf(cause: unknown): string | undefined {
  const code = typeof cause === 'object' && cause !== null ? (cause as { code?: unknown }).code : undefined
  return typeof code === 'string' ? code : undefined
}
