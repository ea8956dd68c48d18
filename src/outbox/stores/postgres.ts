/** The outbox in PostgreSQL: many workers on many machines, and recording inside the caller's own transaction. */
import { StoreError } from '../../errors/outbox-errors.js'
import type {
  ActResult,
  Claim,
  ClaimedDelivery,
  DeliveryRecord,
  ListQuery,
  NewDelivery,
  OperatorAct,
  OutboxStore,
  Recorded,
  Replay,
  Settlement,
  TargetStats,
} from '../store.js'
import { checkDeliveries, checkSettlements } from './fit.js'
import { Link, nested, type PostgresClient, type PostgresPool } from './postgres-link.js'
import { recordIn, recordOne } from './postgres-record.js'
import {
  type ClaimedRow,
  claimedOf,
  columns,
  type MeantRow,
  outcomeOf,
  type RecordRow,
  recordOf,
  type StatsRow,
  settlementColumns,
  statsOf,
} from './postgres-rows.js'
import { migrate, type Tables, tablesOf } from './postgres-schema.js'
import { ENOUGH_TO_SET_ASIDE, statementsOf } from './postgres-statements.js'

export type { PostgresClient, PostgresPool, PostgresPoolClient } from './postgres-link.js'

export interface PostgresStoreOptions {
  /** Where its tables are; made if it is not there. 1 to 63 of a-z, 0-9 and `_`. Default: `guise`. */
  readonly schema?: string
  /** Whether to make the tables if they are not there. Default: true. */
  readonly create?: boolean
}

/** Claims after one that found hardly anything to set aside. */
const REST = 50

type OwnAct = Pick<OperatorAct, 'actor' | 'reason' | 'now'>

/**
 * A store in PostgreSQL 12 or newer, for any number of processes. Hand in the pool that the service has anyway: guise
 * depends on no driver and does not end it.
 *
 * A delivery is recorded in the caller's own transaction where its client is given, and so is there if, and only if, what
 * it tells of is. Deliveries with an order key then make other recorders of the same key wait until that transaction
 * ends: only so is the order of recording the order of commits.
 *
 * Set `connectionTimeoutMillis` on the pool: without it a call waits for a free client for ever.
 *
 * @param pool a `Pool` of `pg`. Each call takes one client for one transaction.
 * @param options `schema`: default `guise`.
 * @throws RangeError if the schema's name cannot be one.
 *
 * @example
 * const pool = new Pool({ connectionString: process.env.DATABASE_URL, connectionTimeoutMillis: 5_000 })
 * const outbox = createOutbox({ store: postgresStore(pool) })
 */
export function postgresStore(
  pool: PostgresPool,
  options: PostgresStoreOptions = {},
): OutboxStore<PostgresClient> {
  return new PostgresStore(pool, tablesOf(options.schema ?? 'guise'), options.create ?? true)
}

class PostgresStore implements OutboxStore<PostgresClient> {
  readonly #link: Link
  readonly #tables: Tables
  readonly #create: boolean
  readonly #sql: ReturnType<typeof statementsOf>
  #closed = false
  /** Claims until it may be worth another try. */
  #asideIn = 0

  constructor(pool: PostgresPool, tables: Tables, create: boolean) {
    this.#create = create
    this.#link = new Link(pool)
    this.#tables = tables
    this.#sql = statementsOf(tables)
  }

