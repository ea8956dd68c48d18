/** The rows of the memory store, and the queues that say which of them comes next. */
import type { ClaimedDelivery, DeliveryRecord, DeliveryState, NewDelivery } from '../store.js'
import { Heap } from './heap.js'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** One row, as it is kept. */
export interface Row {
  readonly record: Mutable<DeliveryRecord>
  readonly headers: string
  readonly body: Uint8Array | null
  readonly fingerprint: string
  readonly blocks: boolean
  readonly replayAttempts: number
  /** The deliveries of its target and order key. */
  readonly key: Heap<Row> | null
  endedAt: number | null
  /** Its places in the queues; `null` where it has none. A place that is not its own any more is out of date. */
  inKey: boolean
  due: Place | null
  expiry: Place | null
}

/** A place in a queue by time. */
interface Place {
  readonly at: number
  readonly row: Row
}

const earlier = (one: Place, other: Place) =>
  one.at < other.at || (one.at === other.at && one.row.record.seq < other.row.record.seq)
const first = (one: Row, other: Row) => one.record.seq < other.record.seq

/**
 * Rows by id and in order. In the queue of its target is each pending row without an order key, and of each key the
 * first one: a claim looks at what it can take, however many wait behind.
 */
export class Rows {
  readonly bySeq = new Map<number, Row>()
  readonly byId = new Map<string, Row[]>()
  readonly inFlight = new Set<Row>()
  /** Pending ones without an attempt left. */
  readonly spent = new Set<Row>()
  #seq = 0
  readonly #keys = new Map<string, Heap<Row>>()
  readonly #due = new Map<string, Heap<Place>>()
  readonly #expiry = new Heap<Place>(earlier)
  /** Dead ones that hold back their key, by their end. */
  readonly #blocking = new Heap<Place>(earlier)

