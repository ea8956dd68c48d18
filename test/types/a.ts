import { z } from 'zod'
import { Body, Call, type CallOptions, Client, Get, Headers, HttpError, Param, Post, Query, QueryMap, type Reply, Responses, remote, reply, returns, text, throws, Bearer } from '../../src/index.js'
const Member = z.object({ id: z.number(), name: z.string() })
type Member = z.infer<typeof Member>
const Problem = z.object({ title: z.string() })
class Down extends HttpError {}
class Own extends Error { constructor(r: { status: number }) { super(String(r.status)) } }
interface Filter { a?: string; b: number[] }
@Client({ name: 'member', path: '/api/members' })
@Headers({ accept: 'x' })
@Responses({ 401: throws(Down), '5xx': throws(Own) })
export class MemberClient {
  @Get('/{memberId}')
  @Responses({ 200: Member, 404: returns(null) })
  byId(@Param('memberId') id: number, @Call() o?: CallOptions): Promise<Member | null> { return remote(id, o) }
  @Get('{?page,size}') @Responses({ 200: Member.array() })
  list(@Param('page') page: number, @Param('size') size?: number): Promise<Member[]> { return remote(page, size) }
  @Post() @Responses({ 201: Member, 409: throws(Down, Problem, { status: p => p.title.length }) })
  create(@Body(Member) member: Member, @QueryMap() f: Filter, @Query('x') x: string[], @Bearer() t?: string): Promise<Member> { return remote(member, f, x, t) }
  @Get('/health') @Responses({ 200: text() }) health!: () => Promise<string>
  @Get('/x') @Responses({ 200: reply(Member), 409: reply(Problem) })
  whole(@Query('d', { style: 'deepObject' }) d: { a: { b: 1 } }): Promise<Reply<200, Member> | Reply<409, { title: string }>> { return remote(d) }
  @Get('/e') @Responses({ 200: Member.array(), 404: returns([]) }) empty(): Promise<Member[]> { return remote() }
}
