// The bugs of the reference system that show only over several requests, or in time: a mock transport and a clock that
// stands still. B5's presets are compared with their tables in presets.test.ts; here they are seen at work.
import { inspect } from 'node:util'
import { CircuitOpenError, circuitsOf, createClient, TimeoutError } from 'guise'
import { failures, mock, mockTransport, testClock } from 'guise/testing'
import type { Dispatcher } from 'undici'
import { describe, expect, it, vi } from 'vitest'
import { ActivityClient } from '../../examples/dailyfeed/clients/activity.js'
import { NotFound } from '../../examples/dailyfeed/clients/errors.js'
import { HealthClient } from '../../examples/dailyfeed/clients/health.js'
import { ImageClient } from '../../examples/dailyfeed/clients/image.js'
import { MemberClient } from '../../examples/dailyfeed/clients/member.js'
import { PostClient, TimelineClient } from '../../examples/dailyfeed/clients/posts.js'
import { presets } from '../../examples/dailyfeed/presets.js'
import { fail, kim, ok } from './seed.js'
import { errorOf } from './setting.js'
import { clientOf, stored, type Unit, withoutSockets, written } from './unit-setting.js'

withoutSockets()

/** A service that is down, and a call of it, by the name of its preset. */
const down = () => mockTransport({ status: 503 })
const trials: Record<string, () => { unit: Unit<object>; call: () => Promise<unknown> }> = {
  member() {
    const unit = clientOf(MemberClient, down(), presets.member)
    return { unit, call: () => unit.client.getMember('t1') }
  },
  timeline() {
    const unit = clientOf(TimelineClient, down(), presets.timeline)
    return { unit, call: () => unit.client.getPostById('t1', 10) }
  },
  content() {
    const unit = clientOf(PostClient, down(), presets.content)
    return { unit, call: () => unit.client.getPostList('t1', [10]) }
  },
  activity() {
    const unit = clientOf(ActivityClient, down(), presets.activity)
    return { unit, call: () => unit.client.createPostsMemberActivity('t1', written, 'e-1') }
  },
  image() {
    const unit = clientOf(ImageClient, down(), presets.image)
    return { unit, call: () => unit.client.deleteImagesBulkRequest('t1', ['a.png']) }
  },
  health() {
    const unit = clientOf(HealthClient, down(), presets.health)
    return { unit, call: () => unit.client.live() }
  },
}

/** Requests of the first call; requests until the circuit is open; how long it stays so, in milliseconds. */
it.each<[keyof typeof trials & string, number, number, number]>([
  ['member', 2, 5, 30_000],
  ['timeline', 2, 5, 30_000],
  ['content', 1, 10, 60_000],
  ['activity', 3, 10, 60_000],
  ['image', 1, 20, 120_000],
  ['health', 1, 3, 10_000],
])('B4, B5: a %s that answers 503 gets %i requests from a call, and %i in all, for %i ms', async (...row) => {
  const [name, attempts, most, resetAfter] = row
  const { unit, call } = (trials[name] as (typeof trials)[string])()
  const { client, transport, clock } = unit
  const failed = () => clock.run(errorOf(call()))
  expect(await failed()).toMatchObject({ status: 503, attempts })
  for (let calls = 1; calls < most; calls++) await failed()
  expect(transport.requests).toHaveLength(most)
  expect(circuitsOf(client)).toMatchObject([{ state: 'open', failures: most }])

  const opened = clock.now()
  const turnedAway = await failed()
  expect(turnedAway).toBeInstanceOf(CircuitOpenError)
  expect(turnedAway).toMatchObject({ attempts: 0, delivery: 'not-sent' })
  expect(clock.now()).toBe(opened)
  expect(turnedAway).toMatchObject({ retryAfter: resetAfter })
  await clock.advance(resetAfter - 1)
  await failed()
  expect(transport.requests).toHaveLength(most)
  await clock.advance(1)
  await failed()
  expect(transport.requests).toHaveLength(most + 1)
})

it('B4: a 503 within HTTP 200 is one to retries and to the circuit, too', async () => {
  const transport = mockTransport({ body: fail(503, 'down', '/api/member-activities/posts') })
  const { client, clock } = clientOf(ActivityClient, transport, presets.activity)
  const failed = () => clock.run(errorOf(client.createPostsMemberActivity('t1', written, 'e-1')))
  expect(await failed()).toMatchObject({ status: 503, attempts: 3 })
  for (let calls = 2; calls <= 4; calls++) await failed()
  expect(await failed()).toBeInstanceOf(CircuitOpenError)
  expect(transport.requests).toHaveLength(10)
})

describe('B6: what was perhaps received', () => {
  it('is not sent again without a key', async () => {
    const statuses = [502, 503, 504].map(status => ({ status }))
    for (const lost of [failures.reset(), failures.timeout(), failures.cutOff(), ...statuses]) {
      const { client, transport, clock } = clientOf(TimelineClient, mockTransport([lost, { body: ok([]) }]))
      const error = await clock.run(errorOf(client.getPostList('t1', [10])))
      expect(error).toMatchObject({ attempts: 1 })
      expect(transport.requests).toHaveLength(1)
    }
  })

  it('is sent again with the same key', async () => {
    const steps = [failures.reset(), failures.timeout(), { body: ok(stored) }]
    const { client, transport, clock } = clientOf(ActivityClient, mockTransport(steps), presets.activity)
    expect(await clock.run(client.createPostsMemberActivity('t1', written, 'event-1'))).toEqual(stored)
    const sent = transport.requests.map(({ headers, body }) => [headers['idempotency-key'], body])
    expect(sent).toEqual([1, 2, 3].map(() => ['event-1', written]))
  })
})

