// The statuses of the fake services' failures: wrong in legacy, right in strict.
import { describe, expect, it } from 'vitest'
import { fail } from '../seed.js'
import {
  ask,
  created,
  deletion,
  internal,
  legacy,
  like,
  type Name,
  noMember,
  noPost,
  POSTS,
  strict,
  useDailyfeed,
} from './support.js'

useDailyfeed()

/** Service, route, body, then [HTTP status, status in the body] in legacy and in strict, and the legacy message. */
const failures: readonly [Name, string, unknown, [number, number], [number, number], string][] = [
  ['member', 'GET /api/members/9', undefined, [400, 400], [404, 404], noMember],
  ['member', 'GET /api/members/9/profile', undefined, [400, 400], [404, 404], noMember],
  ['member', 'GET /api/members/9/followers/more', undefined, [400, 400], [404, 404], noMember],
  ['member', 'GET /api/members/9007199254740993', undefined, [400, 400], [404, 404], noMember],
  ['member', 'GET /api/members/abc', undefined, [500, 500], [400, 400], internal],
  ['member', 'GET /api/members/followers/more?page=-1', undefined, [500, 500], [400, 400], internal],
  ['member', 'GET /api/members/followers/more?size=x', undefined, [500, 500], [400, 400], internal],
  [
    'member',
    'POST /api/members/query/in',
    { ids: Array(1001).fill(1) },
    [400, 400],
    [400, 400],
    '허용되는 조회 건수를 초과했습니다',
  ],
  ['member', 'POST /api/members/query/in', {}, [500, 500], [400, 400], internal],
  ['timeline', 'GET /api/timeline/posts/99', undefined, [400, 404], [404, 404], noPost],
  ['timeline', 'POST /api/timeline/posts/query/list', { ids: ['10'] }, [200, 500], [400, 400], internal],
  ['image', deletion, { imageUrls: 'one.png' }, [200, 500], [400, 400], internal],
  ['image', deletion, { imageUrls: [1] }, [200, 500], [400, 400], internal],
  ['activity', POSTS, '{"memberId":', [200, 500], [400, 400], internal],
  ['activity', POSTS, 'null', [200, 500], [400, 400], internal],
  ['activity', POSTS, { ...created, activityType: 'POST_EATEN' }, [200, 500], [400, 400], internal],
  ['activity', POSTS, { ...created, memberId: null }, [200, 500], [400, 400], internal],
  ['activity', POSTS, '{"memberId":1,"postId":9007199254740993}', [200, 500], [400, 400], internal],
  [
    'activity',
    like,
    { memberId: 1, postId: 10, activityType: 'LIKE_COMMENT' },
    [200, 500],
    [400, 400],
    internal,
  ],
  ['audit', POSTS, {}, [200, 500], [400, 400], internal],
]

describe('failures', () => {
  it.each(failures)('%s %s, case %#', async (name, route, body, inLegacy, inStrict, message) => {
    const [wrong, right] = await Promise.all([
      ask(legacy[name], route, { body }),
      ask(strict[name], route, { body }),
    ])
    expect([wrong.status, wrong.body.statusCode]).toEqual(inLegacy)
    expect([right.status, right.body.statusCode]).toEqual(inStrict)
    const path = route.split(' ')[1]?.split('?')[0] ?? ''
    expect(wrong.body).toEqual(fail(inLegacy[1], message, path))
    expect(right.body).toEqual(fail(inStrict[1], expect.any(String), path))
  })

  it('stores nothing of a notification that it refuses', async () => {
    await ask(legacy.activity, POSTS, { body: {} })
    await ask(strict.activity, POSTS, { body: created, headers: { 'content-type': 'text/plain' } })
    expect(strict.activity.received[0]?.status).toBe(415)
    expect([...legacy.activity.stored, ...strict.activity.stored]).toEqual([])
  })
})
