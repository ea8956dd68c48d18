/** The three deadlines of a call: checked, and merged from the farther to the nearer. */
import type { Timeout } from '../declare/call-options.js'

/** All in milliseconds. */
export interface Timeouts {
  readonly connect: number
  readonly attempt: number
  readonly total: number
}

export const DEFAULT_TIMEOUTS: Timeouts = Object.freeze({ connect: 2_000, attempt: 5_000, total: 15_000 })

/** Above this, timers fire at once: they count in 32 bits. */
const LONGEST = 2_147_483_647
const PHASES = ['connect', 'attempt', 'total'] as const

/** Why this is no timeout; `undefined` if it is one. */
export function timeoutMistake(timeout: unknown): string | undefined {
  if (typeof timeout === 'object' && timeout !== null) {
    for (const [name, value] of Object.entries(timeout)) {
      if (!PHASES.includes(name as keyof Timeouts))
        return `timeout has no ${name}; it has connect, attempt and total`
      if (value !== undefined && !isDuration(value)) return `timeout.${name} ${RANGE}`
    }
    return undefined
  }
  return isDuration(timeout) ? undefined : `timeout ${RANGE}`
}

const RANGE = `must be a number of milliseconds from 1 to ${LONGEST}`
const isDuration = (value: unknown): boolean => typeof value === 'number' && value >= 1 && value <= LONGEST

/** `nearer` over `base`, phase by phase. A number alone is `total`. */
export function mergeTimeouts(base: Timeouts, nearer: Timeout | undefined): Timeouts {
  if (nearer === undefined) return base
  if (typeof nearer === 'number') return { ...base, total: nearer }
  const { connect = base.connect, attempt = base.attempt, total = base.total } = nearer
  return { connect, attempt, total }
}
