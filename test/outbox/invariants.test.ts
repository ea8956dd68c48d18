/** I1 to I10 over random schedules of crashes and faults, for each store. */
import fc from 'fast-check'
import { memoryStore, type OutboxStore } from 'guise/outbox'
import { expect, test } from 'vitest'
import { drivers, makeSqlite } from '../stores/support.js'
import { describeWithPostgres, makeStore } from '../stores-postgres/support.js'
import { type Fate, type Plan, type Step, World } from './world.js'

const fate: fc.Arbitrary<Fate> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .constantFrom(201, 201, 503, 500, 429, 400, 404, 410)
      .map(status => ({ kind: 'answer' as const, status })),
  },
  ...(['reset', 'hang', 'crash', 'freeze'] as const).map(kind => ({
    weight: 1,
    arbitrary: fc.boolean().map(effect => ({ kind, effect })),
  })),
)

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('a', 'b', 'c', undefined).map(key => ({ kind: 'record' as const, key })),
  },
  { weight: 5, arbitrary: fc.constant({ kind: 'deliver' as const }) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(1, 6, 60, 3_600).map(seconds => ({ kind: 'pass' as const, seconds })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(-3_600, -5, 5, 7_200).map(seconds => ({ kind: 'wall' as const, seconds })),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
  {
    weight: 2,
    arbitrary: fc
      .record({ operation: fc.integer({ min: 1, max: 6 }), done: fc.boolean() })
      .map(at => ({ kind: 'crash at' as const, ...at })),
  },
  {
    weight: 2,
    arbitrary: fc.integer({ min: 1, max: 6 }).map(operation => ({ kind: 'fail at' as const, operation })),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'replay' as const }) },
)

const plan: fc.Arbitrary<Plan> = fc.record({
  steps: fc.array(step, { minLength: 5, maxLength: 40 }),
  fates: fc.array(fate, { maxLength: 40 }),
})

interface Made {
  readonly store: OutboxStore<never>
  dispose?(): Promise<unknown> | unknown
}

/** Whatever happens: bounded, in order, nothing lost, everything ends. */
async function holds(make: () => Made | Promise<Made>, numRuns: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(plan, async given => {
      const { store, dispose } = await make()
      try {
        await store.open()
        const world = new World(store, given)
        await world.run(given.steps)
        expect(world.broken).toEqual([])
        const rows = await world.rows()
        expect(rows.filter(({ state }) => state === 'pending' || state === 'in-flight')).toEqual([])
      } finally {
        await dispose?.()
      }
    }),
    { numRuns },
  )
}

const LIMIT = 120_000

test('the memory store', () => holds(() => ({ store: memoryStore() }), 100), LIMIT)

for (const [name, Driver] of drivers) {
  const why = Driver === undefined ? ' (skipped: this Node has it not)' : ''
  test.skipIf(Driver === undefined)(
    `the SQLite store on ${name}${why}`,
    () => {
      const make = makeSqlite(Driver as NonNullable<typeof Driver>)
      return holds(() => make() as Promise<Made>, 25)
    },
    LIMIT,
  )
}

describeWithPostgres('the PostgreSQL store', () => {
  test('on a schema of its own', () => holds(() => makeStore() as unknown as Promise<Made>, 12), LIMIT)
})
