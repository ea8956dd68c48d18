/** The inbox: a notification is recorded and answered with 202 at once; the work is done after, at least once. */
import { lateFailure, within } from '../call/within.js'
import { type Clock, systemClock } from '../clock.js'
import { runInContext } from '../context/index.js'
import { Failure } from '../errors/failure.js'
import { MessageConflictError } from '../errors/outbox-errors.js'
import { checkOutbox } from '../outbox/check-options.js'
import { DeadHandler } from '../outbox/dead.js'
import { fingerprintOf } from '../outbox/fingerprint.js'
import { Operations, opener } from '../outbox/operations.js'
import { DELIVERY_DEFAULTS, type DeliveryOptions, type OutboxOptions } from '../outbox/options.js'
import type { ClaimedDelivery, NewDelivery, OutboxStore } from '../outbox/store.js'
import { Target } from '../outbox/target.js'
import type { Outbox } from '../outbox/types.js'
import type { Attempted } from '../outbox/verdict.js'
import { Worker, workerSettings } from '../outbox/worker.js'
import type { Notification } from './notification.js'

/** What is to be done, one attempt of it. */
export interface InboxWork {
  /** The notification's key; the same on each attempt. */
  readonly id: string
  /** What `accept` was given. */
  readonly kind: string
  /** What `accept` was given, as JSON keeps it. */
  readonly body: unknown
  /** From 1. */
  readonly attempt: number
}

/** Options of {@link createInbox}. */
export interface InboxOptions<Tx = never>
  extends Pick<
      DeliveryOptions,
      'maxAttempts' | 'replayAttempts' | 'expiresAfter' | 'schedule' | 'concurrency' | 'maxBodyBytes'
    >,
    Pick<
      OutboxOptions<Tx>,
      'store' | 'name' | 'pollInterval' | 'retention' | 'onDead' | 'onError' | 'clock'
    > {
  /** Does the work. It may run more than once for one notification; if it throws, it is tried again, as scheduled. */
  readonly handle: (work: InboxWork) => unknown
  /** Milliseconds that one attempt may take, up to 15 minutes. Default: 60,000. */
  readonly timeout?: number
}

/** See {@link createInbox}. */
export interface Inbox<Tx = never> extends Omit<Outbox<Tx>, 'client' | 'group' | 'within' | 'transaction'> {
  /**
   * Records the notification durably; answer 202 when it resolves. One with the same key and body is recorded once.
   *
   * @param notification what `notificationOf(request)` gives.
   * @param body anything that JSON can hold.
   * @param options `kind`: told to the handler; `tx`: the transaction to record in, by default one of the store's own.
   * @throws MessageConflictError if another body was accepted under the key.
   */
  accept(
    notification: Pick<Notification, 'id' | 'hops'>,
    body: unknown,
    options?: { readonly kind?: string; readonly tx?: Tx },
  ): Promise<void>
}

const METHOD = 'inbox'
const NO_HEADERS = '[]'

/**
 * Makes an inbox over a store of an outbox: what is accepted is handled by a worker, at least once, at most
 * `maxAttempts` times, and is dead after that until an operator replays it.
 *
 * @throws DeclarationError that lists every wrong option.
 *
 * @example
 * const inbox = createInbox({ store: openSqlite('inbox.db'), handle: ({ body }) => store(body) })
 * app.post('/events', dedupe, async (req, res) => {
 *   await inbox.accept(notificationOf(req), req.body)
 *   res.status(202).end()
 * })
 */
export function createInbox<Tx = never>(options: InboxOptions<Tx>): Inbox<Tx> {
  return new InboxCore(options)
}

class InboxCore<Tx> extends Operations implements Inbox<Tx> {
  readonly #options: InboxOptions<Tx>
  readonly #store: OutboxStore<Tx>
  readonly #clock: Clock
  readonly #target: string
  readonly #timeout: number
  readonly #worker: Worker
  #closing: Promise<void> | undefined

