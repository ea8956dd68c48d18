/**
 * A small world that goes wrong by plan: processes with an outbox over one store, receivers that remember what they got,
 * and a random schedule of crashes, freezes, lost answers, failing stores and clock jumps. Nothing in it waits: each
 * fault happens inside the request or the store's operation that it strikes.
 */
import type { HttpResponse, Interceptor } from 'guise'
import { createOutbox, type DeliveryRecord, type Outbox, type OutboxStore, type Receipt } from 'guise/outbox'
import { mockTransport, type TestClock, testClock } from 'guise/testing'
import { Activity, NOW } from './support.js'

/** What becomes of one request. `effect`: whether the receiver did its work before it went wrong. */
export type Fate =
  | { readonly kind: 'answer'; readonly status: number }
  | { readonly kind: 'reset'; readonly effect: boolean }
  | { readonly kind: 'hang'; readonly effect: boolean }
  /** The process dies while it waits for the answer. */
  | { readonly kind: 'crash'; readonly effect: boolean }
  /** The process stands still for a minute, and then gets the answer. */
  | { readonly kind: 'freeze'; readonly effect: boolean }

export type Step =
  | { readonly kind: 'record'; readonly key: string | undefined }
  | { readonly kind: 'deliver' }
  | { readonly kind: 'pass'; readonly seconds: number }
  | { readonly kind: 'wall'; readonly seconds: number }
  | { readonly kind: 'restart' }
  /** The process dies at its n-th operation from now, before the store did it or after. */
  | { readonly kind: 'crash at'; readonly operation: number; readonly done: boolean }
  /** The store rejects the n-th operation from now. */
  | { readonly kind: 'fail at'; readonly operation: number }
  | { readonly kind: 'replay' }

export interface Plan {
  readonly steps: readonly Step[]
  readonly fates: readonly Fate[]
}

const TARGETS = ['activity', 'ads'] as const
const KEYS = 'abc'
export const MAX_ATTEMPTS = 5
export const REPLAY_ATTEMPTS = 2
const never = new Promise<never>(() => {})

/** One process: it may die, and then nothing of it moves any more. */
class Process {
  readonly clock: TestClock
  readonly outbox: Outbox
  readonly group: { created(post: { postId: number }, id?: string): Promise<Receipt> }
  alive = true
  readonly died: Promise<void>
  crash!: () => void
  /** Counts down; at 0 it strikes. */
  fault: { operation: number; kind: 'crash' | 'fail'; done: boolean } | undefined
  #passing: Promise<void> = Promise.resolve()

  constructor(world: World) {
    this.clock = testClock({ wallNow: world.wall })
    this.died = new Promise(resolve => {
      this.crash = () => {
        this.alive = false
        resolve()
      }
    })
    this.outbox = createOutbox({
      store: this.#frail(world.store),
      clock: this.clock,
      maxAttempts: MAX_ATTEMPTS,
      replayAttempts: REPLAY_ATTEMPTS,
      schedule: [0, 1_000, 5_000],
      onDead: record => world.died(record),
    })
    const transport = mockTransport(async request => {
      if (!this.alive) return never
      return world.receive(
        this,
        request.origin.slice('http://'.length),
        request.headers['idempotency-key'] as string,
      )
    })
    const stale: Interceptor = async (request, next): Promise<HttpResponse> => {
      const response = await next(request)
      return this.alive ? response : never
    }
    const options = {
      transport,
      use: [stale],
      circuitBreaker: false as const,
      orderKey: { created: world.keyOf },
    }
    this.group = this.outbox.group(Activity, {
      ...options,
      targets: { activity: 'http://activity', ads: 'http://ads' },
    }) as Process['group']
  }

