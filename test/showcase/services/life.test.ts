// A fake service's middleware, its death and its end.
import { describe, expect, it } from 'vitest'
import { type Reply, startDailyfeed } from '../../../examples/dailyfeed/services/index.js'
import { ask, created, failure, POSTS, SUMMARY, send, stored } from './support.js'

describe('the life of a service', () => {
  /** What keeps the process alive. A closed handle needs some turns of the event loop to go. */
  async function resources() {
    await new Promise(resolve => setTimeout(resolve, 30))
    const names = process.getActiveResourcesInfo()
    const count = (name: string) => names.filter(candidate => candidate === name).length
    return { servers: count('TCPServerWrap'), timers: count('Timeout') }
  }

  it('lets a middleware stand around its work', async () => {
    const answers = new Map<string, Reply>()
    const dailyfeed = await startDailyfeed({
      mode: 'strict',
      around: {
        activity: async ({ headers }, work) => {
          const key = String(headers['idempotency-key'])
          const reply = answers.get(key) ?? (await work())
          answers.set(key, reply)
          return reply
        },
        audit: () => Promise.reject(new Error('broken')),
      },
    })
    const headers = { 'idempotency-key': 'e-1' }
    dailyfeed.activity.fault(POSTS, { storeThenReset: true })
    await expect(send(dailyfeed.activity, POSTS, { body: created, headers })).rejects.toThrow()
    const replayed = await ask(dailyfeed.activity, POSTS, { body: created, headers })
    expect(replayed.body).toEqual(stored('POST_CREATE', 10, null))
    expect(dailyfeed.activity.stored).toHaveLength(1)
    expect((await send(dailyfeed.audit, POSTS, { body: created })).status).toBe(500)
    await dailyfeed.close()
  })

  it('dies, is refused, and comes back on its port with what it had stored', async () => {
    const { activity, close } = await startDailyfeed({ mode: 'strict' })
    await send(activity, POSTS, { body: created })
    activity.fault(POSTS, { delayBeforeHeaders: 60_000 })
    const hanging = failure(send(activity, POSTS, { body: created }))
    await expect.poll(() => activity.stored.length).toBe(2)
    await activity.kill()
    expect(await hanging).toBe('ECONNRESET')
    expect(await failure(send(activity, POSTS, { body: created }))).toBe('ECONNREFUSED')
    await activity.restart()
    expect((await send(activity, POSTS, { body: created })).status).toBe(200)
    expect(activity.stored).toHaveLength(3)
    await close()
  })

  it('leaves nothing open, whatever hangs', async () => {
    const before = await resources()
    const dailyfeed = await startDailyfeed({ mode: 'legacy' })
    const { member, activity } = dailyfeed
    member.fault(SUMMARY, { delayBeforeHeaders: 60_000, times: 10 })
    activity.fault(POSTS, { storeThenTimeout: true })
    const hanging = Array.from({ length: 10 }, () => failure(send(member, SUMMARY)))
    hanging.push(failure(send(activity, POSTS, { body: created })))
    await expect.poll(() => activity.stored.length + member.received.length).toBe(11)
    const during = await resources()
    await dailyfeed.close()
    await dailyfeed.close()
    expect(new Set(await Promise.all(hanging))).toEqual(new Set(['UND_ERR_SOCKET']))
    expect(await failure(send(dailyfeed.audit, 'GET /healthcheck/live'))).toBe('ECONNREFUSED')
    const after = await resources()
    expect([during.servers, after.servers]).toEqual([before.servers + 6, before.servers])
    expect(after.timers).toBeLessThan(during.timers - 5) // ten of ours; the runner and fetch have some too
  })
})
