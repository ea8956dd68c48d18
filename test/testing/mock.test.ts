// A mock: an instance of its class whose routes do what the test says, as the real client would.
import { Readable } from 'node:stream'
import { text as textOf } from 'node:stream/consumers'
import {
  ArgumentError,
  Bulkhead,
  CircuitBreaker,
  ConnectionError,
  close,
  createClient,
  DeclarationError,
  DecodeError,
  Get,
  HttpError,
  type Reply,
  ResponseValidationError,
  Retry,
  remote,
  TimeoutError,
} from 'guise'
import { failures, MockError, mock, mockTransport, reset, verify } from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { rejection } from '../decode/support.js'
import { type Member, MemberClient, MemberDown, NameTaken } from './mock-service.js'

const kim = { id: 7, name: 'kim lee' }

describe('a mock', () => {
  it('is an instance of its class, made with new', () => {
    const members = mock(MemberClient)
    expect(members).toBeInstanceOf(MemberClient)
    expect(members.made).toBe('with new')
    expect(Object.keys(members)).toEqual(['made', 'firstName'])
  })

  it('refuses a declaration that createClient refuses', () => {
    class Wrong {
      @Get('/{id}') one(): Promise<unknown> {
        return remote()
      }
    }
    expect(() => mock(Wrong)).toThrow(DeclarationError)
  })

  it('is closed and disposed of as a client is', async () => {
    const members = mock(MemberClient)
    members.byId.returns(kim)
    await close(members)
    expect(await rejection(members.byId(7))).toBeInstanceOf(ConnectionError)
    await using disposed = mock(MemberClient)
    expect(disposed).toBeInstanceOf(MemberClient)
  })

  it('has methods that keep their names', () => {
    const members = mock(MemberClient)
    expect([members.byId.name, members.nameOf.name, members.health.name]).toEqual([
      'byId',
      'nameOf',
      'health',
    ])
  })
})

describe('a route of a mock', () => {
  it('returns, and is called with what was given', async () => {
    const members = mock(MemberClient)
    members.byId.returns(kim)
    expect(await members.byId(7)).toEqual(kim)
    expect(await members.byId(8, { tags: { a: 1 } })).toEqual(kim)
    expect(members.byId.calls).toEqual([[7], [8, { tags: { a: 1 } }]])
    expect(members.list.calls).toEqual([])
  })

  it('returns a copy for each call, as a service sends its answer each time', async () => {
    const members = mock(MemberClient)
    members.list.returns([kim])
    const first = await members.list()
    first.push({ id: 8, name: 'lee' })
    expect(await members.list()).toEqual([kim])
    const count = { count: 1 }
    members.stats.returns(count)
    count.count = 2
    expect(await members.stats()).toEqual({ count: 1 })
  })

  it('keeps the arguments as they were at the time of the call', async () => {
    const members = mock(MemberClient)
    members.create.returns(kim)
    const member = { name: 'kim' }
    await members.create(member)
    member.name = 'changed'
    expect(members.create.calls).toEqual([[{ name: 'kim' }]])
  })

  it('returns nothing where nothing is declared', async () => {
    const members = mock(MemberClient)
    members.rename.returns()
    expect(await members.rename(7, 'lee')).toBeUndefined()
  })

  it('rejects with the very error', async () => {
    const members = mock(MemberClient)
    const error = new RangeError('mine')
    members.byId.rejects(error)
    expect(await rejection(members.byId(7))).toBe(error)
  })

  it('is implemented by a function, which gets the arguments and the mock', async () => {
    const members = mock(MemberClient)
    members.byId.implement(async function (this: unknown, id) {
      expect(this).toBe(members)
      return id === 7 ? kim : null
    })
    expect(await members.byId(7)).toEqual(kim)
    expect(await members.byId(8)).toBeNull()
    members.byId.implement(() => {
      throw new RangeError('mine')
    })
    expect(await rejection(members.byId(7))).toBeInstanceOf(RangeError)
  })

  it('uses up what is set once, in order, before what stands', async () => {
    const members = mock(MemberClient)
    members.byId
      .returns(null)
      .once()
      .returns(kim)
      .once()
      .respond({ status: 503 })
      .once()
      .implement(id => ({ id, name: 'x' }))
    expect(await members.byId(1)).toEqual(kim)
    expect(await rejection(members.byId(2))).toBeInstanceOf(MemberDown)
    expect(await members.byId(3)).toEqual({ id: 3, name: 'x' })
    expect(await members.byId(4)).toBeNull()
    expect(await members.byId(5)).toBeNull()
  })

  it('does what was said last', async () => {
    const members = mock(MemberClient)
    members.byId.returns(kim).returns(null)
    expect(await members.byId(7)).toBeNull()
  })

  it('can be declared as a property', async () => {
    const members = mock(MemberClient)
    members.health.returns('well')
    expect(await members.health()).toBe('well')
  })

  it('is told apart from other calls that run at the same time', async () => {
    const members = mock(MemberClient, {
      async byId(id) {
        return { id, name: (await this.motto()) + id }
      },
    })
    members.motto.once().returns('a').once().returns('b')
    const all = await Promise.all([members.byId(1), members.byId(2)])
    expect(all.map(member => member?.name)).toEqual(['a1', 'b2'])
  })
})

