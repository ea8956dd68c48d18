// The acceptance scenarios of the clients, each under its number. A15 is in secrets.test.ts.
import { CircuitOpenError, circuitsOf, close, createClient, TimeoutError } from 'guise'
import { type TestClock, testClock } from 'guise/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ActivityClient } from '../../examples/dailyfeed/clients/activity.js'
import { ServiceUnavailable } from '../../examples/dailyfeed/clients/errors.js'
import { type Clients, connect } from '../../examples/dailyfeed/connect.js'
import { ask, type Guarded, startGuarded } from '../../examples/dailyfeed/demo/guarded.js'
import { presets } from '../../examples/dailyfeed/presets.js'
import type { ActivityRoute, Fault, MemberRoute } from '../../examples/dailyfeed/services/index.js'
import { kim } from './seed.js'
import { errorOf, modes, useSettings } from './setting.js'

const settings = useSettings()
const SUMMARY: MemberRoute = 'GET /api/members/summary'
const LIST: MemberRoute = 'POST /api/members/query/in'
const POSTS: ActivityRoute = 'POST /api/member-activities/posts'
const written = { memberId: 1, postId: 10, activityType: 'POST_CREATE' } as const

describe.each(modes)('%s', mode => {
  let service: Guarded
  beforeEach(async () => {
    service = await startGuarded(settings[mode].clients.member)
  })
  afterEach(() => service.close())

  it.each<[string, Fault]>([
    ['500 with JSON', { status: 500, body: { any: 1 } }],
    ['500 with a page of HTML', { htmlError: 500 }],
    ['500 with nothing', { emptyError: 500 }],
    ['302', { status: 302, headers: { location: '/login' } }],
    ['200 without data', { status: 200, body: { status: 200, result: 'SUCCESS', data: null } }],
  ])('A11: member-svc answers %s, the guard 503, and the handler is not run', async (_name, fault) => {
    const { member } = settings[mode].feed
    member.fault(SUMMARY, fault)
    expect(await ask(service, 't1')).toEqual({ status: 503, headers: {}, body: '' })
    expect(service.handled).toEqual([])
    expect(member.received).toHaveLength(1)
    expect(await ask(service, 't1')).toEqual({ status: 200, headers: {}, body: 'hello kim' })
    expect(service.handled).toEqual([1])
  })

  it('A11: nor is it run while member-svc is down, or its circuit open', async () => {
    const { member } = settings[mode].feed
    member.fault(SUMMARY, { emptyError: 500, times: 'always' })
    for (let calls = 1; calls <= 7; calls++) expect((await ask(service, 't1')).status).toBe(503)
    expect(member.received).toHaveLength(5)
    expect(service.handled).toEqual([])
  })

  it('A11: who brings no token, or none that can be sent, gets 401 and is not asked about', async () => {
    expect((await ask(service)).status).toBe(401)
    expect((await ask(service, 'two words')).status).toBe(401)
    expect(settings[mode].feed.member.received).toEqual([])
    expect(service.handled).toEqual([])
  })

  const refresh = { 'x-token-refresh-needed': 'true' }
  const relogin = { 'x-relogin-required': 'true' }

  it.each([
    ['t1', { status: 200, headers: {}, body: 'hello kim' }],
    ['t-oldkey', { status: 200, headers: refresh, body: 'hello kim' }],
    ['t-expired', { status: 401, headers: refresh, body: '' }],
    ['t-blacklisted', { status: 401, headers: relogin, body: '' }],
  ])('A12: the caller of the guarded service learns what is said of %s', async (token, answer) => {
    expect(await ask(service, token)).toEqual(answer)
    expect(service.handled).toEqual(answer.status === 200 ? [1] : [])
  })

  it('A12: what is said of a token reaches nobody else who calls at the same time', async () => {
    const tokens = Array.from({ length: 30 }, (_, i) => ['t1', 't-oldkey', 't-blacklisted'][i % 3] as string)
    const answers = await Promise.all(tokens.map(token => ask(service, token)))
    expect(answers.map(({ headers }) => headers)).toEqual(tokens.map((_, i) => [{}, refresh, relogin][i % 3]))
  })

  it('A12: the client itself still returns the data', async () => {
    const { body, headers } = await settings[mode].clients.member.getMyProfileSummary('t-oldkey')
    expect({ body, headers }).toEqual({ body: kim, headers: { refreshNeeded: true, reloginRequired: false } })
  })
})

