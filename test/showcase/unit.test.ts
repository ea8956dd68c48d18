// The bugs of the reference system in a client's own unit tests: mocks answer, nothing listens, and no socket is opened.
// What depends on time and on repeated requests is in unit-policies.test.ts. B15 is no bug of a client: see there.
import { GuiseError, ResponseValidationError } from 'guise'
import { runInContext } from 'guise/context'
import {
  failures,
  type MockAnswer,
  MockError,
  type MockOutcome,
  mock,
  mockTransport,
  verify,
} from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { ActivityClient } from '../../examples/dailyfeed/clients/activity.js'
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
import { fail, first, kim, lee, ok, park, scroll } from './seed.js'
import { errorOf } from './setting.js'
import { clientOf, stored, withoutSockets, written } from './unit-setting.js'

const html = { headers: { 'content-type': 'text/html' }, body: '<title>Bad gateway</title>' }

withoutSockets()

it.each<[string, MockAnswer, typeof DailyfeedError, number]>([
  ['503 with JSON', { status: 503, body: fail(503, 'down', '/') }, ServiceUnavailable, 503],
  ['500 with any JSON object', { status: 500, body: { any: 1 } }, ServiceUnavailable, 500],
  ['502 with a page of HTML', { status: 502, ...html }, ServiceUnavailable, 502],
  ['500 with nothing', { status: 500 }, ServiceUnavailable, 500],
  ['302', { status: 302, headers: { location: '/login' } }, DailyfeedError, 302],
  ['304', { status: 304 }, DailyfeedError, 304],
  ['201, which nobody declared', { status: 201, body: ok(kim) }, DailyfeedError, 201],
])('B1: %s is no success', async (_name, answer, Class, status) => {
  const members = mock(MemberClient)
  members.getMyProfileSummary.respond(answer)
  const error = await errorOf(members.getMyProfileSummary('t1'))
  expect(error).toBeInstanceOf(Class)
  expect(error).toMatchObject({ status, client: 'member', method: 'MemberClient.getMyProfileSummary' })
})

describe('B2: nobody is let in by member-svc', () => {
  /** As every write of activity-svc: it asks who is calling, and does not look at the answer. */
  async function guarded(members: MemberClient, activities: ActivityClient): Promise<void> {
    await members.getMyProfileSummary('t1')
    await activities.createPostsMemberActivity('t1', written, 'e-1')
  }

  it.each<[string, MockOutcome]>([
    ['500 with any JSON object', { status: 500, body: { any: 1 } }],
    ['500 with a page of HTML', { status: 500, ...html }],
    ['500 with nothing', { status: 500 }],
    ['302', { status: 302, headers: { location: '/login' } }],
    ['200 with any JSON object', { body: { any: 1 } }],
    ['200 without data', { body: ok(null) }],
    ['200 with half of a member', { body: ok({ memberId: 1 }) }],
    ['200 with an error', { body: fail(500, 'down', '/api/members/summary') }],
    ['200 with nothing', {}],
    ['a reset', failures.reset()],
    ['no answer in time', failures.timeout()],
  ])('answering %s', async (_name, outcome) => {
    const members = mock(MemberClient)
    const activities = mock(ActivityClient, { createPostsMemberActivity: () => stored })
    members.getMyProfileSummary.respond(outcome)
    expect(await errorOf(guarded(members, activities))).toBeInstanceOf(GuiseError)
    expect(activities.createPostsMemberActivity.calls).toEqual([])
  })

  it('and whom it knows is let in', async () => {
    const members = mock(MemberClient)
    const activities = mock(ActivityClient, { createPostsMemberActivity: () => stored })
    members.getMyProfileSummary.respond({ body: ok(kim) })
    await guarded(members, activities)
    expect(activities.createPostsMemberActivity.calls).toEqual([['t1', written, 'e-1']])
    verify(activities)
  })

  it('nor can a test pretend that it answered null', () => {
    const members = mock(MemberClient)
    // @ts-expect-error the type does not allow it either
    expect(() => members.getMyProfileSummary.returns(null)).toThrow(MockError)
  })
})

it('B3: a failure under HTTP 200 is not taken for a delivery', async () => {
  const activities = mock(ActivityClient)
  activities.createPostsMemberActivity
    .once()
    .respond({ body: fail(500, 'down', '/api/member-activities/posts') })
  activities.createPostsMemberActivity.once().respond({ body: ok(null) })
  const failed = await errorOf(activities.createPostsMemberActivity('t1', written, 'e-1'))
  expect(failed).toBeInstanceOf(ServiceUnavailable)
  expect(failed).toMatchObject({ status: 500, delivery: 'answered', body: { statusCode: 500 } })
  expect(await errorOf(activities.createPostsMemberActivity('t1', written, 'e-2'))).toBeInstanceOf(
    ResponseValidationError,
  )
})

