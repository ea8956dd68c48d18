// The bugs of the reference system that the clients make impossible, each under its number.
import { close, contractOf, createClient, ResponseValidationError } from 'guise'
import { describe, expect, it } from 'vitest'
import {
  BadRequest,
  Conflict,
  DailyfeedError,
  NotFound,
  ServiceUnavailable,
  TooManyRequests,
  Unauthorized,
  Unprocessable,
} from '../../examples/dailyfeed/clients/errors.js'
import { MemberClient } from '../../examples/dailyfeed/clients/member.js'
import { PostClient, TimelineClient } from '../../examples/dailyfeed/clients/posts.js'
import type { Fault, TimelineRoute } from '../../examples/dailyfeed/services/index.js'
import { first, kim, lee, ok, scroll } from './seed.js'
import { errorOf, modes, useSettings } from './setting.js'

const settings = useSettings()
const SUMMARY = 'GET /api/members/summary'
const POST: TimelineRoute = 'GET /api/timeline/posts/{postId}'
const written = { memberId: 1, postId: 10, activityType: 'POST_CREATE' } as const

describe.each(modes)('%s', mode => {
  it.each<[string, Fault, typeof DailyfeedError, number]>([
    ['503 with JSON', { status: 503 }, ServiceUnavailable, 503],
    ['500 with any JSON object', { status: 500, body: { any: 1 } }, ServiceUnavailable, 500],
    ['502 with a page of HTML', { htmlError: 502 }, ServiceUnavailable, 502],
    ['500 with nothing', { emptyError: 500 }, ServiceUnavailable, 500],
    ['302', { status: 302, headers: { location: '/api/members' } }, DailyfeedError, 302],
    ['304', { status: 304 }, DailyfeedError, 304],
  ])('B1: %s is no success', async (_name, fault, Class, status) => {
    const { feed, clients } = settings[mode]
    feed.member.fault(SUMMARY, { ...fault, times: 'always' })
    const error = await errorOf(clients.member.getMyProfileSummary('t1'))
    expect(error).toBeInstanceOf(Class)
    expect(error).toMatchObject({ status, attempts: feed.member.received.length })
  })

  it.each<[string, Fault]>([
    ['500 with any JSON object', { status: 500, body: { any: 1 } }],
    ['500 with a page of HTML', { htmlError: 500 }],
    ['500 with nothing', { emptyError: 500 }],
    ['302', { status: 302, headers: { location: '/login' } }],
    ['200 with any JSON object', { status: 200, body: { any: 1 } }],
    ['200 without data', { status: 200, body: { status: 200, result: 'SUCCESS', data: null } }],
    ['200 with an error', { errorEnvelope: { statusCode: 500 } }],
    ['a reset', { resetBeforeHeaders: true }],
  ])('B2: member-svc answering %s lets nobody in', async (_name, fault) => {
    const { feed, clients } = settings[mode]
    feed.member.fault(SUMMARY, { ...fault, times: 'always' })
    const guarded = async () => {
      const { body: caller } = await clients.member.getMyProfileSummary('t1')
      return clients.activity.createPostsMemberActivity(
        't1',
        { ...written, memberId: caller.memberId },
        'e-1',
      )
    }
    expect(await errorOf(guarded())).toBeInstanceOf(Error)
    expect(feed.activity.received).toEqual([])
  })

  it('B3: a failure under HTTP 200 is not taken for a delivery', async () => {
    const { feed, clients } = settings[mode]
    feed.activity.fault('POST /api/member-activities/posts', { errorEnvelope: { statusCode: 500 } })
    const error = await errorOf(clients.activity.createPostsMemberActivity('t1', written, 'e-1'))
    expect(error).toBeInstanceOf(ServiceUnavailable)
    expect(error).toMatchObject({ status: 500, delivery: 'answered' })
    expect(feed.activity.received).toMatchObject([{ status: 200 }])
    expect(feed.activity.stored).toEqual([])
  })

  it('B8: what is said of a token reaches the caller, on a success and on a failure', async () => {
    const { member } = settings[mode].clients
    const fresh = await member.getMyProfileSummary('t1')
    expect(fresh.headers).toEqual({ refreshNeeded: false, reloginRequired: false })
    const old = await member.getMyProfileSummary('t-oldkey')
    expect(old).toEqual({ status: 200, body: kim, headers: { refreshNeeded: true, reloginRequired: false } })

    const expired = await errorOf(member.getMyProfileSummary('t-expired'))
    expect(expired).toBeInstanceOf(Unauthorized)
    expect(expired).toMatchObject({ token: { refreshNeeded: true, reloginRequired: false } })
    const blacklisted = await errorOf(member.getMember('t-blacklisted'))
    expect(blacklisted).toMatchObject({ token: { refreshNeeded: false, reloginRequired: true } })
  })

  it('B9: each status keeps its class, and the error names the service that sent it', async () => {
    const { feed, clients } = settings[mode]
    const missing = await errorOf(clients.timeline.getPostById('t1', 99))
    expect(missing).toBeInstanceOf(NotFound)
    expect(missing).toMatchObject({ client: 'timeline', method: 'TimelineClient.getPostById' })
    for (const [status, Class] of [
      [409, Conflict],
      [422, Unprocessable],
    ] as const) {
      feed.timeline.fault(POST, { status })
      expect(await errorOf(clients.timeline.getPostById('t1', 10))).toBeInstanceOf(Class)
    }
    feed.timeline.fault(POST, { retryAfter: 60, times: 'always' })
    const busy = await errorOf(clients.timeline.getPostById('t1', 10))
    expect(busy).toBeInstanceOf(TooManyRequests)
    expect(busy).toMatchObject({ status: 429, retryAfter: 60_000, attempts: 1 })
  })

  it('B10: a post is not taken for its counts', async () => {
    const { feed, clients } = settings[mode]
    await clients.timeline.getPostItemCounts('t1', 10)
    expect(feed.timeline.received.map(({ path }) => path)).toEqual(['/api/timeline/statistics/posts/10'])
    feed.timeline.fault('GET /api/timeline/statistics/posts/{postId}', { status: 200, body: ok(first) })
    expect(await errorOf(clients.timeline.getPostItemCounts('t1', 10))).toBeInstanceOf(
      ResponseValidationError,
    )
  })

  it('B11: an endpoint that is gone is a NotFound that names the method; a page of followers decodes', async () => {
    const { feed, clients } = settings[mode]
    const error = await errorOf(clients.post.getPostList('t1', [10]))
    expect(error).toBeInstanceOf(NotFound)
    expect(error).toMatchObject({ method: 'PostClient.getPostList' })
    expect(feed.content.received).toMatchObject([{ route: null, status: 404 }])
    expect(await clients.member.getMyFollowersFollowings('t1', { size: 1 })).toEqual({
      followers: scroll([lee], 0, 1),
      followings: scroll([lee], 0, 1, true),
    })
  })

  it.each(['t1', 'Bearer t1'])('B12: the token %j is sent with one Bearer', async token => {
    const { feed, clients } = settings[mode]
    await clients.member.getMember(token)
    expect(feed.member.received[0]?.headers.authorization).toBe('Bearer t1')
  })

  it.each([20_000, 200_000])(
    'B13: a failure with a body of %i bytes gives its connection back',
    async size => {
      const { feed } = settings[mode]
      const member = createClient(MemberClient, { url: feed.member.url, connections: 1 })
      const lift = feed.member.fault(SUMMARY, {
        status: 404,
        body: { page: 'x'.repeat(size) },
        times: 'always',
      })
      const calls = Array.from({ length: 20 }, () => errorOf(member.getMyProfileSummary('t1')))
      for (const error of await Promise.all(calls)) expect(error).toBeInstanceOf(NotFound)
      lift()
      expect((await member.getMyProfileSummary('t1')).body).toEqual(kim)
      await close(member)
    },
  )

  it.each<[number, string, typeof DailyfeedError]>([
    [404, '댓글이 존재하지 않습니다', NotFound],
    [400, '이미 좋아요를 누른 댓글입니다', BadRequest],
    [400, '부모 댓글과 게시글이 일치하지 않습니다', BadRequest],
  ])('B16: %i "%s" is exchanged for nothing else', async (statusCode, message, Class) => {
    const { feed, clients } = settings[mode]
    feed.activity.fault('POST /api/member-activities/comments/likes', {
      errorEnvelope: { statusCode, message },
    })
    const like = { memberId: 1, postId: 10, commentId: 7, activityType: 'LIKE_COMMENT' } as const
    const error = await errorOf(clients.activity.createCommentLikeActivity('t1', like, 'e-1'))
    expect(error).toBeInstanceOf(Class)
    expect(error).toMatchObject({ status: statusCode, body: { statusCode, message } })
  })

  it('B17: the type of a result is checked at run time', async () => {
    const { feed, clients } = settings[mode]
    feed.timeline.fault(POST, { status: 200, body: ok(kim) })
    const error = await errorOf(clients.timeline.getPostById('t1', 10))
    expect(error).toBeInstanceOf(ResponseValidationError)
    expect(error).toMatchObject({
      issues: expect.arrayContaining([expect.objectContaining({ path: ['data', 'title'] })]),
    })
  })

  it('B17: an id beyond 2^53 is refused and not rounded', async () => {
    const { feed, clients } = settings[mode]
    const body = JSON.stringify(ok({ id: 7, name: 'kim' })).replace('7', '9007199254740993')
    feed.member.fault('GET /api/members', {
      status: 200,
      body,
      headers: { 'content-type': 'application/json' },
    })
    const error = await errorOf(clients.member.getMember('t1'))
    expect(error).toMatchObject({ issues: [{ path: ['data', 'id'] }] })
  })
})

it('B10: no two methods of a client share a route', () => {
  for (const Class of [MemberClient, TimelineClient, PostClient]) {
    const routes = Object.values(contractOf(Class).methods).map(({ verb, template }) => `${verb} ${template}`)
    expect(new Set(routes).size).toBe(routes.length)
  }
})
