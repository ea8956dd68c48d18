/** What the cases of the store suite are written with: rows, short calls of the store, and rules that name themselves. */
import { inspect, isDeepStrictEqual } from 'node:util'
import type {
  ActResult,
  ClaimedDelivery,
  DeliveryRecord,
  NewDelivery,
  OutboxStore,
  Recorded,
  Settlement,
} from '../outbox/store.js'

/** A store to be tested, and what can be done with it beside its own methods. */
export interface StoreUnderTest<Tx = unknown> {
  /** Opened and empty. */
  readonly store: OutboxStore<Tx>
  /** A second handle on the same data, opened: another worker. */
  readonly again?: () => Promise<OutboxStore<Tx>>
  /** Runs a function in a transaction of its own; commits if it resolves, rolls back and rejects if it rejects. */
  readonly transaction?: <T>(run: (tx: Tx) => Promise<T>) => Promise<T>
  /** Removes all traces, after the stores were closed. */
  readonly dispose?: () => Promise<void>
}

export type Ability = 'again' | 'transaction'

/** One rule of a store and how to try it. */
export interface Rule {
  readonly name: string
  readonly needs?: Ability
  run(scene: Scene): Promise<void>
}

/** The present of all cases. */
export const NOW = 1_800_000_000_000
export const MINUTE = 60_000
export const DAY = 24 * 60 * MINUTE

/** Throws unless two values are the same, with the rule that was broken. */
export function same(actual: unknown, expected: unknown, rule: string): void {
  if (isDeepStrictEqual(actual, expected)) return
  throw new Error(`${rule}: expected ${show(expected)}, but got ${show(actual)}`)
}

/** Throws unless a condition holds, with the rule that was broken. */
export function holds(condition: boolean, rule: string): void {
  if (!condition) throw new Error(rule)
}

/** Throws unless a promise rejects with an Error. */
export async function rejects(promise: Promise<unknown>, rule: string): Promise<void> {
  const outcome = await promise.then(
    value => ({ value }),
    (error: unknown) => error,
  )
  if (!(outcome instanceof Error)) throw new Error(`${rule}: expected an Error, but got ${show(outcome)}`)
}

const show = (value: unknown) =>
  inspect(value, { depth: 6, breakLength: 120, maxArrayLength: 20, maxStringLength: 200 })

const encoder = new TextEncoder()

/** A store with one case's rows in it. */
export class Scene {
  readonly store: OutboxStore<unknown>
  readonly #subject: StoreUnderTest
  readonly #opened: OutboxStore<unknown>[] = []
  #rows = 0

  constructor(subject: StoreUnderTest) {
    this.store = subject.store
    this.#subject = subject
  }

  /** A row to be recorded: due now, for a day, to the target `activity`; each with an id of its own. */
  row(different: Partial<NewDelivery> = {}): NewDelivery {
    const number = ++this.#rows
    return {
      id: `msg_${number}`,
      target: 'activity',
      method: 'ActivityClient.postCreated',
      verb: 'POST',
      path: `/posts/${number}`,
      headers: '["content-type","application/json"]',
      body: encoder.encode(`{"id":${number}}`),
      fingerprint: `print-${number}`,
      orderKey: null,
      blocks: false,
      hops: 0,
      createdAt: NOW,
      nextAttemptAt: NOW,
      expiresAt: NOW + DAY,
      maxAttempts: 10,
      replayAttempts: 3,
      dead: null,
      ...different,
    }
  }

  rows(count: number, different: Partial<NewDelivery> = {}): NewDelivery[] {
    return Array.from({ length: count }, () => this.row(different))
  }

  /** Records rows and resolves with their `seq`s; each must be new. */
  async record(...rows: readonly NewDelivery[]): Promise<number[]> {
    const recorded = await this.store.record(rows)
    same(outcomes(recorded), Array(rows.length).fill('recorded'), 'new deliveries are recorded')
    return recorded.map(({ seq }) => seq ?? Number.NaN)
  }

  claim(how: Claiming = {}): Promise<ClaimedDelivery[]> {
    const { now = NOW, target = 'activity', limit = 100, owner = 'w1', leaseUntil = now + MINUTE } = how
    const store = how.store ?? this.store
    return store.claim({ owner, now, targets: [{ target, limit, leaseUntil }] })
  }

