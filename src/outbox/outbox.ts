/** `createOutbox`: calls are recorded first and delivered after, at least once, within bounds. */
import type { ServiceUrl } from '../client/index.js'
import { define, instanceOf, refuseOthers } from '../client/instance.js'
import { type Clock, systemClock } from '../clock.js'
import { DeclarationError, type Mistake } from '../errors/index.js'
import { MessageConflictError, NotifyInsideDeadHandlerError, StoreError } from '../errors/outbox-errors.js'
import { declareTargets, type TargetDeclaration } from '../group/targets.js'
import { Batch } from './batch.js'
import { checkOutbox } from './check-options.js'
import { DeadHandler, insideDeadHandler } from './dead.js'
import { publish } from './events.js'
import { deliveryOf, draft, givenId, newId } from './message.js'
import { Operations, opener } from './operations.js'
import {
  DELIVERY_DEFAULTS,
  type OutboxGroupOptions,
  type OutboxOptions,
  type OutboxTargetOptions,
} from './options.js'
import { type OutboxRoute, type Registration, Registry } from './registry.js'
import type { NewDelivery, OutboxStore, Recorded } from './store.js'
import type { Outbox, OutboxGuises, OutboxOf, Receipt } from './types.js'
import { Worker, workerSettings } from './worker.js'

/** Rows of one write. */
const WRITE = 500

/**
 * Makes an outbox: a call of its guises resolves when it is durably recorded, and a worker delivers it: at least once,
 * in the order of its order key, at most `maxAttempts` times, not after it has expired. What cannot be delivered is
 * dead, and stays so until an operator replays it.
 *
 * @throws DeclarationError that lists every wrong option.
 *
 * @example
 * const outbox = createOutbox({ store: openSqlite('outbox.db') })
 * const activity = outbox.client(ActivityClient, { url: 'http://activity-svc:8080' })
 * outbox.start()
 */
export function createOutbox<Tx = never>(options: OutboxOptions<Tx>): Outbox<Tx> {
  return new OutboxCore(checkOutbox(options))
}

class OutboxCore<Tx> extends Operations implements Outbox<Tx> {
  readonly #store: OutboxStore<Tx>
  readonly #clock: Clock
  readonly #random = Math.random
  /** Who sends, where it was said. */
  readonly #name: string | undefined
  readonly #registry: Registry
  readonly #worker: Worker
  readonly #dead: DeadHandler
  readonly #records: Batch<readonly NewDelivery[], readonly Recorded[]>
  #closing: Promise<void> | undefined

