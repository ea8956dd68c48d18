// The fake services of the dailyfeed showcase, through real requests over loopback.
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  type Dailyfeed,
  type Fault,
  type MemberRoute,
  type Mode,
  type Reply,
  type Service,
  startDailyfeed,
} from '../../examples/dailyfeed/services/index.js'

let legacy: Dailyfeed
let strict: Dailyfeed
const modes: readonly Mode[] = ['legacy', 'strict']
const feed = (mode: Mode) => (mode === 'legacy' ? legacy : strict)

beforeAll(async () => {
  ;[legacy, strict] = await Promise.all([
    startDailyfeed({ mode: 'legacy' }),
    startDailyfeed({ mode: 'strict' }),
  ])
})
afterEach(() => {
  legacy.reset()
  strict.reset()
})
afterAll(() => Promise.all([legacy.close(), strict.close()]))

interface Sending {
  authorization?: string | null
  body?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal
}

function send(
  { url }: Service,
  route: string,
  { authorization = 'Bearer t1', body, headers, signal }: Sending = {},
) {
  const [method = '', path = ''] = route.split(' ')
  const sent = new Headers(headers)
  if (authorization !== null) sent.set('authorization', authorization)
  const init: RequestInit = { method, headers: sent, redirect: 'manual' }
  if (signal) init.signal = signal
  if (body !== undefined) {
    init.body = typeof body === 'string' ? body : JSON.stringify(body)
    if (!sent.has('content-type')) sent.set('content-type', 'application/json')
  }
  return fetch(url + path, init)
}

async function ask(service: Service, route: string, sending?: Sending) {
  const response = await send(service, route, sending)
  const body = (await response.json()) as { data?: { name?: string }; statusCode?: number }
  return { status: response.status, body, headers: response.headers }
}

/** The code of the connection failure that fetch wraps. */
async function failure(answer: Promise<unknown>) {
  const error = (await answer.then(
    () => undefined,
    thrown => thrown,
  )) as { code?: string; cause?: { code?: string } } | undefined
  return error?.cause?.code ?? error?.code
}

const ok = (data: unknown, status = 200) => ({ status, result: 'SUCCESS', data })
const scroll = (content: unknown[], page = 0, size = 10, hasNext = false) => ({
  content,
  page,
  size,
  hasNext,
})
const fail = (statusCode: number, message: string, path: string) => ({
  statusCode,
  resultCode: 'FAIL',
  message,
  path,
})

const updatedAt = '2025-10-30T08:19:41'
const kim = {
  ...{ memberId: 1, id: 11, memberName: 'kim', memberHandle: 'kim1', displayName: 'Kim' },
  ...{ verificationStatus: 'NONE', avatarUrl: null, updatedAt },
}
const lee = {
  ...{ memberId: 2, id: 12, memberName: 'lee', memberHandle: 'lee2', displayName: 'Lee' },
  ...{ verificationStatus: 'VERIFIED', avatarUrl: '/api/images/view/lee.png', updatedAt },
}
const park = {
  ...{ memberId: 3, id: 13, memberName: 'park', memberHandle: 'park3', displayName: 'Park' },
  ...{ verificationStatus: 'PENDING', avatarUrl: '/api/images/view/park.png', updatedAt },
}
const kimProfile = {
  ...{
    id: 11,
    memberId: 1,
    memberName: 'kim',
    handle: 'kim1',
    displayName: 'Kim',
    bio: null,
    location: null,
  },
  ...{
    websiteUrl: null,
    birthDate: null,
    gender: null,
    timezone: 'UTC',
    languageCode: 'en',
    countryCode: null,
  },
  ...{ verificationStatus: 'NONE', privacyLevel: 'PUBLIC', profileCompletionScore: 0, isActive: true },
  ...{ avatarUrl: null, coverUrl: null, createdAt: '2025-09-01T09:00:00', updatedAt },
  ...{ followersCount: 1, followingsCount: 2 },
}
const first = {
  ...{ id: 10, title: 'First', content: '첫 번째 글', authorId: 1, authorName: 'kim', authorHandle: 'kim1' },
  ...{ authorAvatarUrl: null, viewCount: 12, likeCount: 5, commentCount: 3, liked: false },
  ...{ createdAt: '2025-10-28 21:04:07', updatedAt: '2025-10-28 21:04:07' },
}
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/)
const stored = (memberActivityType: string, postId: number | null, commentId: number | null) =>
  ok({ memberId: 1, postId, commentId, memberActivityType, createdAt: time, updatedAt: time }, 201)

