// Services in trouble: A13 and A18.
import { CircuitOpenError, circuitsOf, close, createClient, TimeoutError } from 'guise'
import { testClock } from 'guise/testing'
import { ActivityClient } from '../clients/activity.js'
import { ServiceUnavailable } from '../clients/errors.js'
import { connect } from '../connect.js'
import { presets } from '../presets.js'
import type { ActivityRoute, MemberRoute } from '../services/index.js'
import type { Scenario } from './scenario.js'

const LIST: MemberRoute = 'POST /api/members/query/in'
const POSTS: ActivityRoute = 'POST /api/member-activities/posts'

export const a13: Scenario = {
  title: 'A13  The circuit of a service that fails opens, and closes again',
  there:
    'dailyfeed: nothing but an IOException reached the breaker. With 503 as its every answer it never opened.',
  here: 'Here: preset "critical" opens at 40 % of at least 5 calls, for 30 s; they pass on a clock that the demo moves.',
  async run(stage, { strict: { feed } }) {
    const clock = testClock()
    const clients = connect(feed, { clock })
    const service = feed.member
    // Repeated by nobody, since it is a POST without a key: one call, one request.
    const call = () => clients.member.getMemberList('t1', [1])
    const claimState = (wanted: string, when: string) => {
      const { state } = circuitsOf(clients.member)[0] ?? {}
      stage.claim(`${when} it is ${state}`, state === wanted)
    }
    const lift = service.fault(LIST, { status: 503, times: 'always' })
    for (let calls = 1; calls <= 5; calls++) {
      await stage.call({ service, call, wire: 503, gets: { error: ServiceUnavailable } })
      if (calls >= 4) claimState(calls === 4 ? 'closed' : 'open', `after ${calls} calls`)
    }
    const { error } = await stage.call({ service, call, wire: null, gets: { error: CircuitOpenError } })
    const after = error instanceof CircuitOpenError ? error.retryAfter : undefined
    stage.claim(`error.retryAfter is ${after} ms`, after === 30_000)
    lift()
    await clock.advance(29_999)
    claimState('open', 'after 29,999 ms')
    await clock.advance(1)
    claimState('half-open', 'after 30,000 ms')
    await stage.call({ service, call, gets: members => members.length === 1 })
    claimState('closed', 'after this probe')
    await clients.close()
  },
}

export const a18: Scenario = {
  title: 'A18  A service that hangs takes the time it is given',
  there:
    'dailyfeed: three attempts of up to 15 s, with a transaction open all the while: 46 s in the worst case.',
  here: 'Here: timeout: 1_000 is the end of the whole call. Its error says what is unknown: whether activity-svc has it.',
  async run(stage, { legacy: { feed } }) {
    const { url } = feed.activity
    const activity = createClient(ActivityClient, { ...presets.activity, url, timeout: 1_000 })
    const before = feed.activity.stored.length
    const post = { memberId: 1, postId: 10, activityType: 'POST_CREATE' } as const
    const started = performance.now()
    const { error } = await stage.call({
      ...{ service: feed.activity, fault: [POSTS, { storeThenTimeout: true }], wire: null },
      call: () => activity.createPostsMemberActivity('t1', post, 'event-7'),
      gets: { error: TimeoutError },
    })
    const seconds = (performance.now() - started) / 1000
    // Not to the millisecond: that is for a test, whose clock does not depend on how busy the machine is.
    stage.claim(`it took about ${seconds.toFixed(1)} s`, seconds > 0.99 && seconds < 5)
    const { phase, delivery } = error instanceof TimeoutError ? error : {}
    stage.claim(
      `error.phase is ${phase}, error.delivery ${delivery}`,
      phase === 'total' && delivery === 'unknown',
    )
    const stored = feed.activity.stored.length - before
    stage.claim(`activity-svc has stored it ${stored} time`, stored === 1)
    await close(activity)
  },
}
