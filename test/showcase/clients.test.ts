// Each of the 23 methods against the fake services in both modes: what is on the wire, and what the caller gets.
import { contractOf } from 'guise'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { ActivityClient } from '../../examples/dailyfeed/clients/activity.js'
import { Conflict, NotFound } from '../../examples/dailyfeed/clients/errors.js'
import { ImageClient } from '../../examples/dailyfeed/clients/image.js'
import { MemberClient } from '../../examples/dailyfeed/clients/member.js'
import { PostClient, TimelineClient } from '../../examples/dailyfeed/clients/posts.js'
import type { Clients } from '../../examples/dailyfeed/connect.js'
import type { Service } from '../../examples/dailyfeed/services/index.js'
import { first, kim, kimProfile, lee, park, scroll } from './seed.js'
import { errorOf, modes, useSettings } from './setting.js'

const settings = useSettings()

interface Row {
  readonly name: string
  readonly service: 'member' | 'timeline' | 'content' | 'image' | 'activity'
  readonly call: (clients: Clients) => Promise<unknown>
  /** Verb, path and query as on the wire. */
  readonly wire: string
  readonly body?: unknown
  readonly key?: string
  readonly result: unknown
}

const paging = { page: 1, size: 1, sort: 'createdAt,desc' }
const post = { ...first, createdAt: '2025-10-28T21:04:07', updatedAt: '2025-10-28T21:04:07' }
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/)
const stored = (memberActivityType: string, postId: number | null, commentId: number | null) => ({
  ...{ memberId: 1, postId, commentId, memberActivityType, createdAt: time, updatedAt: time },
})
const written = { memberId: 1, postId: 10, activityType: 'POST_CREATE' } as const
const answered = { memberId: 1, postId: 10, commentId: 7, activityType: 'COMMENT_CREATE' } as const
const liked = { memberId: 1, postId: 10, activityType: 'LIKE_POST' } as const
const commentLiked = { memberId: 1, postId: 10, commentId: 7, activityType: 'LIKE_COMMENT' } as const

const row = (
  name: string,
  call: Row['call'],
  wire: string,
  result: unknown,
  more: { body?: unknown; key?: string } = {},
): Row => {
  const [client = ''] = name.split('.')
  const service = client === 'post' ? 'content' : (client as Row['service'])
  return { name, service, call, wire, result, ...more }
}

const rows: readonly Row[] = [
  row('member.getMember', c => c.member.getMember('t1'), 'GET /api/members', { id: 1, name: 'kim' }),
  row('member.getMyProfile', c => c.member.getMyProfile('t1'), 'GET /api/members/profile', kimProfile),
  row('member.getMyProfileSummary', c => c.member.getMyProfileSummary('t1'), 'GET /api/members/summary', {
    ...{ status: 200, body: kim, headers: { refreshNeeded: false, reloginRequired: false } },
  }),
  row(
    'member.getMyFollowersFollowings',
    c => c.member.getMyFollowersFollowings('t1', { page: 0, size: 1 }),
    'GET /api/members/followers-followings?page=0&size=1',
    { followers: scroll([lee], 0, 1), followings: scroll([lee], 0, 1, true) },
  ),
  row(
    'member.getMyFollowingsMore',
    c => c.member.getMyFollowingsMore('t1', paging),
    'GET /api/members/followings/more?page=1&size=1&sort=createdAt%2Cdesc',
    scroll([park], 1, 1),
  ),
  row(
    'member.getMyFollowersMore',
    c => c.member.getMyFollowersMore('t1'),
    'GET /api/members/followers/more',
    scroll([lee]),
  ),
  row(
    'member.getMemberList',
    c => c.member.getMemberList('t1', [3, 1, 9]),
    'POST /api/members/query/in',
    [kim, park],
    { body: { ids: [3, 1, 9] } },
  ),
  row(
    'member.getMyFollowingMembers',
    c => c.member.getMyFollowingMembers('t1'),
    'GET /api/members/query/followings',
    [lee, park],
  ),
  row('member.getMemberById', c => c.member.getMemberById('t1', 2), 'GET /api/members/2', {
    ...{ id: 2, name: 'lee' },
  }),
  row(
    'member.getProfileById',
    c => c.member.getProfileById('t1', 1),
    'GET /api/members/1/profile',
    kimProfile,
  ),
  row('member.getSummaryById', c => c.member.getSummaryById('t1', 3), 'GET /api/members/3/summary', park),
  row(
    'member.getFollowersFollowingMembersById',
    c => c.member.getFollowersFollowingMembersById('t1', 3, { sort: 'id' }),
    'GET /api/members/3/followers-followings?sort=id',
    { followers: scroll([kim]), followings: scroll([lee]) },
  ),
  row(
    'member.getFollowersMoreById',
    c => c.member.getFollowersMoreById('t1', 2, { size: 1 }),
    'GET /api/members/2/followers/more?size=1',
    scroll([kim], 0, 1, true),
  ),
  row(
    'member.getFollowingsMoreById',
    c => c.member.getFollowingsMoreById('t1', 2),
    'GET /api/members/2/followings/more',
    scroll([kim]),
  ),
  row(
    'timeline.getPostList',
    c => c.timeline.getPostList('t1', [10, 99]),
    'POST /api/timeline/posts/query/list',
    [post],
    { body: { ids: [10, 99] } },
  ),
  row('timeline.getPostById', c => c.timeline.getPostById('t1', 10), 'GET /api/timeline/posts/10', post),
  row(
    'timeline.getPostItemCounts',
    c => c.timeline.getPostItemCounts('t1', 10),
    'GET /api/timeline/statistics/posts/10',
    { commentCount: 3, likeCount: 5 },
  ),
  // The endpoint is gone: what this method resolves to is the error that says so.
  row(
    'post.getPostList',
    c => errorOf(c.post.getPostList('t1', [10])),
    'POST /api/posts/query/list',
    expect.any(NotFound),
    { body: { ids: [10] } },
  ),
  row(
    'image.deleteImagesBulkRequest',
    c => c.image.deleteImagesBulkRequest('t1', ['/api/images/view/lee.png']),
    'POST /api/images/view/command/delete/in',
    true,
    { body: { imageUrls: ['/api/images/view/lee.png'] } },
  ),
  row(
    'activity.createPostsMemberActivity',
    c => c.activity.createPostsMemberActivity('t1', written, 'event-1'),
    'POST /api/member-activities/posts',
    stored('POST_CREATE', 10, null),
    { body: written, key: 'event-1' },
  ),
  row(
    'activity.createCommentsMemberActivity',
    c => c.activity.createCommentsMemberActivity('t1', answered, 'event-2'),
    'POST /api/member-activities/comments',
    stored('COMMENT_CREATE', 10, 7),
    { body: answered, key: 'event-2' },
  ),
  row(
    'activity.createPostLikeActivity',
    c => c.activity.createPostLikeActivity('t1', liked, 'event-3'),
    'POST /api/member-activities/posts/likes',
    stored('LIKE_POST', 10, null),
    { body: liked, key: 'event-3' },
  ),
  row(
    'activity.createCommentLikeActivity',
    c => c.activity.createCommentLikeActivity('t1', commentLiked, 'event-4'),
    'POST /api/member-activities/comments/likes',
    stored('LIKE_COMMENT', null, 7),
    { body: commentLiked, key: 'event-4' },
  ),
]

