// What createGroup returns, what it refuses, and what can be asked of it.
import {
  Body,
  Client,
  ConnectionError,
  circuitsOf,
  close,
  createClient,
  createGroup,
  DeclarationError,
  describe as describeGuise,
  Post,
  remote,
  targetsOf,
} from 'guise'
import { describe, expect, it } from 'vitest'
import { recording } from '../support/recording.js'
import { collected, Events } from './support.js'

const make = (transport = recording()) => ({
  transport,
  group: createGroup(Events, { targets: { a: 'http://a', b: 'http://b' }, transport }),
})

describe('a group', () => {
  it('is an instance of its class with its fields, and lists no route', () => {
    const { group } = make()
    expect(group).toBeInstanceOf(Events)
    expect([group.kind, Object.keys(group).sort()]).toEqual(['events', ['count', 'kind']])
    expect(group.created.name).toBe('created')
  })

  it('refuses its methods without a route: they would take a report for a value', () => {
    const { group, transport } = make()
    const rule =
      'shout has no route, and the methods of a group give reports, not values; call it on a client'
    expect(() => group.shout(1)).toThrow(DeclarationError)
    expect(() => group.shout(1)).toThrow(rule)
    expect(() => (group as unknown as Events).add()).toThrow('add has no route')
    expect(group.count).toBe(0)
    expect(transport.requests).toEqual([])
    expect(String(group)).toBe('[object Object]')
    class Child extends Events {
      readonly arrow = () => this.byId(1)
      override toString(): string {
        return 'child'
      }
    }
    const child = createGroup(Child, { targets: { a: 'http://a' } })
    expect(() => child.arrow()).toThrow('arrow has no route')
    expect(() => child.shout(1)).toThrow('shout has no route')
    expect(String(child)).toBe('child')
  })

  it('is closed as a whole: later calls report it for each target, and nothing is sent', async () => {
    const { group, transport } = make()
    await close(group)
    await close(group)
    const { failed } = await group.byId(1)
    expect(failed.map(({ error, attempts }) => [error instanceof ConnectionError, attempts])).toEqual([
      [true, 0],
      [true, 0],
    ])
    expect(transport.requests).toEqual([])
  })

  it('closes when it is disposed of, after what its class does then', async () => {
    const disposed: string[] = []
    class Own extends Events {
      async [Symbol.asyncDispose]() {
        disposed.push('own')
      }
    }
    const group = createGroup(Own, { targets: { a: 'http://a' }, transport: recording() })
    await group[Symbol.asyncDispose]()
    expect(disposed).toEqual(['own'])
    expect((await group.byId(1)).failed[0]?.error).toBeInstanceOf(ConnectionError)
  })

  it('begins its requests whether or not anybody waits, and its calls can be iterated after they are over', async () => {
    const { group, transport } = make()
    const call = group.byId(1)
    await call
    expect(transport.requests).toHaveLength(2)
    expect((await collected(call)).map(({ target }) => target)).toEqual(['a', 'b'])
    const [first, second] = await Promise.all([collected(call), collected(call)])
    expect(first).toEqual(second)
  })

  it('has no members to which a client’s functions are deaf', () => {
    const { group } = make()
    expect(circuitsOf(group)).toEqual([])
    expect(describeGuise(group).client).toBe('Events')
    for (const act of [describeGuise, circuitsOf, targetsOf]) expect(() => act({})).toThrow(TypeError)
  })
})

describe('targetsOf()', () => {
  @Client({ name: 'activity', path: '/api' })
  class Named {
    @Post() created(@Body() body: object): Promise<void> {
      return remote(body)
    }
  }

  it('names each method and target, with the URL where it is known', () => {
    const group = createGroup(Named, {
      targets: {
        one: 'http://one/base',
        list: ['http://l1', new URL('http://l2')],
        found: { url: () => 'http://x' },
      },
    })
    const common = { service: 'activity', method: 'Named.created', how: 'group' }
    expect(targetsOf(group)).toEqual([
      { ...common, target: 'one', url: 'http://one/base' },
      { ...common, target: 'list', url: 'http://l1, http://l2/' },
      { ...common, target: 'found', url: undefined },
    ])
  })

  it('takes no client: it notifies nobody', () => {
    const client = createClient(Named, { url: 'http://one' })
    expect(() => targetsOf(client)).toThrow(new TypeError('targetsOf() takes a group or an outbox'))
  })
})