describe('B8: what is said of a token', () => {
  const refresh = { 'X-Token-Refresh-Needed': 'true' }
  const relogin = { 'X-Relogin-Required': 'true' }

  it('is part of the reply, and of the error', async () => {
    const members = mock(MemberClient)
    members.getMyProfileSummary.once().respond({ headers: refresh, body: ok(kim) })
    members.getMyProfileSummary.once().respond({ status: 401, headers: refresh })
    members.getMyProfileSummary.once().respond({ status: 401, headers: relogin })
    const { body, headers } = await members.getMyProfileSummary('t-oldkey')
    expect([body, headers]).toEqual([kim, { refreshNeeded: true, reloginRequired: false }])
    const expired = await errorOf(members.getMyProfileSummary('t-expired'))
    expect(expired).toBeInstanceOf(Unauthorized)
    expect(expired).toMatchObject({ token: { refreshNeeded: true, reloginRequired: false } })
    expect(await errorOf(members.getMyProfileSummary('t-blacklisted'))).toMatchObject({
      token: { refreshNeeded: false, reloginRequired: true },
    })
  })

  it.each<[string, MockAnswer, readonly unknown[]]>([
    ['a 200', { headers: refresh, body: ok({ id: 1, name: 'kim' }) }, [['x-token-refresh-needed', 'true']]],
    ['a 401 with a refresh', { status: 401, headers: refresh }, [['x-token-refresh-needed', 'true']]],
    ['a 401 with a login', { status: 401, headers: relogin }, [['x-relogin-required', 'true']]],
    ['a 200 that says nothing', { body: ok({ id: 1, name: 'kim' }) }, []],
  ])('goes back on the response being made, of %s', async (_name, answer, back) => {
    const { client } = clientOf(MemberClient, mockTransport(answer), {
      handBack: ['x-token-refresh-needed', 'x-relogin-required'],
    })
    const handed: unknown[] = []
    await runInContext({ handBack: (...header) => handed.push(header) }, () =>
      client.getMember('t1').catch(() => {}),
    )
    expect(handed).toEqual(back)
  })
})

it.each<[number, typeof DailyfeedError]>([
  [400, BadRequest],
  [404, NotFound],
  [409, Conflict],
  [422, Unprocessable],
  [429, TooManyRequests],
])('B9: %i keeps its class and its service, as status and within the envelope', async (status, Class) => {
  const posts = mock(TimelineClient)
  const headers = { 'retry-after': '60' }
  posts.getPostById.once().respond({ status, headers })
  posts.getPostById.once().respond({ headers, body: fail(status, 'no', '/api/timeline/posts/99') })
  for (let call = 1; call <= 2; call++) {
    const error = await errorOf(posts.getPostById('t1', 99))
    expect(error).toBeInstanceOf(Class)
    expect(error).toMatchObject({ status, client: 'timeline', method: 'TimelineClient.getPostById' })
    expect(error).toMatchObject({ retryAfter: 60_000 })
  }
})

it('B10: counts come from their own route, and a post is not taken for them', async () => {
  const { client, transport } = clientOf(
    TimelineClient,
    mockTransport([{ body: ok({ commentCount: 3, likeCount: 5 }) }, { body: ok(first) }]),
  )
  expect(await client.getPostItemCounts('t1', 10)).toEqual({ commentCount: 3, likeCount: 5 })
  expect(transport.request.path).toBe('/api/timeline/statistics/posts/10')
  expect(await errorOf(client.getPostItemCounts('t1', 10))).toBeInstanceOf(ResponseValidationError)
})

it('B11: an endpoint that is gone is a NotFound that names the method; a page of followers decodes', async () => {
  const posts = mock(PostClient)
  posts.getPostList.respond({ status: 404, body: { timestamp: '2025', status: 404, error: 'Not Found' } })
  const error = await errorOf(posts.getPostList('t1', [10]))
  expect(error).toBeInstanceOf(NotFound)
  expect(error).toMatchObject({ client: 'content', method: 'PostClient.getPostList' })

  const members = mock(MemberClient)
  const page = { followers: scroll([lee]), followings: scroll([lee, park], 0, 2, true) }
  members.getMyFollowersFollowings.respond({ body: ok(page) })
  expect(await members.getMyFollowersFollowings('t1', { size: 2 })).toEqual(page)
})

it.each<[number, string, typeof DailyfeedError]>([
  [404, '댓글이 존재하지 않습니다', NotFound],
  [400, '이미 좋아요를 누른 댓글입니다', BadRequest],
  [400, '부모 댓글과 게시글이 일치하지 않습니다', BadRequest],
])('B16: %i "%s" is exchanged for nothing else', async (statusCode, message, Class) => {
  const activities = mock(ActivityClient)
  const body = fail(statusCode, message, '/api/member-activities/comments/likes')
  const like = { memberId: 1, postId: 10, commentId: 7, activityType: 'LIKE_COMMENT' } as const
  for (const status of [200, 400]) {
    activities.createCommentLikeActivity.once().respond({ status, body })
    const error = await errorOf(activities.createCommentLikeActivity('t1', like, 'e-1'))
    expect((error as Error).constructor).toBe(Class)
    expect(error).toMatchObject({ status: statusCode, body })
  }
})

describe('B17: types hold at run time', () => {
  it('what the service sends is checked', async () => {
    const posts = mock(TimelineClient)
    posts.getPostById.respond({ body: ok(kim) })
    const error = await errorOf(posts.getPostById('t1', 10))
    expect(error).toBeInstanceOf(ResponseValidationError)
    expect(error).toMatchObject({
      issues: expect.arrayContaining([expect.objectContaining({ path: ['data', 'title'] })]),
    })
  })

  it('an id beyond 2^53 is refused and not rounded', async () => {
    const members = mock(MemberClient)
    const body = '{"status":200,"result":"SUCCESS","data":{"id":9007199254740993,"name":"kim"}}'
    members.getMember.respond({ headers: { 'content-type': 'application/json' }, body })
    expect(await errorOf(members.getMember('t1'))).toMatchObject({ issues: [{ path: ['data', 'id'] }] })
  })
})
