/** Rules of order keys: the first of a key goes alone, and what becomes of it decides on the next. */
import type { NewDelivery } from '../outbox/store.js'
import { DAY, NOW, type Rule, type Scene, same } from './store-suite-kit.js'

/** Two deliveries of one key, recorded one after the other. */
async function two(scene: Scene, first: Partial<NewDelivery> = {}): Promise<readonly [string, string]> {
  const head = scene.row({ orderKey: 'post-7', ...first })
  const next = scene.row({ orderKey: 'post-7', nextAttemptAt: NOW - 5, expiresAt: NOW + 2 * DAY })
  await scene.record(head, next)
  return [head.id, next.id]
}

/** Whether the next one of the key can be claimed, and is alone in it. */
async function freed(scene: Scene, next: string, rule: string, now = NOW): Promise<void> {
  same(await scene.claimIds({ now }), [next], rule)
}

export const orderRules: readonly Rule[] = [
  {
    name: 'order: only the first delivery of a target and key is taken, other keys and targets are free',
    async run(scene) {
      const [head] = await two(scene)
      const free = [scene.row({ orderKey: 'post-8' }), scene.row(), scene.row()]
      const elsewhere = scene.row({ target: 'ads', orderKey: 'post-7' })
      await scene.record(...free, elsewhere)
      const wanted = [head, ...free.map(({ id }) => id)].sort()
      same((await scene.claimIds()).sort(), wanted, 'one delivery of each key, and all without a key')
      same(
        await scene.claimIds({ target: 'ads' }),
        [elsewhere.id],
        'the same key of another target is another key',
      )
    },
  },
  {
    name: 'order: an empty key is a key',
    async run(scene) {
      const rows = scene.rows(2, { orderKey: '' })
      await scene.record(...rows)
      same((await scene.claim()).length, 1, 'deliveries with the key "" are in order, too')
    },
  },
  {
    name: 'order: a first one that is not due yet, or in flight, holds back the next',
    async run(scene) {
      const [head, next] = await two(scene, { nextAttemptAt: NOW + 5 })
      same(await scene.claim(), [], 'one that waits holds back the next')
      const first = await scene.claimOne({ now: NOW + 5 })
      same(first.id, head, 'it is the first to be taken')
      same(await scene.claim({ now: NOW + 5 }), [], 'one in flight holds back the next')
      await scene.settle(first, { nextAttemptAt: NOW + 50 })
      same(await scene.claim({ now: NOW + 49 }), [], 'one that will be tried again holds back the next')
      const second = await scene.claimOne({ now: NOW + 50, limit: 9 })
      same(second.id, head, 'it is tried again first')
      await scene.settle(second)
      await freed(scene, next, 'a delivered one frees the next')
    },
  },
  {
    name: 'order: a dead one frees the next',
    async run(scene) {
      const [, next] = await two(scene)
      await scene.settle(await scene.claimOne(), { reason: 'rejected' })
      await freed(scene, next, 'a dead one that does not block frees the next')
    },
  },
  {
    name: 'order: a cancelled one frees the next',
    async run(scene) {
      const [head, next] = await two(scene, { blocks: true })
      await scene.cancel([head])
      await freed(scene, next, 'a cancelled one frees the next, also if it would block when dead')
    },
  },
  {
    name: 'order: a cancelled one in the middle frees nothing',
    async run(scene) {
      const rows = scene.rows(3, { orderKey: 'k' })
      await scene.record(...rows)
      const first = await scene.claimOne()
      await scene.cancel([rows[1]?.id ?? ''])
      same(await scene.claim(), [], 'the first one is still in flight')
      await scene.settle(first)
      await freed(scene, rows[2]?.id ?? '', 'the third follows the first')
    },
  },
  {
    name: 'order: an expired one holds back the next until reap has made it dead',
    async run(scene) {
      const [head, next] = await two(scene, { expiresAt: NOW + 5 })
      same(await scene.claim({ now: NOW + 5 }), [], 'it is pending still, and first')
      const dead = await scene.store.reap(NOW + 5, 10)
      same([dead[0]?.id, dead[0]?.reason], [head, 'expired'], 'reap makes it dead')
      await freed(scene, next, 'then the next is free', NOW + 5)
    },
  },
  {
    name: 'order: a dead one that blocks holds back the next until it expires',
    async run(scene) {
      const [, next] = await two(scene, { blocks: true })
      await scene.settle(await scene.claimOne(), { reason: 'rejected' })
      same(await scene.claim({ now: NOW + DAY - 1 }), [], 'it blocks until its end')
      await freed(scene, next, 'at expiresAt the next is free', NOW + DAY)
    },
  },
  {
    name: 'order: one that is dead on arrival and blocks holds back the next',
    async run(scene) {
      const [, next] = await two(scene, { blocks: true, dead: 'loop' })
      same(await scene.claim(), [], 'it blocks')
      await freed(scene, next, 'until its end', NOW + DAY)
    },
  },
  {
    name: 'order: one that expired while it blocks frees the next at once',
    async run(scene) {
      const [, next] = await two(scene, { blocks: true, expiresAt: NOW + 5 })
      await scene.store.reap(NOW + 5, 10)
      await freed(scene, next, 'its end has come already', NOW + 5)
    },
  },
  {
    name: 'order: a blocking one that is replayed goes first, and frees the next when delivered',
    async run(scene) {
      const [head, next] = await two(scene, { blocks: true })
      await scene.settle(await scene.claimOne(), { reason: 'rejected' })
      await scene.replay([head], { now: NOW + 7 })
      const again = await scene.claimOne({ now: NOW + 7, limit: 9 })
      same(again.id, head, 'the replayed one goes first')
      same(await scene.claim({ now: NOW + 2 * DAY - 1 }), [], 'and holds back the next')
      await scene.settle(again)
      await freed(scene, next, 'until it is delivered', NOW + 7)
    },
  },
  {
    name: 'order: a replay blocks again when it dies again, until its new end',
    async run(scene) {
      const [head, next] = await two(scene, { blocks: true })
      await scene.settle(await scene.claimOne(), { reason: 'rejected' })
      await scene.replay([head], { now: NOW, expiresAt: NOW + DAY + 10 })
      await scene.settle(await scene.claimOne(), { reason: 'exhausted' })
      same(await scene.claim({ now: NOW + DAY + 9 }), [], 'it blocks until its new end')
      await freed(scene, next, 'and no longer', NOW + DAY + 10)
    },
  },
  {
    name: 'order: a blocking one that is replayed and cancelled frees the next',
    async run(scene) {
      const [head, next] = await two(scene, { blocks: true })
      await scene.settle(await scene.claimOne(), { reason: 'rejected' })
      await scene.replay([head])
      await scene.cancel([head])
      await freed(scene, next, 'so an operator can let a key go on')
    },
  },
  {
    name: 'order: a replayed older one holds back those that come after it again',
    async run(scene) {
      const rows = scene.rows(3, { orderKey: 'k' })
      await scene.record(...rows)
      const [a, b, c] = rows.map(({ id }) => id)
      await scene.settle(await scene.claimOne(), { reason: 'rejected' })
      const second = await scene.claimOne()
      same(second.id, b, 'the second goes on after a dead one')
      await scene.replay([a ?? ''])
      same((await scene.claimOne({ limit: 9 })).id, a, 'a replayed one may go while a later one is in flight')
      await scene.settle(second, { nextAttemptAt: NOW })
      same(await scene.claim(), [], 'but then the later ones wait')
      await scene.settle(await scene.find(a ?? ''))
      same([await scene.claimIds(), c !== undefined], [[b], true], 'and go on in the order of seq')
    },
  },
  {
    name: 'order: one that expired while it waited, and is replayed when its key is free, goes',
    async run(scene) {
      const [head, late] = [scene.row({ orderKey: 'k' }), scene.row({ orderKey: 'k', expiresAt: NOW + 5 })]
      await scene.record(head, late)
      same((await scene.store.reap(NOW + 5, 10)).length, 1, 'it waits behind the first one, and expires')
      await scene.settle(await scene.claimOne())
      await scene.replay([late.id], { now: NOW + 7 })
      await freed(scene, late.id, 'nothing stands before it any more', NOW + 7)
    },
  },
  {
    name: 'order: a replayed older one goes before one that is due already',
    async run(scene) {
      const [head, next] = await two(scene)
      await scene.settle(await scene.claimOne(), { reason: 'rejected' })
      await scene.replay([head])
      const first = await scene.claimOne({ limit: 9 })
      same(first.id, head, 'the order is that of seq')
      same(await scene.claim(), [], 'and the next one waits again')
      await scene.settle(first)
      await freed(scene, next, 'until it is delivered')
    },
  },
  {
    name: 'order: purging a dead one that blocks frees the next',
    async run(scene) {
      const [, next] = await two(scene, { blocks: true })
      await scene.settle(await scene.claimOne(), { reason: 'rejected' })
      same(await scene.store.purge({ done: 0, dead: NOW + 1 }, 10), 1, 'the dead one is purged')
      await freed(scene, next, 'nothing is left that could block')
    },
  },
]
