/** The settings of the policies: checked, and merged from the farther layer to the nearer, each value with its origin. */
import { z } from 'zod'
import { MAX_TIMER } from '../clock.js'
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

const range = (schema: z.ZodNumber, least: number, most: number) =>
  schema.min(least, `must be at least ${least}`).max(most, `must be at most ${most}`)
const duration = range(z.number('must be a number of milliseconds'), 1, MAX_TIMER)
const count = (least: number, most: number) => range(z.int('must be a whole number'), least, most)
const statuses = z.array(count(100, 599), 'must be a list of statuses')

/** An object, or what `isOther` knows. Unlike a union it always tells which member of the object is wrong. */
const objectOr = (object: z.ZodType, isOther: (value: unknown) => boolean, message: string) =>
  z.unknown().superRefine((value, context) => {
    if (value === undefined || isOther(value)) return
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    if (!isObject) context.addIssue({ code: 'custom', message })
    else
      for (const issue of object.safeParse(value).error?.issues ?? [])
        context.addIssue({ ...issue, continue: true })
  })

const timeout = z.strictObject({
  connect: duration.optional(),
  attempt: duration.optional(),
  total: duration.optional(),
})

const budget = z.strictObject({
  ratio: range(z.number('must be a number'), 0, 10).optional(),
  perSecond: range(z.number('must be a number'), 0, 10_000).optional(),
})

const retry = z.strictObject({
  retries: count(0, 20).optional(),
  minDelay: duration.optional(),
  maxDelay: duration.optional(),
  on: statuses.optional(),
  budget: objectOr(budget, value => value === false, 'must be { ratio, perSecond } or false').optional(),
})

const circuitBreaker = z.strictObject({
  volume: count(1, 1_000_000).optional(),
  errorThreshold: range(z.number('must be a number'), 0, 99).optional(),
  window: count(1000, 3_600_000).optional(),
  resetAfter: duration.optional(),
  scope: z.enum(['target', 'method'], "must be 'target' or 'method'").optional(),
  counts: statuses.optional(),
})

const bulkhead = z.strictObject({ concurrent: count(1, 1_000_000), queue: count(0, 1_000_000).optional() })

const isTime = (value: unknown): boolean => duration.safeParse(value).success

/** The parts of a schema for options that hold policies. */
export const policyShape = {
  timeout: objectOr(
    timeout,
    isTime,
    `must be a number of milliseconds from 1 to ${MAX_TIMER}, or { connect, attempt, total }`,
  ).optional(),
  retry: objectOr(
    retry,
    value => value === false,
    'must be { retries, minDelay, maxDelay, on, budget } or false',
  ).optional(),
  circuitBreaker: objectOr(
    circuitBreaker,
    value => typeof value === 'boolean',
    'must be { volume, errorThreshold, window, resetAfter, scope, counts }, true or false',
  ).optional(),
  bulkhead: objectOr(bulkhead, value => value === false, 'must be { concurrent, queue } or false').optional(),
}

const members: Readonly<Record<string, { readonly shape: object }>> = {
  timeout,
  retry,
  circuitBreaker,
  bulkhead,
}

/** The names of a policy's settings; of another name, the names of the policies. */
export function policyNames(policy: string): string[] {
  return Object.keys(Object.hasOwn(members, policy) ? (members[policy]?.shape ?? {}) : members)
}

/** Why this is no setting of the policy; each reason begins with the path: `retry.retries must be at least 0`. */
export function policyMistakes(key: keyof PolicyOptions, value: unknown): string[] {
  const result = policyShape[key].safeParse(value)
  if (result.success) return []
  return result.error.issues.map(issue => {
    const path = [key, ...issue.path].join('.')
    return issue.code === 'unrecognized_keys'
      ? `${path} has no ${issue.keys.join(', ')}`
      : `${path} ${issue.message}`
  })
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
