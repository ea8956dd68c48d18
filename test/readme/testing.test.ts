/** The README's tests: as users write them, here with vitest; `npm run test:runners` runs such a suite under all three. */
import {
  Body,
  Client,
  createClient,
  Get,
  GuiseError,
  HttpError,
  Param,
  Post,
  Responses,
  remote,
  returns,
  throws,
} from 'guise'
import { failures, mock, mockTransport, stub, testClock, verify } from 'guise/testing'
import { MockAgent } from 'undici'
import { expect, test } from 'vitest'
import { z } from 'zod'

const Member = z.object({ id: z.number(), name: z.string() })
type Member = z.infer<typeof Member>
const NewMember = z.object({ name: z.string() })
type NewMember = z.infer<typeof NewMember>
class MemberDown extends HttpError {}

@Client({ name: 'member', path: '/api/members' })
@Responses({ '5xx': throws(MemberDown) })
class MemberClient {
  @Get('/{memberId}')
  @Responses({ 200: Member, 404: returns(null) })
  byId(@Param('memberId') id: number): Promise<Member | null> {
    return remote(id)
  }

  @Post()
  @Responses({ 201: Member })
  create(@Body(NewMember) member: NewMember): Promise<Member> {
    return remote(member)
  }
}

/** What the README's tests test. */
class Greeter {
  readonly #members: MemberClient
  constructor(members: MemberClient) {
    this.#members = members
  }

  async greet(id: number): Promise<string> {
    try {
      const member = await this.#members.byId(id)
      return member === null ? 'Hello, stranger' : `Hello, ${member.name}`
    } catch (error) {
      if (error instanceof GuiseError) return 'Hello'
      throw error
    }
  }
}

const url = 'http://member-svc'
const kim = { id: 7, name: 'kim' }

test('greets a member by name', async () => {
  const members = mock(MemberClient, { byId: id => ({ id, name: 'kim' }) })
  expect(await new Greeter(members).greet(7)).toBe('Hello, kim')
  expect(members.byId.calls).toEqual([[7]])
})

test('greets anybody while the service is down', async () => {
  const members = mock(MemberClient)
  members.byId.once().respond({ status: 404 }) // null, by the response table
  members.byId.once().respond({ status: 503 }) // MemberDown
  members.byId.once().respond(failures.refused()) // ConnectionError
  const greeter = new Greeter(members)
  const greetings = [await greeter.greet(7), await greeter.greet(7), await greeter.greet(7)]
  expect(greetings).toEqual(['Hello, stranger', 'Hello', 'Hello'])
  verify(members)
})

test('waits for as long as the service says', async () => {
  const clock = testClock()
  const transport = mockTransport([{ status: 503, headers: { 'retry-after': '5' } }, { body: kim }])
  const members = createClient(MemberClient, { url, transport, clock })
  expect(await clock.run(members.byId(7))).toEqual(kim) // five seconds in no time
  expect(transport.requests.map(({ path }) => path)).toEqual(['/api/members/7', '/api/members/7'])
})

test('works over a network', async () => {
  await using server = await stub(MemberClient, {
    byId: ({ params }) => ({ id: Number(params.memberId), name: 'kim' }),
  })
  await using members = createClient(MemberClient, { url: server.url, retry: false })
  expect(await members.byId(7)).toEqual(kim)
  server.fault('byId', { status: 503 })
  await expect(members.byId(7)).rejects.toBeInstanceOf(MemberDown)
})

test('a MockAgent of undici answers', async () => {
  const agent = new MockAgent()
  agent.disableNetConnect()
  const json = { headers: { 'content-type': 'application/json' } }
  agent.get('http://member-svc').intercept({ path: '/api/members/7' }).reply(200, kim, json)
  await using members = createClient(MemberClient, { url, dispatcher: agent })
  expect(await members.byId(7)).toEqual(kim)
  agent.assertNoPendingInterceptors()
  await agent.close()
})

test('the table of the README tells what a mock refuses', async () => {
  const members = mock(MemberClient)
  expect(() => members.byId.returns({ id: '7', name: 'kim' } as never)).toThrow(
    'can never lead to this value',
  )
  // An unexpected call, and a wrong argument; both rejected, and kept for `verify`.
  await expect(members.byId(7)).rejects.toThrow('MemberClient.byId(7) was not expected')
  await expect(members.create({ name: 1 } as never)).rejects.toThrow(GuiseError)
  members.byId.once().returns(null)
  expect(() => verify(members)).toThrow(
    /byId\(7\) was not expected.*has a wrong argument.*1 of 1 once\(\) answer was not used/s,
  )
})
