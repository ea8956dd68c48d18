// Notices that arrive, whatever happens on the way: A1, A2, A4, A8, A9, A10, A14.
import { setTimeout as pause } from 'node:timers/promises'
import { close, createGroup } from 'guise'
import { ActivityClient } from '../../clients/activity.js'
import { claimAt, claimOneKey, claimReport, type NotifyScene, PATIENT, POSTS } from './scene.js'
import { SERVICE_TOKEN } from './system.js'

const LIKES = 'POST /api/member-activities/posts/likes'

export const a1: NotifyScene = {
  title: 'A1  A post is told to those who shall know',
  there: 'dailyfeed: one call from inside the transaction; what was rolled back had been told all the same.',
  here: 'Here: post and notice are one transaction of the database, and each service has a delivery of its own.',
  async run(stage, system) {
    const { id } = await system.post()
    await system.settled(id)
    const { activity, audit } = system.feed
    claimAt(stage, activity, 1, ['POST_CREATE'])
    claimAt(stage, audit, 1, ['POST_CREATE'])
    await claimReport(stage, system, id, { activity: ['delivered', 1], audit: ['delivered', 1] })
    const { receipt } = (await system.report(id)).activity
    stage.claim(`receipt: ${receipt}`, receipt === `id=${id}; state=processed`)
  },
}

export const a2: NotifyScene = {
  title: 'A2  Stored, but the answer was lost',
  there: 'dailyfeed: the retry had no key, so one post became up to three activities.',
  here: 'Here: the second attempt has the same key, and the receiver gives the answer that it gave before.',
  async run(stage, system) {
    const { activity } = system.feed
    activity.fault(POSTS, { storeThenReset: true })
    const { id } = await system.post()
    await system.settled(id)
    claimAt(stage, activity, 2, ['POST_CREATE'])
    claimOneKey(stage, activity, id)
    await claimReport(stage, system, id, { activity: ['delivered', 2], audit: ['delivered', 1] })
    const { receipt } = (await system.report(id)).activity
    stage.claim(`receipt: ${receipt}`, receipt === `id=${id}; state=replayed`)
  },
}

export const a4: NotifyScene = {
  title: 'A4  activity-svc is down for three seconds',
  there:
    'dailyfeed: up to 46 s of waiting inside the transaction, then a dead letter that was sent in any order.',
  here: 'Here: nobody waits. What is told of a post stands in line until its first notice has arrived.',
  delivery: PATIENT,
  async run(stage, system) {
    const { activity, audit } = system.feed
    await activity.kill()
    const down = pause(3_000)
    const first = await system.post()
    const asked = [first]
    for (const content of ['second', 'third']) asked.push(await system.ask('PUT', first.path, { content }))
    const slowest = Math.max(...asked.map(({ milliseconds }) => milliseconds))
    stage.claim(`the slowest of 3 requests took ${Math.ceil(slowest)} ms`, slowest < 2_000)
    await Promise.all([down, system.until(() => audit.stored.length === 3, 'the other deliveries')])
    const [none, all] = [activity.stored.length, audit.stored.length]
    stage.claim(`activity-svc has ${none} of them, audit-svc ${all}`, none === 0 && all === 3)
    await activity.restart()
    await system.settled(...asked.map(({ id }) => id))
    claimAt(stage, activity, 3, ['POST_CREATE', 'POST_UPDATE', 'POST_UPDATE'])
    const inOrder = String(activity.stored.map(({ key }) => key)) === String(asked.map(({ id }) => id))
    stage.claim('in the order in which they were written', inOrder)
  },
}

export const a8: NotifyScene = {
  title: 'A8  429, and come again in two seconds',
  there: 'dailyfeed: Retry-After was never read, and 429 became a dead letter at once.',
  here: 'Here: the schedule would send 50 ms later, but the service has said when.',
  async run(stage, system) {
    const { activity } = system.feed
    activity.fault(POSTS, { retryAfter: 2 })
    const { id } = await system.post()
    await system.settled(id)
    const [first, second] = activity.received
    const waited = (second?.at ?? 0) - (first?.at ?? 0)
    stage.claim(`the second request came ${(waited / 1000).toFixed(1)} s after the first`, waited >= 2_000)
    claimAt(stage, activity, 2, ['POST_CREATE'])
    claimOneKey(stage, activity, id)
    await claimReport(stage, system, id, { activity: ['delivered', 2], audit: ['delivered', 1] })
  },
}

