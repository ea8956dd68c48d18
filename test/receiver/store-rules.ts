/** What every store must do; run over each of them. */
import { randomUUID } from 'node:crypto'
import type { Claim, Claimed, ClaimRequest, DedupeEvent, DedupeStore, StoredAnswer } from 'guise/receiver'
import { describe, expect, it } from 'vitest'

const answer: StoredAnswer = {
  status: 201,
  headers: { 'content-type': 'text/plain', location: '/x' },
  body: Buffer.from([0, 1, 254, 255]),
}

function claimed(claim: Claim): Claimed {
  if (claim.state !== 'claimed') throw new Error(`the key is ${claim.state}`)
  return claim
}

/** The rules. `another` makes a second store over the same memory, as another process would. */
export function storeRules(another: () => DedupeStore): void {
  const events: DedupeEvent[] = []
  const request = (key: string, more: Partial<ClaimRequest> = {}): ClaimRequest => ({
    key,
    fingerprint: 'f',
    lease: 60_000,
    ttl: 60_000,
    report: event => events.push(event),
    ...more,
  })
  const fresh = () => randomUUID()

  describe('the rules of all stores', () => {
    it('gives a key to one, and tells the others that it runs', async () => {
      const [store, key] = [another(), fresh()]
      const first = claimed(await store.claim(request(key)))
      expect((await store.claim(request(key))).state).toBe('running')
      expect((await store.claim(request(key, { fingerprint: 'other' }))).state).toBe('running')
      const elsewhere = claimed(await store.claim(request(fresh())))
      await Promise.all([first.release(), elsewhere.release()])
    })

    it('remembers an answer to the byte, with its fingerprint', async () => {
      const [store, key] = [another(), fresh()]
      expect(await claimed(await store.claim(request(key))).finish(answer)).toBe(true)
      const done = await store.claim(request(key, { fingerprint: 'other' }))
      if (done.state !== 'done') throw new Error(done.state)
      expect(done.fingerprint).toBe('f')
      const { status, headers, body } = done.answer
      expect({ status, headers }).toEqual({ status: 201, headers: answer.headers })
      expect([...(body ?? [])]).toEqual([0, 1, 254, 255])
    })

    it.each([
      ['no body', undefined],
      ['an empty body', Buffer.alloc(0)],
      ['a body of 64 KiB', Buffer.alloc(65_536, 200)],
    ])('remembers an answer with %s', async (_, body) => {
      const [store, key] = [another(), fresh()]
      await claimed(await store.claim(request(key))).finish({ status: 200, headers: {}, body })
      const done = await store.claim(request(key))
      if (done.state !== 'done') throw new Error(done.state)
      if (body === undefined) expect(done.answer.body).toBeUndefined()
      else expect(Buffer.from(done.answer.body as Uint8Array).equals(body)).toBe(true)
    })

    it('remembers an error as well', async () => {
      const [store, key] = [another(), fresh()]
      await claimed(await store.claim(request(key))).finish({
        status: 404,
        headers: {},
        body: Buffer.from('x'),
      })
      const done = await store.claim(request(key))
      expect(done).toMatchObject({ state: 'done', fingerprint: 'f', answer: { status: 404 } })
    })

    it('knows nothing of a key that was released', async () => {
      const [store, key] = [another(), fresh()]
      await claimed(await store.claim(request(key))).release()
      const next = claimed(await store.claim(request(key, { fingerprint: 'other' })))
      expect(await next.finish(answer)).toBe(true)
      expect(await store.claim(request(key))).toMatchObject({ state: 'done', fingerprint: 'other' })
    })

    it('gives a key to exactly one of 50 at once, in several processes', async () => {
      const [stores, key] = [[another(), another(), another()], fresh()]
      const claims = await Promise.all(
        Array.from({ length: 50 }, (_, i) => (stores[i % 3] as DedupeStore).claim(request(key))),
      )
      const ours = claims.filter(({ state }) => state === 'claimed')
      expect(ours).toHaveLength(1)
      expect(claims.filter(({ state }) => state === 'running')).toHaveLength(49)
      await (ours[0] as Claimed).finish(answer)
      const states = await Promise.all(stores.map(async store => (await store.claim(request(key))).state))
      expect(states).toEqual(['done', 'done', 'done'])
    })

    it('runs a key once for each release, whatever comes at once', async () => {
      const [stores, key] = [[another(), another()], fresh()]
      let finished = 0
      let running = 0
      for (let round = 0; round < 10; round++) {
        const claims = await Promise.all(
          Array.from({ length: 8 }, (_, i) => (stores[i % 2] as DedupeStore).claim(request(key))),
        )
        for (const claim of claims) {
          if (claim.state !== 'claimed') continue
          expect(++running).toBe(1)
          if (round < 5) await claim.release()
          else if (await claim.finish(answer)) finished++
          running--
        }
      }
      expect(finished).toBe(1)
    })

    it('reports nothing of all that', () => {
      expect(events).toEqual([])
    })
  })
}

export { answer, claimed }
