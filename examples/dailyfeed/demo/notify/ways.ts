// Where calls and notices go: A16 and A17; and what is written down of them: A15 once more.
import { ActivityClient } from '../../clients/activity.js'
import { HealthClient } from '../../clients/health.js'
import { ImageClient } from '../../clients/image.js'
import { MemberClient } from '../../clients/member.js'
import { PostClient, TimelineClient } from '../../clients/posts.js'
import { Notices } from '../../content/notices.js'
import type { Notice } from '../../content/publish.js'
import { driftOf, routesOf } from '../../drift.js'
import { claimAt, counted, type NotifyScene } from './scene.js'
import { SERVICE_TOKEN } from './system.js'

export const a16: NotifyScene = {
  title: 'A16  Every declared route, held against its service',
  there:
    'dailyfeed: "counts" was asked of the route of a post, and one client called an endpoint that had moved.',
  here: 'Here: the routes are read off the decorators, so a route that a service has not is seen by a test.',
  async run(stage, { feed }) {
    const { member, timeline, content, image, activity, audit } = feed
    const pairs = [
      [MemberClient, member],
      [TimelineClient, timeline],
      [ImageClient, image],
      [ActivityClient, activity],
      [Notices, activity],
      [Notices, audit],
      [HealthClient, content],
    ] as const
    for (const [Class, service] of pairs) {
      const drifted = driftOf(Class, service)
      const routes = counted(routesOf(Class).length, 'route')
      stage.claim(
        `${Class.name}: ${routes}, ${drifted.length} unknown to ${service.name}-svc`,
        drifted.length === 0,
      )
    }
    const [route, ...more] = driftOf(PostClient, content)
    const caught = route === 'POST /api/posts/query/list' && more.length === 0
    stage.claim(`PostClient has drifted: ${content.name}-svc has no ${route}`, caught)
    const counts = 'GET /api/timeline/statistics/posts/{id}'
    stage.claim(`counts are asked of ${counts}`, routesOf(TimelineClient).includes(counts))
  },
}

export const a17: NotifyScene = {
  title: 'A17  HTTP, memory or a broker, switched as it runs',
  there: 'dailyfeed: 14 times `if KAFKA else FEIGN`, read when the service starts.',
  here: 'Here: the service says what happened; one interceptor says how it leaves, and can be told otherwise.',
  async run(stage, system) {
    const service = await system.startHere()
    const { activity } = system.feed
    const topics = new Map<string, string[]>()
    const memory: Notice[] = []
    const publish = async () => {
      const { id } = await system.ask('POST', '/api/posts', { content: 'hello' }, service.url)
      await system.settled(id)
      return id
    }
    try {
      await publish()
      claimAt(stage, activity, 1, ['POST_CREATE'])
      service.publish.by = async notice => void memory.push(notice)
      const second = await publish()
      const here = memory.filter(({ key }) => key === second).length
      stage.claim(
        `memory: ${here} notices; activity-svc: ${activity.received.length} request`,
        here === 2 && activity.received.length === 1,
      )
      service.publish.by = async ({ target, key }) => void topics.set(`member-${target}`, [key])
      const third = await publish()
      const names = [...topics].filter(([, keys]) => keys.includes(third)).map(([name]) => name)
      stage.claim(`a stub of Kafka: one record in each of ${names.toSorted().join(', ')}`, names.length === 2)
      service.publish.by = 'http'
      await publish()
      claimAt(stage, activity, 2, ['POST_CREATE', 'POST_CREATE'])
    } finally {
      await service.close()
    }
  },
}

export const a15: NotifyScene = {
  title: 'A15  No token, and no body, in what content-svc prints and stores of a delivery',
  here: 'Here: an outbox never stores a credential; each attempt is given one of its own.',
  async run(stage, system) {
    const { activity } = system.feed
    activity.fault('POST /api/member-activities/posts', { status: 400, body: { secret: 'b-canary' } })
    const { id } = await system.ask('POST', '/api/posts', { content: 'x-canary' })
    await system.settled(id)
    await system.until(
      () => system.lines.some(line => line.startsWith(`dead: ${id}`)),
      'the dead-letter event',
    )
    const [request] = activity.received
    const sent = request?.headers.authorization === `Bearer ${SERVICE_TOKEN}`
    stage.claim("the request had content-svc's token", sent)
    const secrets = [SERVICE_TOKEN, 'canary', String(request?.body)]
    const shows = (text: string) => secrets.some(secret => text.includes(secret))
    const telling = system.lines.filter(shows).length
    stage.claim(
      `${telling} of ${counted(system.lines.length, 'line')} of content-svc show one`,
      telling === 0,
    )
    const record = JSON.stringify(await system.report(id))
    stage.claim('nor does the record of its delivery', !shows(record))
  },
}
