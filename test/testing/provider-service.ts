/** The declaration that a provider is tried by. */
import {
  Body,
  Client,
  Delete,
  Get,
  HttpError,
  nothing,
  Param,
  Post,
  Query,
  Responses,
  Retry,
  remote,
  returns,
  stream,
  throws,
} from 'guise'
import { z } from 'zod'

export const Member = z.object({ id: z.number(), name: z.string() })
export type Member = z.infer<typeof Member>
export class NameTaken extends HttpError {}
export class Refused extends HttpError {}

@Client({ name: 'member', path: '/api/members' })
@Responses({ '4xx': throws(Refused) })
@Retry({ retries: 5 })
export class MemberClient {
  @Get('/{memberId}')
  @Responses({ 200: Member, 404: returns(null) })
  byId(@Param('memberId') id: number): Promise<Member | null> {
    return remote(id)
  }

  @Get('{?page}')
  @Responses({ 200: Member.array() })
  list(@Param('page') page?: number, @Query('tags') tags?: string[]): Promise<Member[]> {
    return remote(page, tags)
  }

  @Post()
  @Responses({ 201: Member, 409: throws(NameTaken) })
  create(@Body(z.object({ name: z.string().min(1) })) member: { name: string }): Promise<Member> {
    return remote(member)
  }

  @Delete('/{memberId}')
  @Responses({ 204: nothing() })
  remove(@Param('memberId') id: number): Promise<void> {
    return remote(id)
  }

  @Get('/{memberId}/picture')
  @Responses({ 200: stream() })
  picture(@Param('memberId') id: number): Promise<AsyncIterable<Uint8Array>> {
    return remote(id)
  }

  async nameOf(id: number): Promise<string | undefined> {
    return (await this.byId(id))?.name
  }
}

export const kim: Member = { id: 7, name: 'kim' }