describe('A13', () => {
  let clock: TestClock
  let clients: Clients
  beforeEach(() => {
    clock = testClock()
    clients = connect(settings.strict.feed, { clock })
  })
  afterEach(() => clients.close())

  /** Repeated by nobody, since it is a POST without a key: one call, one request. */
  const list = () => clients.member.getMemberList('t1', [1])
  const failing = (times: Fault['times']) =>
    settings.strict.feed.member.fault(LIST, { status: 503, times: times ?? 1 })
  const circuit = () => circuitsOf(clients.member)[0]

  it('opens at the fifth failure, turns calls away for 30 s, and closes after a probe', async () => {
    const { member } = settings.strict.feed
    const lift = failing('always')
    for (let calls = 1; calls <= 5; calls++) {
      expect(circuit()?.state ?? 'closed').toBe('closed')
      expect(await errorOf(list())).toBeInstanceOf(ServiceUnavailable)
    }
    expect(circuit()).toEqual({
      ...{ target: member.url, method: undefined, state: 'open', retryAfter: 30_000 },
      ...{ successes: 0, failures: 5, rejected: 0 },
    })

    const error = await errorOf(list()) // at once: the clock stands still
    expect(error).toBeInstanceOf(CircuitOpenError)
    expect(error).toMatchObject({ retryAfter: 30_000, attempts: 0, delivery: 'not-sent', client: 'member' })
    expect(member.received).toHaveLength(5)

    await clock.advance(29_999)
    expect(await errorOf(list())).toMatchObject({ code: 'GUISE_CIRCUIT_OPEN', retryAfter: 1 })
    lift()
    await clock.advance(1)
    expect(circuit()?.state).toBe('half-open')
    expect(await list()).toEqual([kim])
    expect(circuit()).toMatchObject({ state: 'closed', failures: 0 })
    expect(member.received).toHaveLength(6)
  })

  it('stays open when the probe fails', async () => {
    failing('always')
    for (let calls = 1; calls <= 5; calls++) await errorOf(list())
    await clock.advance(30_000)
    expect(await errorOf(list())).toBeInstanceOf(ServiceUnavailable)
    expect(circuit()?.state).toBe('open')
    expect(settings.strict.feed.member.received).toHaveLength(6)
  })

  it.each([
    [3, 'open'], // 2 of 5: 40 %
    [4, 'closed'], // 2 of 6: 33 %
  ] as const)('after %i successes and two failures it is %s', async (successes, state) => {
    for (let calls = 1; calls <= successes; calls++) await list()
    failing(2)
    for (let calls = 1; calls <= 2; calls++) await errorOf(list())
    expect(circuit()?.state).toBe(state)
  })

  it('counts every attempt: with retries the fifth is in the third call, and is its last', async () => {
    const { member } = settings.strict.feed
    member.fault(SUMMARY, { status: 503, times: 'always' })
    const attempts: unknown[] = []
    for (let calls = 1; calls <= 4; calls++) {
      const error = await moving(clock, errorOf(clients.member.getMyProfileSummary('t1')))
      attempts.push((error as { attempts: number }).attempts)
    }
    expect(attempts).toEqual([2, 2, 1, 0])
    expect(member.received).toHaveLength(5)
  })

  it("is the circuit of one client's service: the others are closed", async () => {
    failing('always')
    for (let calls = 1; calls <= 6; calls++) await errorOf(list())
    expect(await clients.timeline.getPostItemCounts('t1', 10)).toEqual({ commentCount: 3, likeCount: 5 })
  })
})

describe('A18', () => {
  afterEach(() => vi.restoreAllMocks())

  it('ends a call to an activity-svc that hangs when its second is over', async () => {
    const clock = testClock()
    const { activity: service } = settings.legacy.feed
    const url = service.url
    const activity = createClient(ActivityClient, { ...presets.activity, url, timeout: 1_000, clock })
    service.fault(POSTS, { storeThenTimeout: true, times: 'always' })
    const call = watched(activity.createPostsMemberActivity('t1', written, 'event-1'))
    await vi.waitFor(() => expect(service.stored).toHaveLength(1))

    await clock.advance(999)
    expect(call.ended).toBe(false)
    await clock.advance(1)
    expect(call.ended).toBe(true)
    expect(call.error).toBeInstanceOf(TimeoutError)
    expect(call.error).toMatchObject({ phase: 'total', attempts: 1, delivery: 'unknown', client: 'activity' })
    expect(service.received).toMatchObject([{ status: null }])
    await close(activity)
  })

  it('ends it after 15 s where nothing else is said: one attempt of 10 s, and what is left', async () => {
    const clock = testClock()
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    const { activity: service } = settings.legacy.feed
    const clients = connect(settings.legacy.feed, { clock })
    service.fault(POSTS, { storeThenTimeout: true, times: 'always' })
    const call = watched(clients.activity.createPostsMemberActivity('t1', written, 'event-1'))
    await vi.waitFor(() => expect(service.stored).toHaveLength(1))
    await clock.advance(10_000)
    await clock.advance(500) // the mean of the random wait, and the fixed one that it replaces
    await vi.waitFor(() => expect(service.stored).toHaveLength(2))

    await clock.advance(4_499)
    expect(call.ended).toBe(false)
    await clock.advance(1)
    expect(call.error).toMatchObject({ code: 'GUISE_TIMEOUT', phase: 'total', attempts: 2 })
    expect(service.stored.map(({ key }) => key)).toEqual(['event-1', 'event-1'])
    await clients.close()
  })
})

/** Whether a call has ended, and what it rejected with. */
function watched(call: Promise<unknown>): { ended: boolean; error: unknown } {
  const watch: { ended: boolean; error: unknown } = { ended: false, error: undefined }
  call.then(
    () => {
      watch.ended = true
    },
    (error: unknown) => {
      watch.ended = true
      watch.error = error
    },
  )
  return watch
}

/** Lets the clock go on while the network does its real work, so that waits between attempts end. */
async function moving<T>(clock: TestClock, call: Promise<T>): Promise<T> {
  const watch = watched(call)
  while (!watch.ended) {
    await clock.advance(10)
    await new Promise(resolve => setTimeout(resolve, 1))
  }
  return call
}
