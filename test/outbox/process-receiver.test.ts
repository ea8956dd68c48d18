/** A receiver that is killed at each moment of its work: with PostgreSQL the effect is there once, in memory it is not. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createOutbox, memoryStore } from 'guise/outbox'
import { testClock } from 'guise/testing'
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest'
import { describeWithPostgres, dropSchema, freshSchema, poolOf } from '../stores-postgres/support.js'
import { Events, NOW } from './children/declared.js'
import { type ReceiverMoment, receivingOf } from './children/receiving.js'
import { compileChild } from './children/start.js'

const children = await compileChild('receiver')
afterAll(() => children.clear())

/** Sends a message to a receiver that is killed, and then to one that took its place. */
async function scene(
  moment: ReceiverMoment,
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  schema?: string,
) {
  const clock = testClock({ wallNow: NOW })
  const file = join(children.directory, `${crypto.randomUUID()}.txt`)
  writeFileSync(file, '')
  const application = `guise ${crypto.randomUUID()}`
  const child = children.start({ moment, schema, application, file })
  let { url } = (await child.heard()) as { url: string }
  const outbox = createOutbox({ store: memoryStore(), clock })
  onTestFinished(() => outbox.close())
  const events = outbox.client(Events, { url: () => url, circuitBreaker: false })
  const { id } = await events.happened({ number: 1 }, crypto.randomUUID())

  const draining = outbox.drain()
  expect(await child.heard()).toBe('here')
  await child.kill()
  await draining
  const [failed] = await outbox.find(id)
  expect(failed).toMatchObject({ state: 'pending', attempts: 1, lastStatus: null })

  const second = await receivingOf({ file, ...(schema === undefined ? {} : { schema }) })
  onTestFinished(() => second.close())
  url = second.url
  if (schema !== undefined) await gone(application)
  await clock.advance(60_000)
  await outbox.drain()
  const [row] = await outbox.find(id)
  expect(row).toMatchObject({ state: 'delivered', attempts: 2, sends: 2 })
  const ran = readFileSync(file, 'utf8').split('\n').slice(0, -1)
  return { id, ran, receipt: row?.receipt?.replace(/.*state=/, '') }
}

/** Resolves when the server has noticed that the connections of a killed process are over. */
async function gone(application: string): Promise<void> {
  const pool = poolOf()
  try {
    for (let looks = 0; looks < 5_000; looks++) {
      const { rows } = await pool.query('select 1 from pg_stat_activity where application_name = $1', [
        application,
      ])
      if (rows.length === 0) return
    }
  } finally {
    await pool.end()
  }
  throw new Error('PostgreSQL still has the connections of a process that was killed')
}

describeWithPostgres('a receiver with postgresDedupe, killed', () => {
  const schema = freshSchema()
  const pool = poolOf()
  beforeAll(async () => {
    await pool.query(`create schema ${schema}`)
    await pool.query(`create table ${schema}.effects (id text not null)`)
  })
  afterAll(async () => {
    await pool.end()
    await dropSchema(schema)
  })

  test.concurrent.for<[ReceiverMoment, string, string]>([
    ['claimed', 'before the effect', 'processed'],
    ['done', 'after the effect', 'processed'],
    ['handled', 'before the answer is remembered', 'processed'],
    ['remembered', 'before the answer has left', 'replayed'],
  ])(
    'when it has %s, %s: the effect is there once',
    { timeout: 60_000 },
    async ([moment, , receipt], context) => {
      const found = await scene(moment, context, schema)
      expect(found.receipt).toBe(receipt)
      const { rows } = await pool.query(`select id from ${schema}.effects where id = $1`, [found.id])
      expect(rows).toEqual([{ id: found.id }])
    },
  )
})

describe('a receiver with memoryDedupe, killed', () => {
  test.concurrent.for<[ReceiverMoment, number]>([
    ['claimed', 1],
    ['done', 2],
    ['remembered', 2],
  ])(
    'when it has %s: what it did is forgotten, so the handler has done it %i time(s)',
    {
      timeout: 60_000,
    },
    async ([moment, times], context) => {
      const { id, ran, receipt } = await scene(moment, context)
      expect(ran).toEqual(Array.from({ length: times }, () => id))
      expect(receipt).toBe('processed')
    },
  )
})
