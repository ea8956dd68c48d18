// Failures that the reference system took for something else: B1, B2, B3, B9, B16.
import { close, createClient, ResponseValidationError } from 'guise'
import {
  BadRequest,
  Conflict,
  DailyfeedError,
  NotFound,
  ServiceUnavailable,
  TooManyRequests,
  Unprocessable,
} from '../clients/errors.js'
import { MemberClient } from '../clients/member.js'
import type { ActivityRoute, Fault } from '../services/index.js'
import { type Scenario, SUMMARY } from './scenario.js'

const COMMENT_LIKE: ActivityRoute = 'POST /api/member-activities/comments/likes'
const newPost = { memberId: 1, postId: 10, activityType: 'POST_CREATE' } as const

export const b1: Scenario = {
  title: 'B1  A 5xx or a 3xx is no success',
  there:
    'dailyfeed: the test for >= 500 stood inside the test for < 500, so 5xx and 3xx passed for successes.',
  here: 'Here: only what the response table names is a success. Everything else rejects; there is no way around.',
  async run(stage, { legacy: { feed } }) {
    // Without presets: their circuit would be open after five failures, and turn the rest away.
    const member = createClient(MemberClient, { url: feed.member.url })
    const cases: readonly [Fault, number, typeof DailyfeedError][] = [
      [{ status: 503 }, 503, ServiceUnavailable],
      [{ htmlError: 502 }, 502, ServiceUnavailable],
      [{ emptyError: 500 }, 500, ServiceUnavailable],
      [{ status: 302, headers: { location: '/login' } }, 302, DailyfeedError],
      [{ status: 204 }, 204, DailyfeedError],
    ]
    for (const [fault, wire, error] of cases) {
      await stage.call({
        ...{ service: feed.member, fault: [SUMMARY, fault], wire, gets: { error, status: wire } },
        call: () => member.getMyProfileSummary('t1'),
      })
    }
    await close(member)
  },
}

export const b2: Scenario = {
  title: 'B2  An error of member-svc lets nobody in',
  there:
    'dailyfeed: member-svc down meant a caller of null, and activity-svc then accepted writes without a login.',
  here: 'Here: a Summary or a rejection, and nothing between: the write behind the guard is never reached.',
  async run(stage, { legacy: { feed, clients } }) {
    const before = feed.activity.received.length
    /** A guard, and the work behind it. */
    const publish = async () => {
      const { body: caller } = await clients.member.getMyProfileSummary('t1')
      return clients.activity.createPostsMemberActivity(
        't1',
        { ...newPost, memberId: caller.memberId },
        'event-5',
      )
    }
    const bodies: readonly [Fault, number, typeof DailyfeedError | typeof ResponseValidationError][] = [
      [{ status: 500, body: { any: 'JSON object' } }, 500, ServiceUnavailable],
      [{ status: 200, body: { any: 'JSON object' } }, 200, ResponseValidationError],
      [{ status: 200, body: { status: 200, result: 'SUCCESS', data: null } }, 200, ResponseValidationError],
    ]
    for (const [fault, wire, error] of bodies) {
      const service = feed.member
      await stage.call({ service, fault: [SUMMARY, fault], wire, call: publish, gets: { error } })
    }
    const written = feed.activity.received.length - before
    stage.claim(`activity-svc received ${written} writes`, written === 0)
  },
}

export const b3: Scenario = {
  title: 'B3  A failure under HTTP 200 is a failure',
  there:
    'dailyfeed: activity-svc fails with HTTP 200 and a 500 in the body; the notification counted as delivered.',
  here: 'Here: the error envelope stands first in the list at 200, so the call rejects with what the body means.',
  async run(stage, { legacy: { feed, clients } }) {
    const before = feed.activity.stored.length
    const { error } = await stage.call({
      service: feed.activity,
      fault: ['POST /api/member-activities/posts', { errorEnvelope: { statusCode: 500 } }],
      call: () => clients.activity.createPostsMemberActivity('t1', newPost, 'event-6'),
      gets: { error: ServiceUnavailable, status: 500 },
    })
    const stored = feed.activity.stored.length - before
    const known = error instanceof ServiceUnavailable && error.delivery === 'answered'
    stage.claim(`stored: ${stored}, and the sender knows that it must try again`, stored === 0 && known)
  },
}

export const b9: Scenario = {
  title: 'B9  Each status keeps its meaning, and its service',
  there:
    'dailyfeed: any 404 became MemberNotFound, any other 4xx a 503; 429 was thrown nowhere, Retry-After never read.',
  here: 'Here: one table gives each status its class, the error names its client, and a 429 says when to come back.',
  async run(stage, { legacy, strict }) {
    const post = 'GET /api/timeline/posts/{postId}'
    const service = strict.feed.timeline
    const call = () => strict.clients.timeline.getPostById('t1', 99)
    const missing = await stage.call({ service, call, wire: 404, gets: { error: NotFound } })
    stage.claim(
      `it says: ${missing.error}`,
      String(missing.error).startsWith('NotFound: TimelineClient.getPostById'),
    )
    await stage.call({
      ...{ service: legacy.feed.timeline, call: () => legacy.clients.timeline.getPostById('t1', 99) },
      ...{ wire: 400, gets: { error: NotFound, status: 404 } }, // the body says 404, under HTTP 400
    })
    await stage.call({ service, call, fault: [post, { status: 409 }], wire: 409, gets: { error: Conflict } })
    await stage.call({
      service,
      call,
      fault: [post, { status: 422 }],
      wire: 422,
      gets: { error: Unprocessable },
    })
    const busy = await stage.call({
      ...{ service, call, fault: [post, { retryAfter: 60 }], wire: 429 },
      gets: { error: TooManyRequests },
    })
    const after = busy.error instanceof TooManyRequests ? busy.error.retryAfter : undefined
    stage.claim(`error.retryAfter is ${after} ms`, after === 60_000)
  },
}

export const b16: Scenario = {
  title: 'B16  No error is exchanged for another',
  there:
    'dailyfeed: handlers copied by hand answered "no such comment" as "no such post", and "liked already" as "no parent".',
  here: 'Here: the class follows from the status and the words are those of the service: no handler can mix them up.',
  async run(stage, { legacy: { feed, clients } }) {
    const like = { memberId: 1, postId: 10, commentId: 7, activityType: 'LIKE_COMMENT' } as const
    const cases: readonly [number, string, typeof DailyfeedError][] = [
      [404, '댓글이 존재하지 않습니다', NotFound],
      [400, '이미 좋아요를 누른 댓글입니다', BadRequest],
    ]
    for (const [statusCode, message, error] of cases) {
      const outcome = await stage.call({
        ...{ service: feed.activity, fault: [COMMENT_LIKE, { errorEnvelope: { statusCode, message } }] },
        call: () => clients.activity.createCommentLikeActivity('t1', like, `event-${statusCode}`),
        gets: { error, status: statusCode },
      })
      const body = outcome.error instanceof DailyfeedError ? outcome.error.body : undefined
      const kept = typeof body === 'object' && body !== null && 'message' in body && body.message === message
      stage.claim(`the service's own words: ${message}`, kept)
    }
  },
}
