/** The options of an outbox and of its targets; every number is bounded, and a wrong one is refused when it is given. */
import type { ClientOptions, MethodName, ServiceUrl } from '../client/index.js'
import type { Clock } from '../clock.js'
import type { PolicyOptions } from '../policy/settings.js'
import type { DeliveryRecord, OutboxStore } from './store.js'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** How messages are delivered; of a target, or of all targets of an outbox. */
export interface DeliveryOptions {
  /** Requests that ever leave for one message to one target, from 1 to 25. Default: 10. */
  readonly maxAttempts?: number
  /** The same for each time that an operator replays a dead one, from 1 to 25. Default: 3. */
  readonly replayAttempts?: number
  /** Milliseconds after which a message is not sent any more, up to 7 days. Default: 24 hours. */
  readonly expiresAfter?: number
  /**
   * Milliseconds before each attempt, the first one included; the last one holds for all further attempts. Each wait
   * varies by 20 %. Default: 0, 5 s, 30 s, 2 min, 10 min, 30 min, 1 h, 2 h, 4 h, 8 h.
   */
  readonly schedule?: readonly number[]
  /** Requests to the target at the same time, from 1 to 100. Default: 8. */
  readonly concurrency?: number
  /** The largest body that is recorded, in bytes, up to 16 MiB. Default: 1 MiB. */
  readonly maxBodyBytes?: number
  /** Whether a dead message holds back the later ones of its order key. Default: `skip`, they go on. */
  readonly afterDead?: 'skip' | 'block'
  /** Statuses that stop all deliveries to the target until an operator resumes it. Default: none. */
  readonly parkOn?: readonly number[]
  /**
   * What to do with an argument that is a credential (`authorization`, `cookie`, ...). It is never stored: `refuse`
   * rejects the call, `omit` leaves it out. Credentials belong into `use`, which is asked for each attempt.
   * Default: `refuse`.
   */
  readonly credentials?: 'refuse' | 'omit'
  /** Signs each attempt anew by Standard Webhooks v1: secrets `whsec_...`, the newest first. Default: unsigned. */
  readonly signing?: { readonly secrets: readonly string[] }
}

/** Options of {@link createOutbox}. */
export interface OutboxOptions<Tx = never> extends DeliveryOptions {
  /** Where messages are recorded. */
  readonly store: OutboxStore<Tx>
  /** Who sends: for leases, and for `npx guise map`. Default: `outbox`. */
  readonly name?: string
  /** Milliseconds between looks into the store when there is nothing to do, from 10 to 60,000. Default: 250. */
  readonly pollInterval?: number
  /** Milliseconds that ended messages are kept, up to 365 days. Default: 7 days, dead ones 30 days. */
  readonly retention?: { readonly done?: number; readonly dead?: number }
  /**
   * Told once of each delivery that has died, by the process that saw it die. It cannot notify by an outbox, and has
   * 5 seconds; what it throws is counted and published, no more.
   */
  readonly onDead?: (dead: DeliveryRecord) => unknown
  /**
   * Told when the worker cannot use its store, once until it can again; it goes on trying. Default: a warning of the
   * process.
   */
  readonly onError?: (error: unknown) => void
  /** Where all time comes from; a test gives its own. Default: the system's. */
  readonly clock?: Clock
}

/** Options of one service that an outbox delivers to. */
export interface OutboxTargetOptions<T = object>
  extends DeliveryOptions,
    Pick<
      ClientOptions<T>,
      | 'url'
      | 'headers'
      | 'use'
      | 'forward'
      | 'connections'
      | 'maxConnectionAge'
      | 'dispatcher'
      | 'transport'
      | 'maxResponseBytes'
      | 'circuitBreaker'
      | 'bulkhead'
    > {
  /** Milliseconds; `attempt` bounds each request. Default: `{ connect: 2_000, attempt: 5_000 }`. */
  readonly timeout?: PolicyOptions['timeout']
  /** The target's name in the store; it outlives deployments. Default: the service's name. */
  readonly target?: string
  /** Messages of one key are sent one after the other, as recorded. No key: at once and in any order. */
  readonly orderKey?: OrderKeys<T>
}

/** For each route what its messages are ordered by, made of its arguments; `undefined` for no order. */
export type OrderKeys<T> = {
  readonly [K in MethodName<T>]?: T[K] extends (...args: infer A) => unknown
    ? (...args: A) => string | undefined
    : never
}

/** Options of a group: what all targets have in common, and the targets by their names. */
export interface OutboxGroupOptions<T = object, N extends string = string>
  extends Omit<OutboxTargetOptions<T>, 'url' | 'target'> {
  readonly targets: Readonly<Record<N, ServiceUrl | Omit<OutboxTargetOptions<T>, 'target'>>>
}

/** The delivery options with their defaults. */
export interface Delivery {
  readonly maxAttempts: number
  readonly replayAttempts: number
  readonly expiresAfter: number
  readonly schedule: readonly number[]
  readonly concurrency: number
  readonly maxBodyBytes: number
  readonly afterDead: 'skip' | 'block'
  readonly parkOn: readonly number[]
  readonly credentials: 'refuse' | 'omit'
  readonly signing: { readonly secrets: readonly string[] } | undefined
}

export const DELIVERY_DEFAULTS: Delivery = {
  maxAttempts: 10,
  replayAttempts: 3,
  expiresAfter: DAY,
  schedule: [
    0,
    5 * SECOND,
    30 * SECOND,
    2 * MINUTE,
    10 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    4 * HOUR,
    8 * HOUR,
  ],
  concurrency: 8,
  maxBodyBytes: 1024 * 1024,
  afterDead: 'skip',
  parkOn: [],
  credentials: 'refuse',
  signing: undefined,
}
