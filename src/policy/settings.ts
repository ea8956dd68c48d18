/** The settings of the policies: checked, and merged from the farther layer to the nearer, each value with its origin. */
import { z } from 'zod'
import type { BulkheadOptions } from './bulkhead.js'
import type { CircuitBreakerOptions } from './circuit-breaker.js'
import type { RetryOptions } from './retry.js'

/** Milliseconds; a number alone is `total`. */
export type TimeoutOptions =
  | number
  | {
      /** Until there is a connection. Default: 2,000. */
      readonly connect?: number
      /** Until an attempt's whole response is there. Default: 5,000. */
      readonly attempt?: number
      /** Until the call is settled, retries included. Default: 15,000. */
      readonly total?: number
    }

/** What a class, a method, a guise or a guise's method can say of its policies. */
export interface PolicyOptions {
  /** Milliseconds; a number alone is `total`. Default: `{ connect: 2_000, attempt: 5_000, total: 15_000 }`. */
  readonly timeout?: TimeoutOptions
  /** Retries of calls that may be repeated; `false` for none. Default: 2 retries. */
  readonly retry?: RetryOptions | false
  /** `true` for a circuit breaker with its defaults. Default: none. */
  readonly circuitBreaker?: CircuitBreakerOptions | boolean
  /** A limit to calls at the same time. Default: none. */
  readonly bulkhead?: BulkheadOptions | false
}

/** Who set a value, from the farthest to the nearest. */
export type Origin = 'default' | 'class' | 'method' | 'guise' | "guise's method" | 'call'

export interface Layer {
  readonly from: Origin
  readonly options: PolicyOptions
}

/** A value and who set it. */
export interface Setting {
  readonly value: unknown
  readonly from: Origin
}

/** The settings of one policy by their names; `undefined` if the policy is off. */
export type Settings<T> = { readonly [K in keyof T]-?: Setting & { readonly value: T[K] } }

export interface Timeouts {
  readonly connect: number
  readonly attempt: number
  readonly total: number
}

const MAX_TIMER = 2_147_483_647
const duration = z
  .number('must be a number of milliseconds')
  .min(1, 'must be at least 1')
  .max(MAX_TIMER, `must be at most ${MAX_TIMER}`)
const count = (least: number, most: number) =>
  z.int('must be a whole number').min(least, `must be at least ${least}`).max(most, `must be at most ${most}`)
const status = count(100, 599)

const timeout = z.union(
  [
    duration,
    z.strictObject({
      connect: duration.optional(),
      attempt: duration.optional(),
      total: duration.optional(),
    }),
  ],
  'must be a number of milliseconds from 1 to 2147483647, or { connect, attempt, total }',
)

const retry = z.strictObject({
  retries: count(0, 20).optional(),
  minDelay: duration.optional(),
  maxDelay: duration.optional(),
  on: z.array(status).optional(),
  budget: z
    .union(
      [
        z.literal(false),
        z.strictObject({
          ratio: z.number().min(0, 'must be at least 0').max(10, 'must be at most 10').optional(),
          perSecond: z.number().min(0, 'must be at least 0').max(10_000, 'must be at most 10,000').optional(),
        }),
      ],
      'must be { ratio, perSecond } or false',
    )
    .optional(),
})

const circuitBreaker = z.strictObject({
  volume: count(1, 1_000_000).optional(),
  errorThreshold: z.number().min(0, 'must be at least 0').max(99, 'must be at most 99').optional(),
  window: count(1000, 3_600_000).optional(),
  resetAfter: duration.optional(),
  scope: z.enum(['target', 'method'], "must be 'target' or 'method'").optional(),
  counts: z.array(status).optional(),
})

const bulkhead = z.strictObject({ concurrent: count(1, 1_000_000), queue: count(0, 1_000_000).optional() })

/** The parts of a schema for options that hold policies. */
export const policyShape = {
  timeout: timeout.optional(),
  retry: z
    .union([z.literal(false), retry], 'must be { retries, minDelay, maxDelay, on, budget } or false')
    .optional(),
  circuitBreaker: z
    .union([z.boolean(), circuitBreaker], 'must be { volume, errorThreshold, ... }, true or false')
    .optional(),
  bulkhead: z.union([z.literal(false), bulkhead], 'must be { concurrent, queue } or false').optional(),
}

