/** The dispatcher that guise makes for itself, and makes anew when its connections have grown old. */
import { Agent } from 'undici'
import type { Clock } from '../clock.js'

export interface OwnAgentOptions {
  readonly connections: number
  readonly connectTimeout: number
  /** Milliseconds after which no request uses the connections that are there. */
  readonly maxConnectionAge: number
}

/**
 * Long-lived connections stick to the pods that were there when they were opened, so they are left behind from time to
 * time: those of one age together. Undici's own `clientTtl` was tried; once all connections of a pool had passed it,
 * requests hung.
 */
export class OwnAgent {
  readonly #options: OwnAgentOptions
  readonly #clock: Clock
  #agent: Agent
  #oldAt: number
  /** Agents that only finish what they have begun. */
  readonly #retiring = new Set<Agent>()

  constructor(options: OwnAgentOptions, clock: Clock) {
    this.#options = options
    this.#clock = clock
    this.#agent = newAgent(options)
    this.#oldAt = this.#growsOldAt()
  }

  /** `now`: what the clock says. */
  at(now: number): Agent {
    if (now >= this.#oldAt) this.#renew()
    return this.#agent
  }

  async destroy(): Promise<void> {
    // Not `close()` first: an agent that is closing no longer knows the connections that `destroy()` should end.
    await Promise.all([this.#agent, ...this.#retiring].map(agent => agent.destroy()))
  }

  #renew(): void {
    const old = this.#agent
    this.#agent = newAgent(this.#options)
    this.#oldAt = this.#growsOldAt()
    this.#retiring.add(old)
    // Waits for its requests in flight, then ends its connections.
    void old.close().finally(() => this.#retiring.delete(old))
  }

  /** Spread by a tenth, so that many clients do not reconnect at the same moment. */
  #growsOldAt(): number {
    return this.#clock.now() + this.#options.maxConnectionAge * (0.9 + Math.random() * 0.1)
  }
}

function newAgent({ connections, connectTimeout }: OwnAgentOptions): Agent {
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
