/** When a message is sent again, and when it is not any more. */
import fc from 'fast-check'
import { failures } from 'guise/testing'
import { describe, expect, test } from 'vitest'
import { NOW, settle, setUp } from './support.js'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** The waits before the second and all further attempts. */
async function waits(made: ReturnType<typeof setUp>): Promise<number[]> {
  const { id } = await made.activity.created({ postId: 10 })
  const found: number[] = []
  for (let round = 0; round < 30; round++) {
    await made.outbox.drain()
    const [record] = await made.outbox.find(id)
    if (record?.state !== 'pending') return found
    found.push(record.nextAttemptAt - made.clock.wallNow())
    await made.clock.advance(record.nextAttemptAt - made.clock.wallNow())
  }
  throw new Error('it does not end')
}

describe('the schedule', () => {
  test('0, 5 s, 30 s, 2 min, 10 min, 30 min, 1 h, 2 h, 4 h, 8 h, each 20 % more or less', async () => {
    const planned = [
      5 * SECOND,
      30 * SECOND,
      2 * MINUTE,
      10 * MINUTE,
      30 * MINUTE,
      HOUR,
      2 * HOUR,
      4 * HOUR,
      8 * HOUR,
    ]
    const found = await waits(setUp({ status: 503 }))
    expect(found).toHaveLength(planned.length)
    for (const [index, wait] of found.entries()) {
      expect(wait).toBeGreaterThanOrEqual((planned[index] as number) * 0.8)
      expect(wait).toBeLessThanOrEqual((planned[index] as number) * 1.2)
    }
  })

  test('one of the user, whose last wait holds on', async () => {
    const found = await waits(setUp({ status: 503 }, { schedule: [0, 1000, 2000], maxAttempts: 6 }))
    expect(found.map(wait => Math.round(wait / 500) * 500)).toSatisfy((rounded: number[]) =>
      rounded.every((wait, index) => Math.abs(wait - (index === 0 ? 1000 : 2000)) <= 500),
    )
    expect(found).toHaveLength(5)
  })

  test('is not the same twice', async () => {
    const [one, other] = await Promise.all([waits(setUp({ status: 503 })), waits(setUp({ status: 503 }))])
    expect(one).not.toEqual(other)
  })

  test('a stale keep-alive connection costs an attempt and no wait', async () => {
    const made = setUp([failures.stale ?? failures.reset, { status: 201 }] as never)
    const { id } = await made.activity.created({ postId: 10 })
    expect((await settle(made, id)).attempts).toBe(2)
  })
})

describe('Retry-After', () => {
  const retryAfter = (value: string) => ({ status: 429, headers: { 'retry-after': value } })

  test('comes before the schedule where it is longer (A8)', async () => {
    const made = setUp([retryAfter('60'), { status: 201 }])
    const [wait] = await waits(made)
    expect(wait).toBe(60 * SECOND)
    const keys = made.transport.requests.map(({ headers }) => headers['idempotency-key'])
    expect(keys).toHaveLength(2)
    expect(new Set(keys).size).toBe(1)
  })

  test('does not come before it where it is shorter', async () => {
    const [wait] = await waits(setUp([retryAfter('1'), { status: 201 }]))
    expect(wait).toBeGreaterThanOrEqual(4 * SECOND)
  })

  test('beyond the end of the message is granted up to just before it', async () => {
    const made = setUp([retryAfter('999999'), { status: 201 }], { expiresAfter: HOUR })
    expect(await waits(made)).toEqual([HOUR - SECOND])
    expect(made.dead).toEqual([])
  })

  test.each(['-5', '1e9', 'NaN', 'Infinity', ''])('%j is no time', async value => {
    const [wait] = await waits(setUp([retryAfter(value), { status: 201 }]))
    expect(wait).toBeLessThanOrEqual(6 * SECOND)
  })
})