describe.each(modes)('the clients of dailyfeed, %s', mode => {
  it.each(rows)('$name', async ({ service, call, wire, body, key, result }) => {
    const { feed, clients } = settings[mode]
    expect(await call(clients)).toEqual(result)

    const [request, ...others] = feed[service].received
    expect(others).toEqual([])
    expect(`${request?.method} ${request?.path}${request?.query && `?${request.query}`}`).toBe(wire)
    expect(request?.headers.authorization).toBe('Bearer t1')
    expect(request?.headers.accept).toBe('application/json')
    expect(request?.headers['content-type']).toBe(body === undefined ? undefined : 'application/json')
    expect(request?.body).toBe(body === undefined ? '' : JSON.stringify(body))
    expect(request?.headers['idempotency-key']).toBe(key)
  })

  it.each(rows.filter(({ service }) => service !== 'content'))(
    '$name rejects by an error envelope under HTTP 200',
    async ({ service, call }) => {
      const { feed, clients } = settings[mode]
      await call(clients)
      const route = feed[service].received[0]?.route ?? ''
      const broken: Service = feed[service]
      broken.fault(route, { errorEnvelope: { statusCode: 409 } })
      expect(await errorOf(call(clients))).toBeInstanceOf(Conflict)
    },
  )

  it('check the health of four services, in plain text and without a token', async () => {
    const { feed, clients } = settings[mode]
    for (const name of ['activity', 'content', 'image', 'timeline'] as const) {
      expect(await clients.health[name].live()).toBe('OK')
      expect(feed[name].received).toMatchObject([{ method: 'GET', path: '/healthcheck/live' }])
      expect(feed[name].received[0]?.headers.authorization).toBeUndefined()
    }
  })
})

it('has a row for each of the 23 methods', () => {
  const Classes = { member: MemberClient, timeline: TimelineClient, post: PostClient, image: ImageClient }
  const declared = Object.entries({ ...Classes, activity: ActivityClient }).flatMap(([client, Class]) =>
    Object.keys(contractOf(Class).methods).map(method => `${client}.${method}`),
  )
  expect(rows.map(({ name }) => name).sort()).toEqual(declared.sort())
  expect(declared).toHaveLength(23)
})

it('lets the types flow from the schemas', () => {
  expectTypeOf<MemberClient['getMember']>().returns.resolves.toEqualTypeOf<{ id: number; name: string }>()
  expectTypeOf<TimelineClient['getPostItemCounts']>().returns.resolves.toEqualTypeOf<{
    commentCount: number
    likeCount: number
  }>()
  expectTypeOf<Awaited<ReturnType<MemberClient['getMyProfileSummary']>>['headers']>().toEqualTypeOf<{
    refreshNeeded: boolean
    reloginRequired: boolean
  }>()
  type Activity = Awaited<ReturnType<ActivityClient['createPostsMemberActivity']>>
  expectTypeOf<'LIKE_POST'>().toExtend<Activity['memberActivityType']>()
  expectTypeOf<'LIKE_EATEN'>().not.toExtend<Activity['memberActivityType']>()
})
