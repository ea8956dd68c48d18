/** The example of the design's first section, as a user would write it. */
import {
  Body,
  Client,
  createClient,
  Get,
  Param,
  Post,
  Query,
  Responses,
  remote,
  returns,
  text,
  throws,
} from 'guise'
import { type Equal, type Expect, typeIs } from '../equal.js'
import { Down, Member, NameTaken, NewMember, Problem } from '../fixtures.js'

@Client({ name: 'member', path: '/api/members' })
@Responses({ 401: throws(Down), '5xx': throws(Down) })
export class MemberClient {
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

  @Get('/search')
  @Responses({ 200: Member.array() })
  search(@Query('name') name: string): Promise<Member[]> {
    return remote(name)
  }

  @Post()
  @Responses({ 201: Member, 409: throws(NameTaken, Problem) })
  create(@Body(NewMember) member: NewMember): Promise<Member> {
    return remote(member)
  }

  @Get('/health')
  @Responses({ 200: text() })
  health!: () => Promise<string>

  /** An undecorated method is an ordinary method: it may call the others. */
  async nameOf(id: number) {
    return (await this.byId(id))?.name
  }
}

const members = createClient(MemberClient, { url: 'http://member-svc:8080' })
typeIs<Member | null>()(await members.byId(7))
typeIs<Member[]>()(await members.list(0))
typeIs<Member[]>()(await members.list(0, 20))
typeIs<Member>()(await members.create({ name: 'Ada' }))
typeIs<string>()(await members.health())
typeIs<string | undefined>()(await members.nameOf(7))

export type Checks = [Expect<Equal<Parameters<typeof members.byId>, [id: number]>>]
