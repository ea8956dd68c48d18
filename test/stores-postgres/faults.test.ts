/** O5: connections that break in the middle, a pool with no client left, tables of another version. */
import { inspect } from 'node:util'
import { StoreError } from 'guise/outbox'
import type { Pool } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { postgresStore } from '../../src/outbox/stores/postgres.js'
import {
  claimOf,
  cutOff,
  cutOffWaiting,
  delivered,
  describeWithPostgres,
  dropSchema,
  freshSchema,
  makeStore,
  NOW,
  poolOf,
  row,
  watched,
} from './support.js'

async function made() {
  const subject = await makeStore()
  onTestFinished(subject.dispose)
  /** The same tables through a pool that cuts the client off before a statement, once. */
  const cutBefore = (statement: RegExp) => {
    let cuts = 0
    const released: unknown[] = []
    const pool = watched(
      subject.pool,
      async (text, client) => {
        if (cuts === 0 && statement.test(text.trim())) {
          cuts++
          await cutOff(subject.pool, client)
        }
      },
      error => void released.push(error),
    )
    return { store: postgresStore(pool, { schema: subject.schema }), cuts: () => cuts, released }
  }
  return { ...subject, cutBefore }
}

/** The error of a call, which must be a StoreError that names its SQLSTATE or says that there is no connection. */
async function failureOf(call: Promise<unknown>): Promise<StoreError> {
  const error = await call.then(
    () => undefined,
    (failure: unknown) => failure,
  )
  expect(error).toBeInstanceOf(StoreError)
  return error as StoreError
}

/** Runs while another transaction holds what the statement locks; resolves when that one has ended. */
async function whileHeld<T>(pool: Pool, lock: string, run: () => Promise<T>): Promise<T> {
  const holder = await pool.connect()
  await holder.query('begin')
  await holder.query(lock)
  try {
    return await run()
  } finally {
    await holder.query('rollback')
    holder.release()
  }
}

