/** Works in rounds: ends old leases, claims what is due, has it delivered, and waits for more. */

import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Clock, systemClock } from '../clock.js'
import { withoutContext } from '../context/context.js'
import type { DeadHandler } from './dead.js'
import { Delivering } from './delivering.js'
import { publish } from './events.js'
import type { OutboxOptions } from './options.js'
import type { ClaimTarget, OutboxStore } from './store.js'
import type { Target } from './target.js'

/** Rows that a claim takes for one target, and that a look for old leases takes. */
const MOST_CLAIMED = 50
const MOST_REAPED = 500
const MOST_PURGED = 500
/** Requests of a worker at the same time, to all targets together. */
const MOST_IN_FLIGHT = 512
/** Milliseconds. */
const REAP_EVERY = 1_000
const PURGE_EVERY = 60_000
const LONGEST_STORE_WAIT = 30_000

export interface WorkerParts {
  readonly store: OutboxStore<unknown>
  /** Resolves when the store can be used. */
  readonly open: () => Promise<void>
  /** By name; there may come more. */
  readonly targets: ReadonlyMap<string, Target>
  readonly clock: Clock
  /** The name in its leases. */
  readonly owner: string
  readonly pollInterval: number
  readonly retention: { readonly done: number; readonly dead: number }
  readonly dead: DeadHandler
  /** Told once each time that the store begins to fail. */
  readonly onError: (error: unknown) => void
  readonly random: () => number
}

interface Drain {
  /** The last round that had begun when it was asked for: a later one has to find nothing. */
  readonly since: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

const DAY = 86_400_000

/** What an outbox and an inbox say of their worker in common, with its defaults. */
export function workerSettings<Tx>(
  {
    name,
    clock = systemClock,
    pollInterval = 250,
    retention: { done = 7 * DAY, dead = 30 * DAY } = {},
    onError = warn,
  }: OutboxOptions<Tx>,
  defaultName: string,
): Pick<WorkerParts, 'clock' | 'owner' | 'pollInterval' | 'retention' | 'onError' | 'random'> {
  const owner = `${name ?? defaultName}-${process.pid}-${randomUUID().slice(0, 8)}`
  return { clock, owner, pollInterval, retention: { done, dead }, onError, random: Math.random }
}

/** Nobody waits for the worker, so what it meets would be seen by nobody. */
const warn = (error: unknown): void =>
  process.emitWarning(
    `an outbox cannot work with its store, and goes on trying: ${String(error)}`,
    'GuiseOutbox',
  )

export class Worker {
  readonly #parts: WorkerParts
  readonly #delivering: Delivering
  readonly #stop = new AbortController()
  readonly #flying = new Set<Promise<void>>()
  readonly #drains: Drain[] = []
  #running: Promise<void> | undefined
  #started = false
  #closing = false
  /** Something has happened since the round began. */
  #woken = false
  #endWait: (() => void) | undefined
  #rounds = 0
  /** The target that the next claim begins with: a claim cannot ask for too many. */
  #next = 0
  #reapedAt = Number.NEGATIVE_INFINITY
  #purgedAt: number
  /** How long a store that fails is left alone. */
  #storeWait = 0

  constructor(parts: WorkerParts) {
    this.#parts = parts
    this.#purgedAt = parts.clock.now()
    this.#delivering = new Delivering({ ...parts, stop: this.#stop.signal })
  }