  constructor(options: OutboxOptions<Tx>) {
    const { store, clock = systemClock, onDead } = options
    super({
      store,
      open: opener(store),
      clock,
      expiresAfter: options.expiresAfter ?? DELIVERY_DEFAULTS.expiresAfter,
      wake: () => this.#worker.wake(),
    })
    this.#store = store
    this.#name = options.name
    this.#clock = clock
    this.#registry = new Registry(options, clock)
    this.#dead = new DeadHandler(onDead, clock)
    this.#records = new Batch(batches => this.#write(batches), {
      most: WRITE,
      key: ([delivery]) => delivery?.id,
    })
    this.#worker = new Worker({
      store: store as OutboxStore<unknown>,
      open: () => this.open(),
      targets: this.#registry.targets,
      dead: this.#dead,
      ...workerSettings(options, 'outbox'),
    })
    declareTargets(this, () => this.#targets(this.#registry.all()))
  }

  client<T extends object>(Class: new () => T, options?: OutboxTargetOptions<T>): OutboxOf<T> {
    return this.#client(Class, options, undefined)
  }

  group<T extends object, const N extends string>(
    Class: new () => T,
    options?: OutboxGroupOptions<T, N>,
  ): OutboxOf<T, N> {
    return this.#group(Class, options, undefined)
  }

  within(tx: Tx): OutboxGuises {
    if (tx === undefined || tx === null)
      throw new TypeError('within() takes the transaction of the store to record in')
    return {
      client: (Class, options) => this.#client(Class, options, tx),
      group: (Class, options) => this.#group(Class, options, tx),
    }
  }

  async transaction<T>(run: (tx: Tx, guises: OutboxGuises) => Promise<T>): Promise<T> {
    await this.open()
    if (this.#store.transaction === undefined)
      throw new StoreError('the store has no transactions; nothing was done')
    const result = await this.#store.transaction(tx => run(tx, this.within(tx)))
    this.#worker.wake()
    return result
  }

  start(): void {
    if (this.#closing !== undefined) throw new StoreError('the outbox is closed; make a new one')
    this.#worker.start()
  }

  async drain(): Promise<void> {
    await this.#worker.drain()
  }

  close({ timeout = 10_000 }: { readonly timeout?: number } = {}): Promise<void> {
    if (!(timeout >= 0 && timeout <= 600_000))
      throw new RangeError('timeout must be from 0 to 600,000 milliseconds')
    this.#closing ??= this.#close(timeout)
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #client<T extends object>(
    Class: new () => T,
    options: OutboxTargetOptions<T> | undefined,
    tx: Tx | undefined,
  ): OutboxOf<T> {
    const where = `outbox.client(${Class.name}, options)`
    const registrations =
      options === undefined
        ? this.#known(Class, where)
        : [
            this.#registry.register(
              Class,
              options.target,
              options as unknown as Readonly<Record<string, unknown>>,
              where,
            ),
          ]
    if (registrations.length > 1) {
      const names = registrations.map(({ target }) => target.name).join(', ')
      const rule = `the class is registered for several targets (${names}); use group(), or give the options`
      throw new DeclarationError(Class.name, [{ rule, where }])
    }
    return this.#guise(Class, registrations, tx) as OutboxOf<T>
  }

  #group<T extends object, N extends string>(
    Class: new () => T,
    options: OutboxGroupOptions<T, N> | undefined,
    tx: Tx | undefined,
  ): OutboxOf<T, N> {
    const where = `outbox.group(${Class.name}, options)`
    if (options === undefined) return this.#guise(Class, this.#known(Class, where), tx) as OutboxOf<T, N>
    const { targets, ...common } = options
    const entries = Object.entries<ServiceUrl | object>(targets ?? {})
    if (entries.length === 0)
      throw new DeclarationError(Class.name, [{ rule: 'targets must name at least one service', where }])
    const found: Mistake[] = []
    const registrations = entries.flatMap(([name, target]) => {
      const own = typeof target === 'string' || target instanceof URL ? { url: target } : target
      try {
        return [this.#registry.register(Class, name, { ...common, ...own }, `${where}, target ${name}`)]
      } catch (error) {
        if (!(error instanceof DeclarationError)) throw error
        found.push(...error.mistakes)
        return []
      }
    })
    if (found.length > 0) throw new DeclarationError(Class.name, found)
    return this.#guise(Class, registrations, tx) as OutboxOf<T, N>
  }

  #known(Class: object & { readonly name: string }, where: string): Registration[] {
    const known = this.#registry.of(Class)
    if (known.length > 0) return known
    const rule = 'the options are missing: the class was not given to this outbox before'
    throw new DeclarationError(Class.name, [{ rule, where }])
  }

  #guise<T extends object>(
    Class: new () => T,
    registrations: readonly Registration[],
    tx: Tx | undefined,
  ): object {
    const guise = instanceOf(Class)
    const [first] = registrations as [Registration]
    refuseOthers(guise, Class, first.contract, 'the methods of an outbox give receipts, not values')
    for (const name of first.routes.keys()) {
      const routes = registrations.map(({ routes: all }) => all.get(name) as OutboxRoute)
      const route = (...args: unknown[]) => this.#record(routes, args, tx)
      Object.defineProperty(route, 'name', { value: name })
      define(guise, name, route)
    }
    declareTargets(guise, () => this.#targets(registrations))
    return guise
  }

  #targets(registrations: readonly Registration[]): TargetDeclaration[] {
    return registrations.flatMap(({ routes, target, options: { url } }) =>
      [...routes.values()].map(({ method: { contract } }) => ({
        from: this.#name,
        service: contract.client,
        method: contract.id,
        target: target.name,
        url: typeof url === 'string' || url instanceof URL ? String(url) : undefined,
        how: 'outbox' as const,
      })),
    )
  }

  async #record(
    routes: readonly OutboxRoute[],
    args: readonly unknown[],
    tx: Tx | undefined,
  ): Promise<Receipt> {
    const { client, id: method } = (routes[0] as OutboxRoute).method.contract
    if (insideDeadHandler()) throw new NotifyInsideDeadHandlerError({ client, method })
    if (this.#closing !== undefined)
      throw new StoreError('the outbox is closed; nothing was recorded', { client, method })
    const drafts = await Promise.all(routes.map(route => draft(route, args)))
    const now = Math.floor(this.#clock.wallNow())
    const id = drafts.map(givenId).find(given => given !== undefined) ?? newId(now)
    const deliveries = drafts.map(one => deliveryOf(one, { id, now, random: this.#random }))
    await this.open()
    const recorded = await (tx === undefined
      ? this.#records.add(deliveries)
      : this.#store.record(deliveries, tx))
    if (recorded.some(({ outcome }) => outcome === 'conflict'))
      throw new MessageConflictError(id, { client, method })
    const targets = deliveries.map(({ target }) => target)
    publish(() => ({ type: 'recorded', id, targets }))
    if (deliveries.some(({ dead }) => dead !== null)) await this.#tellDead(id, tx)
    // What the caller has not committed yet nobody can see.
    if (tx === undefined) this.#worker.wake()
    return { id, targets, duplicate: recorded.every(({ outcome }) => outcome === 'duplicate') }
  }

  /** Of a message that was dead before it was sent: it has gone through too many services. */
  async #tellDead(id: string, tx: Tx | undefined): Promise<void> {
    // Whether the caller's transaction will be committed nobody knows yet, and nobody else can see into it.
    if (tx !== undefined) return
    for (const record of await this.#store.find(id)) if (record.state === 'dead') this.#dead.tell(record)
  }

  async #write(batches: readonly (readonly NewDelivery[])[]): Promise<(readonly Recorded[])[]> {
    const recorded = await this.#store.record(batches.flat())
    let at = 0
    return batches.map(({ length }) => {
      at += length
      return recorded.slice(at - length, at)
    })
  }

  async #close(timeout: number): Promise<void> {
    await this.#worker.close(timeout)
    await this.#registry.close()
    await this.#store.close()
  }
}
