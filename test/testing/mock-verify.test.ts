// `verify` and `reset`: a mock tells what did not go as it was set up, also where the tested code swallowed it.
import { ArgumentError, Get, Responses, remote, throws } from 'guise'
import { MockError, mock, reset, verify } from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { rejection } from '../decode/support.js'
import { MemberClient } from './mock-service.js'

const kim = { id: 7, name: 'kim' }

/** The service refuses an argument, and the response table says so by the error of a wrong argument. */
class Refusing {
  @Get()
  @Responses({ 422: throws(reply => new ArgumentError({ ...reply, rule: 'was refused' })) })
  get(): Promise<unknown> {
    return remote()
  }
}

function verdict(members: object, options?: { inOrder?: boolean }): MockError {
  try {
    verify(members, options)
  } catch (error) {
    if (error instanceof MockError) return error
    throw error
  }
  throw new Error('nothing was found to be wrong')
}

describe('verify', () => {
  it('is content with a mock that nobody called, and with one that was used as it was set up', async () => {
    const members = mock(MemberClient)
    verify(members)
    members.byId.returns(kim).once().returns(null)
    await members.byId(7)
    await members.byId(7)
    verify(members)
    verify(members, { inOrder: true })
  })

  it('does not mind a standing answer that nobody needed', () => {
    const members = mock(MemberClient)
    members.byId.returns(kim)
    verify(members)
  })

  it('misses an answer of once() that was not used', async () => {
    const members = mock(MemberClient)
    members.byId.once().returns(kim).once().returns(null)
    await members.byId(7)
    const error = verdict(members)
    expect(error.message).toMatch(/^MemberClient.byId: 1 of 2 once\(\) answers was not used/)
    expect(error.stack?.split('\n').find(line => line.startsWith('    at '))).toContain('mock-verify.test.ts')
    await members.byId(7)
    verify(members)
  })

  it('misses one of an ordinary method', async () => {
    const members = mock(MemberClient)
    members.nameOf.once().returns('kim')
    expect(verdict(members).message).toContain('MemberClient.nameOf: 1 of 1 once() answer was not used')
    await members.nameOf(7)
    verify(members)
  })

  it.each<[string, (members: MemberClient) => Promise<unknown>, string]>([
    ['an unexpected call', members => members.byId(7), 'was not expected'],
    ['a wrong argument', members => members.create({ name: '' }), 'has a wrong argument'],
    ['a wrong result', members => members.list(), 'can never lead to this value'],
  ])('tells of %s that the tested code swallowed', async (_name, call, message) => {
    const members = mock(MemberClient, { list: () => [{ id: '7' }] as never })
    await call(members).catch(() => undefined)
    expect(verdict(members).message).toContain(message)
  })

  it('shows the stack of the call that was not expected, not its own', async () => {
    const members = mock(MemberClient)
    async function theCulprit() {
      await members.byId(7)
    }
    await theCulprit().catch(() => undefined)
    expect(
      verdict(members)
        .stack?.split('\n')
        .find(line => line.startsWith('    at ')),
    ).toContain('theCulprit')
  })

  it('is not about errors that the test asked for', async () => {
    const members = mock(MemberClient)
    members.byId.respond({ status: 503 })
    members.create.rejects(new ArgumentError({ rule: 'mine' }))
    await rejection(members.byId(7))
    await rejection(members.create({ name: 'kim' }))
    const probe = mock(Refusing)
    probe.get.respond({ status: 422 })
    expect(await rejection(probe.get())).toBeInstanceOf(ArgumentError)
    verify(members)
    verify(probe)
  })

  it('tells of everything at once', async () => {
    const members = mock(MemberClient)
    members.list.once().returns([])
    await rejection(members.byId(7))
    await rejection(members.create({ name: '' }))
    const error = verdict(members)
    expect(error.message).toMatch(
      /^MemberClient: 3 things went wrong\n1\) .*not expected[\s\S]*\n2\) .*wrong argument[\s\S]*\n3\) .*not used/,
    )
    expect(error.expected).toHaveLength(3)
    expect(error.actual).toHaveLength(3)
    expect((error.cause as Error).message).toContain('MemberClient.byId(7) was not expected')
  })

  it('takes a mock and nothing else', () => {
    expect(() => verify(new MemberClient())).toThrow(
      new TypeError('verify() takes a mock that mock(Class) made'),
    )
    expect(() => reset({})).toThrow(new TypeError('reset() takes a mock that mock(Class) made'))
  })
})

describe('verify in order', () => {
  async function called(...order: ('byId' | 'list')[]) {
    const members = mock(MemberClient)
    members.byId.once().returns(kim)
    members.list.once().returns([kim])
    members.byId.once().returns(null)
    for (const name of order) await members[name](1)
    return members
  }

  it('is content with the order in which the answers were set, across methods', async () => {
    verify(await called('byId', 'list', 'byId'), { inOrder: true })
  })

  it('tells of another order, where it is asked to', async () => {
    const members = await called('byId', 'byId', 'list')
    verify(members)
    const error = verdict(members, { inOrder: true })
    expect(error.expected).toEqual(['byId(1)', 'list(1)', 'byId(1)'])
    expect(error.actual).toEqual(['byId(1)', 'byId(1)', 'list(1)'])
  })

  it('tells of another order among those that came', async () => {
    const error = verdict(await called('list', 'byId'), { inOrder: true })
    expect(error.message).toContain('1 of 2 once() answers was not used')
    expect(error.message).toContain('in another order')
  })

  it('does not count calls that a standing answer took', async () => {
    const members = mock(MemberClient)
    members.list.returns([])
    members.byId.once().returns(kim).once().returns(null)
    for (const name of ['list', 'byId', 'list', 'byId', 'list'] as const) await members[name](1)
    verify(members, { inOrder: true })
  })
})

describe('reset', () => {
  it('makes a mock as new', async () => {
    const members = mock(MemberClient)
    members.byId.returns(kim).once().returns(null)
    members.list.once().returns([])
    await members.byId(7)
    await rejection(members.create({ name: '' }))
    reset(members)
    verify(members)
    expect(members.byId.calls).toEqual([])
    const error = await rejection(members.byId(7))
    expect(error.message).toContain('nothing is set up for byId')
    expect(error.message).not.toContain('1. byId(7)')
  })
})