  /** Claims, and resolves with the ids. */
  async claimIds(how: Claiming = {}): Promise<string[]> {
    return (await this.claim(how)).map(({ id }) => id)
  }

  /** Claims what must be one delivery. */
  async claimOne(how: Claiming = {}): Promise<ClaimedDelivery> {
    const claimed = await this.claim({ limit: 1, ...how })
    holds(claimed.length === 1, `a delivery that is due is claimed: expected 1, but got ${claimed.length}`)
    return claimed[0] as ClaimedDelivery
  }

  async settle(claimed: Pick<DeliveryRecord, 'seq' | 'fence'>, how: Settling = {}): Promise<boolean> {
    const [settled] = await this.store.settle([settlement(claimed, how)])
    return settled === true
  }

  /** The only delivery of a message. */
  async find(id: string): Promise<DeliveryRecord> {
    const found = await this.store.find(id)
    holds(found.length === 1, `find(${JSON.stringify(id)}): expected 1 delivery, but got ${found.length}`)
    return found[0] as DeliveryRecord
  }

  replay(ids: readonly string[], different: { now?: number; target?: string; expiresAt?: number } = {}) {
    const { now = NOW, expiresAt = now + DAY, target } = different
    return this.store.replay({ ids, target, actor: 'kim', reason: 'mended', now, expiresAt })
  }

  cancel(ids: readonly string[], different: { now?: number; target?: string } = {}) {
    const { now = NOW, target } = different
    return this.store.cancel({ ids, target, actor: 'kim', reason: 'not wanted', now })
  }

  /** Another handle on the same data. */
  async again(): Promise<OutboxStore<unknown>> {
    if (this.#subject.again === undefined) throw new Error(lacking('again'))
    const store = await this.#subject.again()
    this.#opened.push(store)
    return store
  }

  transaction<T>(run: (tx: unknown) => Promise<T>): Promise<T> {
    if (this.#subject.transaction === undefined) throw new Error(lacking('transaction'))
    return this.#subject.transaction(run)
  }

  async end(): Promise<void> {
    for (const store of [...this.#opened, this.store]) await store.close()
    await this.#subject.dispose?.()
  }
}

const lacking = (ability: Ability) =>
  `makeStore gave no \`${ability}\`: give one, or leave such cases out with { without: ['${ability}'] }`

export interface Claiming {
  readonly now?: number
  readonly target?: string
  readonly limit?: number
  readonly owner?: string
  readonly leaseUntil?: number
  readonly store?: OutboxStore<unknown>
}

/** Delivered, unless a reason (dead) or a next attempt (pending) is given. */
export type Settling = Partial<Omit<Settlement, 'seq' | 'fence'>>

export function settlement(claimed: Pick<DeliveryRecord, 'seq' | 'fence'>, how: Settling = {}): Settlement {
  const reason = how.reason ?? null
  const nextAttemptAt = how.nextAttemptAt ?? null
  const state = reason !== null ? 'dead' : nextAttemptAt !== null ? 'pending' : 'delivered'
  return {
    seq: claimed.seq,
    fence: claimed.fence,
    now: NOW,
    state,
    reason,
    nextAttemptAt,
    refund: false,
    status: null,
    error: null,
    receipt: null,
    ...how,
  }
}

export const outcomes = (results: readonly (Recorded | ActResult)[]): string[] =>
  results.map(({ outcome }) => outcome)

export const ids = (rows: readonly { readonly id: string }[]): string[] => rows.map(({ id }) => id)

/** How a row reads right after it was recorded. */
export function asRecorded(row: NewDelivery, seq: number): DeliveryRecord {
  return {
    seq,
    id: row.id,
    target: row.target,
    method: row.method,
    verb: row.verb,
    path: row.path,
    orderKey: row.orderKey,
    hops: row.hops,
    state: row.dead === null ? 'pending' : 'dead',
    reason: row.dead,
    attempts: 0,
    maxAttempts: row.maxAttempts,
    sends: 0,
    generation: 0,
    createdAt: row.createdAt,
    nextAttemptAt: row.nextAttemptAt,
    expiresAt: row.expiresAt,
    firstAttemptAt: null,
    deliveredAt: null,
    lastStatus: null,
    lastError: null,
    lastErrorAt: null,
    leaseOwner: null,
    leaseUntil: null,
    fence: 0,
    receipt: null,
  }
}