const POSTS = 'POST /api/member-activities/posts'
const SUMMARY = 'GET /api/members/summary'
const created = { memberId: 1, postId: 10, activityType: 'POST_CREATE' }

type Name = 'member' | 'timeline' | 'image' | 'activity' | 'audit'
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

const noMember = '존재하지 않는 사용자입니다'
const noPost = '게시글이 존재하지 않습니다'
const internal = '서버 내부 오류가 발생했습니다.'
const like = 'POST /api/member-activities/comments/likes'
const deletion = 'POST /api/images/view/command/delete/in'

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

describe('faults', () => {
  const page = /<h1>502 Bad Gateway<\/h1>/
  const error = (statusCode: number, message: string) => fail(statusCode, message, '/api/members/summary')

  it.each<[string, Fault, number, unknown]>([
    ['a status', { status: 503 }, 503, error(503, internal)],
    ['a client error', { status: 409 }, 409, error(409, 'Conflict')],
    ['a status and JSON', { status: 500, body: { any: 1 } }, 500, { any: 1 }],
    ['a status and text', { status: 500, body: 'oh' }, 500, 'oh'],
    ['a redirect', { status: 302, headers: { location: '/login' } }, 302, ''],
    ['no content', { status: 204 }, 204, ''],
    ['an error under HTTP 200', { errorEnvelope: { statusCode: 500 } }, 200, error(500, internal)],
    [
      'an error of its own',
      { errorEnvelope: { statusCode: 404, message: 'x', status: 400 } },
      400,
      error(404, 'x'),
    ],
    ['a page of HTML', { htmlError: 502 }, 502, expect.stringMatching(page)],
    ['nothing at all', { emptyError: 500 }, 500, ''],
    ['too many requests', { retryAfter: 2 }, 429, error(429, 'TOO_MANY_REQUEST')],
  ])('answers %s, once', async (_name, fault, status, expected) => {
    strict.member.fault(SUMMARY, fault)
    const response = await send(strict.member, SUMMARY)
    const text = await response.text()
    const isJson = response.headers.get('content-type') === 'application/json'
    expect(response.status).toBe(status)
    expect(isJson ? JSON.parse(text) : text).toEqual(expected)
    expect((await send(strict.member, SUMMARY)).status).toBe(200)
    expect(strict.member.received.map(request => request.status)).toEqual([status, 200])
  })

  it('lays headers over the answer, its own included', async () => {
    const date = 'Wed, 21 Oct 2026 07:28:00 GMT'
    const setCookie = ['a=1', 'b=2']
    strict.member.fault(SUMMARY, { emptyError: 503, retryAfter: date, headers: { 'Set-Cookie': setCookie } })
    strict.member.fault(SUMMARY, { headers: { 'Content-Type': 'application/vnd.x+json' } })
    const down = await send(strict.member, SUMMARY)
    expect([down.headers.get('retry-after'), down.headers.getSetCookie()]).toEqual([date, setCookie])
    const up = await ask(strict.member, SUMMARY)
    expect([up.body, up.headers.get('content-type')]).toEqual([ok(kim), 'application/vnd.x+json'])
  })

  it('queues, counts, and is lifted', async () => {
    strict.member.fault(SUMMARY, { status: 503, times: 2 })
    const lift = strict.member.fault(SUMMARY, { emptyError: 500, times: 'always' })
    const statuses: number[] = []
    for (let turn = 0; turn < 5; turn++) statuses.push((await send(strict.member, SUMMARY)).status)
    lift()
    statuses.push((await send(strict.member, SUMMARY)).status)
    expect(statuses).toEqual([503, 503, 500, 500, 500, 200])
    expect((await send(strict.member, 'GET /api/members/1/summary')).status).toBe(200)
  })

  it('reaches every path of a route, and health checks too', async () => {
    strict.member.fault('GET /api/members/{memberId}', { status: 503 })
    strict.member.fault('GET /healthcheck/live', { status: 503 })
    expect((await send(strict.member, 'GET /api/members/2')).status).toBe(503)
    expect((await send(strict.member, 'GET /healthcheck/live')).status).toBe(503)
  })

  it('refuses a route that the service does not have', () => {
    expect(() => strict.member.fault('GET /api/nowhere' as MemberRoute, { status: 503 })).toThrow(/no route/)
    expect(() => strict.member.fault(SUMMARY, { status: 503, times: 0 })).toThrow(/times/)
  })

  it('delays the head, and then the body', async () => {
    strict.activity.fault(POSTS, { delayBeforeHeaders: 150, delayBody: 100 })
    const start = performance.now()
    const answer = send(strict.activity, POSTS, { body: created })
    await expect.poll(() => strict.activity.stored.length, { interval: 5 }).toBe(1)
    expect(strict.activity.received[0]?.status).toBeNull() // the work comes first, the wait after it
    const response = await answer
    const head = performance.now() - start
    await response.text()
    expect(head).toBeGreaterThanOrEqual(149)
    expect(performance.now() - start - head).toBeGreaterThanOrEqual(80)
  })

  it('gives up a late answer when its caller has gone', async () => {
    strict.member.fault(SUMMARY, { delayBeforeHeaders: 40 })
    strict.member.fault(SUMMARY, { delayBody: 40, resetMidBody: true })
    const early = new AbortController()
    const answer = failure(send(strict.member, SUMMARY, { signal: early.signal }))
    await expect.poll(() => strict.member.received.length, { interval: 1 }).toBe(1)
    early.abort()
    await answer
    const late = new AbortController()
    const response = await send(strict.member, SUMMARY, { signal: late.signal })
    late.abort()
    await expect(response.text()).rejects.toThrow()
    await new Promise(resolve => setTimeout(resolve, 60))
    expect(strict.member.received.map(({ status }) => status)).toEqual([null, 200])
  })

  it.each<[string, Fault, number]>([
    ['before the head, with nothing stored', { resetBeforeHeaders: true }, 0],
    ['after storing', { storeThenReset: true }, 1],
  ])('resets the connection %s', async (_name, fault, count) => {
    strict.activity.fault(POSTS, fault)
    expect(await failure(send(strict.activity, POSTS, { body: created }))).toBe('ECONNRESET')
    expect(strict.activity.stored).toHaveLength(count)
    expect(strict.activity.received[0]).toMatchObject({ status: null, body: JSON.stringify(created) })
    expect((await send(strict.activity, POSTS, { body: created })).status).toBe(200)
  })

  it('resets the connection in the middle of the body', async () => {
    strict.activity.fault(POSTS, { resetMidBody: true })
    const response = await send(strict.activity, POSTS, { body: created })
    expect(response.status).toBe(200)
    expect(await failure(response.text())).toBe('ECONNRESET')
    expect(strict.activity.stored).toHaveLength(1)
  })

  it('stores and never answers', async () => {
    strict.activity.fault(POSTS, { storeThenTimeout: true })
    const caller = new AbortController()
    const answer = send(strict.activity, POSTS, { body: created, signal: caller.signal })
    const pause = new Promise(resolve => setTimeout(resolve, 50, 'no answer'))
    expect(await Promise.race([answer, pause])).toBe('no answer')
    expect(strict.activity.stored).toHaveLength(1)
    caller.abort()
    await expect(answer).rejects.toThrow()
    expect(strict.activity.received[0]?.status).toBeNull()
  })
})

