/** One logical call, from the arguments to the outcome. */
import type { Clock } from '../clock.js'
import type { CallOptions } from '../declare/call-options.js'
import type { Failure } from '../errors/failure.js'
import type { AttemptRecord } from '../errors/index.js'
import type { HttpRequest, HttpResponse } from '../http/index.js'
import type { Address } from '../policy/addresses.js'
import type { Call, Counter } from '../policy/attempt.js'
import type { Timeouts } from '../policy/settings.js'
import { isReplayable } from './bearer.js'

type Tags = NonNullable<CallOptions['tags']>

const NONE: readonly AttemptRecord[] = Object.freeze([])
const NO_TAGS: Tags = Object.freeze({})
const NO_ARGS: readonly unknown[] = Object.freeze([])

export class RoutedCall implements Call {
  readonly clock: Clock
  readonly startedAt: number
  now: number
  readonly deadline: number
  readonly timeouts: Timeouts
  readonly signal: AbortSignal | undefined
  readonly idempotent: boolean
  readonly tags: Tags
  /** Attempts begun, whether or not a request was sent; `attempts` counts requests. */
  tries = 0
  attempts = 0
  circuitOpen = false
  /** What the method was called with, for its fallback. */
  args: readonly unknown[] = NO_ARGS
  circuit: Counter | undefined
  /** Set as soon as the address is known; no attempt is made before. */
  address!: Address
  addresses: readonly Address[] = []
  request!: HttpRequest
  /** The prefix that the request's path begins with. */
  prefix = ''
  /** Some attempt may have reached the service. */
  maybeDelivered = false
  /** The response that came last, of whatever status. */
  response: HttpResponse | undefined
  /** The failure that was recorded last. */
  last: Failure | undefined
  #history: AttemptRecord[] | undefined

  constructor(
    clock: Clock,
    timeouts: Timeouts,
    { signal, tags = NO_TAGS }: Pick<CallOptions, 'signal' | 'tags'>,
    idempotent: boolean,
    timeLeft: number | undefined,
  ) {
    this.clock = clock
    this.startedAt = this.now = clock.now()
    this.timeouts = timeouts
    const own = this.startedAt + timeouts.total
    this.deadline = timeLeft === undefined ? own : Math.min(own, this.startedAt + timeLeft)
    this.signal = signal
    this.tags = tags
    this.idempotent = idempotent
  }

  /** Milliseconds of the whole call; less than the timeout where a context leaves less. */
  get total(): number {
    return this.deadline - this.startedAt
  }

  get hasOthers(): boolean {
    return this.addresses.length > 1
  }

  get keyed(): boolean {
    const { headers } = this.request
    for (let i = 0; i < headers.length; i += 2) if (headers[i] === 'idempotency-key') return true
    return false
  }

  get replayable(): boolean {
    return isReplayable(this.request.body)
  }

  get history(): readonly AttemptRecord[] {
    return this.#history ?? NONE
  }

  record(last: Failure): void {
    const { outcome } = last
    this.last = last
    const failure = outcome.kind === 'http' ? `HTTP ${outcome.status}` : outcome.kind
    if (outcome.delivery !== 'not-sent') this.maybeDelivered = true
    this.#history ??= []
    this.#history.push({ failure, at: Math.round(this.clock.now() - this.startedAt) })
  }
}
