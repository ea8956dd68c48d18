/** All failures of a network by their names: `failures.refused()`. Each is what a real network would lead to. */

import type { TimeoutPhase } from '../errors/index.js'
import type { TransportFailure } from '../http/index.js'
import { failure, failureOfCode } from './network-failure.js'

/** Nobody listens at the address: `ConnectionError`, the request was not sent. */
export const refused = (): TransportFailure => failureOfCode('ECONNREFUSED', 'connect ECONNREFUSED')

/** The host's name is not known: `ConnectionError`, the request was not sent. */
export const unknownHost = (): TransportFailure => failureOfCode('ENOTFOUND', 'getaddrinfo ENOTFOUND')

/** The server's certificate is not trusted: `ConnectionError`, the request was not sent. */
export const badCertificate = (): TransportFailure =>
  failureOfCode('DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate')

/** The connection breaks after the request was sent: `ConnectionError`, and nobody knows whether it was processed. */
export const reset = (): TransportFailure => failureOfCode('ECONNRESET', 'read ECONNRESET')

/** A kept-alive connection turns out to be closed before any byte of an answer. Retried without delay. */
export const stale = (): TransportFailure =>
  failureOfCode('UND_ERR_SOCKET', 'other side closed', { reused: true })

/** The connection ends in the middle of the body: `ConnectionError`, the service had begun to answer. */
export const cutOff = (status = 200): TransportFailure =>
  failureOfCode('UND_ERR_SOCKET', 'other side closed', { answered: true, status })

/**
 * A deadline passes, without a wait: `TimeoutError` of this phase. By default of the attempt.
 *
 * @example
 * members.byId.once().respond(failures.timeout('attempt'))
 */
export const timeout = (phase: TimeoutPhase = 'attempt'): TransportFailure => {
  const sent = phase !== 'connect'
  const reason = sent ? 'no complete response in time' : 'no connection in time'
  return failure({ kind: 'timeout', phase, reason, sent })
}
