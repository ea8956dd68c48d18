// Random sequences of all operations: SQLite must do as the memory store does, and both must keep the invariants.

import fc from 'fast-check'
import { memoryStore, sqliteStore } from 'guise/outbox'
import { describe, expect, test } from 'vitest'
import {
  DELIVERY_STATES,
  type DeliveryRecord,
  type NewDelivery,
  type OutboxStore,
} from '../../src/outbox/store.js'
import { drivers, type Handle } from './support.js'

const IDS = ['m1', 'm2', 'm3', 'm4', 'm5', 'm6'] as const
const TARGETS = ['a', 'b'] as const
const REASONS = ['rejected', 'gone', 'exhausted'] as const
const AGES = 40

type Step = (store: OutboxStore<unknown>, now: number) => Promise<unknown>

/** A step, and how it is shown when a run fails. */
const step = (name: string, run: Step) => ({ run, name, [fc.toStringMethod]: () => name })

const id = fc.constantFrom(...IDS)
const target = fc.constantFrom(...TARGETS)
const act = { actor: 'kim', reason: 'test' }

const row = fc.record({
  id,
  target,
  fingerprint: fc.constantFrom('same', 'same', 'same', 'same', 'same', 'same', 'other'),
  orderKey: fc.constantFrom(null, 'k', 'k', 'l'),
  blocks: fc.boolean(),
  dead: fc.constantFrom(null, null, null, null, 'loop' as const),
  delay: fc.integer({ min: -3, max: 5 }),
  age: fc.integer({ min: 1, max: AGES }),
  maxAttempts: fc.integer({ min: 1, max: 3 }),
  replayAttempts: fc.integer({ min: 1, max: 2 }),
})

const steps = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.array(row, { minLength: 1, maxLength: 4 }).map(rows =>
        step(`record ${JSON.stringify(rows)}`, (store, now) =>
          store.record(
            rows.map(
              ({ delay, age, ...rest }): NewDelivery => ({
                ...rest,
                method: 'A.b',
                verb: 'POST',
                path: '/x',
                headers: '[]',
                body: new Uint8Array([now]),
                hops: 0,
                createdAt: now,
                nextAttemptAt: Math.max(0, now + delay),
                expiresAt: now + age,
              }),
            ),
          ),
        ),
      ),
    },
    {
      weight: 6,
      arbitrary: fc
        .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 10 }))
        .map(([limit, lease]) =>
          step(`claim ${limit} for ${lease}`, (store, now) =>
            store.claim({
              owner: 'w',
              now,
              targets: TARGETS.map(name => ({ target: name, limit, leaseUntil: now + lease })),
            }),
          ),
        ),
    },
    {
      weight: 6,
      arbitrary: fc
        .record({
          stale: fc.constantFrom(0, 0, 0, 1),
          pick: fc.nat(20),
          end: fc.constantFrom('delivered', 'pending', 'pending', 'dead'),
          reason: fc.constantFrom(...REASONS),
          wait: fc.integer({ min: 0, max: 6 }),
          refund: fc.boolean(),
          status: fc.constantFrom(null, 200, 503),
          error: fc.constantFrom(null, 'HTTP 503'),
          receipt: fc.constantFrom(null, 'state=accepted'),
        })
        .map(how =>
          step(`settle ${JSON.stringify(how)}`, async (store, now) => {
            const flying = await store.list({ state: 'in-flight', limit: 1000 })
            const claimed = flying[how.pick % Math.max(1, flying.length)]
            const state = how.end as 'delivered' | 'pending' | 'dead'
            return store.settle([
              {
                seq: claimed?.seq ?? how.pick,
                fence: (claimed?.fence ?? 1) - how.stale,
                now,
                state,
                reason: state === 'dead' ? how.reason : null,
                nextAttemptAt: state === 'pending' ? now + how.wait : null,
                refund: how.refund,
                status: how.status,
                error: how.error,
                receipt: how.receipt,
              },
            ])
          }),
        ),
    },
    { weight: 3, arbitrary: fc.constant(step('reap', (store, now) => store.reap(now, 1000).then(bySeq))) },
    {
      weight: 3,
      arbitrary: fc
        .tuple(
          fc.array(id, { minLength: 1, maxLength: 3 }),
          fc.option(target),
          fc.integer({ min: 0, max: AGES }),
        )
        .map(([ids, name, age]) =>
          step(`replay ${ids} ${name} for ${age}`, (store, now) =>
            store.replay({ ids, target: name ?? undefined, ...act, now, expiresAt: now + age }),
          ),
        ),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.array(id, { maxLength: 3 }), fc.option(target))
        .map(([ids, name]) =>
          step(`cancel ${ids} ${name}`, (store, now) =>
            store.cancel({ ids, target: name ?? undefined, ...act, now }),
          ),
        ),
    },
    target.map(name => step(`pause ${name}`, (store, now) => store.pause(name, { ...act, now }))),
    target.map(name => step(`resume ${name}`, (store, now) => store.resume(name, { ...act, now }))),
    fc
      .tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 30 }))
      .map(([done, dead]) =>
        step(`purge ${done} ${dead}`, (store, now) =>
          store.purge({ done: now - done, dead: now - dead }, 1000),
        ),
      ),
  ),
  { minLength: 1, maxLength: 60 },
)

