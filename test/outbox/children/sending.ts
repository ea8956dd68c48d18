/** An outbox on an SQLite file whose wall clock stands still, and which can stop for good at a moment of its life. */
import { systemClock } from '../../../src/clock.js'
import { createOutbox, type OutboxStore, sqliteStore } from '../../../src/outbox/index.js'
import type { SqliteDatabase } from '../../../src/outbox/stores/sqlite-driver.js'
import { Events, MAX_ATTEMPTS } from './declared.js'

/** `claimed`: counted, not sent. `answered`: the answer is there, not written down. `settled`: it is written down. */
export type SenderMoment = 'claimed' | 'answered' | 'settled'

export interface Sending {
  readonly db: SqliteDatabase
  readonly url: string
  readonly now: number
  /** Where to stop; by default nowhere. */
  readonly moment?: string | undefined
  readonly here?: () => void
}

export function sendingOf({ db, url, now, moment, here = () => {} }: Sending) {
  const outbox = createOutbox({
    store: stoppable(sqliteStore(db), moment, here),
    clock: { ...systemClock, wallNow: () => now },
    schedule: [0],
    maxAttempts: MAX_ATTEMPTS,
  })
  const orderKey = { happened: () => 'one' }
  return { outbox, events: outbox.client(Events, { url, orderKey, circuitBreaker: false }) }
}

const never = new Promise<never>(() => {})

/** From its moment on nothing of it moves, until its process is killed. */
function stoppable<Tx>(
  store: OutboxStore<Tx>,
  moment: string | undefined,
  here: () => void,
): OutboxStore<Tx> {
  let stopped = false
  const stopAt = (now: SenderMoment) => {
    if (now !== moment) return undefined
    stopped = true
    here()
    return never
  }
  const stopping: Partial<OutboxStore<Tx>> = {
    async claim(claim) {
      if (stopped) return never
      const claimed = await store.claim(claim)
      if (claimed.length > 0) await stopAt('claimed')
      return claimed
    },
    async settle(settlements) {
      await stopAt('answered')
      const settled = await store.settle(settlements)
      await stopAt('settled')
      return settled
    },
  }
  return new Proxy(store, {
    get(target, name) {
      const operation: unknown = Reflect.get(stopping, name) ?? Reflect.get(target, name)
      return typeof operation === 'function' ? operation.bind(target) : operation
    },
  })
}
