/** What an outbox delivers to: targets by name, each with the routes of the classes that were registered for it. */
import { isDeepStrictEqual } from 'node:util'
import { type Assembled, type AssembledMethod, assemble } from '../client/assemble.js'
import type { ClientOptions } from '../client/index.js'
import type { Clock } from '../clock.js'
import type { ServiceContract } from '../contract/index.js'
import { Encoder } from '../encode/index.js'
import { DeclarationError, type Mistake } from '../errors/index.js'
import { type Timeouts, valuesOf } from '../policy/settings.js'
import { isSecret } from '../redact.js'
import { nameMistake, splitTarget } from './check-options.js'
import type { Delivery, DeliveryOptions } from './options.js'
import { send } from './sender.js'
import { Target } from './target.js'

/** One route of a class to one target. */
export interface OutboxRoute {
  readonly method: AssembledMethod
  /** Makes the request without the guise's own headers, which are added to each attempt. */
  readonly encoder: Encoder
  /** The guise's headers, names and values in turn. */
  readonly headers: readonly string[]
  readonly timeouts: Timeouts
  readonly registration: Registration
  readonly orderKey: ((...args: unknown[]) => string | undefined) | undefined
}

/** One class for one target. */
export interface Registration {
  readonly target: Target
  readonly contract: ServiceContract
  readonly assembled: Assembled
  readonly delivery: Delivery
  /** In lower case. */
  readonly forward: readonly string[]
  readonly routes: ReadonlyMap<string, OutboxRoute>
  readonly Class: abstract new () => object
  /** What it was registered with, to tell a repetition from a contradiction. */
  readonly options: Readonly<Record<string, unknown>>
}

export class Registry {
  readonly #base: DeliveryOptions
  readonly #clock: Clock
  readonly #registrations: Registration[] = []
  readonly targets = new Map<string, Target>()

  constructor(base: DeliveryOptions, clock: Clock) {
    this.#base = base
    this.#clock = clock
  }

  /** All registrations of a class. */
  of(Class: object): Registration[] {
    return this.#registrations.filter(registration => registration.Class === Class)
  }

  all(): readonly Registration[] {
    return this.#registrations
  }

  /** @throws DeclarationError that lists every mistake. */
  register(
    Class: new () => object,
    name: string | undefined,
    options: Readonly<Record<string, unknown>>,
    where: string,
  ): Registration {
    const found: Mistake[] = []
    const { delivery, client, orderKey } = splitTarget(options, this.#base, where, found)
    const assembled = this.#assemble(Class, client, where, found)
    if (assembled === undefined) throw new DeclarationError(Class.name, found)
    const { contract } = assembled
    const targetName = name ?? contract.name
    const mistake = nameMistake(targetName)
    if (mistake !== undefined) found.push({ rule: `target ${mistake}`, where })
    checkOrderKeys(orderKey, contract, where, found)
    checkRoutes(contract, where, found)
    for (const header of (client.forward as readonly string[] | undefined) ?? [])
      if (isSecret(header))
        found.push({ rule: `forward must not hold ${header}: credentials are not stored`, where })
    const known = this.#registrations.find(one => one.Class === Class && one.target.name === targetName)
    if (known !== undefined) {
      void assembled.close()
      if (found.length === 0 && isDeepStrictEqual(known.options, options)) return known
      found.push({ rule: `the target ${targetName} is registered for this class with other options`, where })
    }
    const target = this.targets.get(targetName) ?? new Target(targetName, this.#clock)
    const namesake = Object.values(contract.methods).find(({ id }) => target.route(id) !== undefined)
    if (known === undefined && namesake !== undefined)
      found.push({
        rule: `${namesake.id} is registered for the target ${targetName} by another class of that name`,
        where,
      })
    if (found.length > 0) {
      void assembled.close()
      throw new DeclarationError(Class.name, found)
    }
    return this.#add(target, { Class, options, assembled, contract, delivery, client, orderKey })
  }

  async close(): Promise<void> {
    await Promise.all(this.#registrations.map(({ assembled }) => assembled.close()))
  }

  #assemble(
    Class: new () => object,
    client: Record<string, unknown>,
    where: string,
    found: Mistake[],
  ): Assembled | undefined {
    // A service that is down is left alone, and costs its messages no attempts.
    const options = {
      ...client,
      circuitBreaker: client.circuitBreaker ?? true,
      retry: false,
      clock: this.#clock,
    }
    try {
      return assemble(Class, options as unknown as ClientOptions<object>, where)
    } catch (error) {
      if (!(error instanceof DeclarationError)) throw error
      found.push(...error.mistakes)
      return undefined
    }
  }

  #add(
    target: Target,
    parts: Pick<Registration, 'Class' | 'options' | 'assembled' | 'contract' | 'delivery'> & {
      readonly client: Record<string, unknown>
      readonly orderKey: Record<string, unknown>
    },
  ): Registration {
    const { client, orderKey, assembled, delivery } = parts
    const headers = Object.entries((client.headers as Record<string, string> | undefined) ?? {})
    const routes = new Map<string, OutboxRoute>()
    const registration: Registration = {
      ...parts,
      target,
      routes,
      forward: ((client.forward as readonly string[] | undefined) ?? []).map(header => header.toLowerCase()),
    }
    for (const [name, method] of assembled.methods) {
      const timeouts = valuesOf(method.policies.timeout) as Timeouts
      const key = Object.hasOwn(orderKey, name) ? orderKey[name] : undefined
      const route: OutboxRoute = {
        method,
        encoder: new Encoder(method.contract, { headers: new Map(), allowOrigins: new Set() }),
        headers: headers.flatMap(([header, value]) => [header.toLowerCase(), value]),
        timeouts,
        registration,
        orderKey: key as OutboxRoute['orderKey'],
      }
      routes.set(name, route)
      const { schedule, parkOn, concurrency } = delivery
      target.add(method.contract.id, concurrency, {
        attemptTimeout: timeouts.attempt,
        schedule,
        parkOn,
        send: (message, stored, context) => send(route, message, stored, context),
      })
    }
    this.targets.set(target.name, target)
    this.#registrations.push(registration)
    return registration
  }
}

function checkOrderKeys(
  orderKey: Record<string, unknown>,
  { methods }: ServiceContract,
  where: string,
  found: Mistake[],
): void {
  for (const [name, key] of Object.entries(orderKey)) {
    if (!Object.hasOwn(methods, name)) found.push({ rule: `orderKey.${name} names no route`, where })
    else if (key !== undefined && typeof key !== 'function')
      found.push({ rule: `orderKey.${name} must be a function of the route's arguments`, where })
  }
}

/** A message goes to its target and nowhere else. */
function checkRoutes({ methods }: ServiceContract, where: string, found: Mistake[]): void {
  for (const { id, parameters } of Object.values(methods))
    if (parameters.some(({ binding }) => binding.kind === 'url'))
      found.push({ rule: `${id} takes its URL with @Url(), and a message goes to its target only`, where })
}
