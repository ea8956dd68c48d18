/** The README's members: the class at its head, errors, timeouts, a client without a network. */
import {
  Body,
  Client,
  createClient,
  Get,
  GuiseError,
  HttpError,
  type HttpRequest,
  Param,
  Post,
  Responses,
  remote,
  returns,
  TimeoutError,
  type Transport,
  throws,
} from 'guise'
import { type MockAnswer, mockTransport } from 'guise/testing'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'

const Member = z.object({ id: z.number(), name: z.string() })
type Member = z.infer<typeof Member>
const NewMember = z.object({ name: z.string() })
type NewMember = z.infer<typeof NewMember>
const Problem = z.object({ title: z.string() })
class Unauthorized extends HttpError {}
class MemberDown extends HttpError {}
class NameTaken extends HttpError {}

@Client({ name: 'member', path: '/api/members' })
@Responses({ 401: throws(Unauthorized), '5xx': throws(MemberDown) })
class MemberClient {
  @Get('/{memberId}')
  @Responses({ 200: Member, 404: returns(null) })
  byId(@Param('memberId') id: number): Promise<Member | null> {
    return remote(id)
  }

  @Get('{?page,size}')
  @Responses({ 200: Member.array() })
  list(@Param('page') page: number, @Param('size') size?: number): Promise<Member[]> {
    return remote(page, size)
  }

  @Post()
  @Responses({ 201: Member, 409: throws(NameTaken, Problem) })
  create(@Body(NewMember) member: NewMember): Promise<Member> {
    return remote(member)
  }

  /** An undecorated method is an ordinary method: it may call the others. */
  async nameOf(id: number) {
    return (await this.byId(id))?.name
  }
}

const url = 'http://member.test'
const kim = { id: 7, name: 'kim' }

describe('the class at the head of the README', () => {
  const clientFor = (...answers: MockAnswer[]) => {
    const transport = mockTransport(answers)
    return { members: createClient(MemberClient, { url, transport, retry: false }), transport }
  }

  test('calls and maps', async () => {
    const { members, transport } = clientFor(
      { body: kim },
      { body: [kim] },
      { status: 201, body: kim },
      { body: kim },
    )
    expect(await members.byId(7)).toEqual(kim)
    expect(await members.list(0)).toEqual([kim])
    expect(await members.create({ name: 'kim' })).toEqual(kim)
    expect(await members.nameOf(7)).toBe('kim')
    expect(transport.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /api/members/7',
      'GET /api/members?page=0',
      'POST /api/members',
      'GET /api/members/7',
    ])
  })

  test('maps failures', async () => {
    const { members } = clientFor(
      { status: 404 },
      { status: 503 },
      { status: 401 },
      { status: 409, body: { title: 'taken' } },
    )
    expect(await members.byId(7)).toBeNull()
    await expect(members.byId(7)).rejects.toBeInstanceOf(MemberDown)
    await expect(members.byId(7)).rejects.toBeInstanceOf(Unauthorized)
    await expect(members.create({ name: 'kim' })).rejects.toMatchObject({
      name: 'NameTaken',
      body: { title: 'taken' },
    })
  })

  test('errors say what happened', async () => {
    const { members } = clientFor({ status: 302 })
    const reason = await members.byId(7).catch(error => {
      if (error instanceof TimeoutError) return `too slow (${error.phase})`
      if (error instanceof GuiseError) return `${error.code}, request ${error.delivery}`
      throw error
    })
    expect(reason).toBe('GUISE_HTTP, request answered')
  })
})

test('timeouts are options', () => {
  const members = createClient(MemberClient, {
    url,
    timeout: { connect: 1_000, attempt: 2_000, total: 5_000 },
    methods: { byId: { timeout: 500 } },
  })
  expect(members).toBeInstanceOf(MemberClient)
})

test('a client without a network', async () => {
  const sent: HttpRequest[] = []
  const transport: Transport = {
    async send(request) {
      sent.push(request)
      return { status: 404, statusText: '', headers: {}, body: new Uint8Array(), truncated: false }
    },
    async close() {},
  }
  const members = createClient(MemberClient, { url: 'http://member.test', transport })
  expect(await members.byId(7)).toBeNull()
  expect(sent).toMatchObject([{ method: 'GET', origin: 'http://member.test', path: '/api/members/7' }])
})
