// Notices that nobody takes, and that the trouble has an end: A3, A5, A6, A7.
import { claimAt, claimReport, type NotifyScene, POSTS } from './scene.js'

export const a3: NotifyScene = {
  title: 'A3  A failure under HTTP 200',
  there:
    'dailyfeed: activity-svc fails with HTTP 200 and 500 in the body; it counted as delivered and was lost.',
  here: 'Here: it is a failed attempt; when all attempts have failed, the notice is dead, and somebody is told.',
  async run(stage, system) {
    const { activity } = system.feed
    activity.fault(POSTS, { errorEnvelope: { statusCode: 500 }, times: 'always' })
    const { id } = await system.post()
    await system.settled(id)
    stage.claim(
      `the wire said ${activity.received.map(({ status }) => status)}`,
      activity.received.length === 10,
    )
    claimAt(stage, activity, 10, [])
    await claimReport(stage, system, id, { activity: ['dead', 10], audit: ['delivered', 1] })
    await system.until(() => deaths(system.lines, id) > 0, 'the dead-letter event')
    stage.claim(`dead-letter events: ${deaths(system.lines, id)}`, deaths(system.lines, id) === 1)
  },
}

export const a5: NotifyScene = {
  title: 'A5  activity-svc answers 500, for ever',
  there:
    'dailyfeed: a dead letter had no count; a job sent it again each minute, and one user got messages for ever.',
  here: 'Here: ten requests, one dead-letter event, and no restart begins anew.',
  async run(stage, system) {
    const { activity, audit } = system.feed
    const lift = activity.fault(POSTS, { status: 500, times: 'always' })
    const { id, path } = await system.post()
    await system.settled(id)
    claimAt(stage, activity, 10, [])
    await claimReport(stage, system, id, { activity: ['dead', 10], audit: ['delivered', 1] })
    await system.until(() => deaths(system.lines, id) > 0, 'the dead-letter event')
    await system.restart()
    // That this one is out shows that the new processes have looked for what there is to send.
    const next = await system.ask('PUT', path, { content: 'second' })
    await system.until(() => audit.stored.length === 2, 'the next notice')
    const again = activity.received.filter(({ headers }) => headers['idempotency-key'] === id).length
    stage.claim(
      `all processes killed and restarted: ${again} requests of it, ${deaths(system.lines, id)} dead-letter event`,
      again === 10 && deaths(system.lines, id) === 1,
    )
    lift()
    await system.settled(next.id)
    claimAt(stage, audit, 2, ['POST_CREATE', 'POST_UPDATE'])
  },
}

export const a6: NotifyScene = {
  title: 'A6  A poison payload',
  there: 'dailyfeed: it was tried again each minute, and the newest letters came first.',
  here: 'Here: 400 means never. One request, dead at once; what comes after it goes on.',
  async run(stage, system) {
    const { activity } = system.feed
    activity.fault(POSTS, { status: 400 })
    const poison = await system.post()
    await system.settled(poison.id)
    const others = [await system.post(), await system.post()]
    await system.settled(...others.map(({ id }) => id))
    await claimReport(stage, system, poison.id, { activity: ['dead', 1], audit: ['delivered', 1] })
    claimAt(stage, activity, 3, ['POST_CREATE', 'POST_CREATE'])
  },
}

export const a7: NotifyScene = {
  title: 'A7  Sixty poison letters, sent again by an operator',
  there:
    'dailyfeed: the job read page 0 until it was empty; with 50 letters that nobody takes it never ended.',
  here: 'Here: a replay is an act of somebody, for a reason, at most three times for each letter.',
  async run(stage, system) {
    const { feed, operator } = system
    feed.activity.fault(POSTS, { status: 400, times: 'always' })
    const asked = await Promise.all(Array.from({ length: 60 }, system.post))
    const ids = asked.map(({ id }) => id)
    await system.settled(...ids)
    stage.claim(`60 posts: ${feed.activity.received.length} requests`, feed.activity.received.length === 60)
    for (let time = 1; time <= 4; time++) {
      let [letters, sent, refused] = [0, 0, 0]
      for (let after: number | undefined = 0; after !== undefined; ) {
        const { items, next } = await operator.dead({ after, limit: 25 })
        const mine = items.map(({ id }) => id).filter(id => ids.includes(id))
        const act = { actor: 'kim', reason: 'they say that it is mended' }
        const results = await operator.replay(mine, act)
        letters += mine.length
        sent += results.filter(({ outcome }) => outcome === 'done').length
        refused += results.filter(({ outcome }) => outcome === 'used-up').length
        after = next
      }
      await system.settled(...ids)
      const total = feed.activity.received.length
      const allowed = time <= 3
      stage.claim(
        `replay ${time}: ${letters} letters, ${sent} sent again, ${refused} refused; ${total} requests in all`,
        letters === 60 &&
          sent === (allowed ? 60 : 0) &&
          refused === (allowed ? 0 : 60) &&
          total === 60 * Math.min(4, time + 1),
      )
    }
  },
}

/** How often content-svc has said that a notice is dead. */
const deaths = (lines: readonly string[], id: string) =>
  lines.filter(line => line.startsWith(`dead: ${id}`)).length
