// The four messages of a mock, as they are printed, and that none of them shows a credential.
import { inspect } from 'node:util'
import { ArgumentError } from 'guise'
import { MockError, mock, verify } from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { rejection } from '../decode/support.js'
import { MemberClient, SecretClient } from './mock-service.js'

function thrown(act: () => unknown): MockError {
  try {
    act()
  } catch (error) {
    if (error instanceof MockError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('the message of', () => {
  it('an unexpected call', async () => {
    const members = mock(MemberClient)
    const error = await rejection<MockError>(members.byId(7, { timeout: 500 }))
    expect(error).toBeInstanceOf(MockError)
    expect(error.name).toBe('MockError')
    expect(error.message).toMatchInlineSnapshot(`
      "MemberClient.byId(7, { timeout: 500 }) was not expected: nothing is set up for byId
      Tell the mock what to do: byId.returns(value), .respond({ status, body }), .rejects(error) or .implement(fn)"
    `)
    expect(error).toMatchObject({ expected: [], actual: ['byId(7, { timeout: 500 })'] })
  })

  it('a call after the last answer', async () => {
    const members = mock(MemberClient)
    members.byId.once().returns({ id: 7, name: 'kim' }).once().respond({ status: 404 })
    await members.byId(7)
    await members.byId(8)
    const error = await rejection<MockError>(members.byId(9))
    expect(error.message).toMatchInlineSnapshot(`
      "MemberClient.byId(9) was not expected: its 2 once() answers are used up
        1. byId(7)  <- once().returns({ id: 7, name: 'kim' })
        2. byId(8)  <- once().respond({ status: 404 })
        3. byId(9)  <- nothing
      Tell the mock what to do: byId.returns(value), .respond({ status, body }), .rejects(error) or .implement(fn)"
    `)
    expect(error).toMatchObject({
      expected: ['byId(7)', 'byId(8)'],
      actual: ['byId(7)', 'byId(8)', 'byId(9)'],
    })
  })

  it('an unused expectation', async () => {
    const members = mock(MemberClient)
    members.byId
      .once()
      .returns({ id: 7, name: 'kim' })
      .once()
      .respond({ status: 404 })
      .once()
      .rejects(new TypeError('x'))
    await members.byId(7)
    const error = thrown(() => verify(members))
    expect(error.message).toMatchInlineSnapshot(`
      "MemberClient.byId: 2 of 3 once() answers were not used
        1. once().returns({ id: 7, name: 'kim' })  <- byId(7)
        2. once().respond({ status: 404 })  <- not used
        3. once().rejects(TypeError)  <- not used"
    `)
    expect(error.actual).toEqual((error.expected as string[]).slice(0, 1))
  })

  it('a wrong result', () => {
    const members = mock(MemberClient)
    const error = thrown(() => members.byId.returns({ id: '7', name: 'kim' } as never))
    expect(error.message).toMatchInlineSnapshot(`
      "MemberClient.byId.returns({ id: '7', name: 'kim' }): the declared responses can never lead to this value
        200: id: Invalid input: expected number, received string
        404: it is not null
      To see what the caller makes of a broken answer, use byId.respond({ status, body })"
    `)
    expect(error.expected).toEqual({ id: '<Invalid input: expected number, received string>', name: 'kim' })
    expect(error.actual).toEqual({ id: '7', name: 'kim' })
  })

  it('a wrong argument: the error of production, caused by what the mock saw', async () => {
    const members = mock(MemberClient)
    const error = await rejection(members.create({ name: '' }))
    expect(error).toBeInstanceOf(ArgumentError)
    const cause = error.cause as MockError
    expect(cause).toBeInstanceOf(MockError)
    expect(cause.message).toMatchInlineSnapshot(`
      "MemberClient.create({ name: '' }) has a wrong argument: parameter 1, @Body(schema): does not fit its schema: name: Too small: expected string to have >=1 characters
      The call rejects with ArgumentError, as it does in production"
    `)
    expect(cause.expected).toEqual([{ name: '<Too small: expected string to have >=1 characters>' }])
    expect(cause.actual).toEqual([{ name: '' }])
    expect(thrown(() => verify(members))).toBe(cause)
  })

  it('a wrong argument that no schema checks', async () => {
    const members = mock(MemberClient)
    const cause = (await rejection(members.byId(Number.NaN))).cause as MockError
    expect(cause.message).toMatch(
      /^MemberClient.byId\(NaN\) has a wrong argument: parameter 1, @Param\('memberId'\): /,
    )
    expect(cause.expected).toEqual([expect.stringMatching(/^<.*finite.*>$/)])
    expect(cause.actual).toEqual([Number.NaN])
  })

  it('another order', async () => {
    const members = mock(MemberClient)
    members.rename.once().returns()
    members.byId.once().returns(null)
    await members.byId(7)
    await members.rename(7, 'lee')
    expect(thrown(() => verify(members, { inOrder: true })).message).toMatchInlineSnapshot(`
      "MemberClient: the calls came in another order than their once() answers were set in
        set:  rename(7, 'lee'), byId(7)
        came: byId(7), rename(7, 'lee')"
    `)
  })
})

describe('what a runner makes of a MockError', () => {
  it('finds the facts for its diff, and prints the message once', () => {
    const error = thrown(() => mock(MemberClient).byId.returns({ id: '7' } as never))
    expect(Object.keys(error)).toEqual([])
    expect('expected' in error && 'actual' in error).toBe(true)
    const printed = inspect(error)
    expect(printed.match(/can never lead to/g)).toHaveLength(1)
    expect(printed).toMatch(/^MockError: /)
  })

  it('has a diff with the wrong places only', () => {
    const members = mock(MemberClient)
    const { expected, actual } = thrown(() =>
      members.list.returns([{ id: 1, name: 'a' }, { id: 2 }] as never),
    )
    expect(actual).toEqual([{ id: 1, name: 'a' }, { id: 2 }])
    expect(expected).toEqual([
      { id: 1, name: 'a' },
      { id: 2, name: expect.stringMatching(/^<Invalid input/) },
    ])
  })

  it('is kept short, however much was called', async () => {
    const members = mock(MemberClient)
    members.rename.returns()
    for (let i = 0; i < 100; i++) await members.rename(i, 'x'.repeat(1000))
    members.rename.once().returns()
    await members.rename(7, 'x')
    const many = mock(MemberClient)
    for (let i = 0; i < 100; i++) await rejection(many.rename(i, 'x'.repeat(1000)))
    const { message } = await rejection(many.rename(100, 'y'))
    expect(message.split('\n').length).toBeLessThan(25)
    expect(message).toContain('... 81 more')
    expect(message).toContain("101. rename(100, 'y')")
    expect(message.length).toBeLessThan(6000)
  })
})

describe('a credential', () => {
  const CANARY = 'c4n4ry'
  type Args = Parameters<SecretClient['open']>
  const args: Args = [
    `basic-${CANARY}`,
    `token-${CANARY}`,
    `key-${CANARY}`,
    `api-${CANARY}`,
    { 'X-Auth-Token': CANARY, cookie: `a=${CANARY}`, 'x-plain': 'plain-header' },
    `sid-${CANARY}`,
    { user: 'plain-user', password: CANARY, nested: [{ accessToken: CANARY }] },
    { headers: { authorization: `Bearer ${CANARY}` }, tags: { plain: 'plain-tag' } },
  ]
  const url = `https://kim:${CANARY}@elsewhere.test/a?sig=${CANARY}&page=2#token=${CANARY}`

  /** All that a log could be given. */
  function outputsOf(error: unknown): string {
    const all = inspect(error, { depth: 20, showHidden: true, getters: true })
    const { message, stack, expected, actual } = error as MockError
    return [all, message, stack, JSON.stringify([error, expected, actual]), inspect([expected, actual])].join(
      '\n',
    )
  }

  it('shows in no error of a mock, wherever it stands', async () => {
    const service = mock(SecretClient)
    const errors: unknown[] = [await rejection(service.open(...args))]
    errors.push(await rejection(service.at(url, CANARY)))
    errors.push(await rejection(service.search({ sig: CANARY, q: 'plain-q' }, { key: CANARY, f: 'plain-f' })))
    errors.push(await rejection(service.upload(CANARY, { password: CANARY, p: 'plain-p' }, 'plain-proxy')))
    errors.push(await rejection(service.open(...([`${CANARY}\n`, ...args.slice(1)] as Args))))
    errors.push(
      await rejection(
        service.open(
          ...([
            ...args.slice(0, 6),
            { password: CANARY, self: new Map() },
            ...args.slice(7),
          ] as never as Args),
        ),
      ),
    )
    service.open.once().respond({ status: 201, headers: { 'set-cookie': CANARY }, body: { token: CANARY } })
    errors.push(thrown(() => service.open.returns({ ok: 'no', password: CANARY } as never)))
    errors.push(thrown(() => verify(service)))
    for (const error of errors) expect(outputsOf(error)).not.toContain(CANARY)
    const all = errors.map(outputsOf).join()
    for (const plain of ['plain-q', 'plain-f', 'plain-p', 'plain-proxy']) expect(all).toContain(plain)
  })

  it('is all that is hidden', async () => {
    const service = mock(SecretClient)
    const { message } = await rejection(service.open(...args))
    for (const shown of ['plain-header', 'plain-user', 'plain-tag']) expect(message).toContain(shown)
    const { cause } = await rejection(service.at(url, CANARY))
    expect((cause as Error).message).toContain(
      "at('https://[redacted]@elsewhere.test/a?sig=[redacted]&page=2#token=[redacted]', '[redacted]')",
    )
  })

  it('is there for the test, which gave it', async () => {
    const service = mock(SecretClient)
    service.open.returns({ ok: true })
    await service.open(...args)
    expect(service.open.calls).toEqual([args])
  })
})

describe('an argument is shown', () => {
  class Money {
    constructor(
      readonly amount: number,
      readonly secret: string,
    ) {}
  }

  it.each<[unknown, string | RegExp]>([
    [new Money(5, 'x'), "Money { amount: 5, secret: '[redacted]' }"],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [new Map([['password', 'x']]), "Map(1) { 'password' => '[redacted]' }"],
    [new Set([{ token: 'x' }]), "Set(1) { { token: '[redacted]' } }"],
    [new URLSearchParams('a=1&token=x'), "'?a=1&token=[redacted]'"],
    [new URL('http://h/a?key=x'), "'http://h/a?key=[redacted]'"],
    [new TypeError('x'), "'[TypeError]'"],
    [{ token: null, secret: undefined }, '{ token: null, secret: undefined }'],
    ['a'.repeat(300), /^'a{100}'\.\.\. 200 more characters/],
  ])('%o as %s', async (value, shown) => {
    const members = mock(MemberClient)
    const { message } = await rejection(members.nameOf(value as never)).then(
      () => thrown(() => verify(members)),
      error => error as Error,
    )
    const inside = /^MemberClient\.byId\((.*)\) (?:was not|has a)/s.exec(message)?.[1]
    if (typeof shown === 'string') expect(inside).toBe(shown)
    else expect(inside).toMatch(shown)
  })

  it('once where it holds itself', async () => {
    const members = mock(MemberClient)
    const circle: { self?: unknown } = {}
    circle.self = circle
    await rejection(members.create(circle as never))
    expect(thrown(() => verify(members)).message).toContain(
      'MemberClient.create(<ref *1> { self: [Circular *1] })',
    )
  })
})
