/** Rules of `reap`: leases that run out, and what expires. */
import { ids, MINUTE, NOW, type Rule, same } from './store-suite-kit.js'

export const reapRules: readonly Rule[] = [
  {
    name: 'reap: a lease that ran out makes the delivery pending again; the attempt stays counted',
    async run(scene) {
      const row = scene.row({ nextAttemptAt: NOW - 7 })
      await scene.record(row)
      const { headers, body, fingerprint, ...claimed } = await scene.claimOne({ leaseUntil: NOW + 5 })
      same(await scene.store.reap(NOW + 4, 10), [], 'a lease holds until its end')
      same((await scene.find(row.id)).state, 'in-flight', 'a lease holds until its end')
      same(await scene.store.reap(NOW + 5, 10), [], 'a delivery with attempts left is not dead')
      const pending = { ...claimed, state: 'pending', leaseOwner: null, leaseUntil: null }
      same(await scene.find(row.id), pending, 'it is pending, and its attempt counted')
      same((await scene.claimOne({ now: NOW + 5 })).attempts, 2, 'it is due at once')
    },
  },
  {
    name: 'reap: a lease that ran out with no attempt left makes the delivery dead',
    async run(scene) {
      const row = scene.row({ maxAttempts: 1, expiresAt: NOW + 5 })
      await scene.record(row)
      await scene.claimOne({ leaseUntil: NOW + 5 })
      const dead = await scene.store.reap(NOW + 5, 10)
      same(dead, [await scene.find(row.id)], 'reap gives the row as it is now')
      const { state, reason, leaseOwner, leaseUntil } = await scene.find(row.id)
      same([state, reason], ['dead', 'exhausted'], 'it is exhausted, also if it has expired')
      same([leaseOwner, leaseUntil], [null, null], 'its lease is over')
      same(await scene.store.reap(NOW + 5, 10), [], 'a delivery dies once')
    },
  },
  {
    name: 'reap: what has expired is dead; in flight it waits for its lease to end',
    async run(scene) {
      const rows = scene.rows(2, { expiresAt: NOW + 5 })
      const later = scene.row({ expiresAt: NOW + 6 })
      await scene.record(...rows, later)
      const flying = await scene.claimOne({ leaseUntil: NOW + MINUTE })
      const waiting = [...rows, later].map(({ id }) => id).filter(id => id !== flying.id)
      same(
        ids(await scene.store.reap(NOW + 5, 10)),
        waiting.slice(0, 1),
        'the waiting one is dead at expiresAt',
      )
      same((await scene.find(flying.id)).state, 'in-flight', 'the one in flight waits for its lease')
      const late = await scene.store.reap(NOW + MINUTE, 10)
      const wanted = [flying.id, later.id].sort().map(id => [id, 'expired'])
      same(late.map(({ id, reason }) => [id, reason]).sort(), wanted, 'then it is dead, too')
      same(late.find(({ id }) => id === flying.id)?.attempts, 1, 'its attempt stays counted')
    },
  },
  {
    name: 'reap: a delivery that expires in flight can still be delivered',
    async run(scene) {
      await scene.record(scene.row({ expiresAt: NOW + 5 }))
      const claimed = await scene.claimOne()
      await scene.store.reap(NOW + 6, 10)
      same(await scene.settle(claimed, { now: NOW + 7 }), true, 'its worker settles it')
    },
  },
  {
    name: 'reap: expiry goes by now, also for a target that is paused',
    async run(scene) {
      const row = scene.row({ expiresAt: NOW + 5 })
      await scene.record(row)
      await scene.store.pause('activity', { actor: 'kim', reason: 'maintenance', now: NOW })
      same(ids(await scene.store.reap(NOW + 5, 10)), [row.id], 'a pause does not make a delivery live longer')
    },
  },
  {
    name: 'reap: at the most as many rows as the limit says, and all of them in the end',
    async run(scene) {
      await scene.record(...scene.rows(4, { expiresAt: NOW + 5 }), ...scene.rows(3))
      const claimed = await scene.claim({ leaseUntil: NOW + 5 })
      const expiring = claimed.filter(({ expiresAt }) => expiresAt === NOW + 5)
      for (const row of expiring.slice(0, 2)) await scene.settle(row, { nextAttemptAt: NOW + 5 })
      let dead = 0
      for (let round = 0; round < 7; round++) {
        const reaped = await scene.store.reap(NOW + 5, 2)
        same(reaped.length <= 2, true, 'no more than the limit')
        const [left] = await scene.store.stats()
        if (round === 0)
          same((left?.inFlight ?? 0) + (4 - (left?.dead ?? 0)) >= 5, true, 'no more rows than the limit')
        dead += reaped.length
      }
      const [stats] = await scene.store.stats()
      same(
        [dead, stats?.dead, stats?.pending, stats?.inFlight],
        [4, 4, 3, 0],
        'all of them in the end, each once',
      )
    },
  },
  {
    name: 'reap: of many workers at once, one makes a delivery dead',
    needs: 'again',
    async run(scene) {
      const stores = [scene.store, await scene.again()]
      const rows = scene.rows(20, { expiresAt: NOW + 5 })
      await scene.record(...rows)
      const dead = await Promise.all(stores.flatMap(store => [1, 2, 3].map(() => store.reap(NOW + 5, 100))))
      for (let round = 0; round < 2; round++) dead.push(await scene.store.reap(NOW + 5, 100))
      same(ids(dead.flat()).sort(), ids(rows).sort(), 'there is one event for each dead delivery')
    },
  },
]