const bySeq = <T extends { readonly seq: number }>(rows: readonly T[]) =>
  [...rows].sort((one, other) => one.seq - other.seq)

const clean = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value ?? null, (_, item) => (item instanceof Uint8Array ? [...item] : item)))

async function everything(store: OutboxStore<unknown>): Promise<DeliveryRecord[]> {
  const rows: DeliveryRecord[] = []
  for (const state of DELIVERY_STATES) rows.push(...(await store.list({ state, limit: 1000 })))
  return bySeq(rows)
}

/** What must hold of all rows after each step; `before` are the rows before it. */
function invariants(before: readonly DeliveryRecord[], after: readonly DeliveryRecord[], name: string): void {
  const old = new Map(before.map(row => [row.seq, row]))
  const pairs = new Set<string>()
  for (const row of after) {
    const was = old.get(row.seq)
    expect(row.attempts, 'I1').toBeLessThanOrEqual(row.maxAttempts)
    expect(row.sends, 'I3').toBeLessThanOrEqual(3 + 3 * 2)
    expect(row.generation, 'I3').toBeLessThanOrEqual(3)
    expect((row.state === 'dead') === (row.reason !== null), 'a reason belongs to the dead').toBe(true)
    expect((row.state === 'in-flight') === (row.leaseOwner !== null), 'a lease belongs to flight').toBe(true)
    if (was?.state === 'dead' && row.state !== 'dead') expect(name, 'I4').toMatch(/^replay/)
    if (was?.state === 'delivered' || was?.state === 'cancelled') expect(row, 'an end is an end').toEqual(was)
    if (was !== undefined)
      expect(row.fence, 'I6').toBe(was.fence + (row.state === 'in-flight' && was.state === 'pending' ? 1 : 0))
    pairs.add(`${row.id} ${row.target}`)
  }
  expect(pairs.size, 'I9: one row for each id and target').toBe(after.length)
}

for (const [name, Driver] of drivers) {
  if (Driver === undefined) {
    test.skip(`model: sqliteStore on ${name}: Node ${process.versions.node} has no SQLite built in`, () => {})
    continue
  }
  describe(`model: sqliteStore on ${name}`, () => {
    test('does what the memory store does, whatever is asked of it', { timeout: 120_000 }, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.nat(4), { minLength: 60, maxLength: 60 }),
          steps,
          async (passes, sequence) => {
            const db: Handle = new Driver(':memory:')
            const [model, subject] = [memoryStore(), sqliteStore(db)]
            try {
              await model.open()
              await subject.open()
              let now = 100
              let before: DeliveryRecord[] = []
              for (const [index, { run, name: shown }] of sequence.entries()) {
                now += passes[index] ?? 0
                const wanted = clean(await run(model, now))
                expect(clean(await run(subject, now)), shown).toEqual(wanted)
                const after = await everything(subject)
                expect(after, shown).toEqual(await everything(model))
                expect(byTarget(await subject.stats())).toEqual(byTarget(await model.stats()))
                invariants(before, after, shown)
                before = after
              }
            } finally {
              db.close()
            }
          },
        ),
        { numRuns: Number(process.env.GUISE_RUNS ?? 150) },
      )
    })
  })
}

const byTarget = <T extends { readonly target: string }>(rows: readonly T[]) =>
  [...rows].sort((one, other) => (one.target < other.target ? -1 : 1))
