/** The store that keeps deliveries in an SQLite database: one file, durable, for the processes of one machine. */
import {
  type ActResult,
  type Claim,
  type ClaimedDelivery,
  type DeliveryRecord,
  type ListQuery,
  MOST_GENERATIONS,
  type NewDelivery,
  type OperatorAct,
  type OutboxStore,
  type Recorded,
  type Replay,
  type Settlement,
  type TargetStats,
} from '../store.js'
import { checkDeliveries, checkSettlements } from './fit.js'
import { recordById } from './record-by-id.js'
import { claimedOf, recordOf, type SqliteDatabase, type SqliteRow } from './sqlite-driver.js'
import { type Connection, SqliteHandle } from './sqlite-handle.js'
import type { SqliteOptions } from './sqlite-schema.js'
import type { SqliteStatements } from './sqlite-statements.js'
import { insertValues, knownRow, rowsOf, statsOf } from './sqlite-values.js'

/**
 * A store in your own SQLite database, beside your own tables (its own begin with `guise_outbox_`).
 *
 * `open()` sets WAL, `synchronous = full` and the busy timeout on the handle. Each method is one transaction, and is
 * done at once: no two calls on a handle ever mix. Open a transaction of your own by `outbox.transaction(...)`: the
 * worker waits for its end. One that you begin by yourself must have no other `await` than those of `within(db)` between
 * its `begin` and its `commit`.
 *
 * @param db an open database of node:sqlite, better-sqlite3, libsql, or anything with their `exec` and `prepare`. It is
 *   never closed by the store.
 * @param options how long to wait for a lock, whether to make the tables, whether to look for damage.
 * @returns the store; its transactions are `db` itself. It rejects with StoreError, which names the operation and the
 *   code of SQLite; then nothing was changed. After SQLITE_IOERR, SQLITE_CORRUPT or SQLITE_NOTADB it refuses all work.
 *
 * @example
 * const db = new DatabaseSync('shop.db')
 * const outbox = createOutbox({ store: sqliteStore(db) })
 */
export function sqliteStore<Db extends SqliteDatabase>(db: Db, options: SqliteOptions = {}): OutboxStore<Db> {
  return new SqliteStore<Db>({ connect: () => db, disconnect: () => {} }, options)
}

export class SqliteStore<Db extends SqliteDatabase> implements OutboxStore<Db> {
  readonly #handle: SqliteHandle<Db>

  constructor(connection: Connection<Db>, options: SqliteOptions) {
    this.#handle = new SqliteHandle(connection, options)
  }

  open(): Promise<void> {
    return this.#handle.open()
  }

  close(): Promise<void> {
    return this.#handle.close()
  }

  transaction<T>(run: (tx: Db) => Promise<T>): Promise<T> {
    return this.#handle.transaction(run)
  }

  async record(deliveries: readonly NewDelivery[], tx?: Db): Promise<Recorded[]> {
    const work = (sql: SqliteStatements) => {
      checkDeliveries(deliveries)
      return recordById(
        deliveries,
        id => rowsOf(sql.known.all(id)).map(knownRow),
        delivery => Number(rowsOf(sql.insert.all(...insertValues(delivery)))[0]?.seq),
      )
    }
    return tx === undefined ? this.#handle.write('record', work) : this.#handle.within('record', tx, work)
  }

