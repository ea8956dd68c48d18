// A15 and A18 where calls are recorded first, and what one transaction is worth.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { format, inspect } from 'node:util'
import { ArgumentError, bearerToken } from 'guise'
import { createOutbox, memoryStore, type OutboxEvent } from 'guise/outbox'
import Libsql from 'libsql'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { ActivityClient } from '../../examples/dailyfeed/clients/activity.js'
import { sqliteDatabase } from '../../examples/dailyfeed/content/database.js'
import { Notices, tell } from '../../examples/dailyfeed/content/notices.js'
import { PublishSwitch } from '../../examples/dailyfeed/content/publish.js'
import { ask, POSTS, storedBy, stores, TOKEN, temporary, useNotify } from './notify-setting.js'
import { useSettings } from './setting.js'

const settings = useSettings()

/** What the outbox publishes meanwhile. */
function listen(): OutboxEvent[] {
  const events: OutboxEvent[] = []
  const hear = (event: unknown) => events.push(event as OutboxEvent)
  subscribe('guise:outbox', hear)
  onTestFinished(() => void unsubscribe('guise:outbox', hear))
  return events
}

describe.each(stores)('A15 on %s', kind => {
  it('no token, cookie or body in events, dead letters, records and the database', async () => {
    const events = listen()
    const { feed, file, service, settle, dead } = await useNotify(kind)
    const text = 'do-not-tell-4711'
    const answers = [
      { status: 401, body: { secret: text }, headers: { 'set-cookie': `refresh_token=${text}` } },
      { errorEnvelope: { statusCode: 503, message: text } },
      { status: 400, body: text },
    ]
    for (const answer of answers) feed.activity.fault(POSTS, answer)
    const id = await ask(service.url, 'POST', '/api/posts', { content: text }, 't-oldkey')
    await settle(id)
    expect(feed.activity.received.map(({ headers }) => headers.authorization)).toEqual(
      Array(3).fill(`Bearer ${TOKEN}`),
    )
    expect(feed.member.received[0]?.headers.authorization).toBe('Bearer t-oldkey')
    expect(dead).toHaveLength(1)
    expect(events.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['recorded', 'retry', 'config-error', 'dead']),
    )
    const secrets = [TOKEN, 't-oldkey', text, '"activityType"']
    const told = [...events, ...dead, ...(await service.outbox.find(id)), service.outbox, service.content]
    for (const one of told)
      for (const line of [
        format('%s %o %j', one, one, { ...one }),
        inspect(one, { depth: 6, showHidden: true }),
      ])
        for (const secret of secrets) expect(line.includes(secret)).toBe(false)
    if (kind === 'sqlite') {
      await service.close()
      const folder = dirname(file)
      const bytes = readdirSync(folder)
        .map(name => readFileSync(join(folder, name), 'latin1'))
        .join('')
      expect(bytes).toContain('"activityType"') // the notice itself has to be there
      for (const token of [TOKEN, 't-oldkey', 'uthorization', 'Bearer'])
        expect(bytes.includes(token)).toBe(false)
    }
  })
})

