import { Body, Client, Get, Post, Param, Query, Responses, createClient, remote, returns, throws, HttpError, ArgumentError, Bearer } from 'guise'
import { mock, verify, reset, failures, MockError } from 'guise/testing'
import { z } from 'zod'
import { it } from 'vitest'

const Member = z.object({ id: z.number(), name: z.string() })
type Member = z.infer<typeof Member>
class Down extends HttpError {}
@Client({ name: 'member', path: '/api/members' })
@Responses({ '5xx': throws(Down) })
class MemberClient {
  @Get('/{memberId}')
  @Responses({ 200: Member, 404: returns(null) })
  byId(@Param('memberId') id: number, @Bearer() token?: string): Promise<Member | null> { return remote(id, token) }
  @Post()
  @Responses({ 201: Member })
  create(@Body(z.object({ name: z.string().min(1) })) member: { name: string }, @Query('password') password?: string): Promise<Member> { return remote(member, password) }
  async nameOf(id: number) { return (await this.byId(id))?.name }
}
const tryIt = async (f: () => unknown) => { try { console.log('=>', await f()) } catch (e) { console.log((e as Error).stack, '\ncause:', (e as Error).cause, '\nexpected', (e as MockError).expected, '\nactual', (e as MockError).actual) } }
it('x', async () => {
  const members = mock(MemberClient)
  console.log(members, members instanceof MemberClient, members.byId.length, members.byId.name)
  await tryIt(() => members.byId(7, 'tok-c4n4ry'))
  await tryIt(() => members.byId.returns({ id: '7', name: 'kim' } as never))
  await tryIt(() => members.create({ name: '' }, 'hunter2'))
  members.byId.once().returns({ id: 1, name: 'a' }).once().respond({ status: 404 }).once().rejects(new TypeError('x'))
  await tryIt(() => members.byId(1))
  await tryIt(() => verify(members))
  reset(members)
  members.byId.once().returns({ id: 1, name: 'a' })
  members.create.once().returns({ id: 1, name: 'a' })
  members.byId.once().respond(failures.refused())
  await tryIt(() => members.byId(1))
  await tryIt(() => members.nameOf(2))
  await tryIt(() => members.create({ name: 'a' }))
  await tryIt(() => verify(members, { inOrder: true }))
  members.byId.respond({ status: 503, headers: { 'retry-after': '3' }, body: { a: 1 } })
  await tryIt(() => members.byId(1))
  await tryIt(() => members.byId(undefined as never))
})