// What else B7 is, a transaction that is open while a call is made, is for the outbox: it records, and sends later.
it('B7: a call ends within 15 s, all its attempts and waits included', async () => {
  const clock = testClock()
  const never = mockTransport(() => new Promise(() => {}), { clock })
  const { client } = clientOf(ActivityClient, never, presets.activity, clock)
  const error = await clock.run(errorOf(client.createPostsMemberActivity('t1', written, 'e-1')))
  expect(error).toBeInstanceOf(TimeoutError)
  expect(error).toMatchObject({ phase: 'total', attempts: 2, delivery: 'unknown' })
  expect(clock.now()).toBe(15_000)
})

it.each(['t1', 'Bearer t1', 'bearer t1'])('B12: the token %j is sent with one Bearer', async token => {
  const { client, transport } = clientOf(MemberClient, mockTransport({ body: ok({ id: 1, name: 'kim' }) }))
  await client.getMember(token)
  expect(transport.request.headers.authorization).toMatch(/^bearer t1$/i)
})

/** undici's part: a response of so many chunks, each read at once, unless the client breaks it off. */
function failing(chunks: number, end: (how: string) => void): Pick<Dispatcher, 'dispatch'> {
  return {
    dispatch(_options, handler) {
      let aborted = false
      const controller = {
        abort(reason: Error) {
          aborted = true
          end('broken off')
          handler.onResponseError?.(controller, reason)
        },
        pause() {},
        resume() {},
      } as unknown as Dispatcher.DispatchController
      handler.onRequestStart?.(controller, {})
      handler.onResponseStart?.(controller, 404, { 'content-type': 'text/plain' }, 'Not Found')
      for (let i = 0; i < chunks && !aborted; i++) {
        handler.onResponseData?.(controller, Buffer.alloc(16_384, 'x'))
      }
      if (!aborted) {
        end('read')
        handler.onResponseEnd?.(controller, {})
      }
      return true
    },
  }
}

it.each([
  [1, 'read'],
  [4, 'read'],
  [64, 'broken off'],
])(
  'B13: the connection of a failure with %i times 16 KiB is given back, its body %s',
  async (chunks, how) => {
    const ends: string[] = []
    const dispatcher = failing(chunks, end => ends.push(end))
    const members = createClient(MemberClient, { url: 'http://unit.test', dispatcher })
    expect(await errorOf(members.getMember('t1'))).toBeInstanceOf(NotFound)
    expect(ends).toEqual([how])
  },
)

describe('B14: neither token nor body is in what is printed', () => {
  it('of errors; and nothing is printed without being asked for', async () => {
    const heard = ['log', 'info', 'warn', 'error', 'debug'] as const
    const spies = heard.map(name => vi.spyOn(console, name))
    const members = mock(MemberClient)
    members.getMemberList.once().respond({ status: 503, body: fail(503, 'SECRET-body', '/SECRET-path') })
    members.getMemberList.once().respond({ body: { any: 'SECRET-body' } })
    members.getMemberList
      .once()
      .respond({ status: 502, headers: { 'set-cookie': 'SECRET' }, body: 'SECRET-body' })
    members.getMemberList.once().respond(failures.reset())
    for (let call = 1; call <= 4; call++) {
      const error = await errorOf(members.getMemberList('SECRET-token', [1]))
      for (const printed of [String(error), inspect(error, { depth: 9 }), JSON.stringify(error)])
        expect(printed).not.toContain('SECRET')
    }
    for (const spy of spies) expect(spy).not.toHaveBeenCalled()
  })
})

// B15 is a mistake of a caller, who has two numbers and takes the wrong one: no client can tell. What it becomes is a
// line in the caller's own test, since a mock keeps the arguments; and a body names its numbers.
it('B15: who liked, and what, is seen by the calls of a mock', async () => {
  const members = mock(MemberClient)
  const activities = mock(ActivityClient)
  members.getMyProfileSummary.respond({ body: ok(kim) })
  activities.createPostLikeActivity.respond({ body: ok({ ...stored, memberActivityType: 'LIKE_POST' }) })
  const like = async (post: { id: number; authorId: number }) => {
    const { body: caller } = await members.getMyProfileSummary('t1')
    const activity = { memberId: caller.memberId, postId: post.id, activityType: 'LIKE_POST' } as const
    await activities.createPostLikeActivity('t1', activity, 'e-1')
  }
  await like({ id: 10, authorId: 3 })
  expect(activities.createPostLikeActivity.calls).toEqual([
    ['t1', { memberId: 1, postId: 10, activityType: 'LIKE_POST' }, 'e-1'],
  ])
})
