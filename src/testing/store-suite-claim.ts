/** Rules of `claim`: what is due, limits, the lease, and that no two claims take the same row. */
import type { ClaimedDelivery, OutboxStore } from '../outbox/store.js'
import { DAY, ids, MINUTE, NOW, type Rule, same } from './store-suite-kit.js'

export const claimRules: readonly Rule[] = [
  {
    name: 'claim: gives the lease, counts the attempt and raises the fence, durably',
    async run(scene) {
      const row = scene.row()
      await scene.record(row)
      const before = await scene.find(row.id)
      const claimed = await scene.claimOne({ now: NOW + 3, owner: 'worker-7', leaseUntil: NOW + 99 })
      const leased = {
        ...before,
        state: 'in-flight',
        attempts: 1,
        sends: 1,
        fence: before.fence + 1,
        firstAttemptAt: NOW + 3,
        leaseOwner: 'worker-7',
        leaseUntil: NOW + 99,
      }
      const { headers, body, fingerprint, ...rest } = claimed
      same(rest, leased, 'a claim gives the lease and counts the attempt')
      same([headers, fingerprint], [row.headers, row.fingerprint], 'a claim gives what is to be sent')
      same([...(body ?? [])], [...(row.body ?? [])], 'a claim gives the body')
      same(await scene.find(row.id), leased, 'the row says the same')
    },
  },
  {
    name: 'claim: the first attempt of a delivery stays its first one',
    async run(scene) {
      const row = scene.row()
      await scene.record(row)
      const first = await scene.claimOne()
      await scene.settle(first, { nextAttemptAt: NOW + 5 })
      const second = await scene.claimOne({ now: NOW + 5 })
      same([second.attempts, second.sends, second.fence], [2, 2, first.fence + 1], 'each claim counts')
      same(second.firstAttemptAt, NOW, 'firstAttemptAt is set by the first claim only')
    },
  },
  {
    name: 'claim: a delivery is due at its time, and not a millisecond before',
    async run(scene) {
      const row = scene.row({ nextAttemptAt: NOW + 10 })
      await scene.record(row)
      same(await scene.claimIds({ now: NOW + 9 }), [], 'nothing is claimed before it is due')
      same(await scene.claimIds({ now: NOW + 10 }), [row.id], 'it is claimed when nextAttemptAt is now')
    },
  },
  {
    name: 'claim: a delivery is never sent at its end or after it',
    async run(scene) {
      const [over, last] = [scene.row({ expiresAt: NOW }), scene.row({ expiresAt: NOW + 1 })]
      await scene.record(over, last)
      same(await scene.claimIds(), [last.id], 'nothing is claimed from expiresAt on')
      same((await scene.find(over.id)).state, 'pending', 'a claim changes nothing of what it does not take')
    },
  },
  {
    name: 'claim: takes the longest due first',
    async run(scene) {
      const rows = [5, 1, 4, 2, 3].map(ago => scene.row({ id: `due-${ago}`, nextAttemptAt: NOW - ago }))
      await scene.record(...rows)
      same(await scene.claimIds({ limit: 2 }), ['due-5', 'due-4'], 'the longest due come first')
      same(await scene.claimIds(), ['due-3', 'due-2', 'due-1'], 'then the others')
    },
  },
  {
    name: 'claim: keeps to the limit and the lease of each target, and leaves other targets alone',
    async run(scene) {
      for (const target of ['a', 'b', 'c']) await scene.record(...scene.rows(5, { target }))
      const claimed = await scene.store.claim({
        owner: 'w1',
        now: NOW,
        targets: [
          { target: 'a', limit: 2, leaseUntil: NOW + 10 },
          { target: 'b', limit: 4, leaseUntil: NOW + 20 },
          { target: 'nobody', limit: 4, leaseUntil: NOW + 30 },
        ],
      })
      same(
        claimed.map(({ target, leaseUntil }) => `${target} ${(leaseUntil ?? 0) - NOW}`).sort(),
        [...Array(2).fill('a 10'), ...Array(4).fill('b 20')],
        'limits and leases are those of the target',
      )
      same((await scene.claim({ target: 'c' })).length, 5, 'a target that was not named is left alone')
    },
  },
  {
    name: 'claim: takes nothing for no targets',
    async run(scene) {
      await scene.record(scene.row())
      same(await scene.store.claim({ owner: 'w1', now: NOW, targets: [] }), [], 'no targets, no deliveries')
    },
  },
  {
    name: 'claim: takes nothing that is in flight or has ended',
    async run(scene) {
      const rows = scene.rows(4, { replayAttempts: 2 })
      await scene.record(...rows)
      const [delivered, dead] = await scene.claim({ limit: 2 })
      if (delivered === undefined || dead === undefined) throw new Error('a claim takes what is due')
      await scene.settle(delivered)
      await scene.settle(dead, { reason: 'rejected' })
      const [, , flying] = [delivered, dead, await scene.claimOne()]
      const left = rows.find(({ id }) => ![delivered.id, dead.id, flying.id].includes(id))
      await scene.cancel([left?.id ?? ''])
      same(await scene.claim({ now: NOW + 2 * MINUTE }), [], 'a lease that ran out is a matter of reap')
    },
  },
  {
    name: 'claim: takes nothing without an attempt left',
    async run(scene) {
      const row = scene.row({ maxAttempts: 1 })
      await scene.record(row)
      await scene.settle(await scene.claimOne(), { nextAttemptAt: NOW })
      same(await scene.claim(), [], 'attempts never go above maxAttempts')
      const [dead] = await scene.store.reap(NOW, 10)
      same([dead?.id, dead?.reason, dead?.attempts], [row.id, 'exhausted', 1], 'reap makes it dead')
    },
  },
  {
    name: 'claim: takes nothing of a paused target, for any worker, until it is resumed',
    async run(scene) {
      const [row, other] = [scene.row(), scene.row({ target: 'ads' })]
      await scene.record(row, other)
      await scene.store.pause('activity', { actor: 'kim', reason: 'maintenance', now: NOW })
      await scene.store.pause('activity', { actor: 'kim', reason: 'still', now: NOW })
      same(await scene.claimIds(), [], 'a paused target is not claimed')
      same(await scene.claimIds({ target: 'ads' }), [other.id], 'others are')
      await scene.store.resume('activity', { actor: 'kim', reason: 'done', now: NOW })
      await scene.store.resume('activity', { actor: 'kim', reason: 'done', now: NOW })
      same(await scene.claimIds(), [row.id], 'a resumed target is claimed, however often it was paused')
    },
  },
  {
    name: 'claim: a target that another worker has paused is not claimed',
    needs: 'again',
    async run(scene) {
      const row = scene.row()
      await scene.record(row)
      const other = await scene.again()
      await other.pause('activity', { actor: 'kim', reason: 'maintenance', now: NOW })
      same(await scene.claimIds(), [], 'a pause holds for all workers')
      await scene.store.resume('activity', { actor: 'kim', reason: 'done', now: NOW })
      same(await scene.claimIds({ store: other }), [row.id], 'so does a resume')
    },
  },
  {
    name: 'claim: 8 workers at once never take the same delivery',
    needs: 'again',
    async run(scene) {
      const stores = [scene.store, await scene.again()]
      const rows = scene.rows(200)
      await scene.record(...rows)
      const taken = (await workers(stores, store => scene.claim({ store, limit: 7 }))).flat()
      same(ids(taken).sort(), ids(rows).sort(), 'each delivery is claimed, by one worker')
      same(
        taken.every(({ attempts, sends, fence }) => attempts === 1 && sends === 1 && fence === 1),
        true,
        'each claim counts once',
      )
    },
  },
  {
    name: 'claim: 8 workers at once keep one delivery of an order key in flight, in the order of seq',
    needs: 'again',
    async run(scene) {
      const stores = [scene.store, await scene.again()]
      const keys = Array.from({ length: 10 }, (_, key) => `key-${key}`)
      for (let round = 0; round < 6; round++)
        await scene.record(...keys.map(orderKey => scene.row({ orderKey, nextAttemptAt: NOW - round })))
      const flying = new Set<string>()
      const arrived = new Map<string, number[]>()
      await workers(stores, async store => {
        const claimed = await scene.claim({ store, limit: 3 })
        for (const { orderKey, seq } of claimed) {
          const key = String(orderKey)
          same(flying.has(key), false, 'one delivery of an order key is in flight at a time')
          flying.add(key)
          arrived.set(key, [...(arrived.get(key) ?? []), seq])
        }
        for (const row of claimed) {
          flying.delete(String(row.orderKey))
          same(await scene.settle(row), true, 'a claimed delivery can be settled by its worker')
        }
        return claimed
      })
      const ordered = keys.map(key => [...(arrived.get(key) ?? [])].sort((a, b) => a - b))
      same(
        keys.map(key => arrived.get(key)),
        ordered,
        'deliveries of one key go out in the order of seq',
      )
      same(ordered.flat().length, 60, 'and all of them')
    },
  },
  {
    name: 'claim: a row recorded for later, by another worker, is claimed when it is due',
    needs: 'again',
    async run(scene) {
      const other = await scene.again()
      const row = scene.row({ nextAttemptAt: NOW + DAY - 1 })
      await other.record([row])
      same(await scene.claimIds({ now: NOW + DAY - 2 }), [], 'not before')
      same(await scene.claimIds({ now: NOW + DAY - 1 }), [row.id], 'then it is')
    },
  },
]

/** Eight workers over all handles at once, each at work until it has found nothing twice in a row. */
async function workers(
  stores: readonly OutboxStore<unknown>[],
  turn: (store: OutboxStore<unknown>) => Promise<ClaimedDelivery[]>,
): Promise<ClaimedDelivery[][]> {
  return Promise.all(
    Array.from({ length: 8 }, async (_, worker) => {
      const taken: ClaimedDelivery[] = []
      for (let idle = 0, turns = 0; idle < 2 && turns < 1000; turns++) {
        const claimed = await turn(stores[worker % stores.length] as OutboxStore<unknown>)
        taken.push(...claimed)
        idle = claimed.length === 0 ? idle + 1 : 0
      }
      return taken
    }),
  )
}
