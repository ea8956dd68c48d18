/** Headers in, headers out, through real servers of all three kinds and real sockets on both sides. */
import { describe, expect, test } from 'vitest'
import { backend, clientOf, serve, servers } from './servers.js'

const kinds = Object.keys(servers)
const named = { forward: ['Authorization', 'x-request-id', 'x-absent'], handBack: ['X-Token-Refresh-Needed'] }

describe.each(kinds)('%s', kind => {
  const serverOf = servers[kind] as (typeof servers)[string]
  const inHeaders = {
    authorization: 'Bearer inbound',
    'x-request-id': 'r-1',
    'x-secret': 'stays here',
    cookie: 'a=b',
  }

  test('sends on the headers that are listed, and no others', async () => {
    const { url, seen } = await backend()
    const client = clientOf(url, named)
    const front = await serverOf(() => client.get())
    expect(await (await fetch(front, { headers: inHeaders })).json()).toEqual({ value: 'fine' })
    expect(seen).toHaveLength(1)
    expect(seen[0]).toMatchObject({ authorization: 'Bearer inbound', 'x-request-id': 'r-1' })
    const known = ['authorization', 'x-request-id', 'host', 'connection', 'accept-encoding']
    expect(Object.keys(seen[0] ?? {}).filter(name => !known.includes(name))).toEqual([])
  })

  test('does so behind a body that was parsed first', async () => {
    const { url, seen } = await backend()
    const client = clientOf(url, named)
    const bodies: unknown[] = []
    const front = await serverOf(async ({ body }) => {
      bodies.push(body)
      await new Promise(resolve => setImmediate(resolve))
      return client.get()
    })
    const headers = { ...inHeaders, 'content-type': 'application/json' }
    const response = await fetch(front, {
      method: 'POST',
      headers,
      body: JSON.stringify({ long: 'x'.repeat(200_000) }),
    })
    expect(await response.json()).toEqual({ value: 'fine' })
    expect(bodies).toEqual([{ long: 'x'.repeat(200_000) }])
    expect(seen[0]).toMatchObject({ authorization: 'Bearer inbound', 'x-request-id': 'r-1' })
  })

  test.each([200, 401, 404, 500])('hands headers back on %i', async status => {
    const headers = { 'x-token-refresh-needed': 'true', 'x-other': 'stays there' }
    const { url } = await backend(() => ({ status, headers }))
    const client = clientOf(url, { ...named, retry: false })
    const front = await serverOf(() => client.get())
    const response = await fetch(front)
    expect([response.status, response.headers.get('x-token-refresh-needed')]).toEqual([
      status === 200 ? 200 : 500,
      'true',
    ])
    expect(response.headers.get('x-other')).toBeNull()
  })

  test('hands back what was called for at the same time, and after a retry', async () => {
    const one = await backend(nth =>
      nth === 1 ? { status: 503, headers: { 'x-a': 'too early' } } : { headers: { 'x-a': '1' } },
    )
    const two = await backend(() => ({ headers: { 'x-b': '2' } }))
    const options = { handBack: ['x-a', 'x-b'], retry: { minDelay: 1 } }
    const [a, b] = [clientOf(one.url, options), clientOf(two.url, options)]
    const front = await serverOf(() => Promise.all([a.get(), b.get()]))
    const { headers } = await fetch(front)
    expect([headers.get('x-a'), headers.get('x-b')]).toEqual(['1', '2'])
  })

  test('keeps 200 requests apart that are served at the same time', { timeout: 20_000 }, async () => {
    let waiting: (() => void)[] = []
    const { url, seen } = await backend(nth => ({ headers: { 'x-answer': String(nth) } }))
    const client = clientOf(url, { forward: ['x-request-id'], handBack: ['x-got'] })
    const front = await serverOf(async request => {
      await client.get()
      // All wait for each other in the middle, and go on in another order.
      await new Promise<void>(resolve => {
        waiting.push(resolve)
        if (waiting.length < 200) return
        for (const go of waiting.toReversed()) go()
        waiting = []
      })
      await client.get()
      return request.url
    })
    const ids = Array.from({ length: 200 }, (_, i) => `id-${i}`)
    const answers = await Promise.all(
      ids.map(async id => (await fetch(`${front}/${id}`, { headers: { 'x-request-id': id } })).json()),
    )
    expect(answers).toEqual(ids.map(id => ({ value: `/${id}` })))
    const sent = seen.map(headers => headers['x-request-id']).sort()
    expect(sent).toEqual([...ids, ...ids].sort())
  })
})

test('each request gets its own headers back, however they interleave', { timeout: 20_000 }, async () => {
  const held: (() => void)[] = []
  const echo = await serve((request, response) => {
    const id = request.headers['x-request-id']
    held.push(() => response.writeHead(204, { 'x-got': String(id) }).end())
    // Five are held at a time, and let go in another order.
    if (held.length === 5) for (const go of held.splice(0).toReversed()) go()
  })
  const client = clientOf(echo, { forward: ['x-request-id'], handBack: ['x-got'], connections: 5 })
  for (const serverOf of Object.values(servers)) {
    const front = await serverOf(() => client.get())
    const got = Array.from({ length: 100 }, async (_, i) => {
      const response = await fetch(front, { headers: { 'x-request-id': String(i) } })
      return response.headers.get('x-got')
    })
    expect(await Promise.all(got)).toEqual(Array.from({ length: 100 }, (_, i) => String(i)))
  }
})