describe('the service that a mock pretends to be', () => {
  it('answers, and the caller sees what the response table makes of it', async () => {
    const members = mock(MemberClient)
    members.byId.respond({ status: 404 })
    expect(await members.byId(7)).toBeNull()
    members.byId.respond({ body: { ...kim, more: 'unknown' } })
    expect(await members.byId(7)).toEqual(kim)
    members.byId.respond({ body: { id: '7' } })
    expect(await rejection(members.byId(7))).toBeInstanceOf(ResponseValidationError)
    members.byId.respond({ headers: { 'content-type': 'text/html' }, body: '<p>' })
    expect(await rejection(members.byId(7))).toBeInstanceOf(DecodeError)
    members.create.respond({ status: 409, body: { title: 'taken' } })
    const taken = await rejection<NameTaken>(members.create({ name: 'kim' }))
    expect(taken).toBeInstanceOf(NameTaken)
    expect(taken.body).toEqual({ title: 'taken' })
  })

  it('answers a reply, text, bytes and a stream', async () => {
    const members = mock(MemberClient)
    members.remove.respond({ status: 409, headers: { 'X-Why': 'posts' }, body: { title: 'has posts' } })
    const removed = await members.remove(7)
    expect([removed.status, removed.headers.get('x-why'), removed.body]).toEqual([
      409,
      'posts',
      { title: 'has posts' },
    ])
    members.motto.respond({ body: 'ever on' })
    expect(await members.motto()).toBe('ever on')
    members.avatar.respond({ body: new Uint8Array([1, 2]) })
    expect([...(await members.avatar())]).toEqual([1, 2])
    members.export.respond({ body: Readable.from(['a', 'b']) })
    expect(await textOf(await members.export())).toBe('ab')
  })

  it('is asked once for each call, whatever the class says of retries', async () => {
    const members = mock(MemberClient)
    members.byId.respond({ status: 503, headers: { 'retry-after': '2' } })
    const error = await rejection<HttpError>(members.byId(7))
    expect(error).toMatchObject({
      status: 503,
      attempts: 1,
      delivery: 'answered',
      method: 'MemberClient.byId',
    })
    expect(error.retryAfter).toBe(2000)
    expect(members.byId.calls).toHaveLength(1)
  })

  it('is behind no circuit breaker and no bulkhead, whatever the class says', async () => {
    @CircuitBreaker({ volume: 1, errorThreshold: 1 })
    @Bulkhead({ concurrent: 1, queue: 0 })
    @Retry({ retries: 3 })
    class Guarded {
      @Get('/a') get(): Promise<unknown> {
        return remote()
      }
    }
    const guarded = mock(Guarded)
    guarded.get.respond({ status: 503 })
    const calls = [guarded.get(), guarded.get(), guarded.get()].map(call => rejection<HttpError>(call))
    expect((await Promise.all(calls)).map(({ status, attempts }) => [status, attempts])).toEqual(
      Array(3).fill([503, 1]),
    )
    expect(await rejection(guarded.get())).toBeInstanceOf(HttpError)
  })

  it('cannot be reached', async () => {
    const members = mock(MemberClient)
    members.byId.respond(failures.refused())
    const refused = await rejection<ConnectionError>(members.byId(7))
    expect(refused).toBeInstanceOf(ConnectionError)
    expect(refused.delivery).toBe('not-sent')
    members.byId.respond(failures.timeout('attempt'))
    expect(await rejection(members.byId(7))).toMatchObject({ phase: 'attempt', delivery: 'unknown' })
    members.byId.rejects(failures.reset())
    expect(await rejection(members.byId(7))).toMatchObject({ code: 'GUISE_CONNECTION', delivery: 'unknown' })
    members.byId.implement(() => {
      throw failures.timeout('connect')
    })
    expect(await rejection(members.byId(7))).toBeInstanceOf(TimeoutError)
  })
})

