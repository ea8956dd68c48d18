// Acceptance scenarios with a content-svc that is killed: A9, and the restarts of A4 and A5. On SQLite, which outlives it.
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { Program } from '../../examples/dailyfeed/demo/notify/program.js'
import { type Bundle, bundle } from './children/program.js'
import {
  again,
  ask,
  NOW,
  type NotifySetting,
  POSTS,
  servicesOf,
  storedBy,
  TOKEN,
  useNotify,
} from './notify-setting.js'

const LONG = { timeout: 60_000 }
let program: Bundle
beforeAll(async () => {
  program = await bundle('examples/dailyfeed/content/main.ts')
}, 60_000)
afterAll(() => program.clear())

/** content-svc in a process of its own, on the database of a setting. Its time is the real one. */
async function start({ feed, file }: NotifySetting, delivery: object = {}): Promise<Program> {
  const { member, activity, audit } = servicesOf(feed)
  const started = await Program.start(program.file, {
    ...{ DATABASE_URL: file, SERVICE_TOKEN: TOKEN, DELIVERY: JSON.stringify(delivery) },
    ...{ MEMBER_SERVICE_URL: member, ACTIVITY_SERVICE_URL: activity, AUDIT_SERVICE_URL: audit },
  })
  onTestFinished(() => started.end('SIGKILL'))
  return started
}

/** Asks for it again with each turn of the event loop, since it is another process that makes it true. */
async function until(holds: () => boolean | Promise<boolean>) {
  while (!(await holds())) await new Promise(resolve => setImmediate(resolve))
}

describe('on SQLite', () => {
  it(
    'A9: killed after the receiver has stored: sent once more under the same key, and stored once',
    LONG,
    async () => {
      const setting = await useNotify('sqlite')
      const { feed, find } = setting
      const killed = await start(setting)
      const lift = feed.activity.fault(POSTS, { storeThenTimeout: true, times: 'always' })
      const id = await ask(killed.url, 'POST', '/api/posts', { content: 'hello' })
      await until(
        async () => feed.activity.stored.length === 1 && (await find(id)).audit?.state === 'delivered',
      )
      await killed.end('SIGKILL')
      lift()
      const { activity: left } = await find(id)
      expect(left).toMatchObject({
        state: 'in-flight',
        attempts: 1,
        leaseOwner: expect.stringContaining(`-${killed.pid}-`),
      })

      const { clock, service, settle } = setting
      clock.setWallClock((left?.leaseUntil ?? 0) - 1)
      await service.outbox.drain()
      expect(feed.activity.received).toHaveLength(1) // still the other's
      clock.setWallClock(left?.leaseUntil ?? 0)
      await settle(id)
      expect(feed.activity.received.map(({ headers }) => headers['idempotency-key'])).toEqual([id, id])
      expect(storedBy(feed.activity)).toEqual([['POST_CREATE', id]])
      expect(storedBy(feed.audit)).toEqual([['POST_CREATE', id]])
      expect((await find(id)).activity).toMatchObject({
        ...{ state: 'delivered', attempts: 2, sends: 2, receipt: `id=${id}; state=replayed` },
      })
      expect(feed.audit.received).toHaveLength(1)
    },
  )

  it('A9: killed before anything could be sent: nothing of what was answered is lost', LONG, async () => {
    const setting = await useNotify('sqlite')
    const { feed, settle } = setting
    await feed.activity.kill()
    await feed.audit.kill()
    const killed = await start(setting)
    const ids: string[] = []
    for (let i = 0; i < 5; i++)
      ids.push(await ask(killed.url, 'POST', '/api/posts', { content: `post ${i}` }))
    await killed.end('SIGKILL')
    await feed.activity.restart()
    await feed.audit.restart()
    setting.clock.setWallClock(Date.now() + 60_000)
    await settle(...ids)
    expect(
      storedBy(feed.activity)
        .map(([, id]) => id)
        .toSorted(),
    ).toEqual(ids.toSorted())
    expect(
      storedBy(feed.audit)
        .map(([, id]) => id)
        .toSorted(),
    ).toEqual(ids.toSorted())
  })

  it('A5: after maxAttempts no restart sends it again, nor tells of it again', LONG, async () => {
    const setting = await useNotify('sqlite', { maxAttempts: 4 })
    const { feed, settle, dead } = setting
    feed.activity.fault(POSTS, { status: 500, times: 'always' })
    const id = await setting.ask('POST', '/api/posts', { content: 'hello' })
    await settle(id)
    expect(dead).toHaveLength(1)
    await setting.service.close()
    for (let restart = 1; restart <= 3; restart++) {
      setting.clock.setWallClock(NOW + restart * 3_600_000)
      const restarted = await again(setting)
      await restarted.service.outbox.drain()
      expect(restarted.dead).toEqual([])
      await restarted.service.close()
    }
    const process = await start(setting)
    const next = await ask(process.url, 'PUT', '/api/posts/1', { content: 'second' })
    await until(() => feed.audit.stored.length === 2)
    await process.end('SIGTERM')
    expect(feed.activity.received.filter(({ headers }) => headers['idempotency-key'] === id)).toHaveLength(4)
    expect(process.lines.filter(line => line.startsWith(`dead: ${id}`))).toEqual([])
    expect(storedBy(feed.audit)).toEqual([
      ['POST_CREATE', id],
      ['POST_UPDATE', next],
    ])
  })

  it('A4: what waits when content-svc ends in good order is delivered by the next one', async () => {
    const setting = await useNotify('sqlite')
    const { feed } = setting
    await feed.activity.kill()
    const ids = [await setting.ask('POST', '/api/posts', { content: 'hello' })]
    ids.push(await setting.ask('PUT', '/api/posts/1', { content: 'second' }))
    await setting.service.outbox.drain()
    await setting.service.close()
    await feed.activity.restart()
    const restarted = await again(setting)
    await restarted.settle(...ids)
    expect(storedBy(feed.activity)).toEqual([
      ['POST_CREATE', ids[0]],
      ['POST_UPDATE', ids[1]],
    ])
  })
})
