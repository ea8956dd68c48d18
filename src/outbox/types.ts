/** What an outbox and its guises look like to those who use them. */
import type { OutboxGroupOptions, OutboxTargetOptions } from './options.js'
import type { ActResult, DeliveryRecord, ListQuery, TargetStats } from './store.js'

/** Says that a message is recorded; that it is delivered is another matter. */
export interface Receipt<N extends string = string> {
  /** Of the message; the idempotency key of every attempt. */
  readonly id: string
  readonly targets: readonly N[]
  /** It had been recorded before, by an earlier call with the same idempotency key. */
  readonly duplicate: boolean
}

/** The same methods, each resolving when the call is durably recorded. */
export type OutboxOf<T, N extends string = string> = {
  [K in keyof T]: T[K] extends (...args: infer A) => Promise<unknown>
    ? (...args: A) => Promise<Receipt<N>>
    : T[K]
}

/** Where calls are recorded: in transactions of the store's own, or in the caller's. */
export interface OutboxGuises {
  /**
   * A guise of a service whose calls are recorded and then delivered to it.
   *
   * @param options of the target; inside `within` they may be left out where the class has been given them before.
   * @throws DeclarationError that lists every mistake of the declaration, or of the options.
   *
   * @example
   * const activity = outbox.client(ActivityClient, { url: 'http://activity-svc:8080' })
   * const { id } = await activity.postCreated({ postId: 10 })
   */
  client<T extends object>(Class: new () => T, options?: OutboxTargetOptions<T>): OutboxOf<T>
  /**
   * A guise whose calls go to several services: one message, one delivery to each.
   *
   * @example
   * const notify = outbox.group(PostEvents, { targets: { activity: 'http://activity-svc:8080', ads: 'http://ads-svc:8080' } })
   * await notify.created({ postId: 10 })
   */
  group<T extends object, const N extends string>(
    Class: new () => T,
    options?: OutboxGroupOptions<T, N>,
  ): OutboxOf<T, N>
}

/** Who acts on messages, and why; it is written down. */
export interface Operator {
  readonly actor: string
  readonly reason: string
  /** One target only. Default: all. */
  readonly target?: string
}

/** Which dead deliveries. */
export type DeadQuery = Partial<Pick<ListQuery, 'target' | 'after' | 'limit'>>

/** Some dead deliveries, and where the next ones begin. */
export interface DeadPage {
  readonly items: readonly DeliveryRecord[]
  /** For the option `after`; `undefined` on the last page. */
  readonly next: number | undefined
}

/** See {@link createOutbox}. */
export interface Outbox<Tx = never> extends OutboxGuises, AsyncDisposable {
  /**
   * Guises that record inside the caller's own database transaction: what they record is there if, and only if, the
   * transaction is committed.
   *
   * @example
   * await outbox.within(tx).client(ActivityClient).postCreated({ postId })
   */
  within(tx: Tx): OutboxGuises
  /**
   * Runs `run` in a database transaction of the store's: committed when it resolves, rolled back when it rejects.
   * With SQLite the outbox's own work on that handle waits meanwhile.
   *
   * @param run gets the transaction and the guises that record in it.
   * @throws StoreError if the store has no transactions (`memoryStore`); else what `run` rejects with.
   *
   * @example
   * await outbox.transaction(async (tx, guises) => {
   *   await tx.query('insert into posts (id) values ($1)', [postId])
   *   await guises.client(ActivityClient).postCreated({ postId })
   * })
   */
  transaction<T>(run: (tx: Tx, guises: OutboxGuises) => Promise<T>): Promise<T>
  /** Opens the store, so that a bad one shows at the start; what needs it does so too. */
  open(): Promise<void>
  /** Begins to deliver, and goes on until `close`. Where it is never called, calls are only recorded. */
  start(): void
  /** Delivers what is due now; resolves when nothing is due any more and nothing is under way. */
  drain(): Promise<void>
  /**
   * Stops delivering. Requests under way may end; what is not done after that is sent again, after the next start.
   *
   * @param options `timeout`: milliseconds for the requests under way, up to 10 minutes. Default: 10,000.
   */
  close(options?: { readonly timeout?: number }): Promise<void>
  /** How many deliveries of each target are in which state. */
  stats(): Promise<TargetStats[]>
  /** All deliveries of a message: was it sent, was it received, will it ever be sent again. */
  find(id: string): Promise<DeliveryRecord[]>
  /**
   * Dead deliveries, oldest first.
   *
   * @param query `after`: the `next` of the page before; `limit`: from 1 to 1,000, by default 100.
   */
  dead(query?: DeadQuery): Promise<DeadPage>
  /**
   * Sends dead messages again, with the same id, each at most `replayAttempts` times; at most 3 times in its life.
   *
   * @param operator who and why; `expiresAfter`: milliseconds that they have, by default those of the outbox.
   */
  replay(
    ids: readonly string[],
    operator: Operator & { readonly expiresAfter?: number },
  ): Promise<ActResult[]>
  /** Pending messages are never sent. What is under way cannot be called back. */
  cancel(ids: readonly string[], operator: Operator): Promise<ActResult[]>
  /** Stops deliveries to a target, of all workers, until it is resumed; messages expire meanwhile. */
  pause(target: string, operator: Omit<Operator, 'target'>): Promise<void>
  resume(target: string, operator: Omit<Operator, 'target'>): Promise<void>
}
