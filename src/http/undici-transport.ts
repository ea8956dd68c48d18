/** The transport that all clients use unless they are given another: undici, under guise's own deadlines. */
import { Agent, type Dispatcher } from 'undici'
import { type Clock, MAX_TIMER, systemClock } from '../clock.js'
import { Deadlines } from './deadlines.js'
import { Exchange, type Premises } from './exchange.js'
import type { Ended } from './exchanger.js'
import type { CloseOptions, HttpRequest, HttpResponse, SendOptions, Transport } from './message.js'
import { OwnAgent } from './own-agent.js'
import { watchConnections } from './reuse.js'

export interface UndiciTransportOptions {
  /** Any dispatcher of undici 7 or 8; it stays the caller's, who has to close it. By default one is made. */
  readonly dispatcher?: Pick<Dispatcher, 'dispatch'> | undefined
  /** Connections to one origin, of the dispatcher that is made. By default 64. */
  readonly connections?: number | undefined
  /** After this many milliseconds the dispatcher that is made gives up connecting. By default 10,000. */
  readonly connectTimeout?: number | undefined
  /** Milliseconds after which connections are left behind, of the dispatcher that is made. By default 120,000. */
  readonly maxConnectionAge?: number | undefined
  readonly clock?: Clock | undefined
}

export function undiciTransport(options: UndiciTransportOptions = {}): Transport {
  return new UndiciTransport(options)
}

export class UndiciTransport implements Transport, Premises {
  readonly own: boolean
  readonly bare: boolean
  readonly deadlines: Deadlines
  /** Either the one that was given, or our own, which is ours to close. */
  private readonly given: Pick<Dispatcher, 'dispatch'> | undefined
  private readonly made: OwnAgent | undefined
  readonly clock: Clock
  private inFlight = 0
  private onIdle: (() => void) | undefined
  private closing: Promise<void> | undefined

  constructor(options: UndiciTransportOptions) {
    const {
      dispatcher,
      connections = 64,
      connectTimeout = 10_000,
      maxConnectionAge = 120_000,
      clock,
    } = options
    this.clock = clock ?? systemClock
    this.deadlines = new Deadlines(this.clock)
    this.given = dispatcher
    if (dispatcher === undefined) {
      this.made = new OwnAgent({ connections, connectTimeout, maxConnectionAge }, this.clock)
    }
    // Mocks, proxies and composed dispatchers each have a `dispatch` of their own.
    this.own = dispatcher === undefined
    this.bare = dispatcher === undefined || dispatcher.dispatch === Agent.prototype.dispatch
    watchConnections()
  }

  dispatcherAt(now: number): Pick<Dispatcher, 'dispatch'> {
    return this.given ?? (this.made as OwnAgent).at(now)
  }

  get closed(): boolean {
    return this.closing !== undefined
  }

  async send(request: HttpRequest, options: SendOptions): Promise<HttpResponse> {
    const { response, error } = await this.exchange(request, options)
    if (response === undefined) throw error
    const { status, statusText, headers, body, truncated } = response
    return { status, statusText, headers, body, truncated }
  }

  exchange<Options extends SendOptions>(request: HttpRequest, options: Options): Promise<Ended<Options>> {
    this.inFlight++
    const exchange = new Exchange(request, options, this)
    exchange.start()
    return exchange.done
  }

  exchangeEnded(): void {
    this.inFlight--
    if (this.inFlight === 0) this.onIdle?.()
  }

  close({ timeout = 5000 }: CloseOptions = {}): Promise<void> {
    this.closing ??= this.shutDown(timeout)
    return this.closing
  }

  private async shutDown(timeout: number): Promise<void> {
    if (this.inFlight > 0 && timeout > 0) await this.idleWithin(timeout)
    await this.made?.destroy()
  }

  private idleWithin(milliseconds: number): Promise<void> {
    return new Promise(resolve => {
      const timer = this.clock.setTimeout(resolve, Math.min(milliseconds, MAX_TIMER))
      this.onIdle = () => {
        this.clock.clearTimeout(timer)
        resolve()
      }
    })
  }
}
