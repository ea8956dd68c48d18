/** Rules of `settle`: results, the fence, refunds. */
import { DAY, NOW, type Rule, same, settlement } from './store-suite-kit.js'

export const settleRules: readonly Rule[] = [
  {
    name: 'settle: a delivered one is delivered, and its lease is over',
    async run(scene) {
      await scene.record(scene.row())
      const { headers, body, fingerprint, ...claimed } = await scene.claimOne()
      const how = { now: NOW + 9, status: 201, receipt: 'state=processed' }
      same(await scene.settle(claimed, how), true, 'a claimed delivery can be settled')
      const settled = {
        ...claimed,
        state: 'delivered',
        deliveredAt: NOW + 9,
        lastStatus: 201,
        receipt: 'state=processed',
        leaseOwner: null,
        leaseUntil: null,
      }
      same(await scene.find(claimed.id), settled, 'it is delivered, with what the receiver said')
    },
  },
  {
    name: 'settle: one that is to be tried again is pending until then, with its attempts',
    async run(scene) {
      await scene.record(scene.row())
      const { headers, body, fingerprint, ...claimed } = await scene.claimOne()
      await scene.settle(claimed, { now: NOW + 9, nextAttemptAt: NOW + 500, status: 503, error: 'HTTP 503' })
      const settled = {
        ...claimed,
        state: 'pending',
        nextAttemptAt: NOW + 500,
        lastStatus: 503,
        lastError: 'HTTP 503',
        lastErrorAt: NOW + 9,
        leaseOwner: null,
        leaseUntil: null,
      }
      same(await scene.find(claimed.id), settled, 'it waits, and what went wrong is written down')
    },
  },
  {
    name: 'settle: a dead one has its reason',
    async run(scene) {
      for (const reason of ['rejected', 'exhausted', 'expired', 'gone', 'loop', 'corrupt'] as const) {
        await scene.record(scene.row())
        const { headers, body, fingerprint, ...claimed } = await scene.claimOne()
        await scene.settle(claimed, { now: NOW + 9, reason, error: 'HTTP 422' })
        const how = { state: 'dead', reason, lastError: 'HTTP 422', lastErrorAt: NOW + 9, leaseOwner: null }
        same(await scene.find(claimed.id), { ...claimed, ...how, leaseUntil: null }, `it is dead: ${reason}`)
      }
    },
  },
  {
    name: 'settle: what it says nothing of stays as it is',
    async run(scene) {
      await scene.record(scene.row())
      const first = { nextAttemptAt: NOW, status: 503, error: 'HTTP 503', receipt: 'state=accepted' }
      await scene.settle(await scene.claimOne(), first)
      const claimed = await scene.claimOne()
      await scene.settle(claimed, { now: NOW + 9 })
      const { lastStatus, lastError, lastErrorAt, receipt } = await scene.find(claimed.id)
      same(
        [lastStatus, lastError, lastErrorAt, receipt],
        [503, 'HTTP 503', NOW, 'state=accepted'],
        'null leaves it',
      )
    },
  },
  {
    name: 'settle: a refund gives the attempt back, and nothing else',
    async run(scene) {
      const row = scene.row({ maxAttempts: 1 })
      await scene.record(row)
      for (let round = 0; round < 3; round++) {
        const { headers, body, fingerprint, ...claimed } = await scene.claimOne()
        same(
          [claimed.attempts, claimed.sends, claimed.fence],
          [1, 1, round + 1],
          'a refunded attempt is not counted',
        )
        await scene.settle(claimed, { nextAttemptAt: NOW, refund: true })
        const settled = {
          ...claimed,
          state: 'pending',
          attempts: 0,
          sends: 0,
          leaseOwner: null,
          leaseUntil: null,
        }
        same(await scene.find(row.id), settled, 'attempts and sends fall by one')
      }
    },
  },
  {
    name: 'settle: a wrong fence, an unknown seq and a second settlement change nothing',
    async run(scene) {
      await scene.record(scene.row())
      const claimed = await scene.claimOne()
      const before = await scene.find(claimed.id)
      same(await scene.settle({ ...claimed, fence: claimed.fence - 1 }), false, 'an old fence comes too late')
      same(
        await scene.settle({ ...claimed, fence: claimed.fence + 1 }),
        false,
        'a fence must be the very same',
      )
      same(
        await scene.settle({ ...claimed, seq: claimed.seq + 1000 }),
        false,
        'an unknown row cannot be settled',
      )
      same(await scene.find(claimed.id), before, 'nothing has changed')
      same(await scene.settle(claimed, { reason: 'rejected' }), true, 'the right fence settles it')
      const after = await scene.find(claimed.id)
      same(await scene.settle(claimed), false, 'once')
      same(await scene.find(claimed.id), after, 'the second settlement changes nothing')
    },
  },
  {
    name: 'settle: a slow worker cannot settle what another one has claimed since',
    async run(scene) {
      await scene.record(scene.row())
      const slow = await scene.claimOne({ owner: 'slow', leaseUntil: NOW + 5 })
      await scene.store.reap(NOW + 5, 10)
      same(await scene.settle(slow), false, 'its lease was ended')
      const quick = await scene.claimOne({ owner: 'quick', now: NOW + 5 })
      same(await scene.settle(slow, { reason: 'rejected' }), false, 'another worker has it')
      same((await scene.find(slow.id)).leaseOwner, 'quick', 'nothing has changed')
      same(await scene.settle(quick), true, 'that worker can settle it')
    },
  },
  {
    name: 'settle: many at once, each with its own result, in order',
    async run(scene) {
      const rows = scene.rows(5)
      await scene.record(...rows)
      const claimed = await scene.claim()
      const all = claimed.map((row, index) =>
        settlement(index === 2 ? { ...row, fence: 99 } : row, index % 2 === 0 ? {} : { reason: 'gone' }),
      )
      same(await scene.store.settle(all), [true, true, false, true, true], 'results are in the order given')
      const states = await Promise.all(claimed.map(async ({ id }) => (await scene.find(id)).state))
      same(states, ['delivered', 'dead', 'in-flight', 'dead', 'delivered'], 'each row as its settlement says')
      same(await scene.store.settle([]), [], 'nothing for nothing')
    },
  },
  {
    name: 'settle: a late settlement counts as long as nobody has ended the lease',
    async run(scene) {
      await scene.record(scene.row())
      const claimed = await scene.claimOne({ leaseUntil: NOW + 5 })
      same(await scene.settle(claimed, { now: NOW + DAY }), true, 'the row is in flight with this fence')
    },
  },
]
