/**
 * What an outbox asks of its store. A store keeps rows and moves them from state to state; it decides nothing: how
 * often, when and whether a delivery is sent stands in `verdict.ts` and `worker.ts`.
 *
 *     pending --claim--> in-flight --settle--> delivered | dead | pending again
 *     in-flight --reap, the lease ran out--> pending, or dead when no attempt is left
 *     pending --reap, expired--> dead          pending --cancel--> cancelled          dead --replay--> pending
 *
 * All times are milliseconds since 1970 and are handed in: a store has no clock.
 */

export const DELIVERY_STATES = ['pending', 'in-flight', 'delivered', 'dead', 'cancelled'] as const
export type DeliveryState = (typeof DELIVERY_STATES)[number]

/**
 * Why a delivery is dead.
 * - `rejected`: the receiver said that it will never take it (400, 422, ...).
 * - `exhausted`: no attempt is left.
 * - `expired`: its time was over.
 * - `gone`: the receiver answered 410.
 * - `loop`: it went through too many services.
 * - `corrupt`: what was stored is not what was recorded.
 */
export const DEAD_REASONS = ['rejected', 'exhausted', 'expired', 'gone', 'loop', 'corrupt'] as const
export type DeadReason = (typeof DEAD_REASONS)[number]

/** No option goes above these; a SQL store holds them as constraints too. */
export const MOST_ATTEMPTS = 25
export const MOST_GENERATIONS = 3

/**
 * One message to one target, to be recorded. A text with NUL or half a surrogate pair in it, or a number out of its
 * bounds, makes the whole call reject: no SQL store could give it back as it was.
 */
export interface NewDelivery {
  /** The message's id; also the idempotency key of every attempt. The same for all targets of a message. */
  readonly id: string
  readonly target: string
  /** Class and method: `ActivityClient.postCreated`. */
  readonly method: string
  /** The HTTP verb: `POST`. */
  readonly verb: string
  /** Path and query below the target's base path, percent-encoded; may be empty. */
  readonly path: string
  /** Names and values in turn, as a JSON list; no credentials among them. */
  readonly headers: string
  readonly body: Uint8Array | null
  /** Says whether two messages of one id are the same, and whether a stored one is whole. */
  readonly fingerprint: string
  /** Deliveries to one target with the same key are sent one after the other, in the order of `seq`. */
  readonly orderKey: string | null
  /** A dead delivery holds back the later ones of its order key until it expires, or an operator acts. */
  readonly blocks: boolean
  readonly hops: number
  readonly createdAt: number
  readonly nextAttemptAt: number
  readonly expiresAt: number
  /** From 1 to {@link MOST_ATTEMPTS}. */
  readonly maxAttempts: number
  /** What `maxAttempts` becomes when an operator replays it. */
  readonly replayAttempts: number
  /** Dead on arrival, for this reason. */
  readonly dead: DeadReason | null
}

/** A recorded delivery, without its body. */
export interface DeliveryRecord {
  /** The order of recording; never used twice, and rises within one target and order key. */
  readonly seq: number
  readonly id: string
  readonly target: string
  readonly method: string
  readonly verb: string
  readonly path: string
  readonly orderKey: string | null
  readonly hops: number
  readonly state: DeliveryState
  /** Why it is dead; `null` in every other state. */
  readonly reason: DeadReason | null
  /** Requests of this generation, counted before they leave. */
  readonly attempts: number
  readonly maxAttempts: number
  /** Requests of all generations. */
  readonly sends: number
  /** 0, and one more for each replay, up to {@link MOST_GENERATIONS}. */
  readonly generation: number
  readonly createdAt: number
  readonly nextAttemptAt: number
  readonly expiresAt: number
  readonly firstAttemptAt: number | null
  readonly deliveredAt: number | null
  readonly lastStatus: number | null
  /** What became of the last attempt, in a few words: a code, never a body. */
  readonly lastError: string | null
  readonly lastErrorAt: number | null
  readonly leaseOwner: string | null
  readonly leaseUntil: number | null
  /** Rises with each claim; a settlement with another one comes too late and changes nothing. */
  readonly fence: number
  /** What the receiver said of it in `Notify-Receipt`. */
  readonly receipt: string | null
}

/** What a worker needs to send a delivery. */
export interface ClaimedDelivery extends DeliveryRecord {
  readonly headers: string
  readonly body: Uint8Array | null
  readonly fingerprint: string
}

/** Which deliveries a worker takes: those to one target. */
export interface ClaimTarget {
  readonly target: string
  /** At the most this many, at least 1. */
  readonly limit: number
  /** Until when they are its own. */
  readonly leaseUntil: number
}

export interface Claim {
  /** The worker. */
  readonly owner: string
  readonly now: number
  readonly targets: readonly ClaimTarget[]
}

/** What became of an attempt. Whatever its state, the lease ends; the row's `nextAttemptAt` stays unless it is pending. */
export interface Settlement {
  readonly seq: number
  /** As claimed. */
  readonly fence: number
  readonly now: number
  readonly state: 'pending' | 'delivered' | 'dead'
  /** Where `state` is `dead`. */
  readonly reason: DeadReason | null
  /** Where `state` is `pending`. */
  readonly nextAttemptAt: number | null
  /** Nothing was sent: the attempt is given back, `attempts` and `sends` fall by one, and nothing else. */
  readonly refund: boolean
  /** The row's `lastStatus` from now on; `null` leaves it. So with `error` (and `lastErrorAt`) and `receipt`. */
  readonly status: number | null
  readonly error: string | null
  readonly receipt: string | null
}

