/** A receiver whose effect is in PostgreSQL, or in a file where keys are remembered in memory; it can stop for good. */
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import pg from 'pg'
import {
  type DedupeStore,
  deduplicate,
  memoryDedupe,
  notificationOf,
  postgresDedupe,
} from '../../../src/receiver/index.js'

export type ReceiverMoment = 'claimed' | 'done' | 'handled' | 'remembered'

export interface Receiving {
  /** Where PostgreSQL has the tables; without, keys are remembered in memory. */
  readonly schema?: string
  /** Its connections are known by it. */
  readonly application?: string
  readonly file: string
  /** Resolves unless it is to stop there. */
  readonly at?: (moment: ReceiverMoment) => Promise<void>
}

export async function receivingOf({ schema, application, file, at = async () => {} }: Receiving) {
  const pool =
    schema === undefined
      ? undefined
      : new pg.Pool({
          ...{ host: '127.0.0.1', port: 5432, user: 'postgres', database: 'test', max: 4 },
          ...{ application_name: application, options: `-c search_path=${schema}` },
        })
  pool?.on('error', () => {})
  const store = stopping(pool === undefined ? memoryDedupe() : postgresDedupe(pool), at)
  const dedupe = deduplicate({ store })
  const server = createServer((request, response) =>
    dedupe(request, response, async () => {
      await at('claimed')
      const { id, tx } = notificationOf<pg.PoolClient | undefined>(request)
      if (tx === undefined) appendFileSync(file, `${id}\n`)
      else await tx.query('insert into effects (id) values ($1)', [id])
      await at('done')
      response.writeHead(201).end()
    }),
  )
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      await new Promise<void>(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
      await pool?.end()
    },
  }
}

function stopping(store: DedupeStore, at: (moment: ReceiverMoment) => Promise<void>): DedupeStore {
  return {
    async claim(request) {
      const claim = await store.claim(request)
      if (claim.state !== 'claimed') return claim
      return {
        ...claim,
        async finish(answer) {
          await at('handled')
          const finished = await claim.finish(answer)
          await at('remembered')
          return finished
        },
      }
    },
  }
}