  start(): void {
    if (this.#closing) return
    this.#started = true
    this.#run()
  }

  /** Something may be due. */
  wake(): void {
    this.#woken = true
    if (this.#storeWait === 0) this.#endWait?.()
  }

  /** Delivers what is due now; resolves when nothing is due any more and nothing under way. */
  async drain(): Promise<void> {
    if (this.#closing) return
    const drained = new Promise<void>((resolve, reject) => {
      this.#drains.push({ since: this.#rounds, resolve, reject })
    })
    this.#run()
    this.wake()
    await drained
    await this.#parts.dead.idle()
  }

  /** Takes no more and waits for what is under way, at most so many milliseconds; what is ended then is sent again. */
  async close(timeout: number): Promise<void> {
    this.#closing = true
    this.#endWait?.()
    const { clock, dead } = this.#parts
    const timer = clock.setTimeout(() => this.#stop.abort(new Error('the outbox is closed')), timeout)
    await this.#running
    await Promise.all(this.#flying)
    clock.clearTimeout(timer)
    await dead.idle()
  }

  #run(): void {
    this.#running ??= withoutContext(() => this.#work()).finally(() => {
      this.#running = undefined
      if (this.#closing) for (const { resolve } of this.#drains.splice(0)) resolve()
      // Somebody asked while the last round was ending.
      else if (this.#drains.length > 0) this.#run()
    })
  }

  async #work(): Promise<void> {
    while (!this.#closing && (this.#started || this.#drains.length > 0)) {
      this.#woken = false
      const round = ++this.#rounds
      try {
        const busy = await this.#round()
        this.#storeWait = 0
        if (busy || this.#closing) continue
        if (this.#flying.size === 0) this.#drained(round)
      } catch (error) {
        publish(() => ({ type: 'store-failed', operation: 'claim', error }))
        if (this.#storeWait === 0 && this.#drains.length === 0) this.#parts.onError(error)
        for (const { reject } of this.#drains.splice(0)) reject(error)
        this.#storeWait = Math.min(
          LONGEST_STORE_WAIT,
          Math.max(this.#parts.pollInterval, this.#storeWait * 2),
        )
      }
      if (this.#started || this.#drains.length > 0) await this.#wait()
    }
  }

  /** Whether there may be more to take at once. */
  async #round(): Promise<boolean> {
    const { store, clock, owner, open } = this.#parts
    await open()
    await this.#upkeep()
    // Whatever else has ended in this turn of the event loop is made up for by the same claim.
    await nextTurn()
    const { targets, all } = this.#free()
    if (targets.length === 0) return !all
    const claimedAt = clock.now()
    const claimed = await store.claim({ owner, now: clock.wallNow(), targets })
    for (const delivery of claimed) {
      const target = this.#parts.targets.get(delivery.target) as Target
      target.inFlight++
      let sending = true
      // The next one may go while the outcome of this one is being written down.
      const sent = () => {
        if (!sending) return
        sending = false
        // One that was not full has been asked for more already, and there was none.
        if (target.inFlight-- >= target.concurrency) this.wake()
      }
      const flight = this.#delivering.deliver(delivery, target, claimedAt, sent)
      this.#flying.add(flight)
      void flight.finally(() => {
        this.#flying.delete(flight)
        sent()
        this.wake()
      })
    }
    // Fewer than the least that any of them was asked for: none of them has more.
    return claimed.length >= Math.min(...targets.map(({ limit }) => limit)) || !all
  }

  async #upkeep(): Promise<void> {
    const { store, clock, dead, retention } = this.#parts
    const now = clock.now()
    const wall = clock.wallNow()
    if (now - this.#reapedAt >= REAP_EVERY || this.#drains.length > 0) {
      for (const record of await store.reap(wall, MOST_REAPED)) dead.tell(record)
      this.#reapedAt = now
    }
    if (now - this.#purgedAt >= PURGE_EVERY) {
      await store.purge({ done: wall - retention.done, dead: wall - retention.dead }, MOST_PURGED)
      this.#purgedAt = now
    }
  }

  /** The targets that can take more, and how much; `all`: each of them has had its turn. */
  #free(): { targets: ClaimTarget[]; all: boolean } {
    const { clock, targets: known } = this.#parts
    const now = clock.now()
    const wall = clock.wallNow()
    const list = [...known.values()]
    const targets: ClaimTarget[] = []
    let left = MOST_IN_FLIGHT - this.#flying.size
    let looked = this.#next < list.length ? this.#next : 0
    for (; looked < list.length && left > 0; looked++) {
      const { name, concurrency, inFlight, restUntil, lease } = list[looked] as Target
      const limit = Math.min(concurrency - inFlight, left, MOST_CLAIMED)
      if (limit <= 0 || restUntil > now) continue
      targets.push({ target: name, limit, leaseUntil: wall + lease })
      left -= limit
    }
    const all = looked >= list.length || targets.length === 0
    this.#next = all ? 0 : looked
    return { targets, all }
  }

  #drained(round: number): void {
    const waiting = this.#drains.splice(0)
    for (const drain of waiting) {
      if (drain.since < round) drain.resolve()
      else this.#drains.push(drain)
    }
  }

  async #wait(): Promise<void> {
    if (this.#closing || (this.#woken && this.#storeWait === 0)) return
    const { clock, pollInterval } = this.#parts
    await new Promise<void>(resolve => {
      const timer = clock.setTimeout(() => end(), this.#storeWait || pollInterval)
      const end = () => {
        clock.clearTimeout(timer)
        this.#endWait = undefined
        resolve()
      }
      this.#endWait = end
    })
  }
}
