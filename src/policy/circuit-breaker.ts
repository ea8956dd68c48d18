/** The circuit breaker: opossum decides; this file feeds it, on guise's clock and without a timer of its own. */
import { EventEmitter } from 'node:events'
import CircuitBreaker from 'opossum'
import type { Clock } from '../clock.js'
import { Failure } from '../errors/failure.js'
import { CircuitOpenError } from '../errors/index.js'
import { type CircuitEvent, circuitChannel } from '../telemetry/channels.js'
import { type Attempt, type Call, type Counter, caught, failed, type Otherwise } from './attempt.js'
import {
  countFailure,
  countReject,
  countSuccesses,
  forgetFailure,
  forgetLatencies,
  mayOpen,
} from './circuit-window.js'
import { countsAgainstService, tellsNothing } from './classify.js'

/** When a circuit opens, and for how long. */
export interface CircuitBreakerOptions {
  /** Calls in the window before it may open. Default: 10. */
  readonly volume?: number
  /** It opens when more than this percentage of the window's calls fail. Default: 50. */
  readonly errorThreshold?: number
  /** Milliseconds that a call counts, in whole seconds. Default: 10,000. */
  readonly window?: number
  /** Milliseconds that it stays open before a probe; doubled up to 60,000 while probes fail. Default: 10,000. */
  readonly resetAfter?: number
  /** One circuit for each address of the service (`target`, default), or for each method of each address. */
  readonly scope?: 'target' | 'method'
  /** Statuses that count as failures, instead of 5xx. Failures of the network and timeouts always count. */
  readonly counts?: readonly number[]
}

export type CircuitState = 'closed' | 'open' | 'half-open'

/** A circuit as `circuitsOf` shows it. */
export interface CircuitSnapshot {
  /** The address: `http://member-svc:8080`. */
  readonly target: string
  /** The method, where `scope` is `method` or the method has options of its own. */
  readonly method: string | undefined
  readonly state: CircuitState
  /** Milliseconds until a probe is let through; 0 unless it is open. */
  readonly retryAfter: number
  /** Calls of the window. */
  readonly successes: number
  readonly failures: number
  /** Calls that were turned away. */
  readonly rejected: number
}

const LONGEST_RESET = 60_000
const BUCKET = 1000

type Action = () => Promise<unknown>

/**
 * One circuit. What opossum has nothing to decide about is put into its window without it: successes of a closed
 * circuit, failures that cannot open it, and calls that an open one turns away.
 */
export class Circuit implements Counter {
  readonly target: string
  readonly method: string | undefined
  readonly #options: Required<Omit<CircuitBreakerOptions, 'scope' | 'counts'>>
  readonly #counts: (failure: Failure) => boolean
  readonly #clock: Clock
  /** Opossum rotates its window when this says so; otherwise it would keep a timer for each breaker. */
  readonly #rotation = new EventEmitter()
  #breaker: CircuitBreaker<[Action], unknown>
  #pending = 0
  #second: number
  #resetAfter: number
  #openUntil = 0
  /** The probe was given up by its caller, or did not get as far as the service. */
  #probeLost = false

  constructor(target: string, method: string | undefined, options: CircuitBreakerOptions, clock: Clock) {
    const { volume = 10, errorThreshold = 50, window = 10_000, resetAfter = 10_000, counts } = options
    this.target = target
    this.method = method
    this.#options = { volume, errorThreshold, window, resetAfter }
    const statuses = counts === undefined ? undefined : new Set(counts)
    this.#counts = ({ outcome }) =>
      statuses === undefined || outcome.status === undefined
        ? countsAgainstService(outcome)
        : statuses.has(outcome.status)
    this.#clock = clock
    this.#resetAfter = resetAfter
    this.#second = Math.floor(clock.now() / BUCKET)
    this.#breaker = this.#make()
  }

  get state(): CircuitState {
    this.#tick()
    return this.#breaker.closed ? 'closed' : this.#breaker.halfOpen ? 'half-open' : 'open'
  }

  snapshot(): CircuitSnapshot {
    const { state, target, method } = this
    this.#tell()
    const { successes, failures, rejects } = this.#breaker.stats
    const retryAfter = state === 'open' ? this.#untilProbe : 0
    return { target, method, state, retryAfter, successes, failures, rejected: rejects }
  }