describe('the end of its time', () => {
  test('nothing is sent at or after it (I2)', async () => {
    const made = setUp({ status: 201 }, { expiresAfter: SECOND })
    const { id } = await made.activity.created({ postId: 10 })
    await made.clock.advance(SECOND)
    await made.outbox.drain()
    expect(made.transport.requests).toEqual([])
    expect((await made.outbox.find(id))[0]).toMatchObject({ state: 'dead', reason: 'expired', sends: 0 })
    expect(made.dead).toHaveLength(1)
  })

  test('an attempt that would come after it is not waited for', async () => {
    const made = setUp({ status: 503 }, { expiresAfter: 20 * SECOND })
    const { id } = await made.activity.created({ postId: 10 })
    const record = await settle(made, id)
    expect(record).toMatchObject({ state: 'dead', reason: 'expired', sends: 2 })
    expect(made.clock.wallNow()).toBeLessThan(NOW + 20 * SECOND)
  })

  test('nor is one that is put off until after it', async () => {
    // The first retry comes just before the end; those at once after it use up the budget of the target.
    const answers = [{ status: 503, headers: { 'retry-after': '7200' } }, failures.stale()]
    const made = setUp(answers, { expiresAfter: HOUR, maxAttempts: 25 })
    const { id } = await made.activity.created({ postId: 10 })
    const record = await settle(made, id)
    expect(record).toMatchObject({ state: 'dead', reason: 'expired' })
    expect(record.sends).toBeLessThan(25)
    expect(made.clock.wallNow()).toBeLessThan(record.expiresAt)
  })

  test('the receiver is told when that is', async () => {
    const made = setUp({ status: 201 }, { expiresAfter: HOUR })
    await made.activity.created({ postId: 10 })
    await made.outbox.drain()
    expect(made.transport.requests[0]?.headers['notify-expires']).toBe(String((NOW + HOUR) / 1000))
  })
})

describe('a wall clock that jumps (I10)', () => {
  test('backward: the next attempt comes later, and no attempt is added', async () => {
    const made = setUp([{ status: 503 }, { status: 201 }])
    const { id } = await made.activity.created({ postId: 10 })
    await made.outbox.drain()
    made.clock.setWallClock(NOW - HOUR)
    await made.clock.advance(10 * MINUTE)
    await made.outbox.drain()
    expect(made.transport.requests).toHaveLength(1)
    expect(await settle(made, id)).toMatchObject({ state: 'delivered', attempts: 2 })
  })

  test('forward beyond the end: dead, nothing sent', async () => {
    const made = setUp([{ status: 503 }, { status: 201 }])
    const { id } = await made.activity.created({ postId: 10 })
    await made.outbox.drain()
    made.clock.setWallClock(NOW + 48 * HOUR)
    await made.outbox.drain()
    expect((await made.outbox.find(id))[0]).toMatchObject({ state: 'dead', reason: 'expired', sends: 1 })
  })
})

test('whatever a target answers, it is sent at most maxAttempts times, and in order of time (I1)', async () => {
  const answer = fc.oneof(
    fc.constantFrom(...Object.values(failures)),
    fc.constantFrom(200, 201, 302, 400, 404, 409, 410, 425, 429, 500, 503, 508).map(status => ({ status })),
    fc
      .record({ status: fc.constantFrom(409, 429, 503), seconds: fc.integer({ min: 0, max: 100_000 }) })
      .map(({ status, seconds }) => ({ status, headers: { 'retry-after': String(seconds) } })),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(answer, { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 25 }),
      async (answers, maxAttempts) => {
        const made = setUp(answers as never, { maxAttempts })
        const { id } = await made.activity.created({ postId: 10 })
        const record = await settle(made, id)
        expect(['delivered', 'dead']).toContain(record.state)
        expect(record.attempts).toBeLessThanOrEqual(maxAttempts)
        expect(record.sends).toBe(record.attempts)
        expect(made.transport.requests).toHaveLength(record.sends)
        expect(made.dead).toHaveLength(record.state === 'dead' ? 1 : 0)
        expect(made.clock.wallNow()).toBeLessThan(record.expiresAt)
        await made.outbox.close()
      },
    ),
    { numRuns: 200 },
  )
})