describe('what a service remembers', () => {
  it('records a request as it arrived', async () => {
    const before = performance.timeOrigin + performance.now()
    const headers = { Authorization: 'Bearer t1', 'X-Mixed-Case': 'Yes' }
    const outgoing = request(`${strict.member.url}/api/members/2?q=a%20b?&sort=`, {
      headers,
      agent: false,
    }).end()
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
    await once(response.resume(), 'end')
    const [received] = strict.member.received
    expect(received).toMatchObject({
      ...{ method: 'GET', path: '/api/members/2', query: 'q=a%20b?&sort=', body: '', status: 200 },
      route: 'GET /api/members/{memberId}',
    })
    expect(received?.headers['x-mixed-case']).toBe('Yes')
    expect(received?.rawHeaders.slice(0, 4)).toEqual(['Authorization', 'Bearer t1', 'X-Mixed-Case', 'Yes'])
    expect(received?.at).toBeGreaterThanOrEqual(before)
    expect(received?.at).toBeLessThanOrEqual(performance.timeOrigin + performance.now())
  })

  it('records a request whose body never came to its end', async () => {
    const headers = { 'content-length': 100 }
    const outgoing = request(`${strict.activity.url}/api/member-activities/posts`, {
      method: 'POST',
      headers,
    })
    outgoing.on('error', () => {}).write('{"memberId":')
    await expect.poll(() => strict.activity.received.length).toBe(1)
    outgoing.destroy()
    expect((await send(strict.activity, POSTS, { body: created })).status).toBe(200)
    expect(strict.activity.received[0]).toMatchObject({ method: 'POST', body: '', status: null })
  })

  it('stores a duplicate like any other, with the key to count it by', async () => {
    const headers = { 'Idempotency-Key': 'e-1' }
    await send(strict.activity, POSTS, { body: created, headers })
    await send(strict.activity, POSTS, { body: created, headers })
    await send(strict.activity, POSTS, { body: created })
    expect(strict.activity.stored.map(({ key }) => key)).toEqual(['e-1', 'e-1', undefined])
    expect(strict.activity.stored[0]?.request).toBe(strict.activity.received[0])
    expect(strict.audit.stored).toEqual([])
  })

  it('goes back to the seed', async () => {
    const seeded = [...strict.image.images]
    await send(strict.image, deletion, { body: { imageUrls: ['/api/images/view/lee.png', 'unknown.png'] } })
    expect(strict.image.images.size).toBe(seeded.length - 1)
    await send(strict.activity, POSTS, { body: created })
    strict.member.fault(SUMMARY, { status: 503 })
    strict.reset()
    expect([...strict.image.images].sort()).toEqual(seeded.sort())
    expect([strict.activity.stored, strict.activity.received, strict.image.received]).toEqual([[], [], []])
    expect((await send(strict.member, SUMMARY)).status).toBe(200)
  })
})

