/** The options of one call, checked by hand: this is on the way of every call that has some. */
import type { CallOptions } from '../declare/call-options.js'
import { ownOf, policyMistakes, type TimeoutOptions, type Timeouts } from '../policy/settings.js'

export type CheckedCallOptions = CallOptions

const NAMES = new Set(['signal', 'timeout', 'headers', 'retry', 'tags'])

/** Why these are no call options; `undefined` if they are. */
export function callOptionsMistake(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'must be an object of call options'
  for (const name of Object.keys(value)) if (!NAMES.has(name)) return `has no option ${name}`
  const { signal, timeout, headers, retry, tags } = ownOf(value as CallOptions)
  if (signal !== undefined && !(signal instanceof AbortSignal)) return 'signal must be an AbortSignal'
  if (headers !== undefined && (typeof headers !== 'object' || headers === null))
    return 'headers must be a record'
  if (tags !== undefined && (typeof tags !== 'object' || tags === null)) return 'tags must be a record'
  if (timeout !== undefined) {
    const mistake = mistakeIn('timeout', timeout)
    if (mistake !== undefined) return mistake
  }
  return retry === undefined ? undefined : mistakeIn('retry', retry)
}

function mistakeIn(name: 'timeout' | 'retry', value: unknown): string | undefined {
  // Numbers are by far the most common; zod is for the rest.
  if (name === 'timeout' && typeof value === 'number' && value >= 1 && value <= 2_147_483_647)
    return undefined
  return policyMistakes(name, value)[0]
}

/** `nearer` over `base`, phase by phase. A number alone is `total`. */
export function mergeTimeouts(base: Timeouts, nearer: TimeoutOptions | undefined): Timeouts {
  if (nearer === undefined) return base
  if (typeof nearer === 'number') return { ...base, total: nearer }
  const { connect = base.connect, attempt = base.attempt, total = base.total } = ownOf(nearer)
  return { connect, attempt, total }
}
