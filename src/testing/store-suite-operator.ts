/** Rules of what an operator does: replay, cancel, pause and resume, purge. */
import { DAY, NOW, type Rule, type Scene, same } from './store-suite-kit.js'

/** Records one message for some targets and makes all of its deliveries dead. */
async function dead(scene: Scene, ...targets: string[]): Promise<string> {
  const row = scene.row()
  await scene.record(...targets.map(target => ({ ...row, target })))
  for (const target of targets) await scene.settle(await scene.claimOne({ target }), { reason: 'rejected' })
  return row.id
}

export const operatorRules: readonly Rule[] = [
  {
    name: 'replay: a dead delivery is pending again: due now, the next generation, the same id and seq',
    async run(scene) {
      const row = scene.row({ replayAttempts: 4 })
      await scene.record(row)
      const how = { now: NOW + 9, reason: 'rejected', status: 422, error: 'HTTP 422' } as const
      await scene.settle(await scene.claimOne({ now: NOW + 3 }), how)
      const before = await scene.find(row.id)
      same(
        await scene.replay([row.id], { now: NOW + 50, expiresAt: NOW + 99 }),
        [{ id: row.id, target: 'activity', outcome: 'done' }],
        'a dead delivery can be replayed',
      )
      const again = {
        ...before,
        state: 'pending',
        reason: null,
        attempts: 0,
        maxAttempts: 4,
        generation: 1,
        nextAttemptAt: NOW + 50,
        expiresAt: NOW + 99,
      }
      same(await scene.find(row.id), again, 'its attempts begin anew, all else stays')
      const claimed = await scene.claimOne({ now: NOW + 50 })
      same([claimed.attempts, claimed.sends, claimed.fence], [1, 2, before.fence + 1], 'sends go on counting')
      same([...(claimed.body ?? [])], [...(row.body ?? [])], 'it is the same message')
    },
  },
  {
    name: 'replay: three generations, then it is used up',
    async run(scene) {
      const row = scene.row({ maxAttempts: 2, replayAttempts: 3 })
      await scene.record(row)
      for (let generation = 0; generation <= 3; generation++) {
        for (let attempt = 1; attempt <= (generation === 0 ? 2 : 3); attempt++)
          await scene.settle(await scene.claimOne(), { nextAttemptAt: NOW })
        same(await scene.claim(), [], 'a generation has no more attempts than it was given')
        same((await scene.store.reap(NOW, 10)).length, 1, 'then it is dead')
        const wanted = generation < 3 ? 'done' : 'used-up'
        same(
          (await scene.replay([row.id])).map(({ outcome }) => outcome),
          [wanted],
          `the replay after generation ${generation}`,
        )
      }
      const { state, sends, generation } = await scene.find(row.id)
      same(
        [state, sends, generation],
        ['dead', 2 + 3 * 3, 3],
        'sends are bounded by maxAttempts + 3 x replayAttempts',
      )
    },
  },
  {
    name: 'replay: what is not dead is unfit, and stays as it is',
    async run(scene) {
      const rows = scene.rows(4)
      await scene.record(...rows)
      await scene.settle(await scene.claimOne())
      await scene.claimOne()
      const states = await Promise.all(rows.map(({ id }) => scene.find(id)))
      const pending = states.filter(({ state }) => state === 'pending')
      await scene.cancel([pending[0]?.id ?? ''])
      const before = await Promise.all(rows.map(({ id }) => scene.find(id)))
      same(new Set(before.map(({ state }) => state)).size, 4, 'each is in a state of its own')
      const results = await scene.replay(rows.map(({ id }) => id))
      same(
        results.map(({ outcome }) => outcome),
        Array(4).fill('unfit'),
        'only a dead delivery can be replayed',
      )
      same(await Promise.all(rows.map(({ id }) => scene.find(id))), before, 'nothing has changed')
    },
  },
  {
    name: 'replay and cancel: all targets of a message, or one; an unknown id has no result',
    async run(scene) {
      const id = await dead(scene, 'a', 'b', 'c')
      const of = (outcome: string, ...targets: string[]) => targets.map(target => ({ id, target, outcome }))
      same(await scene.replay(['nobody', id], { target: 'b' }), of('done', 'b'), 'one target')
      same(
        await scene.replay([id]),
        [...of('done', 'a'), ...of('unfit', 'b'), ...of('done', 'c')],
        'all targets',
      )
      same(await scene.cancel([id], { target: 'c' }), of('done', 'c'), 'cancel, one target')
      same(await scene.cancel([id]), [...of('done', 'a', 'b'), ...of('unfit', 'c')], 'cancel, all targets')
      same(await scene.cancel(['nobody']), [], 'an unknown id')
      same(await scene.replay([]), [], 'no id')
      same(await scene.cancel([]), [], 'no id')
    },
  },
  {
    name: 'replay and cancel: results are in the order of the ids',
    async run(scene) {
      const rows = scene.rows(5)
      await scene.record(...rows)
      const wanted = [3, 0, 4, 1].map(index => rows[index]?.id ?? '')
      const results = await scene.cancel(wanted)
      same(
        results.map(({ id }) => id),
        wanted,
        'results are in the order of the ids',
      )
    },
  },
  {
    name: 'cancel: a pending delivery is never sent; any other is unfit',
    async run(scene) {
      const rows = scene.rows(3)
      await scene.record(...rows)
      await scene.settle(await scene.claimOne(), { nextAttemptAt: NOW + 5 })
      const flying = await scene.claimOne()
      const results = await scene.cancel(rows.map(({ id }) => id))
      same(
        results.map(({ id, outcome }) => `${id} ${outcome}`),
        rows.map(({ id }) => `${id} ${id === flying.id ? 'unfit' : 'done'}`),
        'pending ones are cancelled, one in flight is not',
      )
      same(await scene.claim({ now: NOW + DAY - 1 }), [], 'a cancelled delivery is never claimed')
      same(await scene.settle(flying), true, 'the one in flight goes on')
      same(await scene.store.reap(NOW + 9 * DAY, 10), [], 'a cancelled delivery does not expire')
      const again = await scene.cancel(rows.map(({ id }) => id))
      same(
        again.map(({ outcome }) => outcome),
        Array(3).fill('unfit'),
        'what has ended is unfit',
      )
    },
  },
  {
    name: 'purge: deletes what ended before, the delivered and cancelled ones, and the dead ones',
    async run(scene) {
      const rows = scene.rows(8)
      await scene.record(...rows)
      const claimed = await scene.claim({ limit: 6 })
      for (const [index, row] of claimed.entries())
        await scene.settle(row, { now: NOW + index, ...(index < 3 ? {} : { reason: 'gone' as const }) })
      const open = (await scene.store.list({ state: 'pending', limit: 10 })).map(({ id }) => id)
      await scene.cancel([open[0] ?? ''], { now: NOW + 10 })
      same(
        await scene.store.purge({ done: NOW, dead: NOW }, 100),
        0,
        'nothing that ended at that time or later',
      )
      same(await scene.store.purge({ done: NOW + 2, dead: NOW }, 100), 2, 'delivered ones that ended before')
      same(await scene.store.purge({ done: NOW, dead: NOW + 5 }, 100), 2, 'dead ones that ended before')
      same(await scene.store.purge({ done: NOW + 11, dead: NOW + 5 }, 100), 2, 'and cancelled ones')
      const [stats] = await scene.store.stats()
      same([stats?.dead, stats?.pending], [1, 1], 'the others are still there')
      same(await scene.store.find(claimed[0]?.id ?? ''), [], 'what was purged is gone')
    },
  },
  {
    name: 'purge: at the most as many rows as the limit says',
    async run(scene) {
      const id = await dead(scene, 'a', 'b', 'c')
      await scene.record(...scene.rows(2))
      for (const row of await scene.claim()) await scene.settle(row)
      const before = { done: NOW + 1, dead: NOW + 1 }
      const counts = []
      for (let round = 0; round < 4; round++) counts.push(await scene.store.purge(before, 2))
      same(counts, [2, 2, 1, 0], 'two at a time, and all of them in the end')
      same(await scene.store.find(id), [], 'they are gone')
    },
  },
  {
    name: 'purge: never deletes what is pending or in flight, or what was replayed since',
    async run(scene) {
      const id = await dead(scene, 'a')
      await scene.record(...scene.rows(2))
      await scene.claimOne()
      await scene.replay([id])
      same(await scene.store.purge({ done: NOW + 9 * DAY, dead: NOW + 9 * DAY }, 100), 0, 'nothing has ended')
      await scene.settle(await scene.claimOne({ target: 'a' }), { now: NOW + 5, reason: 'gone' })
      same(await scene.store.purge({ done: 0, dead: NOW + 5 }, 100), 0, 'it ended when it died the last time')
      same(await scene.store.purge({ done: 0, dead: NOW + 6 }, 100), 1, 'and not before')
    },
  },
  {
    name: 'purge: what was dead on arrival ended when it was created',
    async run(scene) {
      await scene.record(scene.row({ dead: 'loop', createdAt: NOW + 3 }))
      same(await scene.store.purge({ done: NOW + 9, dead: NOW + 3 }, 10), 0, 'not before')
      same(await scene.store.purge({ done: 0, dead: NOW + 4 }, 10), 1, 'it has ended then')
    },
  },
]
