// Each row of the receiver's table, over real sockets, for each kind of server.
import { once } from 'node:events'
import { connect } from 'node:net'
import { type DedupeStore, memoryDedupe, signWebhook } from 'guise/receiver'
import { testClock } from 'guise/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { codeOf, gate, kinds, send } from './support.js'

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const now = 1_700_000_000_000
const body = '{"n":1}'
const sign = (id = 'msg_1', timestamp = now / 1000) =>
  ({ ...signWebhook({ id, timestamp, body, secrets: secret }), 'idempotency-key': id }) as Record<
    string,
    string
  >

const down: DedupeStore = { claim: () => Promise.reject(new Error('down')) }

describe.each(Object.entries(kinds))('%s', (_, serve) => {
  it('refuses a request without a key: 400', async () => {
    const { url, ran, events } = await serve({ store: memoryDedupe() })
    const got = await send(url, { 'idempotency-key': undefined })
    expect([got.status, codeOf(got)]).toEqual([400, 'idempotency-key-missing'])
    expect(ran).toEqual([])
    expect(events).toEqual([{ name: 'dedupe_refused', code: 'idempotency-key-missing' }])
  })

  it('lets it through where no key is required', async () => {
    let asked: unknown
    const { url, ran } = await serve({ store: memoryDedupe(), required: false }, async notification => {
      try {
        notification()
      } catch (error) {
        asked = error
      }
      return {}
    })
    for (let i = 0; i < 2; i++) expect((await send(url, { 'idempotency-key': undefined })).status).toBe(200)
    expect(ran).toHaveLength(2)
    expect(asked).toBeInstanceOf(TypeError)
    expect(String(asked)).toContain('no notification')
  })

  it('answers each bad signature alike: 401, without a detail', async () => {
    const clock = testClock({ wallNow: now })
    const { url, ran } = await serve({ store: memoryDedupe(), signature: { secrets: secret }, clock })
    const bad = [
      { 'idempotency-key': 'msg_1' },
      { ...sign(), 'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}` },
      { ...sign(), 'webhook-id': 'a.b' },
      { ...sign(), 'webhook-timestamp': '1e9' },
      // Signed, but for another key.
      { ...sign(), 'idempotency-key': 'msg_2' },
      // Old, and not signed: not told that it is old.
      { ...sign(), 'webhook-timestamp': '1' },
    ]
    const answers = new Set<string>()
    for (const headers of bad) {
      const got = await send(url, headers)
      const told = [...got.headers].filter(([name]) => name !== 'date')
      answers.add(JSON.stringify([got.status, told, got.body]))
    }
    expect(answers.size).toBe(1)
    expect([...answers][0]).toMatch(/^\[401,/)
    expect([...answers][0]).toContain('signature-invalid')
    expect(ran).toEqual([])
    expect((await send(url, sign())).status).toBe(200)
  })

  it('refuses a timestamp out of the tolerance: 401', async () => {
    const clock = testClock({ wallNow: now })
    const { url, ran } = await serve({ store: memoryDedupe(), signature: { secrets: secret }, clock })
    for (const timestamp of [now / 1000 - 301, now / 1000 + 301]) {
      const got = await send(url, sign('msg_1', timestamp))
      expect([got.status, codeOf(got)]).toEqual([401, 'timestamp-out-of-tolerance'])
    }
    expect(ran).toEqual([])
    expect((await send(url, sign('msg_1', now / 1000 - 300))).status).toBe(200)
  })

  it('runs the handler for the first, and gives the rest its answer', async () => {
    const { url, ran, events } = await serve({ store: memoryDedupe() }, async () => ({
      status: 201,
      headers: { location: '/mails/7', 'set-cookie': ['a=1', 'b=2'], 'x-run': 'first' },
      body: { id: 7 },
    }))
    const first = await send(url)
    expect([first.status, first.body]).toEqual([201, '{"id":7}'])
    expect(first.headers.get('notify-receipt')).toBe('id=k; state=processed')
    expect(first.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(first.headers.has('idempotent-replayed')).toBe(false)

    const again = await send(url)
    expect([again.status, again.body]).toEqual([201, '{"id":7}'])
    expect(again.headers.get('notify-receipt')).toBe('id=k; state=replayed')
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect(again.headers.get('location')).toBe('/mails/7')
    expect(again.headers.get('content-type')).toBe(first.headers.get('content-type'))
    expect(again.headers.getSetCookie()).toEqual([])
    expect(again.headers.has('x-run')).toBe(false)
    expect(ran).toEqual([{ n: 1 }])
    expect(events).toEqual([{ name: 'dedupe_replayed' }])
  })

  it('says accepted where the handler said 202', async () => {
    const { url } = await serve({ store: memoryDedupe() }, async () => ({ status: 202 }))
    expect((await send(url)).headers.get('notify-receipt')).toBe('id=k; state=accepted')
    expect((await send(url)).headers.get('notify-receipt')).toBe('id=k; state=replayed')
  })

  it('answers 409 while the same key runs', async () => {
    const { arrived, pass, open } = gate()
    const { url, ran } = await serve({ store: memoryDedupe() }, async () => {
      await pass()
      return { status: 204 }
    })
    const first = send(url)
    await arrived
    const second = await send(url)
    expect([second.status, codeOf(second)]).toEqual([409, 'in-progress'])
    expect(second.headers.get('retry-after')).toBe('1')
    expect(second.headers.get('idempotency-status')).toBe('in-progress')
    open()
    expect((await first).status).toBe(204)
    expect((await send(url)).status).toBe(204)
    expect(ran).toHaveLength(1)
  })

  it('runs once for 100 at once', async () => {
    const { arrived, pass, open } = gate()
    const { url, ran } = await serve({ store: memoryDedupe() }, async () => {
      await pass()
      return { body: { fine: true } }
    })
    const all = Array.from({ length: 100 }, () => send(url))
    await arrived
    let refused = 0
    const told = all.map(one =>
      one.then(({ status }) => {
        // The 99 others are answered while the first runs.
        if (status === 409 && ++refused === 99) open()
        return status
      }),
    )
    const statuses = await Promise.all(told)
    expect(statuses.filter(status => status === 200)).toHaveLength(1)
    expect(ran).toHaveLength(1)
  })

  it('refuses another request under the same key: 422', async () => {
    const { url, ran } = await serve({ store: memoryDedupe() })
    await send(url)
    for (const got of [
      await send(url, {}, '{"n":2}'),
      await send(url, { 'content-type': 'application/json; charset=utf-8' }),
      await send(`${url}?x=1`),
    ])
      expect([got.status, codeOf(got)]).toEqual([422, 'idempotency-key-reused'])
    expect(ran).toHaveLength(1)
  })

  it.each([500, 503, 429, 408, 400, 404, 422])('passes %i on and runs the next attempt', async status => {
    let nth = 0
    const { url, ran } = await serve({ store: memoryDedupe() }, async () =>
      nth++ === 0 ? { status, headers: { 'retry-after': '7' }, body: { no: 1 } } : { body: { yes: 1 } },
    )
    const first = await send(url)
    expect([first.status, first.body]).toEqual([status, '{"no":1}'])
    expect(first.headers.get('retry-after')).toBe('7')
    expect(first.headers.has('notify-receipt')).toBe(false)
    expect((await send(url)).body).toBe('{"yes":1}')
    expect((await send(url)).headers.get('idempotent-replayed')).toBe('true')
    expect(ran).toHaveLength(2)
  })

  it('runs the next attempt when the handler threw', async () => {
    let nth = 0
    const { url, ran } = await serve({ store: memoryDedupe() }, async () => {
      if (nth++ === 0) throw new Error('broken')
      return { body: { yes: 1 } }
    })
    const first = await send(url)
    expect(first.status).toBe(500)
    expect(first.headers.has('notify-receipt')).toBe(false)
    expect((await send(url)).body).toBe('{"yes":1}')
    expect(ran).toHaveLength(2)
  })

  it('remembers a 4xx if told to, but 408, 425 and 429', async () => {
    let status = 404
    const store = memoryDedupe()
    const { url, ran } = await serve({ store, storeClientErrors: true }, async () => ({ status }))
    for (const key of ['404', '408', '425', '429', '500']) {
      status = Number(key)
      await send(url, { 'idempotency-key': key })
      const again = await send(url, { 'idempotency-key': key })
      expect([key, again.status, again.headers.get('idempotent-replayed')]).toEqual([
        key,
        status,
        key === '404' ? 'true' : null,
      ])
    }
    expect(ran).toHaveLength(9)
  })

  it('runs the next attempt when the lease of a handler that never ends is over', async () => {
    const clock = testClock({ wallNow: now })
    const { arrived, pass, open } = gate()
    let nth = 0
    const options = { store: memoryDedupe({ clock }), clock, lease: 60_000, storeTimeout: 1_000_000 }
    const { url, ran, events } = await serve(options, async () => {
      if (nth++ > 0) return { body: { by: 'second' } }
      await pass()
      return { body: { by: 'first' } }
    })
    const first = send(url)
    await arrived
    await clock.advance(59_999)
    expect((await send(url)).status).toBe(409)
    await clock.advance(1)
    expect((await send(url)).body).toBe('{"by":"second"}')
    open()
    // What it did it did; but it is not what is remembered.
    expect((await first).headers.has('notify-receipt')).toBe(false)
    expect(events).toContainEqual({ name: 'dedupe_lease_lost' })
    expect((await send(url)).body).toBe('{"by":"second"}')
    expect(ran).toHaveLength(2)
  })

  it('fails closed when the store is down: 503 and Retry-After', async () => {
    const { url, ran, events } = await serve({ store: down })
    const got = await send(url)
    expect([got.status, codeOf(got)]).toEqual([503, 'store-unavailable'])
    expect(got.headers.get('retry-after')).toBe('5')
    expect(ran).toEqual([])
    expect(events[0]).toMatchObject({ name: 'dedupe_store_failed', step: 'claim' })
  })

  it('runs the handler all the same with failOpen', async () => {
    const { url, ran } = await serve({ store: down, failOpen: true })
    const got = await send(url)
    expect([got.status, got.headers.has('notify-receipt')]).toEqual([200, false])
    expect(ran).toHaveLength(1)
  })

  it('stops a circle after eight hops: 508', async () => {
    const hops: number[] = []
    const { url } = await serve({ store: memoryDedupe() }, async notification => {
      hops.push(notification().hops)
      return {}
    })
    expect((await send(url, { 'notify-hops': '8' })).status).toBe(200)
    const got = await send(url, { 'notify-hops': '9', 'idempotency-key': 'other' })
    expect([got.status, codeOf(got)]).toEqual([508, 'loop-detected'])
    expect(hops).toEqual([8])
  })

  it('refuses a body above the limit, by its length and by its bytes: 413', async () => {
    const { url, ran } = await serve({ store: memoryDedupe(), maxBodyBytes: 10 })
    const by = async (body: string | ReadableStream) => {
      const headers = { 'idempotency-key': 'k', 'content-type': 'application/json' }
      const response = await fetch(url, { method: 'POST', headers, body, duplex: 'half' } as RequestInit)
      return [response.status, codeOf({ body: await response.text() })]
    }
    const pieces = (text: string) =>
      new ReadableStream({
        start(controller) {
          for (const piece of text) controller.enqueue(Buffer.from(piece))
          controller.close()
        },
      })
    expect(await by('"123456789"')).toEqual([413, 'body-too-large'])
    expect(await by(pieces('"123456789"'))).toEqual([413, 'body-too-large'])
    expect(ran).toEqual([])
    expect((await by(pieces('"12345678"')))[0]).toBe(200)
  })

  it('answers a body above the limit before it has ended', async () => {
    const { url } = await serve({ store: memoryDedupe(), maxBodyBytes: 10 })
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    const head =
      'POST /notify HTTP/1.1\r\nhost: h\r\nidempotency-key: k\r\ntransfer-encoding: chunked\r\n\r\n'
    socket.write(`${head}b\r\n01234567890\r\n`)
    const [first] = await once(socket, 'data')
    expect(String(first)).toMatch(/^HTTP\/1.1 413 /)
  })

  it('tells the handler what the notification says of itself', async () => {
    const seen: unknown[] = []
    const options = { store: memoryDedupe(), sender: () => 'orders' }
    const { url } = await serve(options, async notification => {
      seen.push(notification())
      return {}
    })
    await send(url, { 'notify-hops': '2', 'notify-seq': '41', 'notify-expires': '1700000000' })
    await send(url, { 'idempotency-key': 'plain' })
    expect(seen).toEqual([
      { id: 'k', sender: 'orders', hops: 2, seq: 41, expires: 1_700_000_000_000, tx: undefined },
      { id: 'plain', sender: 'orders', hops: 0, seq: undefined, expires: undefined, tx: undefined },
    ])
  })
})
