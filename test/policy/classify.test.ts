/** The table of what a failure means, and of who may repeat a call after it. */
import { classify, type FailureClass, type FailureOutcome } from 'guise'
import { describe, expect, test } from 'vitest'
import { countsAgainstService, mayRepeat, tellsNothing } from '../../src/policy/classify.js'

type Row = readonly [what: string, outcome: FailureOutcome, FailureClass]

const status = (code: number, more: Partial<FailureOutcome> = {}): FailureOutcome => ({
  kind: 'http',
  delivery: 'answered',
  status: code,
  ...more,
})
const unsent = (code?: string): FailureOutcome => ({ kind: 'connection', delivery: 'not-sent', code })
const broken = (code?: string): FailureOutcome => ({ kind: 'connection', delivery: 'unknown', code })

const neverSent: Row[] = [
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ECONNRESET', 'EPROTO'].map(
    (code): Row => [`${code} without a connection`, unsent(code), 'never-sent'],
  ),
  ['a failure without a code', unsent(), 'never-sent'],
  ['a connect timeout', { kind: 'timeout', delivery: 'not-sent' }, 'never-sent'],
  ['an open circuit', { kind: 'circuit-open', delivery: 'not-sent', retryAfter: 5 }, 'never-sent'],
  ['a full bulkhead', { kind: 'bulkhead-full', delivery: 'not-sent' }, 'never-sent'],
]
const ambiguous: Row[] = [
  ...['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', undefined].map(
    (code): Row => [`${code ?? 'a protocol error'} after sending`, broken(code), 'ambiguous'],
  ),
  ['an attempt timeout', { kind: 'timeout', delivery: 'unknown' }, 'ambiguous'],
  ['a response cut off in its body', { kind: 'connection', delivery: 'answered', status: 200 }, 'ambiguous'],
  [
    'a truncated gzip body',
    { kind: 'decode', delivery: 'answered', status: 200, code: 'Z_BUF_ERROR' },
    'ambiguous',
  ],
]
const suspect: Row[] = [
  ...[301, 302, 303, 307, 308, 304, 401, 403, 404, 421].map(
    (code): Row => [`${code}`, status(code), 'suspect'],
  ),
  ...[
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'CERT_HAS_EXPIRED',
    'CERT_NOT_YET_VALID',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  ].map((code): Row => [code, unsent(code), 'suspect']),
]
const permanent: Row[] = [
  ...[
    400, 405, 406, 409, 410, 411, 412, 413, 414, 415, 418, 422, 426, 428, 431, 451, 501, 505, 99, 600, 999,
  ].map((code): Row => [`${code}`, status(code), 'permanent']),
  ...['UND_ERR_INVALID_ARG', 'UND_ERR_CLOSED', 'UND_ERR_DESTROYED', 'UND_ERR_HEADERS_OVERFLOW'].map(
    (code): Row => [code, unsent(code), 'permanent'],
  ),
  ['TLS to a plain port', unsent('ERR_SSL_WRONG_VERSION_NUMBER'), 'permanent'],
  ['a request body that fails', { kind: 'request-body', delivery: 'unknown' }, 'permanent'],
  ['an abort', { kind: 'aborted', delivery: 'unknown' }, 'permanent'],
  ["an interceptor's error", { kind: 'other', delivery: 'unknown' }, 'permanent'],
]
const others: Row[] = [
  ['429', status(429), 'throttled'],
  ['503', status(503), 'throttled'],
  ['503 with Retry-After', status(503, { retryAfter: 1000 }), 'throttled'],
  ...[500, 502, 504, 507, 511, 599, 408, 425].map((code): Row => [`${code}`, status(code), 'server']),
  ['500 with an unreadable body', status(500, { kind: 'decode' }), 'server'],
  ['500 with a body that does not fit', status(500, { kind: 'validation' }), 'server'],
  ['409 in progress', status(409, { inProgress: true }), 'in-progress'],
  ['409 with Retry-After', status(409, { retryAfter: 0 }), 'in-progress'],
  ['404 in progress', status(404, { inProgress: true, retryAfter: 0 }), 'suspect'],
  ['an unreadable 200', status(200, { kind: 'decode' }), 'bad-answer'],
  ['a 201 that does not fit', status(201, { kind: 'validation' }), 'bad-answer'],
  ['an unlisted 204', status(204), 'bad-answer'],
]
const table: readonly Row[] = [...neverSent, ...ambiguous, ...suspect, ...permanent, ...others]

test.each(table)('%s', (_what, outcome, expected) => {
  expect(classify(outcome)).toBe(expected)
})

