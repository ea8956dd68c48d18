/** A sender that is killed at each moment of a delivery: at most one more request, each counted, done once. */
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { deduplicate, memoryDedupe } from 'guise/receiver'
import { afterAll, describe, expect, type TestContext, test } from 'vitest'
import type { SqliteDatabase } from '../../src/outbox/stores/sqlite-driver.js'
import { MAX_ATTEMPTS, NOW } from './children/declared.js'
import { sendingOf } from './children/sending.js'
import { compileChild } from './children/start.js'

const children = await compileChild('sender')
afterAll(() => children.clear())

const Database = createRequire(import.meta.url)('libsql') as new (
  file: string,
) => SqliteDatabase & { close(): void }
/** Longer than any lease. */
const LATER = 60_000
const never = new Promise<never>(() => {})

/** A service that outlives its senders, and can keep the first one waiting for an answer. */
async function serve(moment: string, { onTestFinished }: Pick<TestContext, 'onTestFinished'>) {
  const arrivals: number[] = []
  const effects: string[] = []
  const receipts: string[] = []
  const dedupe = deduplicate({ store: memoryDedupe() })
  let reached = () => {}
  const held = new Promise<void>(resolve => {
    reached = resolve
  })
  const hold = () => {
    reached()
    return never
  }
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    arrivals.push(JSON.parse(body.toString()).number)
    if (moment === 'sent' && arrivals.length === 1) await hold()
    const { method = '', url: path = '', headers } = request
    const given = await dedupe.receive({ method, path, headers, body }, async notification => {
      effects.push(notification?.id ?? '')
      return { status: 201, headers: {} }
    })
    if (moment === 'stored' && arrivals.length === 1) await hold()
    receipts.push(String(given.headers['notify-receipt']).replace(/.*state=/, ''))
    response.writeHead(given.status, given.headers as Record<string, string>).end(given.body)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, arrivals, effects, receipts, held }
}

/** Two messages of one order key in a file; processes that send them and stop; and one that goes to the end. */
async function scene(moment: string, context: Pick<TestContext, 'onTestFinished'>) {
  const service = await serve(moment, context)
  const file = join(children.directory, `${crypto.randomUUID()}.db`)
  const at = (now: number) => {
    const db = new Database(file)
    const sending = sendingOf({ db, url: service.url, now })
    context.onTestFinished(async () => {
      await sending.outbox.close()
      db.close()
    })
    return sending
  }
  const first = at(NOW)
  await first.events.happened({ number: 1 }, 'one')
  await first.events.happened({ number: 2 }, 'two')
  return {
    ...service,
    outbox: first.outbox,
    /** A process sends until its moment, and is killed there. */
    async crash(now = NOW) {
      const child = children.start({ file, url: service.url, now, moment })
      await Promise.race([child.heard(), service.held.then(() => undefined)])
      await child.kill()
    },
    /** A new process, when all leases have run out. */
    async recover(now = NOW + LATER) {
      const { outbox } = at(now)
      await outbox.drain()
      return [...(await outbox.find('one')), ...(await outbox.find('two'))]
    },
  }
}

describe.concurrent('a sender killed', { timeout: 60_000 }, () => {
  test.for([
    { moment: 'claimed', before: [], after: [1, 2], receipt: 'processed' },
    { moment: 'sent', before: [1], after: [1, 1, 2], receipt: 'processed' },
    { moment: 'stored', before: [1], after: [1, 1, 2], receipt: 'replayed' },
    { moment: 'answered', before: [1], after: [1, 1, 2], receipt: 'replayed' },
  ])(
    'when it has $moment: one attempt more, which is counted',
    async ({ moment, before, after, receipt }, context) => {
      const { arrivals, effects, receipts, outbox, crash, recover } = await scene(moment, context)
      await crash()
      const [counted] = await outbox.find('one')
      expect(counted).toMatchObject({ state: 'in-flight', attempts: 1, sends: 1, leaseUntil: NOW + 15_000 })
      // While its lease lasts nobody else sends it, nor what comes after it.
      await outbox.drain()
      expect(arrivals).toEqual(before)

      const [one, two] = await recover()
      expect(arrivals).toEqual(after)
      expect(effects).toEqual(['one', 'two'])
      expect(one).toMatchObject({ state: 'delivered', attempts: 2, sends: 2, fence: 2 })
      expect(one?.receipt).toContain(`state=${receipt}`)
      expect(two).toMatchObject({ state: 'delivered', attempts: 1, sends: 1, fence: 1 })
      expect(receipts.at(-1)).toBe('processed')
    },
  )

  test('when it has settled: nothing is sent again', async context => {
    const { arrivals, effects, outbox, crash, recover } = await scene('settled', context)
    await crash()
    expect(await outbox.find('one')).toMatchObject([{ state: 'delivered', sends: 1 }])
    expect(await recover()).toMatchObject([
      { state: 'delivered', sends: 1 },
      { state: 'delivered', sends: 1 },
    ])
    expect([arrivals, effects]).toEqual([
      [1, 2],
      ['one', 'two'],
    ])
  })

  test('each time it has the answer: as often as it may be sent, and then never again', async context => {
    const { arrivals, effects, crash, recover } = await scene('answered', context)
    for (let life = 0; life < MAX_ATTEMPTS; life++) await crash(NOW + life * LATER)
    const dead = { state: 'dead', reason: 'exhausted', attempts: MAX_ATTEMPTS, sends: MAX_ATTEMPTS }
    expect(await recover(NOW + MAX_ATTEMPTS * LATER)).toMatchObject([dead, { state: 'delivered', sends: 1 }])
    await recover(NOW + 20 * 3_600_000)
    expect(arrivals).toEqual([1, 1, 1, 2])
    expect(effects).toEqual(['one', 'two'])
  })
})
