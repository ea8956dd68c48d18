/** Any sequence of operations leaves the same rows in PostgreSQL as in the memory store, and the bounds hold. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { DeliveryRecord, NewDelivery, OutboxStore } from '../../src/outbox/store.js'
import { memoryStore } from '../../src/outbox/stores/memory.js'
import { describeWithPostgres, makeStore, NOW } from './support.js'

const step = fc.oneof(
  fc.record({
    op: fc.constant('record' as const),
    rows: fc.array(
      fc.record({
        id: fc.integer({ min: 0, max: 9 }),
        target: fc.constantFrom('a', 'b'),
        print: fc.constantFrom('p', 'p', 'p', 'q'),
        key: fc.constantFrom(null, 'k', 'l'),
        blocks: fc.boolean(),
        due: fc.integer({ min: 0, max: 3 }),
        lives: fc.integer({ min: 1, max: 12 }),
        max: fc.integer({ min: 1, max: 3 }),
        dead: fc.constantFrom(null, null, null, 'loop' as const),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  }),
  fc.record({
    op: fc.constant('claim' as const),
    limit: fc.integer({ min: 1, max: 4 }),
    lease: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({
    op: fc.constant('settle' as const),
    pick: fc.nat(),
    late: fc.boolean(),
    state: fc.constantFrom('pending' as const, 'delivered' as const, 'dead' as const),
    refund: fc.boolean(),
  }),
  fc.record({ op: fc.constant('reap' as const), limit: fc.constantFrom(1, 100) }),
  fc.record({
    op: fc.constantFrom('replay' as const, 'cancel' as const),
    ids: fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 3 }),
  }),
  fc.record({ op: fc.constantFrom('pause' as const, 'resume' as const), target: fc.constantFrom('a', 'b') }),
  fc.record({ op: fc.constant('purge' as const), ago: fc.integer({ min: 0, max: 5 }) }),
  fc.record({ op: fc.constant('tick' as const), by: fc.integer({ min: 1, max: 4 }) }),
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** What can be told of a row in both stores: `seq` is drawn by each in its own way. */
const told = ({ seq: _, ...rest }: DeliveryRecord) => rest

/** Runs one step; what it resolves with is compared, too. */
async function run(
  store: OutboxStore<never>,
  now: number,
  given: Step,
  held: DeliveryRecord[],
): Promise<unknown> {
  const act = { actor: 'kim', reason: 'a try', now }
  switch (given.op) {
    case 'record': {
      const rows = given.rows.map(
        (r): NewDelivery => ({
          id: `m${r.id}`,
          target: r.target,
          method: 'A.b',
          verb: 'POST',
          path: '/x',
          headers: '[]',
          body: null,
          fingerprint: r.print,
          orderKey: r.key,
          blocks: r.blocks,
          hops: 0,
          createdAt: now,
          nextAttemptAt: now + r.due,
          expiresAt: now + r.lives,
          maxAttempts: r.max,
          replayAttempts: 2,
          dead: r.dead,
        }),
      )
      return (await store.record(rows)).map(({ id, target, outcome }) => [id, target, outcome])
    }
    case 'claim': {
      const targets = ['a', 'b'].map(target => ({
        target,
        limit: given.limit,
        leaseUntil: now + given.lease,
      }))
      const claimed = await store.claim({ owner: 'w', now, targets })
      held.push(...claimed)
      return claimed.map(told).sort(byName)
    }
    case 'settle': {
      const one = held[given.pick % Math.max(1, held.length)]
      if (one === undefined) return []
      return store.settle([
        {
          seq: one.seq,
          fence: given.late ? one.fence - 1 : one.fence,
          now,
          state: given.state,
          reason: given.state === 'dead' ? 'rejected' : null,
          nextAttemptAt: given.state === 'pending' ? now + 1 : null,
          refund: given.refund,
          status: 500,
          error: 'HTTP 500',
          receipt: null,
        },
      ])
    }
    case 'reap':
      // Which ones a limit takes is each store's own choice.
      for (let more = true; more; ) more = (await store.reap(now, given.limit)).length >= given.limit
      return (await store.reap(now, 100)).length
    case 'replay':
      return (await store.replay({ ids: given.ids.map(id => `m${id}`), ...act, expiresAt: now + 6 })).map(
        name,
      )
    case 'cancel':
      return (await store.cancel({ ids: given.ids.map(id => `m${id}`), ...act })).map(name)
    case 'pause':
      return store.pause(given.target, act)
    case 'resume':
      return store.resume(given.target, act)
    case 'purge':
      return store.purge({ done: now - given.ago, dead: now - given.ago }, 1_000)
    case 'tick':
      return undefined
  }
}

const name = ({ id, target, outcome }: { id: string; target: string; outcome: string }) =>
  [id, target, outcome].join()
const byName = (x: { id: string; target: string }, y: { id: string; target: string }) =>
  `${x.id} ${x.target}` < `${y.id} ${y.target}` ? -1 : 1

async function rowsOf(store: OutboxStore<never>): Promise<DeliveryRecord[]> {
  const found = await Promise.all(Array.from({ length: 10 }, (_, id) => store.find(`m${id}`)))
  return found.flat().sort(byName)
}

describeWithPostgres('postgresStore beside the memory store', () => {
  test('the same operations give the same rows; attempts, sends and generations stay in their bounds', async () => {
    const subject = await makeStore()
    try {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async steps => {
          await subject.pool.query(
            `truncate "${subject.schema}".outbox_deliveries, "${subject.schema}".outbox_paused`,
          )
          const model = memoryStore()
          await model.open()
          const held: [DeliveryRecord[], DeliveryRecord[]] = [[], []]
          let now = NOW
          for (const given of steps) {
            if (given.op === 'tick') now += given.by
            const wanted = await run(model as OutboxStore<never>, now, given, held[0])
            const actual = await run(subject.store as OutboxStore<never>, now, given, held[1])
            expect(actual).toEqual(wanted)
            held[0].sort(byName)
            held[1].sort(byName)
            const rows = await rowsOf(subject.store as OutboxStore<never>)
            expect(rows.map(told)).toEqual((await rowsOf(model as OutboxStore<never>)).map(told))
            for (const { attempts, maxAttempts, sends, generation } of rows) {
              expect(attempts).toBeLessThanOrEqual(maxAttempts)
              expect(generation).toBeLessThanOrEqual(3)
              expect(sends).toBeLessThanOrEqual(3 + 3 * 2)
            }
          }
        }),
        { numRuns: 25, endOnFailure: true },
      )
    } finally {
      await subject.store.close()
      await subject.dispose()
    }
  }, 120_000)
})