  /** The store as a process sees it that may die, or whose store may fail. */
  #frail(store: OutboxStore<never>): OutboxStore<never> {
    return new Proxy(store, {
      get: (target, name) => {
        const operation = Reflect.get(target, name) as unknown
        if (typeof operation !== 'function' || name === 'close' || name === 'open')
          return bound(operation, target)
        return async (...args: unknown[]) => {
          if (!this.alive) return never
          const struck = this.fault !== undefined && --this.fault.operation <= 0 ? this.fault : undefined
          if (struck !== undefined) this.fault = undefined
          if (struck?.kind === 'fail') {
            // It is tried again after a while.
            void this.pass(300)
            throw new Error('the store failed, as planned')
          }
          if (struck?.kind === 'crash' && !struck.done) return this.#die()
          const result: unknown = await operation.apply(target, args)
          if (struck?.kind === 'crash') return this.#die()
          return this.alive ? result : never
        }
      },
    })
  }

  /** One after the other: a clock that is moved twice at once would jump back. */
  pass(milliseconds: number): Promise<void> {
    this.#passing = this.#passing.then(() => this.clock.advance(milliseconds))
    return this.#passing
  }

  #die(): Promise<never> {
    this.crash()
    return never
  }
}

const bound = (value: unknown, target: object) => (typeof value === 'function' ? value.bind(target) : value)

export class World {
  readonly store: OutboxStore<never>
  wall = NOW
  /** What was acknowledged: by id, the key it was ordered by. */
  readonly acknowledged = new Map<string, string | undefined>()
  /** Every request: what it was for, and when. */
  readonly requests: { readonly id: string; readonly target: string; readonly wall: number }[] = []
  /** What the receivers did, once for each key. */
  readonly effects = new Map<string, number>()
  readonly deaths: string[] = []
  readonly replayed = new Set<string>()
  readonly broken: string[] = []
  readonly #fates: Fate[]
  #process: Process
  #next = 0

  constructor(store: OutboxStore<never>, { fates }: Plan) {
    this.store = store
    this.#fates = [...fates]
    this.#process = new Process(this)
  }

  keyOf = ({ postId }: { postId: number }): string | undefined =>
    postId % 10 < KEYS.length ? KEYS[postId % 10] : undefined

  died({ id, target, generation }: DeliveryRecord): void {
    this.deaths.push(`${id} ${target} ${generation}`)
  }

  /** A request arrives; the plan says what becomes of it. After the plan all is well. */
  async receive(process: Process, target: string, id: string): Promise<{ status: number } | never> {
    this.requests.push({ id, target, wall: process.clock.wallNow() })
    const fate = this.#fates.shift() ?? { kind: 'answer', status: 201 }
    const effect = fate.kind === 'answer' ? fate.status === 201 : fate.effect
    if (effect) this.effects.set(`${id} ${target}`, 1)
    if (fate.kind === 'answer') return { status: fate.status }
    if (fate.kind === 'reset') throw Object.assign(new Error('reset'), { code: 'ECONNRESET' })
    if (fate.kind === 'crash') process.crash()
    if (fate.kind === 'hang') void process.pass(6_000)
    if (fate.kind !== 'freeze') return never
    // Its leases run out meanwhile; another process takes over, and then this one wakes up and gets its answer.
    const other = new Process(this)
    this.wall = Math.max(this.wall, process.clock.wallNow()) + 60_000
    await this.#pass(other, 0)
    await this.#deliver(other)
    return { status: 201 }
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      await this.#step(step)
      if (!this.#process.alive) this.#process = new Process(this)
      await this.check()
    }
    // The plan is over and all is well: everything ends, and soon.
    this.#process.crash()
    this.#process = new Process(this)
    for (let round = 0; round < 60; round++) {
      await this.#pass(this.#process, 1_800)
      await this.#deliver(this.#process)
      if (!this.#process.alive) this.#process = new Process(this)
      if ((await this.rows()).every(({ state }) => state !== 'pending' && state !== 'in-flight')) break
    }
    await this.check()
  }

  async rows(): Promise<DeliveryRecord[]> {
    const found = await Promise.all([...this.acknowledged.keys()].map(id => this.store.find(id)))
    return found.flat()
  }

  async #step(step: Step): Promise<void> {
    const process = this.#process
    if (step.kind === 'record') return this.#record(step.key)
    if (step.kind === 'deliver') return this.#deliver(process)
    if (step.kind === 'pass') return this.#pass(process, step.seconds)
    if (step.kind === 'wall') {
      this.wall += step.seconds * 1000
      process.clock.setWallClock(this.wall)
      return
    }
    if (step.kind === 'restart') return process.crash()
    if (step.kind === 'replay') return this.#replay()
    const { operation } = step
    process.fault =
      step.kind === 'fail at'
        ? { operation, kind: 'fail', done: false }
        : { operation, kind: 'crash', done: step.done }
  }

