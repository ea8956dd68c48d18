// The presets: the values of dailyfeed's tables, and that each client is made with those of its service.
import { type ClientDescription, describe as describeClient } from 'guise'
import { describe, expect, it } from 'vitest'
import type { Clients } from '../../examples/dailyfeed/connect.js'
import { bulkheads, circuitBreakers, retries, timeout } from '../../examples/dailyfeed/presets.js'
import { errorOf, useSettings } from './setting.js'

const settings = useSettings()

/** `minimum calls, failure %, seconds open`, as in dailyfeed's table. */
const circuitTable = {
  default: [10, 50, 60],
  critical: [5, 40, 30],
  bulk: [20, 60, 120],
  healthCheck: [3, 50, 10],
}
/** `attempts, fixed wait in ms` */
const retryTable = { default: [3, 500], fast: [2, 300], conservative: [2, 1000] }
/** `calls a second, of which so many may wait` */
const limiterTable = { default: [100, 0], critical: [200, 20], conservative: [50, 0] }

describe('the presets', () => {
  it.each(Object.entries(circuitTable))('circuit breaker %s', (name, [calls = 0, share = 0, open = 0]) => {
    const { volume, errorThreshold, resetAfter } = circuitBreakers[name as keyof typeof circuitTable]
    expect({ volume, resetAfter }).toEqual({ volume: calls, resetAfter: open * 1000 })
    // Above this, and not above less: `A13` has both sides of it in calls.
    expect(errorThreshold).toBe(share - 0.1)
  })

  it.each(Object.entries(retryTable))('retry %s', (name, [attempts = 0, wait = 0]) => {
    const { retries: more, minDelay, maxDelay } = retries[name as keyof typeof retryTable]
    expect(more + 1).toBe(attempts)
    // The bound of the first wait is four times minDelay; the mean is half of the bound.
    expect(minDelay * 4).toBe(maxDelay)
    expect(maxDelay / 2).toBe(wait)
  })

  it.each(Object.entries(limiterTable))('bulkhead %s', (name, [calls, waiting]) => {
    const { concurrent, queue = 0 }: { concurrent: number; queue?: number } =
      bulkheads[name as keyof typeof limiterTable]
    expect([concurrent, queue]).toEqual([calls, waiting])
  })

  it('have a value for every name of the tables, and no other', () => {
    expect(Object.keys(circuitBreakers)).toEqual(Object.keys(circuitTable))
    expect(Object.keys(retries)).toEqual(Object.keys(retryTable))
    expect(Object.keys(bulkheads)).toEqual(Object.keys(limiterTable))
  })
})

/** The settings of one stage of every method, which have to be the same for all of them. */
function stageOf({ methods }: ClientDescription, policy: string): Record<string, unknown> | undefined {
  const all = methods.map(({ chain }) => {
    const stage = chain.find(one => one.policy === policy)
    if (stage === undefined) return undefined
    return Object.fromEntries(Object.entries(stage.settings).map(([name, { value }]) => [name, value]))
  })
  for (const other of all) expect(other).toEqual(all[0])
  return all[0]
}

describe('the clients are made with the presets of their service:', () => {
  type Row = readonly [
    name: string,
    pick: (clients: Clients) => object,
    circuit: keyof typeof circuitBreakers,
    retry: keyof typeof retries | undefined,
    bulkhead: keyof typeof bulkheads | undefined,
  ]
  const rows: readonly Row[] = [
    ['member', c => c.member, 'critical', 'fast', 'critical'],
    ['timeline', c => c.timeline, 'critical', 'fast', 'critical'],
    ['content', c => c.post, 'default', 'default', 'default'],
    ['activity', c => c.activity, 'default', 'default', 'default'],
    ['image', c => c.image, 'bulk', 'conservative', 'conservative'],
    ['health of activity', c => c.health.activity, 'healthCheck', undefined, undefined],
    ['health of content', c => c.health.content, 'healthCheck', undefined, undefined],
    ['health of image', c => c.health.image, 'healthCheck', undefined, undefined],
    ['health of timeline', c => c.health.timeline, 'healthCheck', undefined, undefined],
  ]

  it.each(rows)('%s', (_name, pick, circuit, retry, bulkhead) => {
    const description = describeClient(pick(settings.strict.clients))
    expect(stageOf(description, 'circuit breaker')).toEqual({
      ...circuitBreakers[circuit],
      scope: 'target',
    })
    const budget = { ratio: 0.2, perSecond: 10 }
    expect(stageOf(description, 'retry')).toEqual(retry && { ...retries[retry], budget })
    expect(stageOf(description, 'bulkhead')).toEqual(bulkhead && { queue: 0, ...bulkheads[bulkhead] })
    expect(stageOf(description, 'total timeout')).toEqual({ ms: timeout.total })
    expect(stageOf(description, 'attempt timeout')).toEqual({ ms: 10_000 })
    expect(stageOf(description, 'transport')).toEqual({ connect: 5_000 })
  })
})

describe('what is repeated', () => {
  it('is a GET, a POST with a key, and never a POST without one', async () => {
    const { feed, clients } = settings.strict
    feed.timeline.fault('GET /api/timeline/posts/{postId}', { status: 503, times: 'always' })
    feed.timeline.fault('POST /api/timeline/posts/query/list', { status: 503, times: 'always' })
    feed.activity.fault('POST /api/member-activities/posts', { status: 503, times: 2 })

    expect(await errorOf(clients.timeline.getPostById('t1', 10))).toMatchObject({ status: 503, attempts: 2 })
    expect(await errorOf(clients.timeline.getPostList('t1', [10]))).toMatchObject({ attempts: 1 })
    const written = { memberId: 1, postId: 10, activityType: 'POST_CREATE' } as const
    await clients.activity.createPostsMemberActivity('t1', written, 'event-1')
    expect(feed.activity.received.map(({ status }) => status)).toEqual([503, 503, 200])
    expect(feed.activity.stored.map(({ key }) => key)).toEqual(['event-1'])
  })

  it('waits for as long as Retry-After says', async () => {
    const { feed, clients } = settings.strict
    feed.timeline.fault('GET /api/timeline/posts/{postId}', { retryAfter: 1 })
    expect(await clients.timeline.getPostById('t1', 10)).toMatchObject({ id: 10 })
    const [first, second] = feed.timeline.received
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(1_000)
  })
})
