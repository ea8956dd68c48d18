// The memory of seen keys within one process: the rules, its time and its bounds.
import { type ClaimRequest, type DedupeEvent, memoryDedupe } from 'guise/receiver'
import { testClock } from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { answer, claimed, storeRules } from './store-rules.js'

const shared = memoryDedupe()
storeRules(() => shared)

const events: DedupeEvent[] = []
const request = (key: string, more: Partial<ClaimRequest> = {}): ClaimRequest => ({
  key,
  fingerprint: 'f',
  lease: 1000,
  ttl: 5000,
  report: event => events.push(event),
  ...more,
})

describe('time', () => {
  it('opens a key when its lease is over, and forgets an answer after its time', async () => {
    const clock = testClock()
    const store = memoryDedupe({ clock })
    const state = async () => (await store.claim(request('k'))).state
    await store.claim(request('k'))
    await clock.advance(999)
    expect(await state()).toBe('running')
    await clock.advance(1)
    const second = claimed(await store.claim(request('k')))
    expect(await second.finish(answer)).toBe(true)
    await clock.advance(4999)
    expect(await state()).toBe('done')
    await clock.advance(1)
    expect(await state()).toBe('claimed')
  })

  it('does not mind the wall clock', async () => {
    const clock = testClock({ wallNow: 1_700_000_000_000 })
    const store = memoryDedupe({ clock })
    await claimed(await store.claim(request('k'))).finish(answer)
    clock.setWallClock(0)
    expect((await store.claim(request('k'))).state).toBe('done')
    clock.setWallClock(4e12)
    expect((await store.claim(request('k'))).state).toBe('done')
  })

  it('lets a slow handler end its claim only if no other has taken the key', async () => {
    const clock = testClock()
    const store = memoryDedupe({ clock })
    const slow = claimed(await store.claim(request('k')))
    await clock.advance(1000)
    const next = claimed(await store.claim(request('k')))
    expect(await slow.finish({ ...answer, status: 299 })).toBe(false)
    // Nor does it release what is not its own.
    await slow.release()
    expect((await store.claim(request('k'))).state).toBe('running')
    expect(await next.finish(answer)).toBe(true)
    expect(await slow.finish({ ...answer, status: 299 })).toBe(false)
    expect(await store.claim(request('k'))).toMatchObject({ answer: { status: 201 } })

    const alone = claimed(await store.claim(request('alone')))
    await clock.advance(1000)
    expect(await alone.finish(answer)).toBe(true)
    expect((await store.claim(request('alone'))).state).toBe('done')
  })
})

describe('bounds', () => {
  it('forgets what was used longest ago, and says so', async () => {
    events.length = 0
    const store = memoryDedupe({ entries: 3 })
    for (const key of ['a', 'b', 'c']) await claimed(await store.claim(request(key))).finish(answer)
    await store.claim(request('a'))
    expect(events).toEqual([])
    await claimed(await store.claim(request('d'))).finish(answer)
    expect(events).toEqual([{ name: 'dedupe_store_evicted' }])
    expect((await store.claim(request('a'))).state).toBe('done')
    expect((await store.claim(request('b'))).state).toBe('claimed')
  })

  it('does not call it forgetting when the time of an answer was over', async () => {
    events.length = 0
    const clock = testClock()
    const store = memoryDedupe({ entries: 1, clock })
    await claimed(await store.claim(request('a'))).finish(answer)
    await clock.advance(5000)
    await claimed(await store.claim(request('b'))).finish(answer)
    expect(events).toEqual([])
  })

  it('counts the bytes of answers', async () => {
    const store = memoryDedupe({ bytes: 10 })
    const six = { ...answer, body: Buffer.alloc(6) }
    for (const key of ['a', 'b']) await claimed(await store.claim(request(key))).finish(six)
    expect((await store.claim(request('b'))).state).toBe('done')
    const again = claimed(await store.claim(request('a')))
    await again.release()
    // What has been forgotten does not count any more.
    await claimed(await store.claim(request('c'))).finish({ ...answer, body: Buffer.alloc(4) })
    expect((await store.claim(request('b'))).state).toBe('done')
    expect((await store.claim(request('c'))).state).toBe('done')
  })

  it('forgets no key whose handler runs: it fails instead, until a lease is over', async () => {
    const clock = testClock()
    const store = memoryDedupe({ entries: 2, clock })
    await store.claim(request('a'))
    await clock.advance(500)
    await store.claim(request('b'))
    await expect(store.claim(request('c'))).rejects.toThrow('full of handlers')
    expect((await store.claim(request('a'))).state).toBe('running')
    await clock.advance(500)
    expect((await store.claim(request('c'))).state).toBe('claimed')
    expect((await store.claim(request('b'))).state).toBe('running')
  })

  it.each([{ entries: 0 }, { bytes: -1 }, { entries: 1.5 }, { bytes: Number.POSITIVE_INFINITY }])(
    'refuses %j',
    options => {
      expect(() => memoryDedupe(options)).toThrow(RangeError)
    },
  )
})
