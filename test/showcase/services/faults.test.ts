// The fault switch of the fake services.
import { describe, expect, it } from 'vitest'
import type { Fault, MemberRoute } from '../../../examples/dailyfeed/services/index.js'
import { fail, kim, ok } from '../seed.js'
import { ask, created, failure, internal, POSTS, SUMMARY, send, strict, useDailyfeed } from './support.js'

useDailyfeed()

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
