// The client of member-svc: who is calling, who the others are, and who follows whom.
// biome-ignore-all format: a route is read like a row of a table, so its decorators and its empty body take no lines.
import { Bearer, Body, Client, Get, Param, Post, QueryMap, type Reply, Responses, remote, reply } from 'guise'
import {
  Envelope, FollowPage, Ids, Member, MemberProfile, type Paging, Summaries, Summary, SummaryPage, TokenHeaders,
} from '../schemas.js'
import { failed, failures } from './errors.js'

@Client({ name: 'member', path: '/api/members' }) @Responses(failures)
export class MemberClient {
  @Get() @Responses({ 200: [failed, Envelope(Member)] })
  getMember(@Bearer() token: string): Promise<Member> { return remote(token) }
  @Get('/profile') @Responses({ 200: [failed, Envelope(MemberProfile)] })
  getMyProfile(@Bearer() token: string): Promise<MemberProfile> { return remote(token) }

  /** The whole reply, since each request to dailyfeed begins here: its headers say when the token needs a refresh. */
  @Get('/summary') @Responses({ 200: [failed, reply(Envelope(Summary), { headers: TokenHeaders })] })
  getMyProfileSummary(@Bearer() token: string): Promise<Reply<200, Summary, TokenHeaders>> { return remote(token) }

  @Get('/followers-followings') @Responses({ 200: [failed, Envelope(FollowPage)] })
  getMyFollowersFollowings(@Bearer() token: string, @QueryMap() paging?: Paging): Promise<FollowPage> {
    return remote(token, paging)
  }
  @Get('/followings/more') @Responses({ 200: [failed, Envelope(SummaryPage)] })
  getMyFollowingsMore(@Bearer() token: string, @QueryMap() paging?: Paging): Promise<SummaryPage> {
    return remote(token, paging)
  }
  @Get('/followers/more') @Responses({ 200: [failed, Envelope(SummaryPage)] })
  getMyFollowersMore(@Bearer() token: string, @QueryMap() paging?: Paging): Promise<SummaryPage> {
    return remote(token, paging)
  }

  @Post('/query/in') @Responses({ 200: [failed, Envelope(Summaries)] })
  getMemberList(@Bearer() token: string, @Body(Ids) ids: number[]): Promise<Summary[]> { return remote(token, ids) }
  @Get('/query/followings') @Responses({ 200: [failed, Envelope(Summaries)] })
  getMyFollowingMembers(@Bearer() token: string): Promise<Summary[]> { return remote(token) }

  @Get('/{id}') @Responses({ 200: [failed, Envelope(Member)] })
  getMemberById(@Bearer() token: string, @Param('id') id: number): Promise<Member> { return remote(token, id) }
  @Get('/{id}/profile') @Responses({ 200: [failed, Envelope(MemberProfile)] })
  getProfileById(@Bearer() token: string, @Param('id') id: number): Promise<MemberProfile> { return remote(token, id) }
  @Get('/{id}/summary') @Responses({ 200: [failed, Envelope(Summary)] })
  getSummaryById(@Bearer() token: string, @Param('id') id: number): Promise<Summary> { return remote(token, id) }

  @Get('/{id}/followers-followings') @Responses({ 200: [failed, Envelope(FollowPage)] })
  getFollowersFollowingMembersById(
    @Bearer() token: string, @Param('id') id: number, @QueryMap() paging?: Paging,
  ): Promise<FollowPage> { return remote(token, id, paging) }
  @Get('/{id}/followers/more') @Responses({ 200: [failed, Envelope(SummaryPage)] })
  getFollowersMoreById(
    @Bearer() token: string, @Param('id') id: number, @QueryMap() paging?: Paging,
  ): Promise<SummaryPage> { return remote(token, id, paging) }
  @Get('/{id}/followings/more') @Responses({ 200: [failed, Envelope(SummaryPage)] })
  getFollowingsMoreById(
    @Bearer() token: string, @Param('id') id: number, @QueryMap() paging?: Paging,
  ): Promise<SummaryPage> { return remote(token, id, paging) }
}
