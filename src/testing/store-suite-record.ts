/** Rules of `record`: all or nothing of an id, duplicates, conflicts, transactions. */
import {
  asRecorded,
  DAY,
  ids,
  NOW,
  outcomes,
  type Rule,
  rejects,
  same,
  settlement,
} from './store-suite-kit.js'

export const recordRules: readonly Rule[] = [
  {
    name: 'record: a delivery is there as it was recorded, pending and with nothing counted',
    async run(scene) {
      const row = scene.row({ orderKey: 'post-7', hops: 2, nextAttemptAt: NOW + 5, maxAttempts: 7 })
      const recorded = await scene.store.record([row])
      const seq = recorded[0]?.seq ?? Number.NaN
      same(
        recorded,
        [{ id: row.id, target: row.target, outcome: 'recorded', seq }],
        'record tells what it did',
      )
      same(await scene.store.find(row.id), [asRecorded(row, seq)], 'find gives the row as recorded')
    },
  },
  {
    name: 'record: nothing is recorded for an empty list',
    async run(scene) {
      same(await scene.store.record([]), [], 'no rows, no results')
    },
  },
  {
    name: 'record: results are in the order of the rows, and seq rises within one target and order key',
    async run(scene) {
      const rows = ['b', 'a', 'b', 'c', 'b'].map(target => scene.row({ target, orderKey: 'k' }))
      const recorded = await scene.store.record(rows)
      same(ids(recorded), ids(rows), 'results are in the order of the rows')
      const seqs = recorded.filter(({ target }) => target === 'b').map(({ seq }) => seq ?? Number.NaN)
      const later = await scene.record(scene.row({ target: 'b', orderKey: 'k' }))
      const all = [...seqs, ...later]
      same(
        all,
        [...new Set(all)].sort((a, b) => a - b),
        'seq rises in the order of recording',
      )
    },
  },
  {
    name: 'record: 1,000 rows in one call are all recorded',
    async run(scene) {
      const rows = scene.rows(1000)
      const seqs = await scene.record(...rows)
      same(new Set(seqs).size, 1000, 'each has a seq of its own')
      same((await scene.store.list({ state: 'pending', limit: 1000 })).length, 1000, 'all are there')
    },
  },
  {
    name: 'record: the same message again is a duplicate and changes nothing, in whatever state the row is',
    async run(scene) {
      const row = scene.row()
      const [seq] = await scene.record(row)
      const duplicate = [{ id: row.id, target: row.target, outcome: 'duplicate', seq }]
      same(await scene.store.record([row]), duplicate, 'a message that is pending is a duplicate')
      const claimed = await scene.claimOne()
      await scene.settle(claimed, { status: 200 })
      const before = await scene.store.find(row.id)
      // What only says when and how often, and not what, makes no other message.
      const again = {
        ...row,
        createdAt: NOW + 5,
        nextAttemptAt: NOW + 5,
        expiresAt: NOW + DAY + 5,
        maxAttempts: 2,
      }
      same(await scene.store.record([again]), duplicate, 'a message that is delivered is a duplicate')
      same(await scene.store.find(row.id), before, 'a duplicate changes nothing')
    },
  },
  {
    name: 'record: the same message twice in one call is recorded once',
    async run(scene) {
      const row = scene.row()
      const recorded = await scene.store.record([row, row])
      same(outcomes(recorded), ['recorded', 'duplicate'], 'the second one is a duplicate')
      same(recorded[0]?.seq, recorded[1]?.seq, 'both tell the seq of the row')
      same((await scene.store.find(row.id)).length, 1, 'there is one row')
    },
  },
  {
    name: 'record: another message under the same id is a conflict and changes nothing',
    async run(scene) {
      const row = scene.row()
      await scene.record(row)
      const before = await scene.store.find(row.id)
      const other = { ...row, fingerprint: 'another', body: new Uint8Array([1]), path: '/other' }
      const conflict = [{ id: row.id, target: row.target, outcome: 'conflict', seq: null }]
      same(await scene.store.record([other]), conflict, 'another fingerprint under the same id is a conflict')
      same(await scene.store.find(row.id), before, 'a conflict changes nothing')
    },
  },
  {
    name: 'record: a conflict in one of three targets records nothing of that id, and leaves other ids alone',
    async run(scene) {
      const first = scene.row({ target: 'b' })
      await scene.record(first)
      const three = ['a', 'b', 'c'].map(target => ({ ...first, target, fingerprint: 'another' }))
      const [before, after] = scene.rows(2, { target: 'a' })
      const recorded = await scene.store.record([before, ...three, after].filter(row => row !== undefined))
      same(
        recorded.map(({ target, outcome }) => `${target} ${outcome}`),
        ['a recorded', 'a conflict', 'b conflict', 'c conflict', 'a recorded'],
        'all rows of an id with a conflict say so, the others are recorded',
      )
      same(
        (await scene.store.find(first.id)).map(({ target }) => target),
        ['b'],
        'nothing of an id with a conflict is recorded',
      )
      same((await scene.claim({ target: 'a' })).length, 2, 'other ids of the call are recorded')
    },
  },
  {
    name: 'record: two messages of one id and target in one call are a conflict',
    async run(scene) {
      const row = scene.row()
      const recorded = await scene.store.record([row, { ...row, fingerprint: 'another' }])
      same(outcomes(recorded), ['conflict', 'conflict'], 'neither of the two is recorded')
      same(await scene.store.find(row.id), [], 'there is no row')
    },
  },
  {
    name: 'record: a message may get a further target later',
    async run(scene) {
      const row = scene.row({ target: 'a' })
      await scene.record(row)
      const recorded = await scene.store.record([row, { ...row, target: 'b' }])
      same(outcomes(recorded), ['duplicate', 'recorded'], 'the row for the new target is recorded')
      same((await scene.store.find(row.id)).length, 2, 'find gives both')
    },
  },
  {
    name: 'record: a row can be dead on arrival, and is never claimed',
    async run(scene) {
      const row = scene.row({ dead: 'loop' })
      const [seq] = await scene.record(row)
      same(await scene.find(row.id), asRecorded(row, seq ?? Number.NaN), 'it is dead for its reason')
      same(await scene.claim(), [], 'it is never claimed')
    },
  },
  {
    name: 'record: a row that is out of bounds makes the call reject, and nothing of the call is recorded',
    async run(scene) {
      const good = scene.row()
      for (const wrong of [
        { maxAttempts: 26 },
        { maxAttempts: 0 },
        { maxAttempts: -1 },
        { maxAttempts: 1.5 },
        { replayAttempts: 26 },
        { replayAttempts: 0 },
        { hops: -1 },
        { expiresAt: Number.NaN },
        { nextAttemptAt: Number.POSITIVE_INFINITY },
      ])
        await rejects(
          scene.store.record([good, scene.row(wrong)]),
          `record rejects a row with ${JSON.stringify(wrong)}`,
        )
      same(await scene.store.find(good.id), [], 'nothing of a call that rejects is recorded')
    },
  },
  {
    name: 'record: seq is never used twice, also after the last row was purged',
    async run(scene) {
      const [first = Number.NaN] = await scene.record(scene.row())
      await scene.settle(await scene.claimOne())
      same(await scene.store.purge({ done: NOW + 1, dead: NOW + 1 }, 10), 1, 'the only row is purged')
      const [second = Number.NaN] = await scene.record(scene.row())
      same(second > first, true, `the seq after ${first} is higher, also if that row is gone (${second})`)
    },
  },
  {
    name: 'record: of many callers with the same message at once, one records it',
    needs: 'again',
    async run(scene) {
      const other = await scene.again()
      const row = scene.row()
      const three = ['a', 'b', 'c'].map(target => ({ ...row, target }))
      const results = await Promise.all(
        Array.from({ length: 8 }, (_, n) => (n % 2 === 0 ? scene.store : other).record(three)),
      )
      const all = results.map(outcomes).map(String).sort()
      const once = [...Array(7).fill('duplicate,duplicate,duplicate'), 'recorded,recorded,recorded']
      same(all, once, 'one call records all three targets, the others find them there')
      same((await other.find(row.id)).length, 3, 'there is one row for each target')
    },
  },
  {
    name: 'record: in a transaction that is committed, the rows are there afterwards',
    needs: 'transaction',
    async run(scene) {
      const row = scene.row()
      await scene.transaction(async tx => {
        same(outcomes(await scene.store.record([row], tx)), ['recorded'], 'it is recorded in the transaction')
      })
      same((await scene.claimOne()).id, row.id, 'it is there once the transaction is committed')
    },
  },
  {
    name: 'record: in a transaction that is rolled back, the rows were never there',
    needs: 'transaction',
    async run(scene) {
      const [lost, kept] = [scene.row(), scene.row()]
      await scene.record(kept)
      await rejects(
        scene.transaction(async tx => {
          await scene.store.record([lost], tx)
          throw new Error('rolled back')
        }),
        'the transaction rejects with the error of its function',
      )
      same(await scene.store.find(lost.id), [], 'what was recorded in it is gone')
      same(await scene.claimIds(), [kept.id], 'and is not claimed')
      same(outcomes(await scene.store.record([lost])), ['recorded'], 'and can be recorded again')
    },
  },
  {
    name: 'record: a conflict or a row out of bounds leaves the transaction usable',
    needs: 'transaction',
    async run(scene) {
      const [there, good, after] = scene.rows(3)
      if (there === undefined || good === undefined || after === undefined) return
      await scene.record(there)
      await scene.transaction(async tx => {
        const recorded = await scene.store.record([{ ...there, fingerprint: 'another' }, good], tx)
        same(outcomes(recorded), ['conflict', 'recorded'], 'a conflict undoes only its own id')
        await rejects(scene.store.record([scene.row({ maxAttempts: 26 })], tx), 'a row out of bounds rejects')
        same(outcomes(await scene.store.record([after], tx)), ['recorded'], 'the transaction can go on')
      })
      const claimed = await scene.claim()
      same(ids(claimed).sort(), ids([there, good, after]).sort(), 'all but the conflict is there')
      same((await scene.store.settle(claimed.map(row => settlement(row)))).length, 3, 'and can be settled')
    },
  },
]