  async claim({ owner, now, targets }: Claim): Promise<ClaimedDelivery[]> {
    return this.#handle.write('claim', sql =>
      targets.flatMap(({ target, limit, leaseUntil }) =>
        rowsOf(sql.claim.all(now, owner, leaseUntil, target, now, now, target, now, limit))
          .map(claimedOf)
          .sort((one, other) => one.nextAttemptAt - other.nextAttemptAt || one.seq - other.seq),
      ),
    )
  }

  async settle(settlements: readonly Settlement[]): Promise<boolean[]> {
    return this.#handle.write('settle', sql => {
      checkSettlements(settlements)
      return settlements.map(
        ({ seq, fence, now, state, reason, nextAttemptAt, refund, status, error, receipt }) => {
          const delivered = state === 'delivered' ? now : null
          const ended = state === 'pending' ? null : now
          const back = refund ? 1 : 0
          const said = [status, error, error === null ? null : now, receipt] as const
          const written = sql.settle.all(
            state,
            reason,
            nextAttemptAt,
            delivered,
            ended,
            back,
            back,
            ...said,
            seq,
            fence,
          )
          return written.length === 1
        },
      )
    })
  }

  async reap(now: number, limit: number): Promise<DeliveryRecord[]> {
    return this.#handle.write('reap', sql => {
      const rows = rowsOf(sql.leasesOver.all(now, limit))
      rows.push(...rowsOf(sql.spent.all(limit - rows.length)))
      rows.push(...rowsOf(sql.expired.all(now, limit - rows.length)))
      return rows
        .flatMap(({ seq }) => rowsOf(sql.reap.all(now, now, now, now, Number(seq))))
        .map(recordOf)
        .filter(({ state }) => state === 'dead')
    })
  }

  async find(id: string): Promise<DeliveryRecord[]> {
    return this.#handle.read('find', sql => rowsOf(sql.find.all(id)).map(recordOf))
  }

  async list({ state, target, after = 0, limit }: ListQuery): Promise<DeliveryRecord[]> {
    return this.#handle.read('list', sql => {
      const rows =
        target === undefined
          ? sql.list.all(state, after, limit)
          : sql.listTarget.all(state, target, after, limit)
      return rowsOf(rows).map(recordOf)
    })
  }

  async stats(): Promise<TargetStats[]> {
    return this.#handle.read('stats', sql => statsOf(rowsOf(sql.stats.all()), rowsOf(sql.paused.all())))
  }

  async replay(replay: Replay): Promise<ActResult[]> {
    return this.#act('replay', replay, (sql, { seq, state, generation }) => {
      if (state !== 'dead') return 'unfit'
      if (Number(generation) >= MOST_GENERATIONS) return 'used-up'
      sql.replay.run(replay.now, replay.expiresAt, Number(seq))
      return 'done'
    })
  }

  async cancel(act: OperatorAct): Promise<ActResult[]> {
    return this.#act('cancel', act, (sql, { seq, state }) => {
      if (state !== 'pending') return 'unfit'
      sql.cancel.run(act.now, Number(seq))
      return 'done'
    })
  }

  async pause(target: string, act: Pick<OperatorAct, 'actor' | 'reason' | 'now'>): Promise<void> {
    await this.#handle.write('pause', sql => {
      sql.pause.run(target, act.actor, act.reason, act.now)
      sql.act.run(act.now, 'pause', null, target, act.actor, act.reason)
    })
  }

  async resume(target: string, act: Pick<OperatorAct, 'actor' | 'reason' | 'now'>): Promise<void> {
    await this.#handle.write('resume', sql => {
      sql.resume.run(target)
      sql.act.run(act.now, 'resume', null, target, act.actor, act.reason)
    })
  }

  async purge(before: { readonly done: number; readonly dead: number }, limit: number): Promise<number> {
    return this.#handle.write('purge', sql => {
      let count = 0
      for (const state of ['delivered', 'cancelled', 'dead'] as const)
        count += sql.purge.all(state, state === 'dead' ? before.dead : before.done, limit - count).length
      return count
    })
  }

  async #act(
    name: 'replay' | 'cancel',
    { ids, target, actor, reason, now }: OperatorAct,
    act: (sql: SqliteStatements, row: SqliteRow) => ActResult['outcome'],
  ): Promise<ActResult[]> {
    return this.#handle.write(name, sql => {
      sql.act.run(now, name, JSON.stringify(ids), target ?? null, actor, reason)
      return [...new Set(ids)].flatMap(id =>
        rowsOf(sql.acted.all(id))
          .filter(row => target === undefined || row.target === target)
          .map(row => ({ id, target: String(row.target), outcome: act(sql, row) })),
      )
    })
  }
}
