/** Runs the commands of `guise` in this process, against a store in memory. */
import { type CliIo, UsageError } from '../../src/cli/io.js'
import { main } from '../../src/cli/main.js'
import type { NewDelivery, OutboxStore } from '../../src/outbox/store.js'
import { memoryStore } from '../../src/outbox/stores/memory.js'

export const NOW = 1_700_000_000_000

export interface Run {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** The exit code and all that was written; `over` replaces parts of the world. */
export async function run(args: readonly string[], over: Partial<CliIo> = {}): Promise<Run> {
  let [out, err] = ['', '']
  const code = await main(args, {
    out: text => {
      out += text
    },
    err: text => {
      err += text
    },
    cwd: '/nowhere',
    now: () => NOW,
    load: file => Promise.reject(new Error(`${file} was imported`)),
    openStore: () => Promise.reject(new UsageError('a store was opened')),
    ...over,
  })
  return { code, out, err }
}

/** A store that outlives the command, as a database does; it counts how often the command let go of it. */
export async function opened(): Promise<{
  store: OutboxStore
  closed: () => number
  run: (...args: string[]) => Promise<Run>
}> {
  const store = memoryStore()
  await store.open()
  let closed = 0
  const close = async () => {
    closed++
  }
  return {
    store,
    closed: () => closed,
    run: (...args) => run(['outbox', 'sqlite:x', ...args], { openStore: async () => ({ store, close }) }),
  }
}

export const delivery = (over: Partial<NewDelivery> = {}): NewDelivery => ({
  id: 'msg_1',
  target: 'activity',
  method: 'PostEvents.created',
  verb: 'POST',
  path: '/posts/7/events?token=canary',
  headers: '["x-secret","canary"]',
  body: Buffer.from('{"title":"canary"}'),
  fingerprint: 'f',
  orderKey: null,
  blocks: false,
  hops: 0,
  createdAt: NOW - 192_000,
  nextAttemptAt: NOW - 192_000,
  expiresAt: NOW + 3_600_000,
  maxAttempts: 10,
  replayAttempts: 3,
  dead: null,
  ...over,
})
