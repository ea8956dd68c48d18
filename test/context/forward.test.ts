/** Which headers of the request being served go on, and which stay. */
import type { CallOptions } from 'guise'
import { currentContext, runInContext } from 'guise/context'
import { describe, expect, test } from 'vitest'
import { good, refused, stage } from '../policy/support.js'

type Inbound = Readonly<Record<string, string | readonly string[] | undefined>>

/** The headers of a call that is made while this request is being served. */
async function sent(
  headers: Inbound,
  forward: readonly string[],
  options: CallOptions = {},
  own: Record<string, string> = {},
) {
  const { probe, transport, outcome } = stage({ forward, headers: own }, good)
  await runInContext({ headers }, () => outcome(probe.get(options)))
  return transport.request.headers
}

test('those that are listed, whatever the case of the list', async () => {
  const headers = { authorization: 'Bearer a', 'x-request-id': 'r', 'x-secret': 's', cookie: 'c=1' }
  expect(await sent(headers, ['Authorization', 'X-REQUEST-ID'])).toEqual({
    authorization: 'Bearer a',
    'x-request-id': 'r',
  })
  expect(await sent(headers, [])).toEqual({})
})

test('not those that the request does not have', async () => {
  expect(await sent({ 'x-a': undefined }, ['x-a', 'x-b'])).toEqual({})
})

test('a list as one header', async () => {
  expect(await sent({ 'x-a': ['1', '2'] }, ['x-a'])).toEqual({ 'x-a': '1, 2' })
})

test("the call's own header wins, and so does the guise's", async () => {
  const headers = { 'x-a': 'inbound', 'x-b': 'inbound', 'x-c': 'inbound' }
  const forward = ['x-a', 'x-b', 'x-c']
  expect(await sent(headers, forward, { headers: { 'X-A': 'mine' } }, { 'X-B': 'guise' })).toEqual({
    'x-a': 'mine',
    'x-b': 'guise',
    'x-c': 'inbound',
  })
})

test('an empty value is a value', async () => {
  expect(await sent({ 'x-a': '' }, ['x-a'])).toEqual({ 'x-a': '' })
})

test.each([
  ['a line break', 'a\r\nevil: 1'],
  ['a NUL', 'a\0b'],
  ['what no byte can be', 'a\u2026'],
])('%s is not sent on', async (_what, value) => {
  expect(await sent({ 'x-a': value, 'x-b': 'fine' }, ['x-a', 'x-b'])).toEqual({ 'x-b': 'fine' })
})

test('row 48: a malformed traceparent and a megabyte of baggage are not sent on', async () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  const names = ['traceparent', 'baggage']
  expect(await sent({ traceparent, baggage: 'a=1' }, names)).toEqual({ traceparent, baggage: 'a=1' })
  for (const bad of [
    '',
    'x',
    traceparent.toUpperCase(),
    `${traceparent}\n`,
    traceparent.replace('4bf9', 'zzzz'),
  ]) {
    expect(await sent({ traceparent: bad, baggage: 'x'.repeat(2 ** 20) }, names)).toEqual({})
  }
})

test('a value in Latin 1 is, as it came', async () => {
  expect(await sent({ 'x-name': 'J\u00fcrgen' }, ['x-name'])).toEqual({ 'x-name': 'J\u00fcrgen' })
})

test('names that every object knows are no headers', async () => {
  const forward = ['constructor', '__proto__', 'tostring', 'hasownproperty']
  expect(await sent({}, forward)).toEqual({})
  expect(await sent(JSON.parse('{"__proto__":"x","constructor":"y"}'), ['constructor'])).toEqual({
    constructor: 'y',
  })
})

test('the same on each attempt, and each once', async () => {
  const { probe, transport, outcome } = stage({ forward: ['x-a'] }, refused, { status: 503 }, good)
  await runInContext({ headers: { 'x-a': '1' } }, () => outcome(probe.get()))
  expect(transport.requests.map(({ headers }) => headers)).toEqual(Array(3).fill({ 'x-a': '1' }))
})

test('interceptors see them', async () => {
  const seen: (string | null)[] = []
  const { probe, outcome } = stage(
    {
      forward: ['x-a'],
      use: [
        (request, next) => {
          seen.push(request.headers.get('x-a'))
          return next(request)
        },
      ],
    },
    good,
  )
  await runInContext({ headers: { 'x-a': '1' } }, () => outcome(probe.get()))
  expect(seen).toEqual(['1'])
})

test('an idempotency key that is sent on makes a POST repeatable, as any other', async () => {
  const { probe, transport, error } = stage({ forward: ['idempotency-key'] }, { status: 502 })
  await runInContext({ headers: { 'idempotency-key': 'k' } }, () => error(probe.post()))
  expect(transport.requests).toHaveLength(3)
})

describe('the context', () => {
  test('is not there where nobody made one', async () => {
    const { probe, transport, outcome } = stage(
      { forward: ['x-a'], handBack: ['x-b'] },
      { ...good, headers: { 'x-b': '1' } },
    )
    expect(currentContext()).toBeUndefined()
    expect(await outcome(probe.get())).toEqual({ value: undefined })
    expect(transport.request.headers).toEqual({})
  })

  test('ends with its function, and holds over all that it awaits', async () => {
    const inside = async () => {
      await new Promise(resolve => setImmediate(resolve))
      return currentContext()?.headers['x-a']
    }
    const running = runInContext({ headers: { 'x-a': '1' } }, inside)
    expect(currentContext()).toBeUndefined()
    expect(await running).toBe('1')
    expect(runInContext({}, () => 5)).toBe(5)
    expect(() =>
      runInContext({}, () => {
        throw new RangeError('mine')
      }),
    ).toThrow('mine')
  })

  test('within another inherits what it does not say itself', () => {
    const back: string[] = []
    const outer = { headers: { 'x-a': '1' }, handBack: (name: string) => back.push(name) }
    runInContext(outer, () => {
      runInContext({}, () => {
        expect(currentContext()?.headers).toEqual({ 'x-a': '1' })
        currentContext()?.handBack('x-b', '2')
      })
      runInContext({ headers: { 'x-c': '3' }, handBack: () => {} }, () => {
        expect(currentContext()?.headers).toEqual({ 'x-c': '3' })
        currentContext()?.handBack('x-d', '4')
      })
    })
    expect(back).toEqual(['x-b'])
  })

  test('reads nothing through a polluted prototype', () => {
    const prototype = Object.prototype as unknown as Record<string, unknown>
    Object.assign(prototype, { headers: { 'x-evil': '1' }, timeout: 1 })
    try {
      runInContext(Object.create(null), () =>
        expect(currentContext()).toMatchObject({ headers: {}, deadline: undefined }),
      )
      runInContext({}, () => expect(currentContext()?.deadline).toBeUndefined())
    } finally {
      delete prototype.headers
      delete prototype.timeout
    }
  })
})
