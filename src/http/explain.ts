/** What the errors of Node and undici mean, in plain words; none of them holds a value of the caller's. */
import type { FailureKind, FailurePhase } from './failure.js'

export interface Explanation {
  readonly kind: FailureKind
  readonly reason: string
  readonly phase?: FailurePhase
  /** The error itself, or the first one of several. */
  readonly cause: unknown
}

export const NOT_HTTP = 'the response is not valid HTTP'

const connection = new Map([
  ['ECONNREFUSED', 'the connection was refused'],
  ['ENOTFOUND', 'the host name is not known'],
  ['EAI_AGAIN', 'the host name could not be looked up'],
  ['EHOSTUNREACH', 'the host cannot be reached'],
  ['ENETUNREACH', 'the network cannot be reached'],
  ['ECONNRESET', 'the connection was reset'],
  ['ETIMEDOUT', 'the host does not answer'],
  ['EPIPE', 'the connection was closed by the server'],
  ['UND_ERR_SOCKET', 'the connection was closed by the server'],
  ['UND_ERR_HEADERS_OVERFLOW', 'the headers of the response are too large'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'the response is not as long as it says'],
  ['ERR_ASSERTION', NOT_HTTP],
  ['UND_ERR_CLOSED', 'the client is closed'],
  ['UND_ERR_DESTROYED', 'the client is closed'],
  ['UND_ERR_INVALID_ARG', 'the request is not valid HTTP'],
  ['UND_ERR_NOT_SUPPORTED', 'the request is not valid HTTP'],
  ['UND_MOCK_ERR_MOCK_NOT_MATCHED', 'the mock has no answer for the request'],
  ['EPROTO', 'the TLS handshake failed'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'the certificate of the server is for another host'],
  ['CERT_HAS_EXPIRED', 'the certificate of the server has expired'],
])

/** OpenSSL's other names for a certificate that it does not accept. */
const CERTIFICATE = /^(?:CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_CA|HOSTNAME_MISMATCH)/

export function explain(error: unknown): Explanation {
  const cause = firstOf(error)
  const code = textOf(cause, 'code')
  if (textOf(cause, 'name') === 'HTTPParserError') {
    // It holds bytes of the response, and whoever prints the error that it causes would print them.
    Object.defineProperty(cause, 'data', { enumerable: false, value: undefined })
    return { kind: 'connection', reason: NOT_HTTP, cause }
  }
  switch (code) {
    case 'UND_ERR_CONNECT_TIMEOUT':
      return { kind: 'timeout', phase: 'connect', reason: 'no connection in time', cause }
    // Only a dispatcher of the caller's can raise these; ours leaves all waiting to the deadlines.
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
      return { kind: 'timeout', phase: 'attempt', reason: 'no complete response in time', cause }
    case 'UND_ERR_RES_EXCEEDED_MAX_SIZE':
      return { kind: 'body', reason: 'the response body is larger than the dispatcher allows', cause }
    default:
      return { kind: 'connection', reason: reasonOf(code, cause), cause }
  }
}

function reasonOf(code: string, cause: unknown): string {
  if (code === 'UND_ERR_SOCKET' && textOf(cause, 'message').startsWith('bad ')) return NOT_HTTP
  const known = connection.get(code)
  if (known !== undefined) return known
  if (CERTIFICATE.test(code)) return 'the certificate of the server is not trusted'
  if (code.startsWith('ERR_SSL_')) return 'the TLS handshake failed'
  return 'the connection failed'
}

/** Where a name has several addresses and none answers, Node throws one error for all, with an empty message. */
function firstOf(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error
}

function textOf(error: unknown, key: 'code' | 'name' | 'message'): string {
  if (typeof error !== 'object' || error === null) return ''
  const value = (error as Record<string, unknown>)[key]
  return typeof value === 'string' ? value : ''
}