describe('who may repeat a call', () => {
  const plain = { idempotent: false, keyed: false }
  const callers = {
    get: { idempotent: true, keyed: false },
    post: plain,
    keyed: { idempotent: false, keyed: true },
  }
  const standard = { statuses: new Set([408, 425, 429, 502, 503, 504]), named: false }
  const named = (...codes: number[]) => ({ statuses: new Set(codes), named: true })
  const all = { get: true, post: true, keyed: true }
  const safe = { get: true, post: false, keyed: true }
  const none = { get: false, post: false, keyed: false }
  type Rule = readonly [string, FailureOutcome, typeof standard, typeof all]

  test.each<Rule>([
    ['nothing was sent', unsent('ECONNREFUSED'), standard, all],
    ['nothing was sent, whatever statuses are named', unsent('ECONNREFUSED'), named(), all],
    ['it broke after sending', broken('ECONNRESET'), standard, safe],
    ['429', status(429), standard, safe],
    ['503', status(503), standard, safe],
    ['429 that is named', status(429), named(429), all],
    ['503 that is named', status(503), named(429, 503), all],
    ['503 that is not among those named', status(503), named(429), none],
    ...[408, 425, 502, 504].map((code): Rule => [`${code}`, status(code), standard, safe]),
    ['502 that is named', status(502), named(502), safe],
    ['504 that is not among those named', status(504), named(502), none],
    ['500', status(500), standard, none],
    ['500 that is named', status(500), named(500), safe],
    ['404 that is named', status(404), named(404), safe],
    ['422 that is named', status(422), named(422), safe],
    ['409 in progress', status(409, { inProgress: true }), standard, { ...none, keyed: true }],
    ['404', status(404), standard, none],
    ['a certificate', unsent('CERT_HAS_EXPIRED'), standard, none],
    ['a bad answer', status(200, { kind: 'decode' }), standard, none],
    ['a bad answer whose status is named', status(200, { kind: 'validation' }), named(200), none],
    ['an abort', { kind: 'aborted', delivery: 'unknown' }, standard, none],
    ['a request body that fails', { kind: 'request-body', delivery: 'unknown' }, standard, none],
  ])('%s', (_what, outcome, on, expected) => {
    const may = Object.entries(callers).map(([name, call]) => [name, mayRepeat(outcome, call, on)])
    expect(Object.fromEntries(may)).toEqual(expected)
  })
})

describe('what is held against the service', () => {
  const against = (outcome: FailureOutcome) =>
    tellsNothing(outcome) ? 'says nothing' : countsAgainstService(outcome) ? 'yes' : 'no'

  test.each<readonly [string, FailureOutcome, string]>([
    ['a refused connection', unsent('ECONNREFUSED'), 'yes'],
    ['a reset', broken('ECONNRESET'), 'yes'],
    ['a certificate', unsent('CERT_HAS_EXPIRED'), 'yes'],
    ['a response that is cut off', { kind: 'connection', delivery: 'answered', status: 200 }, 'yes'],
    ['a connect timeout', { kind: 'timeout', delivery: 'not-sent' }, 'yes'],
    ['an attempt timeout', { kind: 'timeout', delivery: 'unknown' }, 'yes'],
    ['500', status(500), 'yes'],
    ['599', status(599), 'yes'],
    ['500 whose body does not fit', status(500, { kind: 'validation' }), 'yes'],
    ['502 whose body is HTML', status(502, { kind: 'decode' }), 'yes'],
    ['400', status(400), 'no'],
    ['429', status(429), 'no'],
    ['499', status(499), 'no'],
    ['600', status(600), 'no'],
    ['302', status(302), 'no'],
    ['a 200 that does not fit', status(200, { kind: 'validation' }), 'no'],
    ['an unreadable 200', status(200, { kind: 'decode' }), 'no'],
    ['an abort', { kind: 'aborted', delivery: 'unknown' }, 'says nothing'],
    ['an open circuit', { kind: 'circuit-open', delivery: 'not-sent' }, 'says nothing'],
    ['a full bulkhead', { kind: 'bulkhead-full', delivery: 'not-sent' }, 'says nothing'],
    ['a wait of our own', { kind: 'timeout', delivery: 'not-sent', local: true }, 'says nothing'],
    ["an interceptor's error", { kind: 'other', delivery: 'unknown' }, 'says nothing'],
    ['a request that is no HTTP', unsent('UND_ERR_INVALID_ARG'), 'says nothing'],
    ['a closed client', unsent('UND_ERR_CLOSED'), 'says nothing'],
  ])('%s', (_what, outcome, expected) => {
    expect(against(outcome)).toBe(expected)
  })
})
