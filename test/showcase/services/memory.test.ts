// What a fake service remembers of its requests.
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { created, deletion, POSTS, SUMMARY, send, strict, useDailyfeed } from './support.js'

useDailyfeed()

describe('what a service remembers', () => {
  it('records a request as it arrived', async () => {
    const before = performance.timeOrigin + performance.now()
    const headers = { Authorization: 'Bearer t1', 'X-Mixed-Case': 'Yes' }
    const outgoing = request(`${strict.member.url}/api/members/2?q=a%20b?&sort=`, {
      headers,
      agent: false,
    }).end()
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
    await once(response.resume(), 'end')
    const [received] = strict.member.received
    expect(received).toMatchObject({
      ...{ method: 'GET', path: '/api/members/2', query: 'q=a%20b?&sort=', body: '', status: 200 },
      route: 'GET /api/members/{memberId}',
    })
    expect(received?.headers['x-mixed-case']).toBe('Yes')
    expect(received?.rawHeaders.slice(0, 4)).toEqual(['Authorization', 'Bearer t1', 'X-Mixed-Case', 'Yes'])
    expect(received?.at).toBeGreaterThanOrEqual(before)
    expect(received?.at).toBeLessThanOrEqual(performance.timeOrigin + performance.now())
  })

  it('records a request whose body never came to its end', async () => {
    const headers = { 'content-length': 100 }
    const outgoing = request(`${strict.activity.url}/api/member-activities/posts`, {
      method: 'POST',
      headers,
    })
    outgoing.on('error', () => {}).write('{"memberId":')
    await expect.poll(() => strict.activity.received.length).toBe(1)
    outgoing.destroy()
    expect((await send(strict.activity, POSTS, { body: created })).status).toBe(200)
    expect(strict.activity.received[0]).toMatchObject({ method: 'POST', body: '', status: null })
  })

  it('stores a duplicate like any other, with the key to count it by', async () => {
    const headers = { 'Idempotency-Key': 'e-1' }
    await send(strict.activity, POSTS, { body: created, headers })
    await send(strict.activity, POSTS, { body: created, headers })
    await send(strict.activity, POSTS, { body: created })
    expect(strict.activity.stored.map(({ key }) => key)).toEqual(['e-1', 'e-1', undefined])
    expect(strict.activity.stored[0]?.request).toBe(strict.activity.received[0])
    expect(strict.audit.stored).toEqual([])
  })

  it('goes back to the seed', async () => {
    const seeded = [...strict.image.images]
    await send(strict.image, deletion, { body: { imageUrls: ['/api/images/view/lee.png', 'unknown.png'] } })
    expect(strict.image.images.size).toBe(seeded.length - 1)
    await send(strict.activity, POSTS, { body: created })
    strict.member.fault(SUMMARY, { status: 503 })
    strict.reset()
    expect([...strict.image.images].sort()).toEqual(seeded.sort())
    expect([strict.activity.stored, strict.activity.received, strict.image.received]).toEqual([[], [], []])
    expect((await send(strict.member, SUMMARY)).status).toBe(200)
  })
})