describe('the life of a service', () => {
  /** What keeps the process alive. A closed handle needs some turns of the event loop to go. */
  async function resources() {
    await new Promise(resolve => setTimeout(resolve, 30))
    const names = process.getActiveResourcesInfo()
    const count = (name: string) => names.filter(candidate => candidate === name).length
    return { servers: count('TCPServerWrap'), timers: count('Timeout') }
  }

  it('lets a middleware stand around its work', async () => {
    const answers = new Map<string, Reply>()
    const dailyfeed = await startDailyfeed({
      mode: 'strict',
      around: {
        activity: async ({ headers }, work) => {
          const key = String(headers['idempotency-key'])
          const reply = answers.get(key) ?? (await work())
          answers.set(key, reply)
          return reply
        },
        audit: () => Promise.reject(new Error('broken')),
      },
    })
    const headers = { 'idempotency-key': 'e-1' }
    dailyfeed.activity.fault(POSTS, { storeThenReset: true })
    await expect(send(dailyfeed.activity, POSTS, { body: created, headers })).rejects.toThrow()
    const replayed = await ask(dailyfeed.activity, POSTS, { body: created, headers })
    expect(replayed.body).toEqual(stored('POST_CREATE', 10, null))
    expect(dailyfeed.activity.stored).toHaveLength(1)
    expect((await send(dailyfeed.audit, POSTS, { body: created })).status).toBe(500)
    await dailyfeed.close()
  })

  it('dies, is refused, and comes back on its port with what it had stored', async () => {
    const { activity, close } = await startDailyfeed({ mode: 'strict' })
    await send(activity, POSTS, { body: created })
    activity.fault(POSTS, { delayBeforeHeaders: 60_000 })
    const hanging = failure(send(activity, POSTS, { body: created }))
    await expect.poll(() => activity.stored.length).toBe(2)
    await activity.kill()
    expect(await hanging).toBe('ECONNRESET')
    expect(await failure(send(activity, POSTS, { body: created }))).toBe('ECONNREFUSED')
    await activity.restart()
    expect((await send(activity, POSTS, { body: created })).status).toBe(200)
    expect(activity.stored).toHaveLength(3)
    await close()
  })

  it('leaves nothing open, whatever hangs', async () => {
    const before = await resources()
    const dailyfeed = await startDailyfeed({ mode: 'legacy' })
    const { member, activity } = dailyfeed
    member.fault(SUMMARY, { delayBeforeHeaders: 60_000, times: 10 })
    activity.fault(POSTS, { storeThenTimeout: true })
    const hanging = Array.from({ length: 10 }, () => failure(send(member, SUMMARY)))
    hanging.push(failure(send(activity, POSTS, { body: created })))
    await expect.poll(() => activity.stored.length + member.received.length).toBe(11)
    const during = await resources()
    await dailyfeed.close()
    await dailyfeed.close()
    expect(new Set(await Promise.all(hanging))).toEqual(new Set(['UND_ERR_SOCKET']))
    expect(await failure(send(dailyfeed.audit, 'GET /healthcheck/live'))).toBe('ECONNREFUSED')
    const after = await resources()
    expect([during.servers, after.servers]).toEqual([before.servers + 6, before.servers])
    expect(after.timers).toBeLessThan(during.timers - 5) // ten of ours; the runner and fetch have some too
  })
})
