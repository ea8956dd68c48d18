// A declared service, as small as one can be and still fail in several ways.
import { Body, Client, Get, HttpError, Param, Post, Responses, remote, returns, throws } from 'guise'
import { z } from 'zod'

export const Member = z.object({ id: z.int().positive(), name: z.string() })
export type Member = z.infer<typeof Member>
export const NewMember = z.object({ name: z.string().min(1) })
export type NewMember = z.infer<typeof NewMember>

export class MemberDown extends HttpError {}
export class NameTaken extends HttpError {}

@Client({ name: 'member', path: '/api/members' })
@Responses({ '5xx': throws(MemberDown) })
export class MemberClient {
  @Get('/{memberId}')
  @Responses({ 200: Member, 404: returns(null) })
  byId(@Param('memberId') id: number): Promise<Member | null> {
    return remote(id)
  }

  @Post()
  @Responses({ 201: Member, 409: throws(NameTaken) })
  create(@Body(NewMember) member: NewMember): Promise<Member> {
    return remote(member)
  }
}
