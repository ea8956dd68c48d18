// undici's own MockAgent as the dispatcher of a client, of both majors: a client takes any dispatcher.

import type { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import {
  Body,
  Client,
  type ClientOptions,
  ConnectionError,
  close,
  createClient,
  Get,
  HttpError,
  Param,
  Post,
  Query,
  type Reply,
  Responses,
  remote,
  reply,
  returns,
  stream,
  TimeoutError,
  throws,
} from 'guise'
import { testClock } from 'guise/testing'
import type { MockAgent } from 'undici'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { rejection } from '../decode/support.js'
import { closing } from './support.js'

const url = 'http://member.test'
const Member = z.object({ id: z.number(), name: z.string() })
type Member = z.infer<typeof Member>
const kim = { id: 7, name: 'kim' }
const json = { headers: { 'content-type': 'application/json' } }

class NameTaken extends HttpError {}

@Client({ path: '/members' })
class MemberClient {
  @Get('/{id}')
  @Responses({ 200: Member, 404: returns(null) })
  byId(@Param('id') id: number): Promise<Member | null> {
    return remote(id)
  }

  @Get()
  @Responses({ 200: reply(Member.array()) })
  list(@Query('tag') tags: string[]): Promise<Reply<200, Member[]>> {
    return remote(tags)
  }

  @Post()
  @Responses({ 201: Member, 409: throws(NameTaken) })
  create(@Body() member: { name: string }): Promise<Member> {
    return remote(member)
  }

  @Get('/export')
  @Responses({ 200: stream() })
  export(): Promise<Readable> {
    return remote()
  }
}

/** undici 8 fails on older ones while it is imported. */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const new22 = major > 22 || (major === 22 && minor >= 19)

/** What both majors have; that of the other one is another type to the compiler. */
type Undici = { readonly MockAgent: new () => MockAgent }

describe.each<[string, boolean, () => Promise<unknown>]>([
  ['undici 7', true, () => import('undici')],
  [`undici 8${new22 ? '' : ' (skipped: it needs Node 22.19 or newer)'}`, new22, () => import('undici-8')],
])('a MockAgent of %s', (_name, runs, load) => {
  let agent: MockAgent
  beforeEach(async context => {
    if (!runs) return context.skip()
    const { MockAgent } = (await load()) as Undici
    agent = new MockAgent()
    agent.disableNetConnect()
    return () => agent.close()
  })
  afterEach(() => {
    if (runs) agent.assertNoPendingInterceptors()
  })

  const clientOf = (options: Partial<ClientOptions<MemberClient>> = {}) =>
    closing(createClient(MemberClient, { url, dispatcher: agent, ...options }))

  it('answers: a value, and a status that the table knows', async () => {
    const members = clientOf()
    agent.get(url).intercept({ path: '/members/7' }).reply(200, kim, json)
    agent.get(url).intercept({ path: '/members/8' }).reply(404)
    expect(await members.byId(7)).toEqual(kim)
    expect(await members.byId(8)).toBeNull()
  })

  it('matches by query, headers and body, and shows them to its own handler', async () => {
    const members = clientOf({ headers: { 'x-tenant': 'acme' } })
    const headers = { 'x-tenant': 'acme', 'content-type': 'application/json' }
    const seen: unknown[] = []
    agent
      .get(url)
      .intercept({ path: '/members', query: { tag: ['a b', 'c'] }, headers: { 'x-tenant': 'acme' } })
      .reply(200, [kim], { headers: { ...json.headers, 'set-cookie': ['a=1', 'b=2'] } })
    agent
      .get(url)
      .intercept({ path: '/members', method: 'POST', headers, body: '{"name":"kim"}' })
      .reply(
        201,
        ({ path, method, headers, body }) => {
          seen.push([method, path, String(body), (headers as Record<string, string>)['x-tenant']])
          return kim
        },
        json,
      )
    const listed = await members.list(['a b', 'c'])
    expect([listed.body, listed.headers.getSetCookie()]).toEqual([[kim], ['a=1', 'b=2']])
    expect(await members.create({ name: 'kim' })).toEqual(kim)
    expect(seen).toEqual([['POST', '/members', '{"name":"kim"}', 'acme']])
  })

  it('keeps a history of the calls', async () => {
    const members = clientOf()
    agent.enableCallHistory()
    agent.get(url).intercept({ path: '/members', method: 'POST' }).reply(409)
    expect(await rejection(members.create({ name: 'kim' }))).toBeInstanceOf(NameTaken)
    const call = agent.getCallHistory()?.lastCall()
    expect([call?.method, call?.fullUrl, String(call?.body)]).toEqual([
      'POST',
      'http://member.test/members',
      '{"name":"kim"}',
    ])
  })

  it('is asked again where a retry is due', async () => {
    const clock = testClock()
    const members = clientOf({ clock })
    agent.get(url).intercept({ path: '/members/7' }).reply(503)
    agent.get(url).intercept({ path: '/members/7' }).reply(200, kim, json)
    expect(await clock.run(members.byId(7))).toEqual(kim)
  })

  it('breaks the connection: what was thrown is the cause', async () => {
    const members = clientOf({ retry: false })
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    agent.get(url).intercept({ path: '/members/7' }).replyWithError(refused)
    const error = await rejection(members.byId(7))
    expect(error).toBeInstanceOf(ConnectionError)
    expect(error).toMatchObject({ attempts: 1, cause: refused })
  })

  it('knows no route but its own, and lets nothing through', async () => {
    const members = clientOf({ retry: false })
    const error = await rejection(members.byId(9))
    expect(error).toBeInstanceOf(ConnectionError)
    expect((error.cause as Error).name).toBe('MockNotMatchedError')
  })

  it('answers too late: the deadline of the client holds', async () => {
    const clock = testClock()
    const members = clientOf({ clock, retry: false, timeout: 100 })
    agent.get(url).intercept({ path: '/members/7' }).reply(200, kim, json).delay(3_600_000)
    const call = rejection(members.byId(7))
    await clock.advance(100)
    expect(await call).toBeInstanceOf(TimeoutError)
  })

  it('sends what is compressed, and what is read as a stream', async () => {
    const members = clientOf()
    const gzip = { headers: { ...json.headers, 'content-encoding': 'gzip' } }
    agent
      .get(url)
      .intercept({ path: '/members/7' })
      .reply(200, gzipSync(JSON.stringify(kim)), gzip)
    agent.get(url).intercept({ path: '/members/export' }).reply(200, Buffer.from('a,b\n'))
    expect(await members.byId(7)).toEqual(kim)
    const chunks = await (await members.export()).toArray()
    expect(Buffer.concat(chunks).toString()).toBe('a,b\n')
  })

  it('stays open when the client is closed, and serves another one', async () => {
    const first = clientOf()
    await close(first)
    agent.get(url).intercept({ path: '/members/7' }).reply(200, kim, json).times(2)
    expect(await clientOf().byId(7)).toEqual(kim)
    expect(await clientOf().byId(7)).toEqual(kim)
  })

  it('answers through interceptors that are composed with it', async () => {
    const seen: unknown[] = []
    const dispatcher = agent.compose(dispatch => (options, handler) => {
      seen.push(options.path)
      return dispatch(options, handler)
    })
    agent.get(url).intercept({ path: '/members/7' }).reply(200, kim, json)
    expect(await clientOf({ dispatcher }).byId(7)).toEqual(kim)
    expect(seen).toEqual(['/members/7'])
  })
})
