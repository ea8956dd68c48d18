/** What an operator sees of an outbox and can do to it. */
import type { Clock } from '../clock.js'
import type { ActResult, DeliveryRecord, OutboxStore, TargetStats } from './store.js'
import type { DeadPage, DeadQuery, Operator } from './types.js'

const WEEK = 7 * 86_400_000

export interface OperationsParts {
  readonly store: Omit<OutboxStore, 'record' | 'transaction'>
  /** Resolves when the store can be used. */
  readonly open: () => Promise<void>
  readonly clock: Clock
  /** Milliseconds that a replayed message has, if nothing else is said. */
  readonly expiresAfter: number
  /** Something may be due. */
  readonly wake: () => void
}

/** Opens a store once; a failure is tried anew by the next one who asks. */
export function opener(store: Pick<OutboxStore<never>, 'open'>): () => Promise<void> {
  let opening: Promise<void> | undefined
  return () => {
    opening ??= store.open().catch(error => {
      opening = undefined
      throw error
    })
    return opening
  }
}

export class Operations {
  readonly #parts: OperationsParts

  constructor(parts: OperationsParts) {
    this.#parts = parts
  }

  /** Resolves when the store can be used. */
  open(): Promise<void> {
    return this.#parts.open()
  }

  async stats(): Promise<TargetStats[]> {
    await this.#parts.open()
    return this.#parts.store.stats()
  }

  async find(id: string): Promise<DeliveryRecord[]> {
    await this.#parts.open()
    return this.#parts.store.find(id)
  }

  async dead(query: DeadQuery = {}): Promise<DeadPage> {
    const { target, after, limit = 100 } = query
    if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
      throw new RangeError('limit must be a whole number from 1 to 1,000')
    await this.#parts.open()
    const items = await this.#parts.store.list({ state: 'dead', target, after, limit })
    return { items, next: items.length < limit ? undefined : items.at(-1)?.seq }
  }

  async replay(
    ids: readonly string[],
    { expiresAfter = this.#parts.expiresAfter, ...operator }: Operator & { readonly expiresAfter?: number },
  ): Promise<ActResult[]> {
    if (!Number.isInteger(expiresAfter) || expiresAfter < 1_000 || expiresAfter > WEEK)
      throw new RangeError('expiresAfter must be from 1,000 milliseconds to 7 days')
    const act = this.#act(operator)
    await this.#parts.open()
    const results = await this.#parts.store.replay({ ids, ...act, expiresAt: act.now + expiresAfter })
    this.#parts.wake()
    return results
  }

  async cancel(ids: readonly string[], operator: Operator): Promise<ActResult[]> {
    const act = this.#act(operator)
    await this.#parts.open()
    return this.#parts.store.cancel({ ids, ...act })
  }

  async pause(target: string, operator: Omit<Operator, 'target'>): Promise<void> {
    const act = this.#act(operator)
    await this.#parts.open()
    await this.#parts.store.pause(target, act)
  }

  async resume(target: string, operator: Omit<Operator, 'target'>): Promise<void> {
    const act = this.#act(operator)
    await this.#parts.open()
    await this.#parts.store.resume(target, act)
    this.#parts.wake()
  }

  #act({ actor, reason, target }: Operator): Operator & { readonly now: number } {
    for (const [name, value] of Object.entries({ actor, reason }))
      if (typeof value !== 'string' || value.trim() === '')
        throw new TypeError(
          `${name} must say ${name === 'actor' ? 'who does it' : 'why'}: it is written down`,
        )
    return { actor, reason, now: this.#parts.clock.wallNow(), ...(target === undefined ? {} : { target }) }
  }
}