/** What became of a delivery that was to be recorded. */
export interface Recorded {
  readonly id: string
  readonly target: string
  /**
   * `duplicate`: it is there already; `conflict`: another message has its id (for this target, or for another one that
   * stands in the same call), and nothing of this id was recorded: all rows of the id say so.
   */
  readonly outcome: 'recorded' | 'duplicate' | 'conflict'
  /** Of the row that is there; `null` for a conflict. */
  readonly seq: number | null
}

/** Which rows to list, oldest first. */
export interface ListQuery {
  readonly state: DeliveryState
  readonly target?: string | undefined
  /** Only rows with a higher `seq`: the last one of the page before. */
  readonly after?: number | undefined
  /** From 1 to 1,000. */
  readonly limit: number
}

/** Who did what to which messages, and why; kept in the store for good. */
export interface OperatorAct {
  readonly ids: readonly string[]
  /** All targets if left out. */
  readonly target?: string | undefined
  readonly actor: string
  readonly reason: string
  readonly now: number
}

export interface Replay extends OperatorAct {
  /** The new end of its time. */
  readonly expiresAt: number
}

/** What became of one delivery that an operator acted on. An id that is not there has no result. */
export interface ActResult {
  readonly id: string
  readonly target: string
  /** `unfit`: it is not in the state for it; `used-up`: it was replayed {@link MOST_GENERATIONS} times. */
  readonly outcome: 'done' | 'unfit' | 'used-up'
}

/** How many deliveries of one target are in which state. */
export interface TargetStats {
  readonly target: string
  readonly pending: number
  readonly inFlight: number
  readonly delivered: number
  readonly dead: number
  readonly cancelled: number
  /** When the oldest pending delivery was recorded. */
  readonly oldestPendingAt: number | null
  /** An operator, or an answer that the target parks on, has stopped deliveries to it. */
  readonly paused: boolean
}

/** The transaction that a store can record in; `never` where it has none. */
export interface OutboxStore<Tx = never> {
  /** Makes or updates its tables; safe from many processes at once. Rejects if they were made by a newer version. */
  open(): Promise<void>
  /**
   * Records deliveries durably: when it resolves, they outlive a crash. Rows of one id are recorded together or not at
   * all; a conflict in one id leaves the others alone. Results are in the order of the rows.
   *
   * @param tx the caller's own transaction: what is recorded in it is there if, and only if, it is committed.
   */
  record(deliveries: readonly NewDelivery[], tx?: Tx): Promise<Recorded[]>
  /**
   * Takes pending deliveries that are due, not expired, whose target is not paused, and that come first of their order
   * key (an earlier one of the same target and key is pending, in flight, or dead and blocking and not expired). Each
   * gets the lease, `attempts + 1`, `sends + 1`, `fence + 1` and, the first time, `firstAttemptAt`; all of that is
   * durable when it resolves. Longest due first within a target. No two claims ever take the same row. A row without an
   * attempt left is never taken.
   */
  claim(claim: Claim): Promise<ClaimedDelivery[]>
  /** Writes down what became of attempts. `false` where the row is not in flight with this fence: nothing changes. */
  settle(settlements: readonly Settlement[]): Promise<boolean[]>
  /**
   * Ends leases that have run out (`leaseUntil <= now`; the attempt stays counted) and makes dead what has expired or has
   * no attempt left (`exhausted`, also if it has expired too). Rows that expire while leased wait for their lease to end.
   * A row that becomes pending keeps its `nextAttemptAt`. Resolves with those it made dead.
   *
   * @param limit at the most this many rows.
   */
  reap(now: number, limit: number): Promise<DeliveryRecord[]>
  /** All deliveries of a message. */
  find(id: string): Promise<DeliveryRecord[]>
  list(query: ListQuery): Promise<DeliveryRecord[]>
  /** One for each target that has rows or is paused. */
  stats(): Promise<TargetStats[]>
  /**
   * Sends dead deliveries out again: pending, due now, `attempts` 0, `maxAttempts` its `replayAttempts`, the next
   * generation, the same id and `seq`. Results are in the order of the ids, and of `seq` within one; so with `cancel`.
   */
  replay(replay: Replay): Promise<ActResult[]>
  /** Pending deliveries are never sent. */
  cancel(act: OperatorAct): Promise<ActResult[]>
  /** Stops claims of a target, durably and for all workers, until `resume`. */
  pause(target: string, act: Pick<OperatorAct, 'actor' | 'reason' | 'now'>): Promise<void>
  resume(target: string, act: Pick<OperatorAct, 'actor' | 'reason' | 'now'>): Promise<void>
  /**
   * Deletes rows that ended before (`<`): delivered and cancelled ones, and dead ones. Resolves with how many. What was
   * dead on arrival ended when it was created.
   *
   * @param limit at the most this many rows.
   */
  purge(before: { readonly done: number; readonly dead: number }, limit: number): Promise<number>
  /**
   * Runs `run` in a transaction of its own: committed when it resolves, rolled back when it rejects. Nothing else of this
   * store comes in between on the same handle. A store without transactions has no such method.
   */
  transaction?<T>(run: (tx: Tx) => Promise<T>): Promise<T>
  /** Lets go of what it opened itself; the user's own driver object stays open. Every later call rejects. */
  close(): Promise<void>
}