export const a9: NotifyScene = {
  title: 'A9  content-svc is killed between "stored" and "written down"',
  there: 'dailyfeed: what was under way in a process that died was lost, or sent again under another key.',
  here: 'Here: SIGKILL. When the lease of the killed has run out (7 s) the notice is sent again, under the same key.',
  delivery: PATIENT,
  async run(stage, system) {
    const { activity, audit } = system.feed
    const lift = activity.fault(POSTS, { storeThenTimeout: true, times: 'always' })
    const { id } = await system.post()
    await system.until(() => activity.stored.length === 1, 'the activity')
    await system.until(
      async () => (await system.report(id)).audit.state === 'delivered',
      'the other delivery',
    )
    claimAt(stage, audit, 1, ['POST_CREATE'])
    const before = (await system.report(id)).activity
    stage.claim(
      `activity-svc has stored it, and the outbox says: ${before.state}`,
      before.state === 'in-flight',
    )
    await system.killHolder(id)
    lift()
    await system.settled(id)
    claimAt(stage, activity, 2, ['POST_CREATE'])
    claimOneKey(stage, activity, id)
    await claimReport(stage, system, id, { activity: ['delivered', 2], audit: ['delivered', 1] })
  },
}

export const a10: NotifyScene = {
  title: 'A10  Like, cancel, like again',
  there:
    'dailyfeed: the key was made of post and member, so the second like within 30 s was taken for the first.',
  here: 'Here: each event has a key of its own, and one post has its events in order.',
  async run(stage, system) {
    const { activity } = system.feed
    const started = performance.now()
    const first = await system.post()
    const asked = [first]
    for (const method of ['POST', 'DELETE', 'POST'])
      asked.push(await system.ask(method, `${first.path}/like`))
    const took = performance.now() - started
    await system.settled(...asked.map(({ id }) => id))
    claimAt(stage, activity, 4, ['POST_CREATE', 'LIKE_POST', 'LIKE_POST_CANCEL', 'LIKE_POST'])
    const keys = new Set(activity.stored.map(({ key }) => key)).size
    stage.claim(`${keys} keys; all was asked for within ${Math.ceil(took)} ms`, keys === 4 && took < 5_000)
    const likes = activity.received.filter(({ route }) => route === LIKES).length
    stage.claim(`${likes} of the requests tell of likes`, likes === 3)
  },
}

export const a14: NotifyScene = {
  title: 'A14  Two services, and one of them fails',
  here: 'Here: the report lists both; only the one that failed is sent to again.',
  async run(stage, system) {
    const { activity, audit } = system.feed
    audit.fault(POSTS, { status: 503 })
    const targets = { activity: activity.url, audit: audit.url }
    const group = createGroup(ActivityClient, { targets, retry: false })
    const read = { memberId: 1, postId: 10, activityType: 'POST_READ' } as const
    const { ok, delivered, failed } = await group.createPostsMemberActivity(SERVICE_TOKEN, read, 'event-14')
    await close(group)
    const names = (results: readonly { target: string }[]) => results.map(({ target }) => target).join()
    stage.claim(
      `at once: delivered to ${names(delivered)}, failed at ${names(failed)}; report.ok is ${ok}`,
      !ok && names(delivered) === 'activity' && names(failed) === 'audit',
    )
    system.feed.reset()
    audit.fault(POSTS, { status: 503 })
    const { id } = await system.post()
    await system.settled(id)
    await claimReport(stage, system, id, { activity: ['delivered', 1], audit: ['delivered', 2] })
    claimAt(stage, activity, 1, ['POST_CREATE'])
    claimAt(stage, audit, 2, ['POST_CREATE'])
  },
}
