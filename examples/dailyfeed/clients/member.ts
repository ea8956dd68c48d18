// The client of member-svc: who is calling, profiles, and who follows whom.
// biome-ignore-all format: a route is read like a row of a table: what is asked, what may come, what the caller writes
import { Bearer, Body, Client, Get, Param, Post, QueryMap, type Reply, Responses, remote, reply } from 'guise'
import { failed, failures } from './errors.js'
import { Envelope, FollowPage, Ids, Member, MemberProfile, type Paging, Summaries, Summary, SummaryPage, TokenHeaders } from './schemas.js'

@Client({ name: 'member', path: '/api/members' })
@Responses(failures)
export class MemberClient {
  @Get() @Responses({ 200: [failed, Envelope(Member)] })
  getMember(@Bearer() token: string): Promise<Member> { return remote(token) }

  @Get('/profile') @Responses({ 200: [failed, Envelope(MemberProfile)] })
  getMyProfile(@Bearer() token: string): Promise<MemberProfile> { return remote(token) }

  /** Asked for on every request to dailyfeed, so the whole reply: its headers say when to refresh the token. */
  @Get('/summary') @Responses({ 200: [failed, reply(Envelope(Summary), { headers: TokenHeaders })] })
  getMyProfileSummary(@Bearer() token: string): Promise<Reply<200, Summary, TokenHeaders>> { return remote(token) }

  @Get('/followers-followings') @Responses({ 200: [failed, Envelope(FollowPage)] })
  getMyFollowersFollowings(@Bearer() token: string, @QueryMap() paging?: Paging): Promise<FollowPage> { return remote(token, paging) }

  @Get('/followings/more') @Responses({ 200: [failed, Envelope(SummaryPage)] })
  getMyFollowingsMore(@Bearer() token: string, @QueryMap() paging?: Paging): Promise<SummaryPage> { return remote(token, paging) }

  @Get('/followers/more') @Responses({ 200: [failed, Envelope(SummaryPage)] })
  getMyFollowersMore(@Bearer() token: string, @QueryMap() paging?: Paging): Promise<SummaryPage> { return remote(token, paging) }

  @Post('/query/in') @Responses({ 200: [failed, Envelope(Summaries)] })
  getMemberList(@Bearer() token: string, @Body(Ids) memberIds: number[]): Promise<Summary[]> { return remote(token, memberIds) }

  @Get('/query/followings') @Responses({ 200: [failed, Envelope(Summaries)] })
  getMyFollowingMembers(@Bearer() token: string): Promise<Summary[]> { return remote(token) }
}
