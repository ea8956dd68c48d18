// A stub as a server: what it keeps, where it listens, how it ends, and what it refuses to start with.
import {
  Body,
  Client,
  close,
  createClient,
  DeclarationError,
  Get,
  Param,
  Post,
  Responses,
  remote,
  returns,
} from 'guise'
import { answer, StubError, type StubServer, stub } from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { closing, gate } from '../client/support.js'
import { rejection } from '../decode/support.js'

const Member = z.object({ id: z.number(), name: z.string() })
type Member = z.infer<typeof Member>

@Client({ name: 'member', path: '/api/members' })
class MemberClient {
  @Get('/{memberId}')
  @Responses({ 200: Member, 404: returns(null) })
  byId(@Param('memberId') id: number): Promise<Member | null> {
    return remote(id)
  }

  @Post()
  @Responses({ 201: Member })
  create(@Body(Member.omit({ id: true })) member: { name: string }): Promise<Member> {
    return remote(member)
  }

  async nameOf(id: number): Promise<string | undefined> {
    return (await this.byId(id))?.name
  }
}

const clientOf = ({ url }: StubServer<MemberClient>) =>
  closing(createClient(MemberClient, { url, retry: false }))

describe('the server', () => {
  it('keeps the requests, with the route that each was matched to', async () => {
    await using server = await stub(MemberClient, { create: () => ({ id: 1, name: 'kim' }) })
    await clientOf(server).create({ name: 'kim' })
    const [request, ...others] = server.requests
    expect(others).toEqual([])
    expect(request).toMatchObject({
      route: 'create',
      verb: 'POST',
      path: '/api/members',
      body: { name: 'kim' },
    })
    expect(String(Buffer.from(request?.bytes ?? []))).toBe('{"name":"kim"}')
  })

  it('listens at the port and address that were asked for', async () => {
    const free = await stub(MemberClient, {})
    await free.close()
    const port = Number(new URL(free.url).port)
    await using server = await stub(MemberClient, { byId: () => answer(404) }, { port, host: '::1' })
    expect(server.url).toBe(`http://[::1]:${port}`)
    expect(await clientOf(server).byId(1)).toBeNull()
    await expect(stub(MemberClient, {}, { port, host: '::1' })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  it('is closed at once, however many requests it holds, and twice without harm', async () => {
    const asked = gate()
    const server = await stub(MemberClient, {
      byId: () => {
        asked.open()
        return new Promise(() => {})
      },
    })
    const members = createClient(MemberClient, { url: server.url, retry: false })
    const call = rejection(members.byId(7))
    await asked.opened
    await Promise.all([server.close(), server.close()])
    expect(await call).toMatchObject({ code: 'GUISE_CONNECTION', delivery: 'unknown' })
    expect(await rejection(members.byId(7))).toMatchObject({ code: 'GUISE_CONNECTION', delivery: 'not-sent' })
    await close(members)
  })

  it('refuses handlers that are for no route', async () => {
    // @ts-expect-error a misspelt name
    const misspelt = stub(MemberClient, { byld: () => null })
    const error = await rejection(misspelt)
    expect(error).toBeInstanceOf(DeclarationError)
    expect(error.message).toContain(
      'no route is named byld; did you mean byId?\n    at stub(MemberClient, handlers)',
    )
    await expect(stub(MemberClient, { nameOf: () => 'kim' })).rejects.toThrow('no route is named nameOf')
  })

  it('throws what it saw when it is verified or closed, unless that has been taken off', async () => {
    const server = await stub(MemberClient, {})
    server.verify()
    expect((await fetch(`${server.url}/nowhere`)).status).toBe(404)
    expect(() => server.verify()).toThrow(StubError)
    await fetch(`${server.url}/elsewhere`)
    await expect(server.close()).rejects.toThrow(
      /^the stub of MemberClient saw 2 mistakes:\n {2}GET \/nowhere: [\s\S]*\n {2}GET \/elsewhere: /,
    )
    server.mistakes.splice(0)
    await server.close()
  })
})