describeWithPostgres('postgresStore and connections that break', () => {
  test('in a claim: nothing was claimed, and the next claim takes all', async () => {
    const { store, pool, schema } = await made()
    const rows = [row(), row()]
    await store.record(rows)
    const lock = `lock table "${schema}".outbox_deliveries in access exclusive mode`
    const error = await whileHeld(pool, lock, async () => {
      const failing = failureOf(store.claim(claimOf()))
      await cutOffWaiting(pool, schema)
      return failing
    })
    expect(error.message).toContain('57P01')
    const claimed = await store.claim(claimOf())
    expect(claimed.map(({ id, attempts }) => [id, attempts])).toEqual(rows.map(({ id }) => [id, 1]))
  })

  test('in a record: nothing was recorded; the same call again records it', async () => {
    const { store, pool, schema } = await made()
    const rows = [row({ orderKey: 'k' }), row()]
    const lock = `lock table "${schema}".outbox_deliveries in share mode`
    await whileHeld(pool, lock, async () => {
      const failing = failureOf(store.record(rows))
      await cutOffWaiting(pool, schema)
      return failing
    })
    expect(await store.list({ state: 'pending', limit: 10 })).toEqual([])
    expect((await store.record(rows)).map(({ outcome }) => outcome)).toEqual(['recorded', 'recorded'])
  })

  test('in a settle: the row is in flight as before, and is settled by the same call again', async () => {
    const { store, pool, schema } = await made()
    await store.record([row()])
    const [claimed] = await store.claim(claimOf())
    if (claimed === undefined) throw new Error('nothing claimed')
    const lock = `select from "${schema}".outbox_deliveries for update`
    await whileHeld(pool, lock, async () => {
      const failing = failureOf(store.settle([delivered(claimed)]))
      await cutOffWaiting(pool, schema)
      return failing
    })
    expect((await store.find(claimed.id))[0]?.state).toBe('in-flight')
    expect(await store.settle([delivered(claimed)])).toEqual([true])
  })

  test.each([
    ['before the rows', /^with given/],
    ['before the commit', /^commit/],
  ])('between two statements of a record, %s: nothing is there, and the pool goes on', async (_, at) => {
    const { store, cutBefore, pool } = await made()
    const cut = cutBefore(at)
    const both = [row({ orderKey: 'k' }), row({ orderKey: 'k' })]
    await failureOf(cut.store.record(both))
    expect(cut.cuts()).toBe(1)
    // With its error, so that the pool drops it.
    expect(cut.released).toEqual([expect.any(Error)])
    expect(await store.list({ state: 'pending', limit: 10 })).toEqual([])
    expect((await cut.store.record(both)).map(({ outcome }) => outcome)).toEqual(['recorded', 'recorded'])
    // A broken client that went back to the pool would be lent again.
    expect([pool.totalCount, pool.waitingCount]).toEqual([pool.idleCount, 0])
    for (let use = 0; use < 8; use++) expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  })

  test('between settling a row of an order key and freeing the next: both or neither', async () => {
    const { store, cutBefore } = await made()
    const rows = Array.from({ length: 150 }, () => row({ orderKey: 'k' }))
    await store.record(rows)
    const [head] = await store.claim(claimOf())
    if (head === undefined) throw new Error('nothing claimed')
    // More than a hundred wait, so that they have been set aside.
    const cut = cutBefore(/^update .* set behind = null/)
    await store.close()
    await failureOf(cut.store.settle([delivered(head)]))
    expect(cut.cuts()).toBe(1)
    expect(await cut.store.claim(claimOf())).toEqual([])
    expect(await cut.store.settle([delivered(head)])).toEqual([true])
    expect((await cut.store.claim(claimOf())).map(({ id }) => id)).toEqual([rows[1]?.id])
  })

  test('after the commit, its answer lost: what was recorded is there and found again, and a lease ends', async () => {
    const { store, pool, schema } = await made()
    let answers = 0
    let deaf = false
    const sender = postgresStore(
      {
        connect: () => pool.connect(),
        query: async (text, values) => {
          const answer = await pool.query(text, values)
          if (!deaf) return answer
          answers++
          throw new Error('Connection terminated unexpectedly')
        },
      },
      { schema },
    )
    await sender.open()
    deaf = true
    const message = row()
    const error = await failureOf(sender.record([message]))
    expect(error.message).toContain('whether it was done is unknown')
    expect(await store.record([message])).toMatchObject([{ outcome: 'duplicate' }])
    await failureOf(sender.claim(claimOf()))
    expect(answers).toBe(2)
    expect(await store.claim(claimOf())).toEqual([])
    expect(await store.reap(NOW + 60_000, 10)).toEqual([])
    expect(await store.claim(claimOf(1, NOW + 60_000))).toMatchObject([{ id: message.id, attempts: 2 }])
  })

  test('no server: every call rejects and says so, and tells nothing of the connection string', async () => {
    const secret = 'p4ss-w0rd-of-the-pool'
    const pool = poolOf({ port: 1, password: secret, user: 'secret-user' })
    onTestFinished(() => pool.end())
    const store = postgresStore(pool)
    for (const call of [
      () => store.open(),
      () => store.record([row()]),
      () => store.claim(claimOf()),
      () => store.settle([delivered({ seq: 1, fence: 1 })]),
      () => store.reap(NOW, 1),
      () => store.stats(),
    ]) {
      const error = await failureOf(call())
      expect(error.message).toMatch(/^PostgreSQL could not .* \(ECONNREFUSED\): /)
      expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/p4ss|secret-user/)
    }
  })

  test('a pool with no client left rejects in the time of the pool, and works again afterwards', async () => {
    const { schema } = await made()
    const pool = poolOf({ max: 1, connectionTimeoutMillis: 50 })
    onTestFinished(() => pool.end())
    const store = postgresStore(pool, { schema })
    await store.open()
    const taken = await pool.connect()
    for (const call of [
      store.record([row()]),
      store.claim(claimOf()),
      store.settle([delivered({ seq: 1, fence: 1 })]),
    ])
      expect((await failureOf(call)).message).toContain('no connection')
    taken.release()
    expect(await store.record([row()])).toMatchObject([{ outcome: 'recorded' }])
  })

  test('what the server says of a row does not get into the error', async () => {
    const { store, pool, schema } = await made()
    await pool.query(`alter table "${schema}".outbox_deliveries add constraint no_x check (path <> '/x')`)
    const error = await failureOf(store.record([row({ path: '/x', headers: '["x-token","s3cr3t-value"]' })]))
    expect(error.message).toContain('23514')
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('s3cr3t-value')
    expect(error.cause).toMatchObject({ code: '23514', constraint: 'no_x' })
  })
})

describeWithPostgres('postgresStore and transactions that lose against others', () => {
  /** A pool whose first transactions lose, as the server says it. */
  function losing(pool: Pool, times: number) {
    let lost = 0
    const at = watched(pool, async text => {
      if (/^\s*(with given|insert|update)/.test(text) && lost < times) {
        lost++
        throw Object.assign(new Error('lost'), { code: lost % 2 ? '40001' : '40P01', severity: 'ERROR' })
      }
    })
    return { pool: at, lost: () => lost }
  }

  test.each([
    [3, 'recorded'],
    [4, 'rejected'],
  ])('%i times: %s', async (times, wanted) => {
    const { pool, schema, store } = await made()
    const bad = losing(pool, times)
    const other = postgresStore(bad.pool, { schema })
    const message = row({ orderKey: 'k' })
    const outcome = await other.record([message]).then(
      ([result]) => result?.outcome,
      (error: unknown) =>
        error instanceof StoreError && error.message.includes('40P01') ? 'rejected' : error,
    )
    expect([outcome, bad.lost()]).toEqual([wanted, times])
    expect((await store.find(message.id)).length).toBe(wanted === 'recorded' ? 1 : 0)
  })

  test("inside the caller's transaction it is his to try again: one try, and his transaction goes on", async () => {
    const { pool, schema, store } = await made()
    const bad = losing(pool, 1)
    const client = await bad.pool.connect()
    onTestFinished(() => client.release())
    await client.query('begin')
    await failureOf(postgresStore(bad.pool, { schema }).record([row()], client))
    expect(bad.lost()).toBe(1)
    const [result] = await postgresStore(bad.pool, { schema }).record([row({ id: 'after' })], client)
    await client.query('commit')
    expect([result?.outcome, (await store.find('after')).length]).toEqual(['recorded', 1])
  })
})