describe('an argument', () => {
  it('is checked and written as in production', async () => {
    const members = mock(MemberClient)
    members.create.returns(kim)
    members.byId.returns(kim)
    const real = createClient(MemberClient, { url: 'http://mock', transport: mockTransport() })
    for (const call of [
      (client: MemberClient) => client.create({ name: '' }),
      (client: MemberClient) => client.byId(Number.NaN),
      (client: MemberClient) => client.byId(undefined as never),
      (client: MemberClient) => client.byId(7, { timeout: -1 }),
    ]) {
      const error = await rejection<ArgumentError>(call(members))
      expect(error).toBeInstanceOf(ArgumentError)
      expect(error.toJSON()).toEqual((await rejection<ArgumentError>(call(real))).toJSON())
    }
  })

  it('that is wrong uses up no answer', async () => {
    const members = mock(MemberClient)
    members.create.once().returns(kim)
    await rejection(members.create({ name: '' }))
    expect(await members.create({ name: 'kim' })).toEqual(kim)
  })

  it('that is a signal aborts the call with its reason', async () => {
    const members = mock(MemberClient)
    members.byId.implement(() => new Promise<never>(() => {}))
    const reason = new Error('enough')
    expect(await rejection(members.byId(7, { signal: AbortSignal.abort(reason) }))).toBe(reason)
    const controller = new AbortController()
    const call = rejection(members.byId(7, { signal: controller.signal }))
    await new Promise(setImmediate)
    controller.abort(reason)
    expect(await call).toBe(reason)
  })

  it('that is a URL may lead anywhere, for a mock has no list of origins', async () => {
    const members = mock(MemberClient)
    members.follow.returns(kim)
    expect(await members.follow('https://elsewhere.test/next?page=2')).toEqual(kim)
    expect(await members.follow('/next')).toEqual(kim)
    expect(await rejection(members.follow('ftp://x'))).toBeInstanceOf(ArgumentError)
  })
})

describe('an ordinary method of a mock', () => {
  it('runs for real against the routes', async () => {
    const members = mock(MemberClient)
    members.byId.returns(kim)
    expect(await members.nameOf(7)).toBe('kim lee')
    expect(await members.firstName(7)).toBe('kim')
    expect(members.greeting('kim')).toBe('Hello, kim')
    expect(members.byId.calls).toEqual([[7], [7]])
    expect(members.nameOf.calls).toEqual([[7], [7]])
  })

  it('can be told what to do as well', async () => {
    const members = mock(MemberClient)
    members.nameOf
      .returns('lee')
      .once()
      .rejects(new RangeError('mine'))
      .once()
      .implement(async id => `n${id}`)
    expect(await rejection(members.nameOf(1))).toBeInstanceOf(RangeError)
    expect(await members.nameOf(2)).toBe('n2')
    expect(await members.nameOf(3)).toBe('lee')
    members.firstName.returns('kim')
    expect(await members.firstName(7)).toBe('kim')
  })

  it('has no responses of its own', () => {
    const members = mock(MemberClient)
    expect(() => members.nameOf.respond({ status: 404 })).toThrow(
      'MemberClient.nameOf is an ordinary method and has no declared responses',
    )
  })
})

describe('implementations that a mock is made with', () => {
  it('are of routes and of ordinary methods, and stay after a reset', async () => {
    const members = mock(MemberClient, {
      byId: id => ({ id, name: 'kim' }),
      async list() {
        return [(await this.byId(1)) as Member]
      },
      greeting: name => `Hi, ${name}`,
    })
    members.byId.once().returns(null)
    expect(await members.byId(7)).toBeNull()
    members.byId.returns(null)
    reset(members)
    expect(await members.byId(7)).toEqual({ id: 7, name: 'kim' })
    expect(await members.list()).toEqual([{ id: 1, name: 'kim' }])
    expect(members.greeting('lee')).toBe('Hi, lee')
    expect(members.byId.calls).toEqual([[7], [1]])
  })

  it('are of methods that there are', () => {
    expect(() => mock(MemberClient, { byld: () => null } as object)).toThrow(
      new MockError('MemberClient has no method byld; did you mean byId?'),
    )
    expect(() => mock(MemberClient, { made: () => '' } as object)).toThrow('MemberClient has no method made')
  })
})

it('two mocks of one class know nothing of each other', async () => {
  const [one, other] = [mock(MemberClient), mock(MemberClient)]
  one.byId.returns(kim)
  expect(await rejection(other.byId(7))).toBeInstanceOf(MockError)
  verify(one)
  expect(() => verify(other)).toThrow(MockError)
})

it('a union of replies is told apart by its status', async () => {
  const members = mock(MemberClient)
  const headers = new Headers()
  members.remove.returns({ status: 200, headers, body: kim })
  const removed: Reply<200, Member> | Reply<409, { title: string }> = await members.remove(7)
  expect(removed.status === 200 ? removed.body.name : removed.body.title).toBe('kim lee')
})