  async #record(key: string | undefined): Promise<void> {
    const digit = key === undefined ? 9 : KEYS.indexOf(key)
    const postId = this.#next++ * 10 + digit
    const id = `m-${postId}`
    const recorded = this.#process.group.created({ postId }, id).then(
      () => true,
      () => false,
    )
    const told = await Promise.race([recorded, this.#process.died.then(() => false)])
    if (told) this.acknowledged.set(id, key)
  }

  async #deliver(process: Process): Promise<void> {
    const drained = process.outbox.drain().catch(() => {})
    await Promise.race([drained, process.died])
  }

  async #pass(process: Process, seconds: number): Promise<void> {
    this.wall += seconds * 1000
    await process.pass(seconds * 1000)
    process.clock.setWallClock(this.wall)
  }

  async #replay(): Promise<void> {
    const page = await this.store.list({ state: 'dead', limit: 1000 })
    const ids = [...new Set(page.map(({ id }) => id))]
    for (const { id, target } of page) this.replayed.add(`${id} ${target}`)
    const act = { actor: 'operator', reason: 'as planned', now: this.wall, expiresAt: this.wall + 86_400_000 }
    await this.store.replay({ ids, ...act })
  }

  /** What must hold at every moment, whatever happened. */
  async check(): Promise<void> {
    // First: what is sent while the rows are read is counted in rows that were read before.
    const requests = [...this.requests]
    const rows = await this.rows()
    const claim = (holds: boolean, what: string) => {
      if (!holds) this.broken.push(what)
    }
    for (const id of this.acknowledged.keys())
      claim(rows.filter(row => row.id === id).length === TARGETS.length, `lost: ${id}`)
    for (const row of rows) {
      const name = `${row.id} ${row.target}`
      const sent = requests.filter(({ id, target }) => id === row.id && target === row.target)
      claim(row.attempts <= row.maxAttempts, `I1 attempts: ${name}`)
      claim(sent.length <= row.sends, `sent before it was counted: ${name}`)
      claim(row.sends <= MAX_ATTEMPTS + row.generation * REPLAY_ATTEMPTS, `I3 sends: ${name}`)
      claim(
        sent.every(({ wall }) => wall < row.expiresAt || row.generation > 0),
        `I2 expired: ${name}`,
      )
      claim(row.state !== 'delivered' || this.effects.has(name), `delivered without effect: ${name}`)
      claim(row.state !== 'dead' || row.reason !== null, `dead for no reason: ${name}`)
    }
    claim(
      new Set(this.deaths).size === this.deaths.length,
      `told twice of a death: ${this.deaths.join(', ')}`,
    )
    for (const target of TARGETS) this.#checkOrder(target, requests, rows, claim)
  }

  /** First arrivals of one key are in the order of recording, but for those that an operator has sent out again. */
  #checkOrder(
    target: string,
    requests: World['requests'],
    rows: readonly DeliveryRecord[],
    claim: (holds: boolean, what: string) => void,
  ): void {
    const seqs = new Map(rows.filter(row => row.target === target).map(row => [row.id, row]))
    for (const key of KEYS) {
      const first = new Set(requests.filter(request => request.target === target).map(({ id }) => id))
      const numbers = [...first].flatMap(id => {
        const row = seqs.get(id)
        return row?.orderKey === key && !this.replayed.has(`${id} ${target}`) ? [row.seq] : []
      })
      claim(
        numbers.every((seq, index) => index === 0 || seq > (numbers[index - 1] as number)),
        `order of ${key}`,
      )
    }
  }
}
