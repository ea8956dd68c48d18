// What the failures of dailyfeed become: one class for each status, wherever the status stands.
import { inspect } from 'node:util'
import { ArgumentError, DecodeError, HttpError, ResponseValidationError } from 'guise'
import { describe, expect, it } from 'vitest'
import {
  BadRequest,
  Conflict,
  DailyfeedError,
  Forbidden,
  Gone,
  NotFound,
  ServiceUnavailable,
  TooManyRequests,
  Unauthorized,
  Unprocessable,
} from '../../examples/dailyfeed/clients/errors.js'
import type { Fault, TimelineRoute } from '../../examples/dailyfeed/services/index.js'
import { errorOf, useSettings } from './setting.js'

const settings = useSettings()
const POST: TimelineRoute = 'GET /api/timeline/posts/{postId}'
const LIST: TimelineRoute = 'POST /api/timeline/posts/query/list'

const classes: readonly (readonly [number, typeof DailyfeedError])[] = [
  [400, BadRequest],
  [401, Unauthorized],
  [403, Forbidden],
  [404, NotFound],
  [405, DailyfeedError],
  [409, Conflict],
  [410, Gone],
  [422, Unprocessable],
  [429, TooManyRequests],
  [500, ServiceUnavailable],
  [503, ServiceUnavailable],
  [599, ServiceUnavailable],
]

/** A POST without an idempotency key, which nothing repeats: one failure is one request. */
async function failWith(fault: Fault) {
  const { feed, clients } = settings.strict
  feed.timeline.fault(LIST, { times: 'always', ...fault })
  const error = await errorOf(clients.timeline.getPostList('t1', [10]))
  if (!(error instanceof Error)) throw error
  return error
}

describe('the class of a failure', () => {
  it.each(classes)('follows from the status %i', async (status, Class) => {
    const error = await failWith({ status })
    expect(error.constructor).toBe(Class)
    expect(error).toMatchObject({ status, attempts: 1, delivery: 'answered' })
  })

  it.each(classes)('follows from the status %i of the body under HTTP 200', async (statusCode, Class) => {
    const error = await failWith({ errorEnvelope: { statusCode } })
    expect(error.constructor).toBe(Class)
    expect(error).toMatchObject({ status: statusCode })
  })

  it.each(classes)('follows from the status %i of the body under HTTP 400', async (statusCode, Class) => {
    const error = await failWith({ errorEnvelope: { statusCode, status: 400 } })
    expect(error.constructor).toBe(Class)
    expect(error).toMatchObject({ status: statusCode })
  })

  it('needs no body, and no JSON', async () => {
    expect(await failWith({ emptyError: 404 })).toBeInstanceOf(NotFound)
    settings.strict.feed.reset()
    expect(await failWith({ htmlError: 502 })).toBeInstanceOf(ServiceUnavailable)
    settings.strict.feed.reset()
    expect(await failWith({ status: 409, body: 'words' })).toBeInstanceOf(Conflict)
  })

  it('is the general one for a redirect and for a success that no method names', async () => {
    for (const status of [201, 204, 302]) {
      settings.strict.feed.reset()
      const error = await failWith({ status })
      expect(error.constructor).toBe(DailyfeedError)
      expect(error).toMatchObject({ status })
    }
  })

  it.each<[string, Fault]>([
    ['half an envelope', { status: 200, body: { status: 200, result: 'SUCCESS' } }],
    ['an envelope that is no success', { status: 200, body: { status: 200, result: 'FAIL', data: [] } }],
    ['a failure that is none', { errorEnvelope: { statusCode: 200 } }],
  ])('is not asked where HTTP 200 holds %s', async (_name, fault) => {
    expect(await failWith(fault)).toBeInstanceOf(ResponseValidationError)
  })

  it('is not asked where HTTP 200 holds no JSON', async () => {
    expect(await failWith({ status: 200, body: 'words' })).toBeInstanceOf(DecodeError)
    settings.strict.feed.reset()
    expect(await failWith({ htmlError: 200 })).toBeInstanceOf(DecodeError)
  })
})

describe('an error', () => {
  it('tells of the call, and keeps what the service said', async () => {
    const error = await failWith({ errorEnvelope: { statusCode: 410, message: '삭제된 게시글입니다' } })
    expect(error).toBeInstanceOf(Gone)
    expect(error).toBeInstanceOf(DailyfeedError)
    expect(error).toBeInstanceOf(HttpError)
    expect(error).toMatchObject({
      ...{ client: 'timeline', method: 'TimelineClient.getPostList', code: 'GUISE_HTTP' },
      body: { statusCode: 410, resultCode: 'FAIL', message: '삭제된 게시글입니다' },
    })
    expect(String(error)).toMatch(
      /^Gone: TimelineClient\.getPostList: 410 Gone \(POST http:\/\/127\.0\.0\.1:\d+\/api\/timeline\/posts\/query\/list, 1 attempt\)$/,
    )
  })

  it('shows no token and no body to a log', async () => {
    const { feed, clients } = settings.legacy
    feed.member.fault('GET /api/members', { status: 403, body: { secret: 'hunter2' }, times: 'always' })
    const error = await errorOf(clients.member.getMember('t1-not-for-logs'))
    expect(error).toBeInstanceOf(Forbidden)
    for (const text of [inspect(error), JSON.stringify(error), String(error)]) {
      expect(text).not.toMatch(/t1-not-for-logs|hunter2/)
    }
  })

  it('is retried by what it means: a 503 under HTTP 400 is a 503', async () => {
    const { feed, clients } = settings.legacy
    feed.timeline.fault(POST, { errorEnvelope: { statusCode: 503, status: 400 } })
    expect(await clients.timeline.getPostById('t1', 10)).toMatchObject({ id: 10 })
    expect(feed.timeline.received.map(({ status }) => status)).toEqual([400, 200])
  })
})

describe('a bad argument', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['an id beyond 2^53', () => settings.strict.clients.timeline.getPostList('t1', [2 ** 53])],
    ['too many ids', () => settings.strict.clients.timeline.getPostList('t1', Array(1001).fill(1))],
    ['a token with a line break', () => settings.strict.clients.timeline.getPostList('t1\r\nx: y', [1])],
  ])('is refused before anything is sent: %s', async (_name, call) => {
    expect(await errorOf(call())).toBeInstanceOf(ArgumentError)
    expect(settings.strict.feed.timeline.received).toEqual([])
  })
})
