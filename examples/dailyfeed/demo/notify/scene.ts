// What every scene of notifications is made of, and what several of them say.
import type { Dailyfeed } from '../../services/index.js'
import type { Stage } from '../stage.js'
import type { Delivery, System } from './system.js'

export interface NotifyScene {
  readonly title: string
  /** What the reference system did. */
  readonly there?: string
  /** What happens here. */
  readonly here: string
  /** How content-svc delivers, where it matters. */
  readonly delivery?: Delivery
  run(stage: Stage, system: System): Promise<void>
}

/** For scenes with an outage or a kill: waits that add up to some seconds, and a lease that ends soon. */
export const PATIENT: Delivery = {
  ...{ maxAttempts: 25, schedule: [0, 500] },
  policies: { timeout: { attempt: 1_000 }, circuitBreaker: false },
}

export const POSTS = 'POST /api/member-activities/posts'

/** `activity-svc: 2 requests, stored POST_CREATE`; holds if both are as told. */
export function claimAt(
  stage: Stage,
  service: Dailyfeed['activity'],
  requests: number,
  types: string[],
): void {
  const stored = service.stored.map(({ activity }) => activity.memberActivityType)
  const what = stored.length === 0 ? 'nothing' : stored.join(', ')
  const holds = service.received.length === requests && String(stored) === String(types)
  stage.claim(`${service.name}-svc: ${counted(service.received.length, 'request')}, stored ${what}`, holds)
}

/** The reports of a notice, as `activity delivered after 2 attempts`. */
export async function claimReport(
  stage: Stage,
  system: System,
  id: string,
  wanted: Readonly<Record<string, readonly [state: string, attempts: number]>>,
): Promise<void> {
  const records = await system.operator.find(id)
  const told = records.map(({ target, state, reason, attempts }) => {
    return `${target} ${state}${reason === null ? '' : ` (${reason})`} after ${counted(attempts, 'attempt')}`
  })
  const holds = records.every(
    ({ target, state, attempts }) => String([state, attempts]) === String(wanted[target]),
  )
  stage.claim(`report: ${told.join('; ')}`, holds && records.length === Object.keys(wanted).length)
}

/** One key for all requests of a service, and nothing else. */
export function claimOneKey(stage: Stage, { name, received }: Dailyfeed['activity'], id: string): void {
  const keys = new Set(received.map(({ headers }) => headers['idempotency-key']))
  stage.claim(
    `${name}-svc saw ${counted(keys.size, 'key')}, the id of the notice`,
    keys.size === 1 && keys.has(id),
  )
}

export const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`
