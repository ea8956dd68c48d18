// A16: which routes the declarations have, and that each is one of its service's. A17: which way the notices leave.
import { createGroup } from 'guise'
import { describe, expect, it } from 'vitest'
import { ActivityClient } from '../../examples/dailyfeed/clients/activity.js'
import { HealthClient } from '../../examples/dailyfeed/clients/health.js'
import { ImageClient } from '../../examples/dailyfeed/clients/image.js'
import { MemberClient } from '../../examples/dailyfeed/clients/member.js'
import { PostClient, TimelineClient } from '../../examples/dailyfeed/clients/posts.js'
import { Notices } from '../../examples/dailyfeed/content/notices.js'
import type { Notice } from '../../examples/dailyfeed/content/publish.js'
import { driftOf, routesOf } from '../../examples/dailyfeed/drift.js'
import { POSTS, storedBy, stores, TOKEN, useNotify } from './notify-setting.js'
import { useSettings } from './setting.js'

const settings = useSettings()

const activityRoutes = ['posts', 'comments', 'posts/likes', 'comments/likes'].map(
  path => `POST /api/member-activities/${path}`,
)

describe('A16', () => {
  it('GET counts goes to the statistics, and nowhere else', async () => {
    const { feed, clients } = settings.strict
    await clients.timeline.getPostItemCounts('t1', 10)
    expect(feed.timeline.received.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /api/timeline/statistics/posts/10',
    ])
  })

  it.each<[string, new () => object, string[]]>([
    [
      'MemberClient',
      MemberClient,
      [
        'GET /api/members',
        'GET /api/members/profile',
        'GET /api/members/summary',
        'GET /api/members/followers-followings',
        'GET /api/members/followings/more',
        'GET /api/members/followers/more',
        'POST /api/members/query/in',
        'GET /api/members/query/followings',
        'GET /api/members/{id}',
        'GET /api/members/{id}/profile',
        'GET /api/members/{id}/summary',
        'GET /api/members/{id}/followers-followings',
        'GET /api/members/{id}/followers/more',
        'GET /api/members/{id}/followings/more',
      ],
    ],
    [
      'TimelineClient',
      TimelineClient,
      [
        'POST /api/timeline/posts/query/list',
        'GET /api/timeline/posts/{id}',
        'GET /api/timeline/statistics/posts/{id}',
      ],
    ],
    ['PostClient', PostClient, ['POST /api/posts/query/list']],
    ['ImageClient', ImageClient, ['POST /api/images/view/command/delete/in']],
    ['ActivityClient', ActivityClient, activityRoutes],
    ['Notices', Notices, activityRoutes],
    ['HealthClient', HealthClient, ['GET /healthcheck/live']],
  ])('%s has these routes', (_name, Class, routes) => {
    expect(routesOf(Class).toSorted()).toEqual(routes.toSorted())
  })

  it('each route is one of its service, but the one that has drifted away', () => {
    const { member, timeline, content, image, activity, audit } = settings.strict.feed
    expect(driftOf(MemberClient, member)).toEqual([])
    expect(driftOf(TimelineClient, timeline)).toEqual([])
    expect(driftOf(ImageClient, image)).toEqual([])
    expect(driftOf(ActivityClient, activity)).toEqual([])
    expect([activity, audit].flatMap(service => driftOf(Notices, service))).toEqual([])
    for (const service of [activity, content, image, timeline])
      expect(driftOf(HealthClient, service)).toEqual([])
    expect(driftOf(PostClient, content)).toEqual(['POST /api/posts/query/list'])
    // B10: the client of a service whose route was renamed.
    const renamed = { routes: timeline.routes.map(route => route.replace('statistics', 'counts')) }
    expect(driftOf(TimelineClient, renamed)).toEqual(['GET /api/timeline/statistics/posts/{id}'])
  })
})

describe.each(stores)('A17 on %s', kind => {
  it('the same content-svc sends by HTTP, through memory and through a broker, switched as it runs', async () => {
    const { ask, feed, service, settle, find } = await useNotify(kind)
    const { publish } = service
    const create = () => ask('POST', '/api/posts', { content: 'hello' })
    const byHttp = await create()
    await settle(byHttp)

    const memory: Notice[] = []
    publish.by = async notice => void memory.push(notice)
    const byMemory = await create()
    await settle(byMemory)

    const topics = new Map<string, { key: string; value: string }[]>()
    const producer = {
      async send(topic: string, message: { key: string; value: string }) {
        topics.set(topic, [...(topics.get(topic) ?? []), message])
      },
    }
    publish.by = ({ target, key, value }) =>
      producer.send(`member-${target}`, { key, value: JSON.stringify(value) })
    const byKafka = await create()
    await settle(byKafka)

    publish.by = 'http'
    const again = await create()
    await settle(again)

    expect(storedBy(feed.activity)).toEqual([byHttp, again].map(id => ['POST_CREATE', id]))
    expect(feed.activity.received).toHaveLength(2)
    const value = (postId: number) => ({ memberId: 1, postId, activityType: 'POST_CREATE' })
    expect(memory).toEqual(['activity', 'audit'].map(target => ({ target, key: byMemory, value: value(2) })))
    expect(Object.fromEntries(topics)).toEqual({
      'member-activity': [{ key: byKafka, value: JSON.stringify(value(3)) }],
      'member-audit': [{ key: byKafka, value: JSON.stringify(value(3)) }],
    })
    for (const id of [byHttp, byMemory, byKafka, again])
      expect(await find(id)).toMatchObject({
        activity: { state: 'delivered', attempts: 1 },
        audit: { state: 'delivered', attempts: 1 },
      })
  })

  it('a broker that is down is a failed attempt, and what waits goes the way of the day', async () => {
    const { ask, feed, clock, service, find } = await useNotify(kind)
    service.publish.by = () => Promise.reject(new Error('no broker'))
    const id = await ask('POST', '/api/posts', { content: 'hello' })
    await service.outbox.drain()
    expect((await find(id)).activity).toMatchObject({ state: 'pending', attempts: 1 })
    service.publish.by = 'http'
    await clock.advance(10_000)
    await service.outbox.drain()
    expect((await find(id)).activity).toMatchObject({ state: 'delivered', attempts: 2 })
    expect(storedBy(feed.activity)).toEqual([['POST_CREATE', id]])
  })
})

describe('A14 at once, without an outbox', () => {
  it('the report lists both targets, and says that not all have it', async () => {
    const { feed } = settings.strict
    feed.audit.fault(POSTS, { status: 503, times: 'always' })
    const headers = { authorization: `Bearer ${TOKEN}` }
    const targets = { activity: feed.activity.url, audit: feed.audit.url }
    const group = createGroup(Notices, { targets, headers, retry: false })
    const report = await group.post({ memberId: 1, postId: 10, activityType: 'POST_CREATE' })
    expect(report.ok).toBe(false)
    expect(report.delivered).toMatchObject([{ target: 'activity', attempts: 1 }])
    expect(report.failed).toMatchObject([{ target: 'audit', attempts: 1, error: { status: 503 } }])
    expect(() => report.orThrow()).toThrow(/audit/)
    expect([feed.activity, feed.audit].map(({ received }) => received.length)).toEqual([1, 1])
  })
})
