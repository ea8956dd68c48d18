/** 202 now, the work after: at least once, bounded, and dead when it cannot be done (reliability, 2.2 item 5). */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Body, Client, nothing, Post, Responses, remote } from 'guise'
import { createOutbox, MessageConflictError, memoryStore } from 'guise/outbox'
import { createInbox, deduplicate, type InboxWork, memoryDedupe, notificationOf } from 'guise/receiver'
import { testClock } from 'guise/testing'
import { describe, expect, test } from 'vitest'
import { currentContext } from '../../src/context/context.js'

const NOW = 1_800_000_000_000

function setUp(handle: (work: InboxWork) => unknown, options = {}) {
  const clock = testClock({ wallNow: NOW })
  const store = memoryStore()
  return { clock, store, inbox: createInbox({ store, clock, handle, ...options }) }
}
const note = (id: string) => ({ id, hops: 2 })

test('what is accepted is handled once it has been answered, with its key and its hops', async () => {
  const done: unknown[] = []
  const { inbox } = setUp(work => done.push({ ...work, hops: currentContext()?.hops }))
  await inbox.accept(note('m-1'), { postId: 10 }, { kind: 'post' })
  expect(done).toEqual([])
  await inbox.drain()
  expect(done).toEqual([{ id: 'm-1', kind: 'post', body: { postId: 10 }, attempt: 1, hops: 3 }])
  expect(await inbox.find('m-1')).toMatchObject([{ state: 'delivered', target: 'inbox' }])
})

test('the same key twice is one piece of work; with another body it is refused', async () => {
  let runs = 0
  const { inbox } = setUp(() => void runs++)
  await inbox.accept(note('m-1'), { postId: 10 })
  await inbox.accept(note('m-1'), { postId: 10 })
  await expect(inbox.accept(note('m-1'), { postId: 11 })).rejects.toThrow(MessageConflictError)
  await inbox.drain()
  await inbox.accept(note('m-1'), { postId: 10 })
  await inbox.drain()
  expect(runs).toBe(1)
})

describe('work that fails', () => {
  test('is tried again as scheduled, and is dead when no attempt is left', async () => {
    const attempts: number[] = []
    const dead: unknown[] = []
    const { inbox, clock } = setUp(
      ({ attempt }) => {
        attempts.push(attempt)
        throw new RangeError('c4n4ry')
      },
      { maxAttempts: 3, schedule: [0, 1_000], onDead: (record: unknown) => dead.push(record) },
    )
    await inbox.accept(note('m-1'), null)
    for (let i = 0; i < 5; i++) {
      await inbox.drain()
      await clock.advance(1_300)
    }
    expect(attempts).toEqual([1, 2, 3])
    expect(dead).toMatchObject([{ id: 'm-1', reason: 'exhausted', lastError: 'other RangeError' }])
    expect(JSON.stringify(dead)).not.toContain('c4n4ry')
    await inbox.replay(['m-1'], { actor: 'operator', reason: 'mended' })
    await inbox.drain()
    expect(attempts).toEqual([1, 2, 3, 1])
  })

  test('because it takes too long: the attempt ends, and another process may have it', async () => {
    let begun!: () => void
    const began = new Promise<void>(resolve => {
      begun = resolve
    })
    const { inbox, clock } = setUp(
      () => {
        begun()
        return new Promise(() => {})
      },
      { timeout: 2_000 },
    )
    await inbox.accept(note('m-1'), {})
    const drained = inbox.drain()
    await began
    await clock.advance(2_000)
    await drained
    expect(await inbox.find('m-1')).toMatchObject([{ state: 'pending', attempts: 1, lastError: 'timeout' }])
  })
})

test('work survives a crash between the 202 and its end', async () => {
  const store = memoryStore()
  const clock = testClock({ wallNow: NOW })
  const begun: string[] = []
  const hang = (id: string) => {
    begun.push(id)
    return new Promise(() => {})
  }
  const first = createInbox({ store, clock, handle: ({ id }) => hang(id) })
  await first.accept(note('m-1'), {})
  void first.drain()
  while (begun.length === 0) await clock.advance(0)
  await clock.advance(130_000)
  const done: InboxWork[] = []
  const second = createInbox({ store, clock, handle: work => done.push(work) })
  await second.drain()
  await clock.advance(10_000)
  await second.drain()
  expect(done).toMatchObject([{ id: 'm-1', attempt: 2 }])
})

test('behind deduplicate, over a socket: 202 and `accepted` for the sender, one piece of work', async () => {
  @Client({ name: 'activity' })
  class Activity {
    @Post('/events')
    @Responses({ 202: nothing() })
    event(@Body() body: { postId: number }): Promise<void> {
      return remote(body)
    }
  }
  const done: unknown[] = []
  const { inbox } = setUp(({ body }) => done.push(body))
  const dedupe = deduplicate({ store: memoryDedupe() })
  const server = createServer((request, response) => {
    void dedupe(request, response, async () => {
      await inbox.accept(notificationOf(request), (request as { body?: unknown }).body)
      response.writeHead(202).end()
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const outbox = createOutbox({ store: memoryStore() })
  const { id } = await outbox.client(Activity, { url }).event({ postId: 10 })
  await outbox.drain()
  expect(await outbox.find(id)).toMatchObject([
    { state: 'delivered', lastStatus: 202, receipt: `id=${id}; state=accepted` },
  ])
  await inbox.drain()
  expect(done).toEqual([{ postId: 10 }])
  await outbox.close()
  await inbox.close()
  await new Promise(resolve => server.close(resolve))
})

test.each([
  [{ handle: 7 }, /handle must be a function/],
  [{ timeout: 0 }, /timeout must be from 1 to 900,000/],
  [{ maxAttempts: 26 }, /maxAttempts must be at most 25/],
  [{ maxAttempts: Number.POSITIVE_INFINITY }, /maxAttempts must be a whole number/],
  [{ expiresAfter: 8 * 86_400_000 }, /expiresAfter must be at most/],
])('%j is refused', (options, message) => {
  expect(() => setUp(() => {}, options)).toThrow(message)
})