  /** Lets an attempt through, or turns it away. While the circuit is closed, the attempt says itself how it ended. */
  run(next: Attempt, call: Call, otherwise?: Otherwise): Promise<unknown> {
    this.#tick(call.now)
    const { closed, halfOpen, pendingClose } = this.#breaker
    call.circuit = closed ? this : undefined
    if (closed) return next(call, otherwise)
    // Half open: the first call is the probe, and the others are turned away as if it were open.
    return halfOpen && pendingClose
      ? caught(this.#probe(next, call), call, otherwise)
      : failed(this.#refuse(call), call, otherwise)
  }

  succeeded(): void {
    this.#pending++
  }

  async failed(failure: Failure, call: Call): Promise<void> {
    await this.#count(failure)
    call.circuitOpen = !this.#breaker.closed
  }

  shutdown(): void {
    this.#breaker.shutdown()
  }

  /** A closed circuit's failure goes through opossum where it may open the circuit: opossum decides. */
  async #count(failure: Failure): Promise<void> {
    if (tellsNothing(failure.outcome)) return
    if (!this.#counts(failure)) {
      this.#pending++
      return
    }
    this.#tick()
    // The answer to a call from before it opened: it would only be turned away.
    if (!this.#breaker.closed) return
    this.#tell()
    const { status } = this.#breaker
    if (!mayOpen(status, this.#options)) return countFailure(status)
    await this.#breaker.fire(() => Promise.reject(failure)).catch(() => {})
    forgetLatencies(status)
  }

  async #probe(next: Attempt, call: Call): Promise<unknown> {
    try {
      return await this.#breaker.fire(() => next(call))
    } catch (error) {
      call.circuitOpen = !this.#breaker.closed
      throw error
    }
  }

  /** Counts as opossum does; its own error, with a stack that nobody sees, would be a third of the call's time. */
  #refuse(call: Call): Failure {
    countReject(this.#breaker.status)
    call.circuitOpen = true
    const retryAfter = this.#untilProbe
    return new Failure(
      { kind: 'circuit-open', delivery: 'not-sent', retryAfter },
      facts => new CircuitOpenError({ ...facts, retryAfter }),
    )
  }

  /** Brings the window and the state up to the clock. */
  #tick(now = this.#clock.now()): void {
    const second = Math.floor(now / BUCKET)
    if (second !== this.#second) {
      this.#tell()
      const turns = Math.min(second - this.#second, this.#buckets)
      for (let i = 0; i < turns; i++) this.#rotation.emit('rotate')
      this.#second = second
    }
    if (this.#breaker.opened && now >= this.#openUntil) {
      // Opossum would do this on a timer of its own; a breaker that begins half open is its documented way around it.
      const { status } = this.#breaker
      this.#breaker.removeAllListeners()
      this.#breaker.close()
      this.#breaker = this.#make({ state: { closed: false, halfOpen: true }, status })
      this.#publish('half-open')
    }
  }

  /** Tells opossum of the successes since the last time, in the bucket of the second they belong to. */
  #tell(): void {
    if (this.#pending === 0) return
    countSuccesses(this.#breaker.status, this.#pending)
    this.#pending = 0
  }

  /** Milliseconds. */
  get #untilProbe(): number {
    return Math.max(0, Math.ceil(this.#openUntil - this.#clock.now()))
  }

  get #buckets(): number {
    return Math.max(1, Math.round(this.#options.window / BUCKET))
  }

  #make(from: object = {}): CircuitBreaker<[Action], unknown> {
    const { volume, errorThreshold } = this.#options
    const breaker = new CircuitBreaker((action: Action) => action(), {
      ...from,
      // Deadlines are guise's: opossum's would not end the work.
      timeout: false,
      volumeThreshold: volume,
      errorThresholdPercentage: errorThreshold,
      rollingCountTimeout: this.#buckets * BUCKET,
      rollingCountBuckets: this.#buckets,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
      rotateBucketController: this.#rotation,
      // Its own timer never fires: the circuit is half open when the clock says so.
      resetTimeout: 2_147_483_647,
      errorFilter: (error: unknown) => this.#harmless(error as Failure),
    } as CircuitBreaker.Options<[Action]>)
    breaker.on('open', () => this.#opened())
    breaker.on('close', () => this.#closed())
    return breaker
  }

  #harmless(failure: Failure): boolean {
    // Nothing is known of the service: the circuit stays open, and the next call is the probe.
    this.#probeLost = tellsNothing(failure.outcome)
    return !this.#probeLost && !this.#counts(failure)
  }

  #opened(): void {
    const now = this.#clock.now()
    if (this.#probeLost) {
      this.#openUntil = now
      forgetFailure(this.#breaker.status)
    } else {
      // A failed probe follows a circuit that was open; a first opening follows a closed one.
      const wasProbe = this.#openUntil > 0
      if (wasProbe)
        this.#resetAfter = Math.max(this.#options.resetAfter, Math.min(LONGEST_RESET, this.#resetAfter * 2))
      this.#openUntil = now + this.#resetAfter
    }
    this.#probeLost = false
    this.#publish('open')
  }

  /** What failed before it opened is not held against a service that has recovered: the probe begins a new window. */
  #closed(): void {
    this.#resetAfter = this.#options.resetAfter
    this.#openUntil = 0
    this.#breaker.shutdown()
    this.#breaker = this.#make()
    this.#pending = 1
    this.#publish('closed')
  }

  #publish(state: CircuitState): void {
    if (!circuitChannel.hasSubscribers) return
    const { target, method } = this
    const retryAfter = state === 'open' ? this.#untilProbe : 0
    const event: CircuitEvent = { target, method, state, retryAfter }
    circuitChannel.publish(event)
  }
}
