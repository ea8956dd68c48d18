// The declared class that the tests of mocks stand in for.

import type { Readable } from 'node:stream'
import {
  Bearer,
  Body,
  bytes,
  Call,
  type CallOptions,
  Client,
  Cookie,
  Delete,
  FieldMap,
  Get,
  Header,
  HeaderMap,
  Headers,
  HttpError,
  nothing,
  Param,
  Part,
  PartMap,
  Post,
  Put,
  Query,
  QueryMap,
  type Reply,
  Responses,
  remote,
  reply,
  returns,
  stream,
  text,
  throws,
  Url,
} from 'guise'
import { z } from 'zod'

export const Member = z.object({ id: z.number(), name: z.string() })
export type Member = z.infer<typeof Member>
export const NewMember = z.object({ name: z.string().min(1), password: z.string().optional() })
export type NewMember = z.infer<typeof NewMember>
export const Problem = z.object({ title: z.string() })

export class MemberDown extends HttpError {}
export class NameTaken extends HttpError {}

@Client({ name: 'member', path: '/api/members' })
@Responses({ '5xx': throws(MemberDown) })
export class MemberClient {
  /** A field of the class's own: it is made with `new`. */
  readonly made: string = 'with new'

  @Get('/{memberId}')
  @Responses({ 200: Member, 404: returns(null) })
  byId(@Param('memberId') id: number, @Call() options?: CallOptions): Promise<Member | null> {
    return remote(id, options)
  }

  @Get('{?page}')
  @Responses({ 200: Member.array() })
  list(@Param('page') page?: number): Promise<Member[]> {
    return remote(page)
  }

  @Post()
  @Responses({ 201: Member, 409: throws(NameTaken, Problem) })
  create(@Body(NewMember) member: NewMember): Promise<Member> {
    return remote(member)
  }

  @Put('/{memberId}/name')
  @Responses({ 204: nothing() })
  rename(@Param('memberId') id: number, @Body() name: string): Promise<void> {
    return remote(id, name)
  }

  @Delete('/{memberId}')
  @Responses({ 200: reply(Member), 409: reply(Problem) })
  remove(@Param('memberId') id: number): Promise<Reply<200, Member> | Reply<409, { title: string }>> {
    return remote(id)
  }

  @Get('/motto')
  @Responses({ 200: text() })
  motto(): Promise<string> {
    return remote()
  }

  @Get('/avatar')
  @Responses({ 200: bytes() })
  avatar(): Promise<Uint8Array> {
    return remote()
  }

  @Get('/export')
  @Responses({ 200: stream() })
  export(): Promise<Readable> {
    return remote()
  }

  /** No response is declared: the type is trusted. */
  @Get('/stats')
  stats(): Promise<{ count: number }> {
    return remote()
  }

  @Get()
  @Responses({ 200: Member })
  follow(@Url() url: string): Promise<Member> {
    return remote(url)
  }

  /** A property can be a route too. */
  @Get('/health')
  @Responses({ 200: text() })
  health!: () => Promise<string>

  /** Ordinary methods. */
  async nameOf(id: number): Promise<string | undefined> {
    return (await this.byId(id))?.name
  }

  greeting(name: string): string {
    return `Hello, ${name}`
  }

  readonly firstName = async (id: number): Promise<string | undefined> =>
    (await this.nameOf(id))?.split(' ')[0]
}

/** A class whose calls carry credentials in every place that can hold one. */
@Headers({ authorization: 'Basic {basic}' })
export class SecretClient {
  @Post('/sessions{?token}')
  @Responses({ 201: z.object({ ok: z.boolean() }) })
  open(
    @Param('basic') basic: string,
    @Param('token') token: string,
    @Query('key') key: string,
    @Header('x-api-key') apiKey: string,
    @HeaderMap() headers: Record<string, string>,
    @Cookie('sid') cookie: string,
    @Body() body: { user: string; password: string; nested: { accessToken: string }[] },
    @Call() options?: CallOptions,
  ): Promise<{ ok: boolean }> {
    return remote(basic, token, key, apiKey, headers, cookie, body, options)
  }

  @Post('/search')
  @Headers({ authorization: 'none' })
  @Responses({ 200: z.unknown() })
  search(
    @QueryMap() query: Record<string, string>,
    @FieldMap() fields: Record<string, string>,
  ): Promise<unknown> {
    return remote(query, fields)
  }

  @Post('/upload')
  @Headers({ authorization: 'none' })
  @Responses({ 200: z.unknown() })
  upload(
    @Part('client_secret') secret: string,
    @PartMap() more: Record<string, string>,
    @Header('proxy') plain: string,
  ): Promise<unknown> {
    return remote(secret, more, plain)
  }

  @Get()
  @Headers({ authorization: 'none' })
  @Responses({ 200: z.unknown() })
  at(@Url() url: string, @Bearer() token: string): Promise<unknown> {
    return remote(url, token)
  }
}
