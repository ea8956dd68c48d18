/** The transport that all clients use unless they are given another: undici, under guise's own deadlines. */
import { Agent, type Dispatcher } from 'undici'
import { type Clock, MAX_TIMER, systemClock } from '../clock.js'
import { Deadlines } from './deadlines.js'
import { Exchange, type Premises } from './exchange.js'
import type { CloseOptions, HttpRequest, HttpResponse, SendOptions, Transport } from './message.js'
import { watchConnections } from './reuse.js'

export interface UndiciTransportOptions {
  /** Any dispatcher of undici 7 or 8; it stays the caller's, who has to close it. By default one is made. */
  readonly dispatcher?: Pick<Dispatcher, 'dispatch'> | undefined
  /** Connections to one origin, of the dispatcher that is made. By default 64. */
  readonly connections?: number | undefined
  /** After this many milliseconds the dispatcher that is made gives up connecting. By default 2000. */
  readonly connectTimeout?: number | undefined
  readonly clock?: Clock | undefined
}

export function undiciTransport(options: UndiciTransportOptions = {}): Transport {
  return new UndiciTransport(options)
}

class UndiciTransport implements Transport, Premises {
  readonly dispatcher: Pick<Dispatcher, 'dispatch'>
  readonly bare: boolean
  readonly deadlines: Deadlines
  /** The dispatcher, if it is ours to close. */
  private readonly agent: Agent | undefined
  private readonly clock: Clock
  private inFlight = 0
  private onIdle: (() => void) | undefined
  private closing: Promise<void> | undefined

  constructor({ dispatcher, connections, connectTimeout, clock }: UndiciTransportOptions) {
    this.clock = clock ?? systemClock
    this.deadlines = new Deadlines(this.clock)
    if (dispatcher === undefined) this.agent = newAgent(connections ?? 64, connectTimeout ?? 2000)
    this.dispatcher = dispatcher ?? (this.agent as Agent)
    // Mocks, proxies and composed dispatchers each have a `dispatch` of their own.
    this.bare = this.dispatcher.dispatch === Agent.prototype.dispatch
    watchConnections()
  }

  get closed(): boolean {
    return this.closing !== undefined
  }

  send(request: HttpRequest, options: SendOptions): Promise<HttpResponse> {
    this.inFlight++
    const exchange = new Exchange(request, options, this)
    exchange.start()
    return exchange.response
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
    // Not `close()` first: an agent that is closing no longer knows the connections that `destroy()` should end.
    await this.agent?.destroy()
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

function newAgent(connections: number, connectTimeout: number): Agent {
  return new Agent({
    connections,
    // Less than what servers and load balancers commonly allow: the client should be the one that hangs up.
    keepAliveTimeout: 4000,
    keepAliveMaxTimeout: 30_000,
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    // Ends attempts that nobody waits for any more; requests have the exact deadline of their own.
    connect: { timeout: connectTimeout },
  })
}
