// pg-boss on the same PostgreSQL: `send`, and a worker that POSTs each job by undici.
import PgBoss from 'pg-boss'
import { Agent } from 'undici'
import { postTo } from './post.js'
import { openPool, postgres } from './services.js'
import { CLIENTS, CONCURRENCY, event } from './work.js'

const QUEUE = 'events'
/** Jobs of a fetch. The worker of `work()` rests for the half second that is its least, unless a batch takes longer. */
const BATCH = 500
const BY_HAND_BATCH = 50

export async function open({ url, schema, transaction, byHand }) {
  const boss = new PgBoss({ ...postgres, schema: `${schema}_boss`, max: CLIENTS, schedule: false })
  boss.on('error', error => console.error(error))
  await boss.start()
  const dispatcher = new Agent({ connections: 64 })
  const post = postTo(url, dispatcher)
  const pool = transaction ? await openPool() : undefined
  let stopping = false
  let loop

  const inTransaction = async () => {
    const client = await pool.connect()
    const db = { executeSql: (text, values) => client.query(text, values) }
    try {
      await client.query('begin')
      await client.query(`insert into "${schema}_boss".own (body) values ($1)`, [event])
      await boss.send(QUEUE, event, { db })
      await client.query('commit')
    } finally {
      client.release()
    }
  }
  /** As many at a time as guise has. What fails would fail the whole batch; here nothing does. */
  const postAll = async jobs => {
    const left = jobs.values()
    const one = async () => {
      for (const { id, data } of left) await post(id, JSON.stringify(data))
    }
    await Promise.all(Array.from({ length: CONCURRENCY }, one))
  }
  const fetchAndComplete = async () => {
    while (!stopping) {
      const jobs = await boss.fetch(QUEUE, { batchSize: BY_HAND_BATCH })
      if (jobs.length === 0) {
        await new Promise(resolve => setTimeout(resolve, 250))
        continue
      }
      await postAll(jobs)
      await boss.complete(
        QUEUE,
        jobs.map(({ id }) => id),
      )
    }
  }
  return {
    async make() {
      await boss.createQueue(QUEUE)
      if (transaction) await pool.query(`create table if not exists "${schema}_boss".own (body jsonb)`)
    },
    enqueue: transaction ? inTransaction : () => boss.send(QUEUE, event),
    async fill(count) {
      for (let left = count; left > 0; left -= 1000)
        await boss.insert(Array.from({ length: Math.min(left, 1000) }, () => ({ name: QUEUE, data: event })))
    },
    clear: () => boss.clearStorage(),
    async prepare() {
      stopping = false
    },
    async start() {
      if (byHand) loop = fetchAndComplete()
      else await boss.work(QUEUE, { batchSize: BATCH, pollingIntervalSeconds: 0.5 }, postAll)
    },
    unsettled: () => boss.getQueueSize(QUEUE, { before: 'completed' }),
    async stop() {
      stopping = true
      if (byHand) await loop
      else await boss.offWork(QUEUE)
    },
    async close() {
      await boss.stop({ graceful: false })
      await pool?.end()
      await dispatcher.close()
    },
  }
}
