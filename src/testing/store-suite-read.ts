/** Rules of what a store tells: find, list, stats; and of closing it. */
import type { OutboxStore } from '../outbox/store.js'
import { ids, NOW, type Rule, rejects, same, settlement } from './store-suite-kit.js'

export const readRules: readonly Rule[] = [
  {
    name: 'find: all deliveries of a message, and none of an unknown one',
    async run(scene) {
      const row = scene.row()
      await scene.record(...['c', 'a', 'b'].map(target => ({ ...row, target })), scene.row())
      const found = await scene.store.find(row.id)
      same(found.map(({ target }) => target).sort(), ['a', 'b', 'c'], 'one for each target')
      same(await scene.store.find('nobody'), [], 'an unknown id')
      same('body' in (found[0] ?? {}), false, 'a record is without its body')
    },
  },
  {
    name: 'list: rows of one state, oldest first, page by page',
    async run(scene) {
      const rows = scene.rows(7)
      await scene.record(...rows)
      const claimed = await scene.claim({ limit: 2 })
      await scene.store.settle(claimed.map(row => settlement(row)))
      const open = rows.map(({ id }) => id).filter(id => !ids(claimed).includes(id))
      const first = await scene.store.list({ state: 'pending', limit: 3 })
      const second = await scene.store.list({ state: 'pending', limit: 3, after: first[2]?.seq })
      same([...ids(first), ...ids(second)], open, 'oldest first, in pages')
      same(second.length, 2, 'the last page may be short')
      same(
        await scene.store.list({ state: 'pending', limit: 3, after: second[1]?.seq }),
        [],
        'after it there is none',
      )
      same(
        ids(await scene.store.list({ state: 'delivered', limit: 1000 })),
        ids(claimed),
        'the others by their state',
      )
      same(await scene.store.list({ state: 'cancelled', limit: 10 }), [], 'a state that no row is in')
      same([first[0]], await scene.store.find(first[0]?.id ?? ''), 'a listed row is as find gives it')
    },
  },
  {
    name: 'list: rows of one target',
    async run(scene) {
      for (let round = 0; round < 3; round++)
        await scene.record(...['a', 'b'].map(target => scene.row({ target })))
      const page = await scene.store.list({ state: 'pending', target: 'b', limit: 2 })
      const rest = await scene.store.list({ state: 'pending', target: 'b', limit: 2, after: page[1]?.seq })
      same(
        [...page, ...rest].map(({ target }) => target),
        ['b', 'b', 'b'],
        'only those of the target',
      )
      same(await scene.store.list({ state: 'pending', target: 'nobody', limit: 2 }), [], 'an unknown target')
    },
  },
  {
    name: 'list: no row is missed or given twice when rows change between pages',
    async run(scene) {
      const rows = scene.rows(9, { dead: 'loop' })
      await scene.record(...rows)
      const seen: string[] = []
      for (let after: number | undefined, page = 0; page < 9; page++) {
        const listed = await scene.store.list({ state: 'dead', limit: 2, after })
        if (listed.length === 0) break
        seen.push(...ids(listed))
        after = listed.at(-1)?.seq
        // What was seen leaves the state, and new ones come: a page by number would skip some now.
        await scene.replay(ids(listed))
        if (page === 0) await scene.record(scene.row({ id: 'late', dead: 'loop' }))
      }
      same(seen, [...rows.map(({ id }) => id), 'late'], 'each row once')
    },
  },
  {
    name: 'stats: how many deliveries of each target are in which state',
    async run(scene) {
      same(await scene.store.stats(), [], 'none of an empty store')
      await scene.record(
        ...scene.rows(6, { target: 'a', createdAt: NOW - 5 }),
        scene.row({ target: 'b', dead: 'loop' }),
      )
      const old = scene.row({ target: 'a', createdAt: NOW - 50, nextAttemptAt: NOW + 5 })
      await scene.record(old)
      const [delivered, dead] = await scene.claim({ target: 'a', limit: 3 })
      await scene.store.settle(delivered === undefined ? [] : [settlement(delivered)])
      await scene.store.settle(dead === undefined ? [] : [settlement(dead, { reason: 'gone' })])
      const [open] = await scene.store.list({ state: 'pending', limit: 1 })
      await scene.cancel([open?.id ?? ''])
      await scene.store.pause('c', { actor: 'kim', reason: 'not there yet', now: NOW })
      const none = {
        pending: 0,
        inFlight: 0,
        delivered: 0,
        dead: 0,
        cancelled: 0,
        oldestPendingAt: null,
        paused: false,
      }
      const a = { pending: 3, inFlight: 1, delivered: 1, dead: 1, cancelled: 1, oldestPendingAt: NOW - 50 }
      const wanted = [
        { ...none, target: 'a', ...a },
        { ...none, target: 'b', dead: 1 },
        { ...none, target: 'c', paused: true },
      ]
      const stats = [...(await scene.store.stats())].sort((x, y) => (x.target < y.target ? -1 : 1))
      same(stats, wanted, 'one for each target that has rows or is paused')
      await scene.cancel([old.id])
      const later = (await scene.store.stats()).find(({ target }) => target === 'a')
      same([later?.pending, later?.oldestPendingAt], [2, NOW - 5], 'the oldest of those that are pending now')
    },
  },
  {
    name: 'open: may be called again',
    async run(scene) {
      await scene.record(scene.row({ id: 'kept' }))
      await scene.store.open()
      same((await scene.find('kept')).state, 'pending', 'nothing is lost')
    },
  },
  {
    name: 'open: many handles may open at once',
    needs: 'again',
    async run(scene) {
      const row = scene.row()
      await scene.record(row)
      const stores = await Promise.all(Array.from({ length: 6 }, () => scene.again()))
      for (const store of stores) same(ids(await store.find(row.id)), [row.id], 'all see the same rows')
    },
  },
  {
    name: 'close: every later call rejects, and closing twice does no harm',
    async run(scene) {
      await scene.record(scene.row({ id: 'kept' }))
      const { store } = scene
      await store.close()
      for (const [name, call] of Object.entries(calls(store)))
        await rejects(
          call().then(value => ({ value })),
          `${name} rejects after close`,
        )
      await store.close()
    },
  },
  {
    name: 'close: leaves other handles open, and the rows where they are',
    needs: 'again',
    async run(scene) {
      const row = scene.row()
      const other = await scene.again()
      await scene.record(row)
      await scene.store.close()
      same(ids(await other.find(row.id)), [row.id], 'the rows are there')
      same(await scene.claimIds({ store: other }), [row.id], 'and another worker claims them')
    },
  },
]

/** Each method with something to do. */
function calls(store: OutboxStore<unknown>): Record<string, () => Promise<unknown>> {
  const act = { ids: ['kept'], actor: 'kim', reason: 'late', now: NOW }
  return {
    record: () => store.record([]),
    claim: () =>
      store.claim({
        owner: 'w1',
        now: NOW,
        targets: [{ target: 'activity', limit: 1, leaseUntil: NOW + 1 }],
      }),
    settle: () => store.settle([settlement({ seq: 1, fence: 1 })]),
    reap: () => store.reap(NOW, 1),
    find: () => store.find('kept'),
    list: () => store.list({ state: 'pending', limit: 1 }),
    stats: () => store.stats(),
    replay: () => store.replay({ ...act, expiresAt: NOW + 1 }),
    cancel: () => store.cancel(act),
    pause: () => store.pause('activity', act),
    resume: () => store.resume('activity', act),
    purge: () => store.purge({ done: NOW, dead: NOW }, 1),
  }
}
