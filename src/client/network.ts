/** What a client knows of the network: the addresses of its service, their budgets and circuits. */
import type { Clock } from '../clock.js'
import type { MethodContract } from '../contract/index.js'
import { type Target, targetOf } from '../encode/index.js'
import { Failure } from '../errors/failure.js'
import { ConnectionError, DeclarationError } from '../errors/index.js'
import { Address } from '../policy/addresses.js'
import { Circuit, type CircuitBreakerOptions, type CircuitSnapshot } from '../policy/circuit-breaker.js'
import { LruMap } from '../policy/lru.js'
import type { RetryBudgetOptions } from '../policy/retry-budget.js'
import { urlMistake } from './check-options.js'
import type { ClientOptions, ServiceUrl, TargetCall } from './options.js'

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
  source(
    url: ClientOptions['url'],
    { client, id }: MethodContract,
  ): () => readonly Address[] | Promise<readonly Address[]> {
    if (typeof url !== 'function') {
      const addresses = this.#read(url)
      return () => addresses
    }
    const call = { client, method: id }
    return async () => {
      const given = await url(call)
      const addresses = this.#readAnswer(given, call)
      if (addresses.length === 0) throw nowhere()
      return addresses
    }
  }

  /** An address by its origin alone. */
  address(origin: string): Address {
    return this.#address({ origin, prefix: '' })
  }

  /** The circuits of all methods, or those of one: each address has its own. */
  circuitsOf(method: string | undefined, options: CircuitBreakerOptions): (origin: string) => Circuit {
    const circuits = this.#circuits
    const make = (origin: string) => new Circuit(origin, method, options, this.#clock)
    return method === undefined
      ? origin => circuits.get(origin, make)
      : origin => circuits.get(`${origin} ${method}`, () => make(origin))
  }

  circuits(): CircuitSnapshot[] {
    return [...this.#circuits.values()].map(circuit => circuit.snapshot())
  }

  close(): void {
    this.#circuits.clear()
  }

  #readAnswer(given: ServiceUrl | readonly ServiceUrl[], { client, method }: TargetCall): readonly Address[] {
    try {
      return this.#read(given)
    } catch {
      const rule = `url ${urlMistake(given) ?? 'must be a URL'}`
      throw new DeclarationError(client, [{ rule, where: `the url function, for ${method}` }])
    }
  }

  #read(url: ServiceUrl | readonly ServiceUrl[]): readonly Address[] {
    const urls = Array.isArray(url) ? (url as readonly ServiceUrl[]) : [url as ServiceUrl]
    return this.#lists.get(urls.join(' '), () => urls.map(one => this.#address(targetOf(one))))
  }

  #address({ origin, prefix }: Target): Address {
    return this.#addresses.get(origin + prefix, () => new Address(origin, prefix, this.#budget, this.#clock))
  }
}

/** The look-up worked and found nobody: the service is down, not the client wrong. */
const nowhere = (): Failure =>
  new Failure(
    { kind: 'connection', delivery: 'not-sent' },
    facts => new ConnectionError({ ...facts, reason: 'the service has no address now' }),
  )
