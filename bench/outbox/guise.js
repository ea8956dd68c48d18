// guise's outbox, from the built files, on PostgreSQL or SQLite.

import { Agent } from 'undici'
import { Body, Client, nothing, Post, Responses, remote } from '../../dist/index.js'
import { createOutbox, postgresStore, sqliteStore } from '../../dist/outbox/index.js'
import { declare } from '../candidates/guise.js'
import { openPool } from './services.js'
import { CONCURRENCY, event } from './work.js'

class Receiver {
  happened(what) {
    return remote(what)
  }
}
declare(Receiver, 'happened', [Post(), Responses({ 201: nothing() })], [Body()])
Client({ name: 'receiver', path: '/events' })(Receiver)

/** A store, what belongs to it, and how to empty it. */
async function openStore({ store, schema, database }) {
  if (store === 'sqlite') {
    const db = await openSqlite(database)
    return {
      store: sqliteStore(db),
      clear: () => db.exec('delete from guise_outbox_deliveries'),
      close: () => db.close(),
    }
  }
  const pool = await openPool()
  return {
    pool,
    store: postgresStore(pool, { schema }),
    clear: () => pool.query(`truncate "${schema}".outbox_deliveries`),
    close: () => pool.end(),
  }
}

/** The SQLite of Node where it has one, and libsql where not. */
async function openSqlite(file) {
  const builtIn = process.getBuiltinModule?.('node:sqlite')
  if (builtIn) return new builtIn.DatabaseSync(file)
  const { default: Database } = await import('libsql')
  return new Database(file)
}

export async function open(settings) {
  const { url, schema, transaction } = settings
  const dispatcher = new Agent({ connections: 64 })
  const parts = await openStore(settings)
  // An outbox closes its store, and a store ends with it; the one of the rounds has to last.
  const lasting = new Proxy(parts.store, {
    get: (store, name) => (name === 'close' ? async () => {} : store[name].bind(store)),
  })
  const create = () => {
    const outbox = createOutbox({ store: lasting, concurrency: CONCURRENCY })
    return { outbox, receiver: outbox.client(Receiver, { url, dispatcher }) }
  }
  const { outbox, receiver } = create()
  let worker
  const inTransaction = async () => {
    const client = await parts.pool.connect()
    try {
      await client.query('begin')
      await client.query(`insert into "${schema}".own (body) values ($1)`, [event])
      await outbox.within(client).client(Receiver).happened(event)
      await client.query('commit')
    } finally {
      client.release()
    }
  }
  return {
    async make() {
      await outbox.stats()
      if (transaction) await parts.pool.query(`create table if not exists "${schema}".own (body jsonb)`)
    },
    enqueue: transaction ? inTransaction : () => receiver.happened(event),
    clear: () => parts.clear(),
    async prepare() {
      worker = create().outbox
      await lasting.open()
    },
    start: () => worker.start(),
    async unsettled() {
      const [{ pending = 0, inFlight = 0 } = {}] = await outbox.stats()
      return pending + inFlight
    },
    stop: () => worker.close(),
    async close() {
      await outbox.close()
      await parts.store.close()
      await parts.close()
      await dispatcher.close()
    },
  }
}