  async open(): Promise<void> {
    const link = this.#usable()
    await link.look('open the store')
    await migrate(link, this.#tables, this.#create)
  }

  transaction<T>(run: (tx: PostgresClient) => Promise<T>): Promise<T> {
    return this.#link.once(run)
  }

  async record(deliveries: readonly NewDelivery[], tx?: PostgresClient): Promise<Recorded[]> {
    const link = this.#usable()
    checkDeliveries(deliveries)
    if (deliveries.length === 0) return []
    const what = 'record deliveries'
    const run = (client: PostgresClient) => recordIn(client, deliveries, this.#tables, this.#sql)
    if (tx !== undefined) return nested(tx, what, run)
    const [only] = deliveries
    return deliveries.length === 1 && only?.orderKey === null
      ? link.single(what, client => recordOne(client, deliveries, this.#sql))
      : link.transaction(what, run)
  }

  async claim({ owner, now, targets }: Claim): Promise<ClaimedDelivery[]> {
    const link = this.#usable()
    if (targets.length === 0) return []
    const asked = columns(targets, [t => t.target, t => t.limit, t => t.leaseUntil])
    const most = targets.reduce((sum, { limit }) => sum + limit, 0)
    const { rows } = await link.single('claim deliveries', client =>
      client.query(this.#sql.claim, [now, owner, ...asked, most]),
    )
    const [first] = rows as { passed: string }[]
    if (Number(first?.passed) >= ENOUGH_TO_SET_ASIDE && --this.#asideIn < 0)
      await this.#setAside(now, asked[0] as unknown[])
    return (rows as ClaimedRow[]).filter(({ seq }) => seq !== null).map(claimedOf)
  }

  /**
   * Before the claim resolves: nobody can end what it has taken, so that what waits behind it can be set aside. What was
   * claimed is claimed: that this fails costs time in the next claim, and nothing else.
   */
  async #setAside(now: number, targets: unknown[]): Promise<void> {
    const { rows } = await this.#link
      .transaction('set deliveries aside', client => client.query(this.#sql.setAside, [now, targets]))
      .catch(() => ({ rows: [] }))
    const [{ count } = { count: 0 }] = rows as { count: unknown }[]
    this.#asideIn = Number(count) < ENOUGH_TO_SET_ASIDE ? REST : 0
  }

  async settle(settlements: readonly Settlement[]): Promise<boolean[]> {
    const link = this.#usable()
    checkSettlements(settlements)
    if (settlements.length === 0) return []
    // Of two outcomes of one claim the first one counts.
    const firsts = new Map(
      settlements.toReversed().map(outcome => [`${outcome.seq} ${outcome.fence}`, outcome]),
    )
    const values = settlementColumns([...firsts.values()])
    const changed = await link.transaction('settle deliveries', async client => {
      const rows = (await client.query(this.#sql.settle, values)).rows as { seq: string; frees: boolean }[]
      await this.#unset(
        client,
        rows.filter(row => row.frees).map(row => row.seq),
      )
      return new Set(rows.map(row => Number(row.seq)))
    })
    return settlements.map(
      outcome => firsts.get(`${outcome.seq} ${outcome.fence}`) === outcome && changed.has(outcome.seq),
    )
  }

  /** In a statement of its own, since it has to see what was set aside while the one before waited for a lock. */
  async #unset(client: PostgresClient, ended: readonly unknown[]): Promise<void> {
    if (ended.length > 0) await client.query(this.#sql.unset, [ended])
  }

  async reap(now: number, limit: number): Promise<DeliveryRecord[]> {
    const ended = await this.#usable().transaction('reap deliveries', async client => {
      const rows = (await client.query(this.#sql.reap, [now, limit])).rows as RecordRow[]
      const dead = rows.filter(row => row.state === 'dead')
      await this.#unset(
        client,
        dead.filter(row => row.order_key !== null).map(row => row.seq),
      )
      return dead
    })
    return ended.map(recordOf).sort((a, b) => a.seq - b.seq)
  }

  async find(id: string): Promise<DeliveryRecord[]> {
    return this.#records('find a delivery', this.#sql.find, [id])
  }

  async list({ state, target, after, limit }: ListQuery): Promise<DeliveryRecord[]> {
    return this.#records('list deliveries', this.#sql.list, [state, after ?? 0, target ?? null, limit])
  }

  async #records(what: string, text: string, values: unknown[]): Promise<DeliveryRecord[]> {
    const { rows } = await this.#usable().single(what, client => client.query(text, values))
    return (rows as RecordRow[]).map(recordOf)
  }

  async stats(): Promise<TargetStats[]> {
    const { rows } = await this.#usable().single('count deliveries', client => client.query(this.#sql.stats))
    return (rows as StatsRow[]).map(statsOf)
  }

  async replay(replay: Replay): Promise<ActResult[]> {
    const { now, expiresAt } = replay
    return this.#act('replay', replay, async (client, seqs) => {
      await client.query(this.#sql.replay, [seqs, now, expiresAt])
    })
  }

  async cancel(act: OperatorAct): Promise<ActResult[]> {
    return this.#act('cancel', act, async (client, seqs) => {
      await client.query(this.#sql.cancel, [seqs, act.now])
      await this.#unset(client, seqs)
    })
  }

  #act(
    kind: 'replay' | 'cancel',
    { ids, target, actor, reason, now }: OperatorAct,
    change: (client: PostgresClient, seqs: readonly unknown[]) => Promise<void>,
  ): Promise<ActResult[]> {
    return this.#usable().transaction(`${kind} deliveries`, async client => {
      const meant = (await client.query(this.#sql.meant, [ids, target ?? null])).rows as MeantRow[]
      const rows = meant.sort((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id))
      const results = rows.map(row => ({ id: row.id, target: row.target, outcome: outcomeOf(kind, row) }))
      const seqs = rows.filter((_, index) => results[index]?.outcome === 'done').map(row => row.seq)
      if (seqs.length > 0) await change(client, seqs)
      await client.query(this.#sql.act, [kind, ids, target ?? null, actor, reason, now])
      return results
    })
  }

  async pause(target: string, { actor, reason, now }: OwnAct): Promise<void> {
    await this.#usable().transaction('pause a target', async client => {
      await client.query(this.#sql.pause, [target, actor, reason, now])
      await client.query(this.#sql.act, ['pause', [], target, actor, reason, now])
    })
  }

  async resume(target: string, { actor, reason, now }: OwnAct): Promise<void> {
    await this.#usable().transaction('resume a target', async client => {
      await client.query(this.#sql.resume, [target])
      await client.query(this.#sql.act, ['resume', [], target, actor, reason, now])
    })
  }

  async purge(before: { readonly done: number; readonly dead: number }, limit: number): Promise<number> {
    const values = [before.done, before.dead, limit]
    const { rows } = await this.#usable().single('purge deliveries', client =>
      client.query(this.#sql.purge, values),
    )
    return Number((rows[0] as { count: string } | undefined)?.count ?? 0)
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  #usable(): Link {
    if (this.#closed) throw new StoreError('the store is closed; make another one with postgresStore(pool)')
    return this.#link
  }
}