/** Why this is no setting of the policy; each reason begins with the path: `retry.retries must be at least 0`. */
export function policyMistakes(key: keyof PolicyOptions, value: unknown): string[] {
  const result = policyShape[key].safeParse(value)
  if (result.success) return []
  return result.error.issues.map(issue =>
    issue.code === 'unrecognized_keys'
      ? `${key} has no ${issue.keys.join(', ')}`
      : `${[key, ...issue.path].join('.')} ${issue.message}`,
  )
}

const DEFAULTS = {
  timeout: { connect: 2_000, attempt: 5_000, total: 15_000 },
  retry: { retries: 2, minDelay: 100, maxDelay: 2_000, on: undefined, budget: { ratio: 0.2, perSecond: 10 } },
  circuitBreaker: {
    volume: 10,
    errorThreshold: 50,
    window: 10_000,
    resetAfter: 10_000,
    scope: 'target',
    counts: undefined,
  },
} as const

/** The effective policies of one method. */
export interface ResolvedPolicies {
  readonly timeout: Settings<Timeouts>
  readonly retry: Settings<RetryOptions> | undefined
  readonly circuitBreaker: Settings<CircuitBreakerOptions> | undefined
  readonly bulkhead: Settings<BulkheadOptions> | undefined
}

/** Merges the layers, the nearest last; of each policy, value by value. */
export function resolvePolicies(given: readonly Layer[]): ResolvedPolicies {
  const layers = given.map(({ from, options }) => ({ from, options: ownOf(options) }))
  const timeouts = layers.map(({ from, options: { timeout: value } }) => ({
    from,
    value: typeof value === 'number' ? { total: value } : value,
  }))
  const pick = <K extends 'retry' | 'circuitBreaker' | 'bulkhead'>(key: K) =>
    layers.map(({ from, options }) => ({ from, value: options[key] }))
  return {
    timeout: merge<Timeouts>(DEFAULTS.timeout, true, timeouts) as Settings<Timeouts>,
    retry: merge<RetryOptions>(DEFAULTS.retry, true, pick('retry')),
    circuitBreaker: merge<CircuitBreakerOptions>(DEFAULTS.circuitBreaker, false, pick('circuitBreaker')),
    bulkhead: merge<BulkheadOptions>({ queue: 0 }, false, pick('bulkhead')),
  }
}

function merge<T extends object>(
  defaults: object,
  onByDefault: boolean,
  layers: readonly { readonly from: Origin; readonly value: unknown }[],
): Settings<T> | undefined {
  const merged: Record<string, Setting> = {}
  for (const [name, value] of Object.entries(defaults)) merged[name] = { value, from: 'default' }
  let on = onByDefault
  for (const { from, value } of layers) {
    if (value === undefined) continue
    on = value !== false
    if (typeof value !== 'object' || value === null) continue
    for (const [name, member] of Object.entries(value))
      if (member !== undefined) merged[name] = { value: member, from }
  }
  return on ? (merged as Settings<T>) : undefined
}

/** The settings without their origins. */
export function valuesOf<T>(settings: Settings<T>): T {
  const entries = Object.entries(settings as Record<string, Setting>).map(([name, { value }]) => [
    name,
    value,
  ])
  return ownOf(Object.fromEntries(entries.filter(([, value]) => value !== undefined))) as T
}

/** The members that an object has itself: what a polluted `Object.prototype` brings is no setting. */
export function ownOf<T extends object>(options: T): T {
  return Object.assign(Object.create(null), options)
}

/** `nearer` over `base`, member by member. */
export function overlaid<T extends object>(base: T, nearer: T): T {
  const said = Object.entries(nearer).filter(([, value]) => value !== undefined)
  return Object.assign(ownOf(base), Object.fromEntries(said))
}

/** Whether a method has settings of its own, so that it cannot share what others of its guise share. */
export function isOwnOfMethod(settings: object): boolean {
  return Object.values(settings as Record<string, Setting>).some(
    ({ from }) => from === 'method' || from === "guise's method",
  )
}
