/** Seen keys in Redis, through the user's own client: ioredis or node-redis. */
import { randomUUID } from 'node:crypto'
import { type DedupeEvent, type DedupeStore, packAnswer, unpackAnswer } from './store.js'

/** A client of Redis: ioredis has `call`, node-redis has `sendCommand` with a list. */
export type RedisClient =
  | { call(command: string, ...args: string[]): Promise<unknown> }
  | { sendCommand(args: string[]): Promise<unknown> }

/** How keys are named. */
export interface RedisDedupeOptions {
  /** In front of all names. Default: `guise:dedupe:`. */
  readonly prefix?: string
}

/** Taken and told in one step: between a look and a claim another process would find its time. */
const CLAIM = `
if redis.call('set', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return false end
return redis.call('get', KEYS[1])`
/** A handler slower than its lease must not overwrite what the next one does; where there is no next one, it may. */
const FINISH = `
local held = redis.call('get', KEYS[1])
if held and held ~= ARGV[1] then return 0 end
redis.call('set', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`
const RELEASE = `
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('del', KEYS[1])`
const EPOCH = `
local epoch = redis.call('get', KEYS[1])
if epoch then return epoch end
redis.call('set', KEYS[1], ARGV[1])
return ARGV[1]`

/** What a claim begins with; an answer begins with a brace. */
const RUNNING = 'running:'

/**
 * A store in Redis 6 or newer, shared by all processes of a service. It remembers as long as Redis does: after a restart
 * without persistence, a flush, or a failover that lost the last writes, a notification may be handled once more. A key
 * of its own, the epoch, notices that all was lost, and reports `dedupe_store_epoch_changed`. Let Redis evict nothing
 * (`maxmemory-policy noeviction`). A handler that dies is followed by another after the lease: its work must be idempotent.
 *
 * @param client the user's ioredis or node-redis client; it is not closed.
 * @throws TypeError for something else.
 *
 * @example
 * app.use('/events', deduplicate({ store: redisDedupe(new Redis()) }))
 */
export function redisDedupe(client: RedisClient, options: RedisDedupeOptions = {}): DedupeStore {
  const { prefix = 'guise:dedupe:' } = options
  const send = senderOf(client)
  const run = (script: string, key: string, ...args: string[]): Promise<unknown> =>
    send(['EVAL', script, '1', `${prefix}${key}`, ...args])
  let epoch: string | undefined

  const watchEpoch = async (report: (event: DedupeEvent) => void): Promise<void> => {
    const current = String(await run(EPOCH, 'epoch', randomUUID()))
    const changed = epoch !== undefined && epoch !== current
    epoch = current
    if (changed) report({ name: 'dedupe_store_epoch_changed' })
  }

  return {
    async claim({ key, fingerprint, lease, ttl, report }) {
      const token = RUNNING + randomUUID()
      // In one go: both are written to the connection at once. A claim does not fail for the sake of a counter.
      const [held] = await Promise.all([
        run(CLAIM, key, token, String(lease)),
        watchEpoch(report).catch(() => {}),
      ])
      if (typeof held === 'string')
        return held.startsWith(RUNNING) ? { state: 'running' } : unpackAnswer(held)
      return {
        state: 'claimed',
        async finish(answer) {
          const text = packAnswer(fingerprint, answer)
          return (await run(FINISH, key, token, text, String(ttl))) === 1
        },
        async release() {
          await run(RELEASE, key, token)
        },
      }
    },
  }
}

function senderOf(client: RedisClient): (args: string[]) => Promise<unknown> {
  // ioredis has a `sendCommand` as well, of another kind.
  if ('call' in client && typeof client.call === 'function')
    return ([command = '', ...args]) => client.call(command, ...args)
  if ('sendCommand' in client && typeof client.sendCommand === 'function')
    return args => client.sendCommand(args)
  throw new TypeError('redisDedupe needs a client of ioredis or node-redis')
}
