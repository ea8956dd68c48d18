/** One logical call, from the arguments to the outcome. */
import type { Clock } from '../clock.js'
import type { Failure } from '../errors/failure.js'
import type { AttemptRecord } from '../errors/index.js'
import type { HttpRequest } from '../http/index.js'
import type { Address } from '../policy/addresses.js'
import type { Call } from '../policy/attempt.js'
import type { Timeouts } from '../policy/settings.js'
import { isReplayable } from './bearer.js'

const NONE: readonly AttemptRecord[] = Object.freeze([])

export class RoutedCall implements Call {
  readonly clock: Clock
  readonly startedAt: number
  readonly deadline: number
  readonly timeouts: Timeouts
  readonly signal: AbortSignal | undefined
  readonly idempotent: boolean
  attempts = 0
  /** Set as soon as the address is known; no attempt is made before. */
  address!: Address
  addresses: readonly Address[] = []
  request!: HttpRequest
  /** The prefix that the request's path begins with. */
  prefix = ''
  /** Some attempt may have reached the service. */
  maybeDelivered = false
  #history: AttemptRecord[] | undefined

  constructor(
    clock: Clock,
    timeouts: Timeouts,
    signal: AbortSignal | undefined,
    idempotent: boolean,
    outerDeadline: number | undefined,
  ) {
    this.clock = clock
    this.startedAt = clock.now()
    this.timeouts = timeouts
    const own = this.startedAt + timeouts.total
    this.deadline = outerDeadline === undefined ? own : Math.min(own, outerDeadline)
    this.signal = signal
    this.idempotent = idempotent
  }

  /** Milliseconds of the whole call; less than the timeout where a context leaves less. */
  get total(): number {
    return this.deadline - this.startedAt
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

  record({ outcome }: Failure): void {
    const failure = outcome.kind === 'http' ? `HTTP ${outcome.status}` : outcome.kind
    if (outcome.delivery !== 'not-sent') this.maybeDelivered = true
    this.#history ??= []
    this.#history.push({ failure, at: Math.round(this.clock.now() - this.startedAt) })
  }
}