  add(delivery: NewDelivery): Row {
    const { headers, body, fingerprint, blocks, replayAttempts, dead, ...rest } = delivery
    const record: Mutable<DeliveryRecord> = {
      seq: ++this.#seq,
      id: rest.id,
      target: rest.target,
      method: rest.method,
      verb: rest.verb,
      path: rest.path,
      orderKey: rest.orderKey,
      hops: rest.hops,
      state: dead === null ? 'pending' : 'dead',
      reason: dead,
      attempts: 0,
      maxAttempts: rest.maxAttempts,
      sends: 0,
      generation: 0,
      createdAt: rest.createdAt,
      nextAttemptAt: rest.nextAttemptAt,
      expiresAt: rest.expiresAt,
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
    const row: Row = {
      record,
      headers,
      body: body === null ? null : Uint8Array.from(body),
      fingerprint,
      blocks,
      replayAttempts,
      key: this.#keyOf(record),
      endedAt: dead === null ? null : record.createdAt,
      inKey: false,
      due: null,
      expiry: null,
    }
    this.bySeq.set(record.seq, row)
    const same = this.byId.get(record.id)
    if (same === undefined) this.byId.set(record.id, [row])
    else same.push(row)
    this.moved(row)
    return row
  }

  /** Puts a row into the queues that its state asks for, and the next one of its key where it stands aside. */
  moved(row: Row): void {
    const { record, key } = row
    row.due = null
    this.inFlight.delete(row)
    this.spent.delete(row)
    if (record.state === 'in-flight') this.inFlight.add(row)
    if (record.state === 'pending') {
      if (record.attempts >= record.maxAttempts) this.spent.add(row)
      if (row.expiry?.at !== record.expiresAt) {
        row.expiry = { at: record.expiresAt, row }
        this.#expiry.push(row.expiry)
      }
    }
    if (key === null) {
      if (record.state === 'pending') this.#offer(row)
      return
    }
    if (!row.inKey && stands(row)) {
      row.inKey = true
      key.push(row)
    }
    const head = headOf(key)
    if (head?.record.state === 'pending' && head.due === null) this.#offer(head)
    if (head?.record.state === 'dead') this.#blocking.push({ at: head.record.expiresAt, row: head })
  }

  /** Takes due rows of a target away from its queue, the longest due first. */
  take(target: string, now: number, limit: number): Row[] {
    this.#unblock(now)
    const queue = this.#due.get(target)
    const taken: Row[] = []
    const aside: Place[] = []
    while (
      queue !== undefined &&
      taken.length < limit &&
      (queue.peek()?.at ?? Number.POSITIVE_INFINITY) <= now
    ) {
      const place = queue.pop() as Place
      const { row } = place
      if (row.due !== place) continue
      if (row.record.expiresAt <= now) {
        aside.push(place)
        continue
      }
      row.due = null
      // One that a replay has put behind an older one is offered again when its turn comes.
      if (row.key !== null && headOf(row.key) !== row) continue
      if (row.record.attempts < row.record.maxAttempts) taken.push(row)
    }
    for (const place of aside) queue?.push(place)
    return taken
  }

  /** Pending rows that have expired, at the most so many. */
  expired(now: number, limit: number): Row[] {
    const rows: Row[] = []
    while (rows.length < limit && (this.#expiry.peek()?.at ?? Number.POSITIVE_INFINITY) <= now) {
      const place = this.#expiry.pop() as Place
      const { row } = place
      if (row.expiry !== place) continue
      row.expiry = null
      if (row.record.state === 'pending') rows.push(row)
    }
    return rows
  }

  remove(rows: readonly Row[]): void {
    const gone = new Set(rows)
    for (const row of rows) {
      const { record } = row
      this.bySeq.delete(record.seq)
      const left = this.byId.get(record.id)?.filter(other => other !== row) ?? []
      if (left.length === 0) this.byId.delete(record.id)
      else this.byId.set(record.id, left)
      // Whatever it was, it holds back nothing now.
      record.state = 'cancelled'
      this.moved(row)
    }
    // Places that are out of date would keep the rows, and their bodies, in memory.
    for (const queue of this.#due.values()) queue.keep(place => place.row.due === place)
    for (const queue of [this.#expiry, this.#blocking]) queue.keep(({ row }) => !gone.has(row))
    for (const [name, key] of this.#keys) if (headOf(key) === undefined) this.#keys.delete(name)
  }

  #keyOf({ target, orderKey }: DeliveryRecord): Heap<Row> | null {
    if (orderKey === null) return null
    const name = JSON.stringify([target, orderKey])
    const key = this.#keys.get(name) ?? new Heap<Row>(first)
    this.#keys.set(name, key)
    return key
  }

  #offer(row: Row): void {
    const { target, nextAttemptAt } = row.record
    let queue = this.#due.get(target)
    if (queue === undefined) {
      queue = new Heap<Place>(earlier)
      this.#due.set(target, queue)
    }
    row.due = { at: nextAttemptAt, row }
    queue.push(row.due)
  }

  /** Lets the next ones go whose dead one has come to its end. */
  #unblock(now: number): void {
    while ((this.#blocking.peek()?.at ?? Number.POSITIVE_INFINITY) <= now) {
      const { at, row } = this.#blocking.pop() as Place
      if (row.key === null || headOf(row.key) !== row) continue
      if (row.record.state !== 'dead' || row.record.expiresAt !== at) continue
      row.key.pop()
      row.inKey = false
      const head = headOf(row.key)
      if (head !== undefined) this.moved(head)
    }
  }
}

/** Whether a row holds back the later ones of its key. */
const stands = ({ record: { state }, blocks }: Row) =>
  state === 'pending' || state === 'in-flight' || (state === 'dead' && blocks)

/** The first of a key; those before it that have ended are forgotten. */
function headOf(key: Heap<Row>): Row | undefined {
  for (let head = key.peek(); head !== undefined; head = key.peek()) {
    if (stands(head)) return head
    key.pop()
    head.inKey = false
  }
  return undefined
}

/** A row as a claim gives it: the caller may do with the bytes what he likes. */
export const claimedOf = ({ record, headers, body, fingerprint }: Row): ClaimedDelivery => ({
  ...record,
  headers,
  body: body === null ? null : Uint8Array.from(body),
  fingerprint,
})

export const hasEnded = (state: DeliveryState) => state !== 'pending' && state !== 'in-flight'