describeWithPostgres('postgresStore and its tables', () => {
  test('8 workers open an empty database at once: the tables are made once, and all can use them', async () => {
    const schema = freshSchema()
    const pools = Array.from({ length: 8 }, () => poolOf({ max: 1 }))
    onTestFinished(async () => {
      await Promise.all(pools.map(pool => pool.end()))
      await dropSchema(schema)
    })
    const stores = pools.map(pool => postgresStore(pool, { schema }))
    await Promise.all(stores.map(store => store.open()))
    const results = await Promise.all(stores.map(store => store.record([row()])))
    expect(results.flat().map(({ outcome }) => outcome)).toEqual(Array(8).fill('recorded'))
    const { rows } = await (pools[0] as Pool).query(`select version from "${schema}".outbox_version`)
    expect(rows).toEqual([{ version: 1 }])
  })

  test('made by a newer version: open rejects, says both versions, and changes nothing', async () => {
    const { store, pool, schema } = await made()
    await pool.query(`update "${schema}".outbox_version set version = 99`)
    const error = await failureOf(store.open())
    expect(error.message).toBe(
      `the outbox in schema ${schema} is of version 99, made by a newer guise; this one knows 1: update it`,
    )
    expect((await pool.query(`select version from "${schema}".outbox_version`)).rows).toEqual([
      { version: 99 },
    ])
  })

  test('not opened: the error says what to do', async () => {
    const pool = poolOf()
    onTestFinished(() => pool.end())
    const store = postgresStore(pool, { schema: freshSchema() })
    expect((await failureOf(store.stats())).message).toContain('call open() first')
  })

  test('a user who may not make tables can open what is there', async () => {
    const { schema, pool } = await made()
    await pool.query(`create role "${schema}_user" login in role pg_read_all_data, pg_write_all_data`)
    const limited = poolOf({ user: `${schema}_user` })
    onTestFinished(async () => {
      await limited.end()
      await pool.query(`drop role "${schema}_user"`)
    })
    const store = postgresStore(limited, { schema })
    await store.open()
    expect(await store.record([row()])).toMatchObject([{ outcome: 'recorded' }])
    const nowhere = postgresStore(limited, { schema: freshSchema() })
    expect((await failureOf(nowhere.open())).message).toContain('42501')
  })

  test.each(['', 'a b', 'x"; drop table y; --', 'Ab', '1a', 'a'.repeat(64), 'a.b', 7])(
    'the schema %j is refused',
    schema => {
      expect(() => postgresStore(poolOf(), { schema: schema as string })).toThrow(RangeError)
    },
  )

  test('rows that break an invariant are refused by the table itself', async () => {
    const { store, pool, schema } = await made()
    await store.record([row({ id: 'one', maxAttempts: 2, replayAttempts: 1 })])
    const table = `"${schema}".outbox_deliveries`
    for (const wrong of [
      'attempts = 3',
      'attempts = -1',
      'max_attempts = 26',
      'sends = 6',
      'generation = 4',
      "state = 'lost'",
      "state = 'dead', ended_at = 1",
      "reason = 'gone'",
      "state = 'in-flight'",
      "state = 'delivered'",
    ])
      await expect(pool.query(`update ${table} set ${wrong}`), wrong).rejects.toMatchObject({ code: '23514' })
    await pool.query(`update ${table} set sends = 5`)
  })

  test('every act of an operator is kept: who, what, why, when', async () => {
    const { store, pool, schema } = await made()
    const act = { actor: 'kim', reason: 'a try', now: NOW }
    await store.cancel({ ids: ['a', 'b'], target: 'ads', ...act })
    await store.replay({ ids: ['c'], expiresAt: NOW + 1, ...act })
    await store.pause('ads', act)
    await store.resume('ads', act)
    const { rows } = await pool.query(
      `select kind, ids, target, actor, reason, at::text from "${schema}".outbox_acts order by act`,
    )
    const kept = { actor: 'kim', reason: 'a try', at: String(NOW) }
    expect(rows).toEqual([
      { kind: 'cancel', ids: ['a', 'b'], target: 'ads', ...kept },
      { kind: 'replay', ids: ['c'], target: null, ...kept },
      { kind: 'pause', ids: [], target: 'ads', ...kept },
      { kind: 'resume', ids: [], target: 'ads', ...kept },
    ])
  })
})