describe('A15: the client of the reference, which takes a token', () => {
  const written = { memberId: 1, postId: 10, activityType: 'POST_CREATE' } as const

  it('is refused where a token would have to be stored', async () => {
    const outbox = createOutbox({ store: memoryStore() })
    const activity = outbox.client(ActivityClient, { url: settings.strict.feed.activity.url })
    const error = await activity.createPostsMemberActivity('t1-of-kim', written, 'event-1').catch(e => e)
    expect(error).toBeInstanceOf(ArgumentError)
    expect(String(error)).toContain('the header authorization is a credential')
    expect(inspect(error, { depth: 9 })).not.toContain('t1-of-kim')
    expect(await outbox.stats()).toEqual([])
    await outbox.close()
  })

  it('works with credentials: omit, and brings another one with each attempt', async () => {
    const { activity: service } = settings.strict.feed
    const outbox = createOutbox({ store: memoryStore(), credentials: 'omit' })
    const use = [bearerToken(() => TOKEN)]
    const activity = outbox.client(ActivityClient, { url: service.url, use })
    const { id } = await activity.createPostsMemberActivity('t1', written, 'event-1')
    expect(id).toBe('event-1')
    await outbox.drain()
    expect(service.received.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${TOKEN}`])
    expect(storedBy(service)).toEqual([['POST_CREATE', 'event-1']])
    await outbox.close()
  })
})

describe('A18 with an outbox, on SQLite', () => {
  it('a service that hangs holds up no request, and no transaction is open meanwhile', async () => {
    const {
      ask: request,
      feed,
      file,
      clock,
      service,
      find,
      settle,
    } = await useNotify('sqlite', {
      policies: { timeout: { attempt: 1_000 } },
    })
    feed.activity.fault(POSTS, { storeThenTimeout: true })
    const id = await request('POST', '/api/posts', { content: 'hello' })
    const drained = service.outbox.drain()
    await vi.waitFor(() => expect(feed.activity.stored).toHaveLength(1), { timeout: 20_000 })
    await vi.waitFor(async () => expect((await find(id)).audit?.state).toBe('delivered'), { timeout: 20_000 })
    // The request is under way. Another process that cannot wait at all gets the lock for writing at once.
    const other = new Libsql(file)
    other.exec('pragma busy_timeout = 0')
    other.exec("begin immediate; insert into posts (author, content) values (3, 'of another'); commit")
    other.close()
    await request('PUT', '/api/posts/1', { content: 'second' })
    expect((await find(id)).activity).toMatchObject({ state: 'in-flight', attempts: 1 })

    await clock.advance(999)
    expect((await find(id)).activity).toMatchObject({ state: 'in-flight' })
    await clock.advance(1)
    await drained
    expect((await find(id)).activity).toMatchObject({ state: 'pending', attempts: 1, lastError: 'timeout' })
    await settle(id)
    expect(storedBy(feed.activity).filter(([, key]) => key === id)).toHaveLength(1)
    expect((await find(id)).activity).toMatchObject({ state: 'delivered', attempts: 2 })
  })
})

describe('one transaction, on SQLite', () => {
  it('what is rolled back is not told, and what is told is written', async () => {
    const { activity, audit } = settings.strict.feed
    const events = listen()
    const database = await sqliteDatabase(join(temporary(), 'content.db'))
    const outbox = createOutbox({ store: database.store })
    tell(outbox, {
      ...{ activity: activity.url, audit: audit.url, token: () => TOKEN, publish: new PublishSwitch() },
    })
    outbox.start() // its worker looks into the same handle all the while
    const write = (author: number, fails: boolean) =>
      database.transaction(async (query, tx) => {
        const sql = 'insert into posts (author, content) values (?, ?) returning id'
        const [{ id = 0 } = {}] = await query<{ id: number }>(sql, author, 'x')
        const notices = outbox.within(tx as never).group(Notices)
        const receipt = await notices.post({ memberId: author, postId: id, activityType: 'POST_CREATE' })
        await new Promise(resolve => setImmediate(resolve)) // whoever wants to get in between may try
        if (fails) throw new Error('changed its mind')
        return receipt.id
      })
    const results = await Promise.allSettled(
      Array.from({ length: 40 }, (_, i) => write(1 + (i % 3), i % 2 === 0)),
    )
    const kept = results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
    expect(kept).toHaveLength(20)
    await outbox.drain()
    expect(
      storedBy(activity)
        .map(([, key]) => key)
        .toSorted(),
    ).toEqual(kept.toSorted())
    expect(storedBy(audit)).toHaveLength(20)
    const rows = await database.transaction(query => query('select id from posts'))
    expect(rows).toHaveLength(20)
    // Nobody got into another's transaction.
    expect(events.filter(({ type }) => type === 'store-failed')).toEqual([])
    await outbox.close()
    await database.close()
  })
})
