// Seen keys in Redis, by ioredis and by node-redis.
import { randomUUID } from 'node:crypto'
import { type ClaimRequest, type DedupeEvent, redisDedupe } from 'guise/receiver'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { redisClients, withRedis } from './services.js'
import { answer, claimed, storeRules } from './store-rules.js'
import { codeOf, kinds, send } from './support.js'

const events: DedupeEvent[] = []
const request = (key: string, more: Partial<ClaimRequest> = {}): ClaimRequest => ({
  key,
  fingerprint: 'f',
  lease: 60_000,
  ttl: 120_000,
  report: event => events.push(event),
  ...more,
})

withRedis('redisDedupe', () => {
  let clients: Awaited<ReturnType<typeof redisClients>>
  beforeAll(async () => {
    clients = await redisClients()
  })
  afterAll(() => clients.close())
  const by = {
    ioredis: () => redisDedupe(clients.ioredis, { prefix: clients.prefix }),
    'node-redis': () => redisDedupe(clients.node, { prefix: clients.prefix }),
  }

  describe.each(Object.entries(by))('%s', (_, store) => {
    storeRules(store)

    it('claims for the lease and remembers for the ttl', async () => {
      const key = randomUUID()
      const name = clients.prefix + key
      const claim = claimed(await store().claim(request(key, { lease: 5_000, ttl: 90_000 })))
      const lease = await clients.ioredis.pttl(name)
      expect(lease).toBeGreaterThan(0)
      expect(lease).toBeLessThanOrEqual(5_000)
      await claim.finish(answer)
      const ttl = await clients.ioredis.pttl(name)
      expect(ttl).toBeGreaterThan(5_000)
      expect(ttl).toBeLessThanOrEqual(90_000)
    })

    it('lets a slow handler end its claim only if no other has taken the key', async () => {
      const key = randomUUID()
      const slow = claimed(await store().claim(request(key)))
      // The lease is over.
      await clients.ioredis.del(clients.prefix + key)
      const next = claimed(await store().claim(request(key)))
      expect(await slow.finish({ ...answer, status: 299 })).toBe(false)
      await slow.release()
      expect((await store().claim(request(key))).state).toBe('running')
      expect(await next.finish(answer)).toBe(true)
      await slow.release()
      expect(await store().claim(request(key))).toMatchObject({ answer: { status: 201 } })

      const alone = claimed(await store().claim(request(`${key}2`)))
      await clients.ioredis.del(`${clients.prefix}${key}2`)
      expect(await alone.finish(answer)).toBe(true)
    })

    it('rejects for an answer that it has not written', async () => {
      for (const text of ['{', '{}', '{"fingerprint":"f","status":200}', '{"fingerprint":1,"status":"x"}']) {
        const key = randomUUID()
        await clients.ioredis.set(clients.prefix + key, text)
        await expect(store().claim(request(key))).rejects.toThrow('the store holds an answer')
      }
    })

    it('notices that Redis has forgotten, once, and goes on', async () => {
      const [one, two] = [store(), store()]
      for (const seen of [one, two]) await claimed(await seen.claim(request(randomUUID()))).release()
      events.length = 0
      await clients.forget()
      const key = randomUUID()
      await claimed(await one.claim(request(key))).finish(answer)
      expect(events).toEqual([{ name: 'dedupe_store_epoch_changed' }])
      expect((await one.claim(request(key))).state).toBe('done')
      expect(events).toHaveLength(1)
      // Another process notices by itself.
      expect((await two.claim(request(key))).state).toBe('done')
      expect(events).toHaveLength(2)
    })
  })

  it('runs the handler once, over a socket', async () => {
    const { url, ran } = await kinds.express({ store: by.ioredis() })
    const key = { 'idempotency-key': randomUUID() }
    expect((await send(url, key)).body).toBe('{"fine":true}')
    expect((await send(url, key)).headers.get('idempotent-replayed')).toBe('true')
    expect((await send(url, key, '{}')).status).toBe(422)
    expect(ran).toHaveLength(1)
  })

  it('answers 503 when the connection is gone, and runs nothing', async () => {
    const own = await redisClients()
    const {
      url,
      ran,
      events: told,
    } = await kinds.node({ store: redisDedupe(own.ioredis, { prefix: own.prefix }) })
    expect((await send(url)).status).toBe(200)
    await own.close()
    const got = await send(url, { 'idempotency-key': 'later' })
    expect([got.status, codeOf(got)]).toEqual([503, 'store-unavailable'])
    expect(ran).toHaveLength(1)
    expect(told).toContainEqual(expect.objectContaining({ name: 'dedupe_store_failed', step: 'claim' }))
  })

  it('passes the answer on when Redis fails only after the handler, without a receipt', async () => {
    const own = await redisClients()
    const { url, events: told } = await kinds.node(
      { store: redisDedupe(own.ioredis, { prefix: own.prefix }) },
      async () => {
        await own.close()
        return { status: 200, body: 'done' }
      },
    )
    const got = await send(url)
    expect([got.status, got.body, got.headers.get('notify-receipt')]).toEqual([200, '"done"', null])
    expect(told).toContainEqual(expect.objectContaining({ name: 'dedupe_store_failed', step: 'finish' }))
  })
})

it('redisDedupe refuses what is no client', () => {
  for (const client of [{}, { call: 1 }, { sendCommand: 'x' }])
    expect(() => redisDedupe(client as never)).toThrow('ioredis or node-redis')
})
