// The stub as its users see it: a client of the declared class calls it over a socket.
import {
  Bearer,
  Body,
  Client,
  Cookie,
  createClient,
  Field,
  Get,
  Header,
  Headers,
  HttpError,
  nothing,
  Param,
  Part,
  Patch,
  Post,
  Put,
  Query,
  QueryMap,
  Responses,
  remote,
  returns,
  throws,
} from 'guise'
import { answer, type StubServer, stub } from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { closing } from '../client/support.js'
import { rejection } from '../decode/support.js'

const Member = z.object({ id: z.number(), name: z.string() })
type Member = z.infer<typeof Member>
const NewMember = z.object({ name: z.string().min(1) })
class NameTaken extends HttpError {}

@Client({ name: 'member', path: '/api/members' })
@Headers({ authorization: 'Token {token}' })
class MemberClient {
  @Get('/{memberId}')
  @Headers({ authorization: 'none' })
  @Responses({ 200: Member, 404: returns(null) })
  byId(@Param('memberId') id: number): Promise<Member | null> {
    return remote(id)
  }

  @Get('{?page,size}')
  @Responses({ 200: Member.array() })
  list(
    @Param('page') page: number,
    @Param('size') size?: number,
    @Query('tag') tags?: string[],
    @QueryMap() more?: Record<string, string>,
    @Param('token') token?: string,
  ): Promise<Member[]> {
    return remote(page, size, tags, more, token)
  }

  @Post()
  @Headers({ authorization: 'none' })
  @Responses({ 201: Member, 409: throws(NameTaken, z.object({ message: z.string() })) })
  create(@Body(NewMember) member: z.input<typeof NewMember>): Promise<Member> {
    return remote(member)
  }

  @Put('/{memberId}')
  @Responses({ 204: nothing() })
  login(
    @Param('memberId') id: number,
    @Param('token') token: string,
    @Header('x-trace') trace: string,
    @Cookie('sid') sid: string,
    @Cookie('theme') theme: string,
  ): Promise<void> {
    return remote(id, token, trace, sid, theme)
  }

  @Patch('/{memberId}')
  @Headers({ authorization: 'none' })
  @Responses({ 204: nothing() })
  form(
    @Param('memberId') id: number,
    @Bearer() token: string,
    @Field('name') name: string,
    @Field('tags', { style: 'csv' }) tags: string[],
  ): Promise<void> {
    return remote(id, token, name, tags)
  }

  @Post('/{memberId}/picture')
  @Headers({ authorization: 'none' })
  @Responses({ 204: nothing() })
  picture(
    @Param('memberId') id: number,
    @Part('file', { filename: 'me.png' }) file: Uint8Array,
  ): Promise<void> {
    return remote(id, file)
  }

  async nameOf(id: number): Promise<string | undefined> {
    return (await this.byId(id))?.name
  }
}

const clientOf = ({ url }: StubServer<MemberClient>) =>
  closing(createClient(MemberClient, { url, retry: false }))

describe('a handler', () => {
  it('answers a call with a value, under the first success status', async () => {
    await using server = await stub(MemberClient, {
      byId: ({ params }) => ({ id: Number(params.memberId), name: 'kim' }),
      create: async ({ body }) => ({ id: 8, name: body.name }),
    })
    const members = clientOf(server)
    expect(await members.byId(7)).toEqual({ id: 7, name: 'kim' })
    expect(await members.create({ name: 'lee' })).toEqual({ id: 8, name: 'lee' })
    expect(await members.nameOf(9)).toBe('kim')
    const created = await fetch(`${server.url}/api/members`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"name":"lee"}',
    })
    expect([created.status, created.headers.get('content-type')]).toEqual([201, 'application/json'])
  })

  it('answers with answer(status, body, headers) where a value says too little', async () => {
    await using server = await stub(MemberClient, {
      byId: () => answer(404),
      create: () => answer(409, { message: 'taken' }, { 'X-Reason': 'taken', 'set-cookie': ['a=1', 'b=2'] }),
    })
    const members = clientOf(server)
    expect(await members.byId(7)).toBeNull()
    const error = await rejection<NameTaken>(members.create({ name: 'kim' }))
    expect(error).toBeInstanceOf(NameTaken)
    expect([error.status, error.body, error.headers.get('x-reason')]).toEqual([
      409,
      { message: 'taken' },
      'taken',
    ])
    expect(error.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  })

  it('does not take a value of the service for an answer', async () => {
    class Jobs {
      @Get('/job')
      @Responses({ 200: z.object({ status: z.number(), body: z.string() }) })
      job(): Promise<{ status: number; body: string }> {
        return remote()
      }
    }
    await using server = await stub(Jobs, { job: () => ({ status: 404, body: 'x' }) })
    expect(await closing(createClient(Jobs, { url: server.url })).job()).toEqual({ status: 404, body: 'x' })
  })

  it('gets what the declaration binds: params, query, headers, cookies, bearer, fields, parts', async () => {
    const calls: Record<string, unknown>[] = []
    const keep = (call: object) => void calls.push(call as Record<string, unknown>)
    await using server = await stub(MemberClient, {
      list: call => {
        keep(call)
        return []
      },
      login: keep,
      form: keep,
      picture: keep,
    })
    const members = clientOf(server)
    await members.list(2, undefined, ['a', 'b'], { sort: 'name' }, 't0ken')
    await members.login(7, 't0ken', 'trace-1', 'abc', 'dark')
    await members.form(7, 'jwt', 'kim & lee', ['x,y', 'z'])
    await members.picture(7, Buffer.from('png'))
    const [list, login, form, picture] = calls
    expect([list?.params, list?.query]).toEqual([
      { page: '2', token: 't0ken' },
      { tag: ['a', 'b'], sort: 'name' },
    ])
    expect([login?.params, login?.cookies, login?.body]).toEqual([
      { memberId: '7', token: 't0ken' },
      { sid: 'abc', theme: 'dark' },
      undefined,
    ])
    expect(login?.headers).toMatchObject({ 'x-trace': 'trace-1', authorization: 'Token t0ken' })
    expect([form?.params, form?.bearer, form?.body]).toEqual([
      { memberId: '7' },
      'jwt',
      { name: 'kim & lee', tags: ['x,y', 'z'] },
    ])
    expect(picture?.body).toBeInstanceOf(FormData)
    const file = (picture?.body as FormData | undefined)?.get('file') as File
    expect([file.name, await file.text()]).toEqual(['me.png', 'png'])
  })

  it('may be a method of an object with a state of its own', async () => {
    class Members {
      readonly all = new Map<string, Member>()
      readonly helper = () => 'no route'
      create({ body }: { readonly body: { readonly name: string } }) {
        const member = { id: this.all.size + 1, name: body.name }
        this.all.set(String(member.id), member)
        return member
      }
      byId({ params }: { readonly params: Readonly<Record<string, string>> }) {
        return this.all.get(params.memberId ?? '') ?? answer(404)
      }
    }
    await using server = await stub(MemberClient, new Members())
    const members = clientOf(server)
    const { id } = await members.create({ name: 'kim' })
    expect([await members.byId(id), await members.byId(99)]).toEqual([{ id, name: 'kim' }, null])
  })
})
