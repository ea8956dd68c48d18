// Every route of the fake services with its envelope, and who may call it.
import { describe, expect, it } from 'vitest'
import { fail, first, kim, kimProfile, lee, ok, park, scroll } from '../seed.js'
import {
  ask,
  created,
  feed,
  legacy,
  modes,
  type Name,
  POSTS,
  SUMMARY,
  send,
  stored,
  strict,
  useDailyfeed,
} from './support.js'

useDailyfeed()

const successes: readonly [Name, string, unknown, unknown][] = [
  ['member', 'GET /api/members', undefined, ok({ id: 1, name: 'kim' })],
  ['member', 'GET /api/members/profile', undefined, ok(kimProfile)],
  ['member', SUMMARY, undefined, ok(kim)],
  [
    'member',
    'GET /api/members/followers-followings?page=0&size=1&sort=createdAt',
    undefined,
    ok({ followers: scroll([lee], 0, 1), followings: scroll([lee], 0, 1, true) }),
  ],
  ['member', 'GET /api/members/followers/more', undefined, ok(scroll([lee]))],
  ['member', 'GET /api/members/followings/more?page=1&size=1', undefined, ok(scroll([park], 1, 1))],
  ['member', 'POST /api/members/query/in', { ids: [3, 1, 9] }, ok([kim, park])],
  ['member', 'GET /api/members/query/followings', undefined, ok([lee, park])],
  ['member', 'GET /api/members/2', undefined, ok({ id: 2, name: 'lee' })],
  ['member', 'GET /api/members/1/profile', undefined, ok(kimProfile)],
  ['member', 'GET /api/members/3/summary', undefined, ok(park)],
  [
    'member',
    'GET /api/members/3/followers-followings',
    undefined,
    ok({ followers: scroll([kim]), followings: scroll([lee]) }),
  ],
  ['member', 'GET /api/members/2/followers/more?size=1', undefined, ok(scroll([kim], 0, 1, true))],
  ['member', 'GET /api/members/2/followings/more', undefined, ok(scroll([kim]))],
  ['timeline', 'POST /api/timeline/posts/query/list', { ids: [10, 99] }, ok([first])],
  ['timeline', 'GET /api/timeline/posts/10', undefined, ok(first)],
  ['timeline', 'GET /api/timeline/statistics/posts/10', undefined, ok({ commentCount: 3, likeCount: 5 })],
  ['timeline', 'GET /api/timeline/statistics/posts/99', undefined, ok({ commentCount: 0, likeCount: 0 })],
  ['image', 'POST /api/images/view/command/delete/in', { imageUrls: ['/api/images/view/lee.png'] }, ok(true)],
  ['activity', POSTS, created, stored('POST_CREATE', 10, null)],
  [
    'activity',
    'POST /api/member-activities/comments',
    { memberId: 1, postId: 10, commentId: 7, activityType: 'COMMENT_CREATE' },
    stored('COMMENT_CREATE', 10, 7),
  ],
  [
    'activity',
    'POST /api/member-activities/posts/likes',
    { ...created, activityType: 'LIKE_POST' },
    stored('LIKE_POST', 10, null),
  ],
  [
    'activity',
    'POST /api/member-activities/comments/likes',
    { memberId: 1, postId: 10, commentId: 7, activityType: 'LIKE_COMMENT' },
    stored('LIKE_COMMENT', null, 7),
  ],
  ['audit', POSTS, created, stored('POST_CREATE', 10, null)],
]

describe.each(modes)('dailyfeed, %s', mode => {
  it.each(successes)('%s %s answers its envelope under HTTP 200', async (name, route, body, expected) => {
    const answer = await ask(feed(mode)[name], route, { body })
    expect(answer.body).toEqual(expected)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('application/json')
  })

  it('answers health checks in plain text, without a token', async () => {
    const { member, content, timeline, image, activity, audit } = feed(mode)
    for (const service of [member, content, timeline, image, activity, audit]) {
      for (const probe of ['live', 'ready', 'startup']) {
        const response = await send(service, `GET /healthcheck/${probe}`, { authorization: null })
        expect([response.status, await response.text()]).toEqual([200, 'OK'])
        expect(response.headers.get('content-type')).toMatch(/^text\/plain/)
      }
    }
  })

  it('answers 404 to the post client, whose endpoint has moved away', async () => {
    const { status, body } = await ask(feed(mode).content, 'POST /api/posts/query/list', {
      body: { ids: [10] },
    })
    expect(status).toBe(404)
    expect(body).toEqual({
      timestamp: expect.any(String),
      status: 404,
      error: 'Not Found',
      path: '/api/posts/query/list',
    })
    expect(feed(mode).content.received[0]?.route).toBeNull()
  })

  it('answers 405 to a known path with another method', async () => {
    const { status, headers } = await ask(feed(mode).member, 'DELETE /api/members/query/in')
    expect([status, headers.get('allow')]).toEqual([405, 'POST'])
    const posted = await ask(feed(mode).member, 'POST /api/members/summary')
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET'])
  })

  it.each([null, 't1', 'Basic dDE=', 'Bearer'])('refuses the authorization %s', async authorization => {
    const { status, body } = await ask(feed(mode).timeline, 'GET /api/timeline/posts/10', { authorization })
    expect(status).toBe(401)
    expect(body).toEqual(fail(401, 'Bearer 토큰이 없습니다', '/api/timeline/posts/10'))
  })

  it('refuses a token it never issued, and asks for a new login', async () => {
    const { status, body, headers } = await ask(feed(mode).member, SUMMARY, {
      authorization: 'Bearer nobody',
    })
    expect(status).toBe(401)
    expect(body).toEqual(fail(401, '유효하지 않은 토큰입니다', '/api/members/summary'))
    expect(headers.get('x-relogin-required')).toBe('true')
  })

  it.each([
    ['t-expired', 'x-token-refresh-needed'],
    ['t-blacklisted', 'x-relogin-required'],
  ])('answers %s with an empty 401 and %s', async (token, header) => {
    const response = await send(feed(mode).member, SUMMARY, { authorization: `Bearer ${token}` })
    expect([response.status, await response.text(), response.headers.get(header)]).toEqual([401, '', 'true'])
  })

  it('serves a token signed with an old key, and says that it needs a refresh', async () => {
    const authorization = 'Bearer t-oldkey'
    const good = await ask(feed(mode).member, SUMMARY, { authorization })
    expect([good.status, good.body]).toEqual([200, ok(kim)])
    expect(good.headers.get('x-token-refresh-needed')).toBe('true')
    const missing = await ask(feed(mode).member, 'GET /api/members/9', { authorization })
    expect(missing.headers.get('x-token-refresh-needed')).toBe('true')
  })

  it('knows each member by the token', async () => {
    const names = ['t1', 't2', 't3'].map(async token => {
      const { body } = await ask(feed(mode).member, 'GET /api/members', { authorization: `Bearer ${token}` })
      return body.data?.name
    })
    expect(await Promise.all(names)).toEqual(['kim', 'lee', 'park'])
  })
})

describe('a doubled Bearer', () => {
  const authorization = 'Bearer Bearer t1'

  it('works in legacy, and is recorded as it came', async () => {
    expect((await ask(legacy.member, SUMMARY, { authorization })).status).toBe(200)
    expect(legacy.member.received[0]?.headers.authorization).toBe(authorization)
  })

  it('is refused in strict', async () => {
    expect((await ask(strict.member, SUMMARY, { authorization })).status).toBe(401)
  })
})
