// The error family: code, name, message, fields and JSON of each class, made by hand as a user's test would.
import {
  ArgumentError,
  BulkheadFullError,
  type CallFacts,
  CircuitOpenError,
  ConnectionError,
  DeclarationError,
  DecodeError,
  GuiseError,
  HttpError,
  ResponseValidationError,
  TimeoutError,
} from 'guise'
import { describe, expect, it } from 'vitest'

const call: CallFacts = {
  client: 'members',
  method: 'Members.byId',
  request: { method: 'GET', url: 'http://h/m/{id}' },
  attempts: 2,
  history: [{ failure: 'HTTP 503', at: 12 }],
}
const common = {
  client: 'members',
  method: 'Members.byId',
  request: { method: 'GET', url: 'http://h/m/{id}' },
  attempts: 2,
  history: [{ failure: 'HTTP 503', at: 12 }],
  delivery: 'not-sent',
}
const bare = { client: undefined, method: undefined, request: undefined, attempts: 0, history: [] }
const issues = [
  { path: ['a', 0], message: 'no number' },
  { path: [], message: 'no object' },
]
const answered = { ...bare, attempts: 1, delivery: 'answered' }
const tail = '(GET http://h/m/{id}, 2 attempts)'

/** Class name, code, the error, its message, its JSON besides name, code and message. */
const family: readonly [string, string, GuiseError, string, object][] = [
  [
    'DeclarationError',
    'GUISE_DECLARATION',
    new DeclarationError('Members', [{ rule: 'it has no route', where: 'Members' }]),
    'Members has 1 mistake:\n  it has no route\n    at Members',
    {
      ...bare,
      client: 'Members',
      delivery: 'not-sent',
      mistakes: [{ rule: 'it has no route', where: 'Members' }],
    },
  ],
  [
    'ArgumentError',
    'GUISE_ARGUMENT',
    new ArgumentError({
      ...call,
      attempts: 0,
      rule: 'is missing',
      parameter: 1,
      binding: "@Param('id')",
      issues,
    }),
    "Members.byId: parameter 1, @Param('id'): is missing (GET http://h/m/{id}, nothing was sent)",
    { ...common, attempts: 0, rule: 'is missing', parameter: 1, issues },
  ],
  [
    'ArgumentError',
    'GUISE_ARGUMENT',
    new ArgumentError({ rule: 'a multipart body needs at least one part' }),
    'a multipart body needs at least one part',
    {
      ...bare,
      delivery: 'not-sent',
      rule: 'a multipart body needs at least one part',
      parameter: undefined,
      issues: [],
    },
  ],
  [
    'ConnectionError',
    'GUISE_CONNECTION',
    new ConnectionError({ ...call, reason: 'the connection was refused' }),
    `Members.byId: the connection was refused; the request was not sent ${tail}`,
    common,
  ],
  [
    'ConnectionError',
    'GUISE_CONNECTION',
    new ConnectionError({ delivery: 'unknown' }),
    'the connection failed; the service may have processed the request',
    { ...bare, delivery: 'unknown' },
  ],
  [
    'TimeoutError',
    'GUISE_TIMEOUT',
    new TimeoutError({ ...call, phase: 'attempt', delivery: 'answered' }),
    `Members.byId: the attempt timeout passed; the service had begun to answer ${tail}`,
    { ...common, delivery: 'answered', phase: 'attempt' },
  ],
  [
    'TimeoutError',
    'GUISE_TIMEOUT',
    new TimeoutError({ phase: 'connect', reason: 'no connection within 5 ms' }),
    'no connection within 5 ms; the request was not sent',
    { ...bare, delivery: 'not-sent', phase: 'connect' },
  ],
  [
    'HttpError',
    'GUISE_HTTP',
    new HttpError({ ...call, status: 404 }),
    `Members.byId: 404 Not Found; name 404 in @Responses to handle it ${tail}`,
    { ...common, delivery: 'answered', status: 404 },
  ],
  [
    'HttpError',
    'GUISE_HTTP',
    new HttpError({ status: 302 }),
    '302 Found; redirects are not followed; call the address that it leads to',
    { ...answered, status: 302 },
  ],
  [
    'HttpError',
    'GUISE_HTTP',
    new HttpError({ status: 799 }),
    '799 Unknown Status; name 799 in @Responses to handle it',
    { ...answered, status: 799 },
  ],
  [
    'DecodeError',
    'GUISE_DECODE',
    new DecodeError({ ...call, status: 200, reason: 'its body is no valid JSON' }),
    `Members.byId: 200 OK, but its body is no valid JSON ${tail}`,
    { ...common, delivery: 'answered', status: 200 },
  ],
  [
    'DecodeError',
    'GUISE_DECODE',
    new DecodeError({ status: 200 }),
    '200 OK, but its body cannot be read',
    { ...answered, status: 200 },
  ],
  [
    'ResponseValidationError',
    'GUISE_RESPONSE',
    new ResponseValidationError({ ...call, status: 201, issues }),
    `Members.byId: 201 Created, but its body does not fit the schema: a.0: no number; no object ${tail}`,
    { ...common, delivery: 'answered', status: 201, issues },
  ],
  [
    'ResponseValidationError',
    'GUISE_RESPONSE',
    new ResponseValidationError({ status: 200, part: 'headers', issues: [...issues, ...issues] }),
    '200 OK, but its headers do not fit the schema: a.0: no number; no object; a.0: no number; and 1 more',
    { ...answered, status: 200, issues: [...issues, ...issues] },
  ],
  [
    'CircuitOpenError',
    'GUISE_CIRCUIT_OPEN',
    new CircuitOpenError({ ...call, attempts: 0, retryAfter: 750 }),
    'Members.byId: the circuit breaker is open; it lets a probe through in 750 ms (GET http://h/m/{id}, nothing was sent)',
    { ...common, attempts: 0, retryAfter: 750 },
  ],
  [
    'CircuitOpenError',
    'GUISE_CIRCUIT_OPEN',
    new CircuitOpenError(),
    'the circuit breaker is open',
    { ...bare, delivery: 'not-sent', retryAfter: undefined },
  ],
  [
    'BulkheadFullError',
    'GUISE_BULKHEAD_FULL',
    new BulkheadFullError({ method: 'Members.byId' }),
    'Members.byId: the bulkhead is full: too many calls at once',
    { ...bare, delivery: 'not-sent', method: 'Members.byId' },
  ],
]
const classes = {
  DeclarationError,
  ArgumentError,
  ConnectionError,
  TimeoutError,
  HttpError,
  DecodeError,
  ResponseValidationError,
  CircuitOpenError,
  BulkheadFullError,
}

describe.each(family)('%s (%s)', (name, code, error, message, json) => {
  it(`says: ${message}`, () => {
    expect([error.name, error.code, error.message]).toEqual([name, code, message])
    expect(String(error)).toBe(`${name}: ${message}`)
    expect(error.stack).toMatch(`${name}: ${message}\n    at `)
  })

  it('has its facts as fields and as JSON', () => {
    expect(error.toJSON()).toEqual({ name, code, message, ...json })
    expect(error).toMatchObject(json)
    expect(JSON.parse(JSON.stringify({ error }))).toEqual({
      error: JSON.parse(JSON.stringify({ name, code, message, ...json })),
    })
  })

  it('is an instance of its class, of GuiseError, of Error, and of no other of the family', () => {
    const kinds = Object.values(classes).filter(Class => error instanceof Class)
    expect(kinds.map(Class => Class.name)).toEqual([name])
    expect([error instanceof GuiseError, error instanceof Error]).toEqual([true, true])
  })
})
