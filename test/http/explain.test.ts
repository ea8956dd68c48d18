/** What each error of Node and undici is called. */
import { describe, expect, test } from 'vitest'
import { explain } from '../../src/http/explain.js'
import { TransportFailure } from '../../src/http/index.js'

const withCode = (code: string, message = 'secret value') => Object.assign(new Error(message), { code })

describe('explain', () => {
  test.each([
    ['ECONNREFUSED', 'connection', 'the connection was refused'],
    ['ENOTFOUND', 'connection', 'the host name is not known'],
    ['EAI_AGAIN', 'connection', 'the host name could not be looked up'],
    ['EHOSTUNREACH', 'connection', 'the host cannot be reached'],
    ['ENETUNREACH', 'connection', 'the network cannot be reached'],
    ['ECONNRESET', 'connection', 'the connection was reset'],
    ['EPIPE', 'connection', 'the connection was closed by the server'],
    ['UND_ERR_SOCKET', 'connection', 'the connection was closed by the server'],
    ['UND_ERR_CONNECT_TIMEOUT', 'timeout', 'no connection in time'],
    ['ETIMEDOUT', 'connection', 'the host does not answer'],
    ['UND_ERR_HEADERS_TIMEOUT', 'timeout', 'no complete response in time'],
    ['UND_ERR_BODY_TIMEOUT', 'timeout', 'no complete response in time'],
    ['UND_ERR_HEADERS_OVERFLOW', 'connection', 'the headers of the response are too large'],
    ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'connection', 'the response is not as long as it says'],
    ['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'body', 'the response body is larger than the dispatcher allows'],
    ['UND_ERR_CLOSED', 'connection', 'the client is closed'],
    ['UND_ERR_DESTROYED', 'connection', 'the client is closed'],
    ['UND_ERR_INVALID_ARG', 'connection', 'the request is not valid HTTP'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'connection', 'the certificate of the server is not trusted'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'connection', 'the certificate of the server is not trusted'],
    ['CERT_NOT_YET_VALID', 'connection', 'the certificate of the server is not trusted'],
    ['CERT_HAS_EXPIRED', 'connection', 'the certificate of the server has expired'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'connection', 'the certificate of the server is for another host'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'connection', 'the TLS handshake failed'],
    ['SOMETHING_NEW', 'connection', 'the connection failed'],
  ])('%s is a failure of the kind %s: %s', (code, kind, reason) => {
    const error = withCode(code)
    expect(explain(error)).toMatchObject({ kind, reason, cause: error })
  })

  test.each(['bad response', 'bad upgrade'])("undici's %j is no HTTP", message => {
    expect(explain(withCode('UND_ERR_SOCKET', message)).reason).toBe('the response is not valid HTTP')
  })

  test('a parser error is known by its name, as its code may be missing', () => {
    const error = Object.assign(new Error('bad'), { name: 'HTTPParserError', code: undefined })
    expect(explain(error)).toEqual({
      kind: 'connection',
      reason: 'the response is not valid HTTP',
      cause: error,
    })
  })

  test('of several errors the first counts', () => {
    const first = withCode('ECONNREFUSED')
    const all = Object.assign(new AggregateError([first, withCode('ENETUNREACH')]), { code: 'ECONNREFUSED' })
    expect(explain(all)).toEqual({ kind: 'connection', reason: 'the connection was refused', cause: first })
    const none = new AggregateError([])
    expect(explain(none)).toEqual({ kind: 'connection', reason: 'the connection failed', cause: none })
  })

  test.each([undefined, null, 'text', 42])('%j is a failure too', thrown => {
    expect(explain(thrown)).toEqual({ kind: 'connection', reason: 'the connection failed', cause: thrown })
  })
})

test('a failure is an error without a stack, and its message is the reason', () => {
  const failure = new TransportFailure({
    kind: 'body',
    reason: 'a reason',
    sent: true,
    reused: false,
    answered: true,
  })
  expect(failure).toBeInstanceOf(Error)
  expect(failure.message).toBe('a reason')
  expect(`${failure}`).toBe('TransportFailure: a reason')
  expect(failure).not.toHaveProperty('stack')
})
