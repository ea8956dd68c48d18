// A real provider is tried by a declaration; the report tells where it breaks it, and shows no credential.
import { inspect } from 'node:util'
import { Bearer, Cookie, DeclarationError, Get, Param, Query, Responses, remote } from 'guise'
import { answer, stub, verifyProvider } from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { json, refusing, serve } from '../client/support.js'
import { rejection } from '../decode/support.js'
import { kim, Member, MemberClient, NameTaken } from './provider-service.js'

describe('a provider that keeps the declaration', () => {
  it('is told so, example by example; methods without one are listed', async () => {
    await using server = await stub(MemberClient, {
      byId: ({ params }) => (params.memberId === '7' ? kim : answer(404)),
      list: () => [kim],
      create: ({ body }) => (body.name === 'kim' ? answer(409) : { id: 8, name: body.name }),
      picture: () => 'png',
    })
    const seen: Member[][] = []
    const report = await verifyProvider(MemberClient, server.url, {
      byId: [[7], { args: [7], resolves: kim }, { args: [0], resolves: null }],
      list: [[], { args: [2, ['a']], resolves: members => void seen.push(members) }],
      create: [
        { args: [{ name: 'lee' }], resolves: async ({ id }) => id === 8 },
        { args: [{ name: 'kim' }], rejects: NameTaken },
      ],
      picture: [[7]],
      remove: [],
    })
    expect(String(report)).toBe(`MemberClient at ${server.url}: 8 examples, all as declared
  ok    MemberClient.byId(7) -> 200
  ok    MemberClient.byId(7) -> 200
  ok    MemberClient.byId(0) -> 404
  ok    MemberClient.list() -> 200
  ok    MemberClient.list(2, [ 'a' ]) -> 200
  ok    MemberClient.create({ name: 'lee' }) -> 201
  ok    MemberClient.create({ name: 'kim' }) -> 409
  ok    MemberClient.picture(7) -> 200
  without an example: MemberClient.remove`)
    expect([report.ok, report.untried, seen]).toEqual([true, ['MemberClient.remove'], [[kim]]])
    expect(report.results[0]).toEqual({
      method: 'MemberClient.byId',
      call: 'byId(7)',
      status: 200,
      ok: true,
      issues: [],
    })
    report.orThrow()
  })
})

describe('the examples', () => {
  it('that do not fit their own declaration are told from a provider that breaks it', async () => {
    await using server = await stub(MemberClient, {})
    const report = await verifyProvider(MemberClient, server.url, { create: [[{ name: '' }]] })
    expect(report.results).toMatchObject([
      { breach: 'arguments', status: undefined, issues: [{ path: ['name'] }] },
    ])
    expect(server.requests).toEqual([])
  })

  it('that are for no route are a mistake', async () => {
    // @ts-expect-error a misspelt name
    const misspelt = verifyProvider(MemberClient, 'http://h', { byld: [[7]] })
    const error = await rejection(misspelt)
    expect(error).toBeInstanceOf(DeclarationError)
    expect(error.message).toContain(
      'no route is named byld; did you mean byId?\n    at verifyProvider(MemberClient, url, examples)',
    )
    await expect(verifyProvider(MemberClient, 'http://h', { nameOf: [[7]] })).rejects.toThrow(
      'no route is named nameOf',
    )
    // @ts-expect-error arguments of another type
    await verifyProvider(MemberClient, await refusing(), { byId: [['7']] })
  })

  it('are made in their order, by a client with the options given', async () => {
    const seen: string[] = []
    const { url } = await serve((request, response) => {
      seen.push(`${request.method} ${request.headers['x-tenant']}`)
      json(response, [kim])
    })
    const examples = { list: [[], [2]], remove: [[7]], byId: [[7]] } as const
    const report = await verifyProvider(MemberClient, url, examples, { headers: { 'x-tenant': 'a' } })
    expect(seen).toEqual(['GET a', 'GET a', 'DELETE a', 'GET a'])
    expect(report.results.map(({ ok }) => ok)).toEqual([true, true, false, false])
    expect(() => report.orThrow()).toThrow('2 of 4 examples not as declared')
  })
})

it('no credential shows in a report', async () => {
  class Api {
    @Get('/items/{id}')
    @Responses({ 200: Member })
    item(
      @Param('id') id: string,
      @Bearer() token: string,
      @Cookie('sid') sid: string,
      @Query('api_key') key: string,
    ): Promise<Member> {
      return remote(id, token, sid, key)
    }
  }
  const CANARY = 'c4n4ry-token'
  const secrets = ['7', CANARY, CANARY, CANARY] as const
  const fails = (value: unknown) => {
    throw new Error(`${value} of ${CANARY}`)
  }
  const { url } = await serve((request, response) =>
    json(response, request.url?.includes('8') ? { id: CANARY } : kim),
  )
  const examples = {
    item: [secrets, ['8', CANARY, CANARY, CANARY], { args: secrets, resolves: fails }],
  } as const
  const report = await verifyProvider(Api, url, examples, { headers: { authorization: `Basic ${CANARY}` } })
  expect(report.results.map(({ breach }) => breach)).toEqual([undefined, 'schema', 'outcome'])
  const thrown = inspect(await rejection(Promise.resolve().then(() => report.orThrow())))
  const outputs = [String(report), JSON.stringify(report), inspect(report, { depth: 9 }), thrown].join('\n')
  expect(outputs).toContain("Api.item('8', '[redacted]', '[redacted]', '[redacted]') -> 200")
  expect(outputs).not.toContain(CANARY)
})