  constructor({ handle, timeout = 60_000, ...options }: InboxOptions<Tx>) {
    if (typeof handle !== 'function') throw new TypeError('handle must be a function that does the work')
    if (!(timeout >= 1 && timeout <= 900_000))
      throw new RangeError('timeout must be from 1 to 900,000 milliseconds')
    checkOutbox(options)
    const { store, name = 'inbox', clock = systemClock } = options
    const open = opener(store)
    const expiresAfter = options.expiresAfter ?? DELIVERY_DEFAULTS.expiresAfter
    super({ store, open, clock, expiresAfter, wake: () => this.#worker.wake() })
    this.#options = { handle, ...options }
    this.#store = store
    this.#clock = clock
    this.#target = name
    this.#timeout = timeout
    const target = new Target(name, clock)
    target.add(METHOD, options.concurrency ?? DELIVERY_DEFAULTS.concurrency, {
      attemptTimeout: timeout,
      schedule: options.schedule ?? DELIVERY_DEFAULTS.schedule,
      parkOn: [],
      send: delivery => this.#work(delivery),
    })
    this.#worker = new Worker({
      store: store as OutboxStore<unknown>,
      open,
      targets: new Map([[name, target]]),
      dead: new DeadHandler(options.onDead, clock),
      ...workerSettings(options, 'inbox'),
    })
  }

  async accept(
    { id, hops }: Pick<Notification, 'id' | 'hops'>,
    body: unknown,
    { kind = '', tx }: { readonly kind?: string; readonly tx?: Tx } = {},
  ): Promise<void> {
    const row = this.#rowOf(id, hops, kind, body)
    await this.open()
    const [recorded] = await this.#store.record([row], tx)
    if (recorded?.outcome === 'conflict') throw new MessageConflictError(id)
    this.#worker.wake()
  }

  start(): void {
    this.#worker.start()
  }

  drain(): Promise<void> {
    return this.#worker.drain()
  }

  close({ timeout = 10_000 }: { readonly timeout?: number } = {}): Promise<void> {
    this.#closing ??= this.#worker.close(timeout).then(() => this.#store.close())
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #rowOf(id: string, hops: number, kind: string, body: unknown): NewDelivery {
    const text = JSON.stringify(body)
    if (text === undefined) throw new TypeError('the body must be something that JSON can hold')
    const bytes = Buffer.from(text)
    const options = { ...DELIVERY_DEFAULTS, ...this.#options }
    if (bytes.length > options.maxBodyBytes)
      throw new RangeError(
        `the body of ${bytes.length} bytes is larger than maxBodyBytes (${options.maxBodyBytes})`,
      )
    const now = Math.floor(this.#clock.wallNow())
    return {
      id,
      target: this.#target,
      method: METHOD,
      verb: 'INBOX',
      path: kind,
      headers: NO_HEADERS,
      body: bytes,
      fingerprint: fingerprintOf('INBOX', kind, bytes),
      orderKey: null,
      blocks: false,
      hops,
      createdAt: now,
      nextAttemptAt: now,
      expiresAt: now + options.expiresAfter,
      maxAttempts: options.maxAttempts,
      replayAttempts: options.replayAttempts,
      dead: null,
    }
  }

  async #work({ id, path, body, attempts, hops }: ClaimedDelivery): Promise<Attempted> {
    const clock = this.#clock
    const work = { id, kind: path, body: JSON.parse(Buffer.from(body ?? '').toString()), attempt: attempts }
    const done = { status: null, receipt: null }
    try {
      const handled = runInContext({ hops: hops + 1 }, async () => this.#options.handle(work))
      await within(handled, {
        clock,
        deadline: clock.now() + this.#timeout,
        signal: undefined,
        late: () => lateFailure('attempt', this.#timeout, 'unknown'),
      })
      return { ...done, failure: undefined }
    } catch (error) {
      if (error instanceof Failure) return { ...done, failure: error.outcome }
      const { name } = (error ?? {}) as { readonly name?: unknown }
      const code = typeof name === 'string' ? name : undefined
      return { ...done, failure: { kind: 'other', delivery: 'unknown', code } }
    }
  }
}
