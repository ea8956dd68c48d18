/** Seen keys in memory: for tests, and for a service of one process that may forget them with its end. */
import { type Clock, systemClock } from '../clock.js'
import type { DedupeStore, StoredAnswer } from './store.js'

/** How much is remembered. */
export interface MemoryDedupeOptions {
  /** Keys. Default: 10,000. */
  readonly entries?: number
  /** Bytes of answers. Default: 67,108,864. */
  readonly bytes?: number
  /** For tests: where the time comes from. */
  readonly clock?: Clock
}

interface Entry {
  readonly fingerprint: string
  /** By the clock's `now()`: the end of the lease, then of the memory. */
  until: number
  answer: StoredAnswer | undefined
}

/**
 * A store in memory. Above its limits the answers used longest ago are forgotten (`dedupe_store_evicted`); keys whose
 * handlers run are not, so when these fill it, it fails and senders are told to come again.
 *
 * @throws RangeError for a limit that is no positive whole number.
 *
 * @example
 * app.use('/events', deduplicate({ store: memoryDedupe() }))
 */
export function memoryDedupe(options: MemoryDedupeOptions = {}): DedupeStore {
  const { entries: mostEntries = 10_000, bytes: mostBytes = 67_108_864, clock = systemClock } = options
  for (const [name, value] of Object.entries({ entries: mostEntries, bytes: mostBytes }))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new RangeError(`memoryDedupe: ${name} must be a whole number from 1`)
  const running = new Map<string, Entry>()
  const done = new Map<string, Entry>()
  let bytes = 0

  const forget = (key: string): void => {
    bytes -= sizeOf(done.get(key)?.answer)
    done.delete(key)
  }
  const live = (entries: Map<string, Entry>, key: string): Entry | undefined => {
    const entry = entries.get(key)
    return entry !== undefined && clock.now() < entry.until ? entry : undefined
  }

  return {
    async claim({ key, fingerprint, lease, ttl, report }) {
      const before = live(done, key)
      if (before?.answer !== undefined) {
        done.delete(key)
        done.set(key, before)
        return { state: 'done', fingerprint: before.fingerprint, answer: before.answer }
      }
      if (done.has(key)) forget(key)
      if (live(running, key) !== undefined) return { state: 'running' }
      running.delete(key)
      for (const [other, { until }] of running) {
        if (running.size < mostEntries) break
        if (clock.now() >= until) running.delete(other)
      }
      if (running.size >= mostEntries) throw new Error('the memory of keys is full of handlers that run')
      const entry: Entry = { fingerprint, until: clock.now() + lease, answer: undefined }
      running.set(key, entry)

      const evict = (): void => {
        for (const [oldest, { until }] of done) {
          if (done.size + running.size <= mostEntries && bytes <= mostBytes) return
          if (clock.now() < until) report({ name: 'dedupe_store_evicted' })
          forget(oldest)
        }
      }
      evict()
      return {
        state: 'claimed',
        async finish(answer) {
          // After the lease it is as good as before, as long as nobody else took the key.
          const other = live(running, key) ?? live(done, key)
          if (other !== undefined && other !== entry) return false
          running.delete(key)
          if (done.has(key)) forget(key)
          done.set(key, { fingerprint, until: clock.now() + ttl, answer })
          bytes += sizeOf(answer)
          evict()
          return true
        },
        async release() {
          if (running.get(key) === entry) running.delete(key)
        },
      }
    },
  }
}

/** The body counts; the rest is small. */
const sizeOf = (answer: StoredAnswer | undefined): number => answer?.body?.length ?? 0
