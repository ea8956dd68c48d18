/** What a client knows of the network: the addresses of its service, their budgets and circuits. */
import type { Clock } from '../clock.js'
import type { MethodContract } from '../contract/index.js'
import { type Target, targetOf } from '../encode/index.js'
import { Address } from '../policy/addresses.js'
import { Circuit, type CircuitBreakerOptions, type CircuitSnapshot } from '../policy/circuit-breaker.js'
import { LruMap } from '../policy/lru.js'
import type { RetryBudgetOptions } from '../policy/retry-budget.js'
import type { ClientOptions, ServiceUrl } from './options.js'

/** Addresses and circuits beyond this many are forgotten, the least recently used first. */
const MOST = 1000

export class Network {
  readonly #clock: Clock
  readonly #budget: RetryBudgetOptions
  readonly #addresses: LruMap<string, Address>
  readonly #circuits = new LruMap<string, Circuit>(MOST, circuit => circuit.shutdown())
  /** Lists that a `url` function returned, by what they were made of. */
  readonly #lists = new LruMap<string, readonly Address[]>(MOST)

  constructor(clock: Clock, budget: RetryBudgetOptions) {
    this.#clock = clock
    this.#budget = budget
    this.#addresses = new LruMap(MOST)
  }

  /** What the option `url` says for a method. */
  source(url: ClientOptions['url'], { client, id }: MethodContract): () => readonly Address[] | Promise<readonly Address[]> {
    if (typeof url !== 'function') {
      const addresses = this.#read(url)
      return () => addresses
    }
    const call = { client, method: id }
    return async () => this.#read(await url(call))
  }

  /** An address by its origin alone. */
  address(origin: string): Address {
    return this.#address({ origin, prefix: '' })
  }

  circuit(origin: string, method: string | undefined, options: CircuitBreakerOptions): Circuit {
    const key = method === undefined ? origin : `${origin} ${method}`
    return this.#circuits.get(key, () => new Circuit(origin, method, options, this.#clock))
  }

  circuits(): CircuitSnapshot[] {
    return [...this.#circuits.values()].map(circuit => circuit.snapshot())
  }

  close(): void {
    for (const circuit of this.#circuits.values()) circuit.shutdown()
  }

  #read(url: ServiceUrl | readonly ServiceUrl[]): readonly Address[] {
    const urls = Array.isArray(url) ? (url as readonly ServiceUrl[]) : [url as ServiceUrl]
    return this.#lists.get(urls.join(' '), () => {
      const addresses = urls.map(one => this.#address(targetOf(one)))
      for (const address of addresses) address.hasOthers = addresses.length > 1
      return addresses
    })
  }

  #address({ origin, prefix }: Target): Address {
    return this.#addresses.get(origin + prefix, () => new Address(origin, prefix, this.#budget, this.#clock))
  }
}
