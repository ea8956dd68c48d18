// What a scene of notifications plays in: content-svc in processes of its own, and those that it tells.
import { setTimeout as pause } from 'node:timers/promises'
import { createOutbox, type DeliveryOptions, type DeliveryRecord, type Outbox } from 'guise/outbox'
import { memoryDedupe } from 'guise/receiver'
import { NOTICE } from '../../content/api.js'
import type { ContentOptions } from '../../content/start.js'
import { type Dailyfeed, startDailyfeed } from '../../services/index.js'
import { once } from '../../services/once.js'
import type { Data, Place } from './place.js'
import { Program } from './program.js'

/** How long a scene waits for what must come. */
const PATIENCE = 20_000
export const SERVICE_TOKEN = 's-content'
/** Short waits, since a demo has no hours; and no circuits, so that each scene finds each service as it is. */
const QUICK = { pollInterval: 50, schedule: [0, 50], policies: { circuitBreaker: false } } as const

export type Delivery = DeliveryOptions & Pick<ContentOptions, 'policies'>

export interface Asked {
  /** The id of the notice. */
  readonly id: string
  /** What it is about: `/api/posts/1`. */
  readonly path: string
  readonly milliseconds: number
}

export class System {
  readonly feed: Dailyfeed
  /** What an operator has: it looks at the same data, and delivers nothing. */
  readonly operator: Outbox
  readonly #place: Place
  readonly #main: string
  readonly #data: Data
  readonly #env: Readonly<Record<string, string>>
  readonly #programs: Program[] = []
  readonly #all: Program[] = []

  private constructor(place: Place, main: string, feed: Dailyfeed, data: Data, delivery: Delivery) {
    this.#place = place
    this.#main = main
    this.#data = data
    this.feed = feed
    this.operator = createOutbox({ store: data.store, name: 'operator' })
    const services = servicesOf(feed)
    this.#env = {
      ...data.env,
      MEMBER_SERVICE_URL: services.member,
      ACTIVITY_SERVICE_URL: services.activity,
      AUDIT_SERVICE_URL: services.audit,
      SERVICE_TOKEN,
      DELIVERY: JSON.stringify({ ...QUICK, ...delivery }),
    }
  }

  static async start(place: Place, main: string, delivery: Delivery): Promise<System> {
    const receiver = () => once({ store: memoryDedupe() })
    const feed = await startDailyfeed({ mode: 'legacy', around: { activity: receiver(), audit: receiver() } })
    const system = new System(place, main, feed, await place.make(), delivery)
    try {
      await system.startAll()
      return system
    } catch (error) {
      await system.close()
      throw error
    }
  }

  /** Every line that any of the processes has printed. */
  get lines(): readonly string[] {
    return this.#all.flatMap(({ lines }) => lines)
  }

  /** A request of a member to content-svc. @param at where it is, if not in one of the processes. */
  async ask(method: string, path: string, body?: unknown, at?: string): Promise<Asked> {
    const url = at ?? this.#programs.find(program => program.url !== '')?.url ?? ''
    const headers = { authorization: 'Bearer t1', 'content-type': 'application/json' }
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    const started = performance.now()
    const response = await fetch(url + path, { method, headers, ...sent })
    const answer = (await response.json()) as { readonly data?: { readonly id: number } }
    const id = response.headers.get(NOTICE)
    if (id === null) throw new Error(`content-svc answered ${response.status} to ${method} ${path}`)
    return { id, path: `/api/posts/${answer.data?.id}`, milliseconds: performance.now() - started }
  }

  post = () => this.ask('POST', '/api/posts', { content: 'hello' })

  /** The deliveries of a notice, by their targets. */
  async report(id: string): Promise<Readonly<Record<'activity' | 'audit', DeliveryRecord>>> {
    const records = await this.operator.find(id)
    return Object.fromEntries(records.map(record => [record.target, record])) as never
  }

  /** Waits until nothing of these notices is left to do. */
  async settled(...ids: readonly string[]): Promise<void> {
    const over = async (id: string) =>
      (await this.operator.find(id)).every(({ state }) => state !== 'pending' && state !== 'in-flight')
    for (const id of ids) await this.until(() => over(id), `the end of ${id}`)
  }

  async until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const end = performance.now() + PATIENCE
    while (!(await holds())) {
      if (performance.now() > end) throw new Error(`waited in vain for ${what}`)
      await pause(20)
    }
  }

  /** Kills the process that has a delivery in its hands, and starts it anew. */
  async killHolder(id: string): Promise<void> {
    const holders = (await this.operator.find(id)).map(({ leaseOwner }) => leaseOwner)
    const at = this.#programs.findIndex(({ pid }) => holders.some(owner => owner?.includes(`-${pid}-`)))
    const program = this.#programs[at]
    if (program === undefined) throw new Error('nobody has it in his hands')
    await program.end('SIGKILL')
    this.#programs[at] = await this.#start(this.#place.roles[at] ?? 'all')
  }

  /** content-svc in this process, in the place of the others: what only its own program can be told. */
  async startHere(): Promise<Awaited<ReturnType<Data['start']>>> {
    await Promise.all(this.#programs.splice(0).map(program => program.end()))
    return this.#data.start({ services: servicesOf(this.feed), token: () => SERVICE_TOKEN, ...QUICK })
  }

  /** All processes are killed, and others take their place. */
  async restart(): Promise<void> {
    await Promise.all(this.#programs.splice(0).map(program => program.end('SIGKILL')))
    await this.startAll()
  }

  async startAll(): Promise<void> {
    const starting = this.#place.roles.map(role => this.#start(role))
    const started = await Promise.allSettled(starting)
    for (const result of started) if (result.status === 'fulfilled') this.#programs.push(result.value)
    await Promise.all(starting)
  }

  async close(): Promise<void> {
    await Promise.all(this.#programs.splice(0).map(program => program.end()))
    await this.operator.close()
    await this.#data.close()
    await this.feed.close()
  }

  async #start(role: string): Promise<Program> {
    const program = await Program.start(this.#main, { ...this.#env, ROLE: role })
    this.#all.push(program)
    return program
  }
}

const servicesOf = ({ member, activity, audit }: Dailyfeed) => {
  return { member: member.url, activity: activity.url, audit: audit.url }
}
