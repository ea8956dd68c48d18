// What the compiler says of a mock: tsc reads this file with the others; each marked line must not compile.
import { type ClientOf, HttpError } from 'guise'
import { failures, type Mock, type MockMethod, mock, mockTransport } from 'guise/testing'
import { expect, it } from 'vitest'
import { type Member, MemberClient } from './mock-service.js'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <T extends true>(): T => true as T

/** Only compiled. */
async function right(): Promise<void> {
  const members: Mock<MemberClient> = mock(MemberClient)
  const asClass: MemberClient = members
  const asClient: ClientOf<MemberClient> = members
  members.byId
    .returns({ id: 7, name: 'kim' })
    .once()
    .returns(null)
    .once()
    .rejects(new HttpError({ status: 500 }))
  members.byId.implement(id => ({ id: id.valueOf(), name: 'x' })).implement(async () => null)
  members.rename.returns()
  members.nameOf.returns(undefined)
  members.byId
    .once()
    .respond({ status: 404, headers: { a: ['1', '2'] } })
    .respond(failures.refused())
  const [first] = members.byId.calls
  same<Equal<typeof first, Parameters<MemberClient['byId']> | undefined>>()
  same<Equal<Awaited<ReturnType<typeof members.byId>>, Member | null>>()
  const method: MockMethod<Parameters<MemberClient['list']>, Member[]> = members.list
  const text: string = members.greeting('kim')
  mock(MemberClient, {
    byId: async id => (id.toFixed() === '7' ? null : { id, name: 'x' }),
    greeting: name => name.trim(),
    list() {
      return this.byId(1).then(member => (member === null ? [] : [member]))
    },
  })
  mockTransport(({ query, params }) => ({ status: 200, body: [query, params] }))
  mockTransport({ status: 404 })
  mockTransport(failures.reset())
  mockTransport([{ status: 503 }, failures.timeout('connect'), () => ({}), async () => failures.reset()])
  mockTransport({
    'GET /members/{id}': ({ params }) => ({ body: params.id }),
    'POST /members': { status: 201 },
  })
  void [asClass, asClient, method, text]
}

class Needy {
  constructor(readonly needs: string) {}
}

/** Only compiled. */
async function wrong(): Promise<void> {
  const members = mock(MemberClient)
  // @ts-expect-error a misspelt method
  members.byld.returns(null)
  // @ts-expect-error a member that is wrong
  members.byId.returns({ id: '7', name: 'kim' })
  // @ts-expect-error a member that is missing
  members.byId.returns({ id: 7 })
  // @ts-expect-error a member that is not declared
  members.byId.returns({ id: 7, name: 'kim', more: 1 })
  // @ts-expect-error a promise instead of its value
  members.byId.returns(Promise.resolve(null))
  // @ts-expect-error no value where there has to be one
  members.byId.returns()
  // @ts-expect-error a value that is not declared
  members.list.returns(null)
  // @ts-expect-error no error
  members.byId.rejects('down')
  // @ts-expect-error an answer with another member
  members.byId.respond({ statusCode: 404 })
  // @ts-expect-error an implementation that returns something else
  members.byId.implement(async () => 'kim')
  // @ts-expect-error an implementation that takes something else
  members.byId.implement(async (id: string) => ({ id: 7, name: id }))
  // @ts-expect-error a wrong value after once()
  members.byId.once().returns(7)
  // @ts-expect-error once() is told what to do before it is called
  members.byId.once()(7)
  // @ts-expect-error a method that returns no promise has nothing more than itself
  members.greeting.returns('kim')
  // @ts-expect-error nor has a field
  members.made.calls
  // @ts-expect-error the arguments of a call are typed
  members.byId.calls[0]?.[0].toUpperCase()
  // @ts-expect-error the calls are not the test's to change
  members.byId.calls.push([7])
  // @ts-expect-error an implementation of a method that there is not
  mock(MemberClient, { byld: () => null })
  // @ts-expect-error an implementation of a field
  mock(MemberClient, { made: 'x' })
  // @ts-expect-error an implementation that returns something else
  mock(MemberClient, { byId: () => 7 })
  // @ts-expect-error an argument that is not declared
  mock(MemberClient, { byId: (_id: string) => null })
  // @ts-expect-error a class whose constructor takes arguments
  mock(Needy)
  // @ts-expect-error an answer with another member
  mockTransport({ statusCode: 404 })
  // @ts-expect-error a handler that returns nothing
  mockTransport(() => {})
  // @ts-expect-error a route without its slash
  mockTransport({ 'GET members': { status: 200 } })
  // @ts-expect-error a phase that there is not
  failures.timeout('read')
}

it('is checked by npm run check', () => {
  expect([right, wrong]).toHaveLength(2)
})
