/** What becomes of a delivery after an attempt: the one table, and the waits between attempts. */
import type { FailureOutcome } from '../errors/failure.js'
import { classify } from '../policy/classify.js'
import type { ClaimedDelivery, DeadReason, Settlement } from './store.js'

/** How an attempt went. */
export interface Attempted {
  /** `undefined`: the service took it. */
  readonly failure: FailureOutcome | undefined
  readonly status: number | null
  /** `Notify-Receipt` of the response. */
  readonly receipt: string | null
}

/** Attempts on a mistake of configuration or deployment (401, 403, 404, a certificate): it often heals in minutes. */
const SUSPECT_ATTEMPTS = 3
/** Milliseconds, where a circuit or a bulkhead does not say for how long. */
const SHORT_WAIT = 1_000
const GONE = 410
/** RFC 5842, section 7.2: the receiver has seen the message go through too many services. */
const LOOP_DETECTED = 508

export type Verdict = Omit<Settlement, 'seq' | 'fence'>

/** A settled state with nothing to say besides. */
const plain = (now: number): Verdict => ({
  now,
  state: 'pending',
  reason: null,
  nextAttemptAt: null,
  refund: false,
  status: null,
  error: null,
  receipt: null,
})

/** Dead without having been sent. */
export const deadUnsent = (now: number, reason: DeadReason): Verdict => ({
  ...plain(now),
  state: 'dead',
  reason,
  refund: true,
  error: reason,
})

/** Not sent after all: it waits, and the attempt does not count; beyond the end of its time nobody waits. */
export function deferred(now: number, wait: number, error: string, expiresAt: number): Verdict {
  const nextAttemptAt = Math.round(now + wait)
  if (nextAttemptAt >= expiresAt) return deadUnsent(now, 'expired')
  return { ...plain(now), nextAttemptAt, refund: true, error }
}

/**
 * @param schedule milliseconds before each attempt.
 * @param random from 0 to 1.
 */
export function verdictOf(
  { failure, status, receipt }: Attempted,
  { attempts, maxAttempts, expiresAt }: Pick<ClaimedDelivery, 'attempts' | 'maxAttempts' | 'expiresAt'>,
  schedule: readonly number[],
  now: number,
  random: () => number,
): Verdict {
  const base = { ...plain(now), status, receipt }
  if (failure === undefined) return { ...base, state: 'delivered' }
  const error = inWords(failure)
  const dead = (reason: DeadReason): Verdict => ({ ...base, state: 'dead', reason, error })
  const { kind, code, retryAfter = 0 } = failure
  const closed = code === 'UND_ERR_CLOSED' || code === 'UND_ERR_DESTROYED'
  if (kind === 'circuit-open' || kind === 'bulkhead-full' || (closed && failure.delivery === 'not-sent')) {
    const wait = Math.max(SHORT_WAIT, retryAfter)
    return deferred(now, Math.round(wait + random() * SHORT_WAIT), error, expiresAt)
  }
  if (failure.status === GONE) return dead('gone')
  if (failure.status === LOOP_DETECTED) return dead('loop')
  const meaning = classify(failure)
  // An interceptor threw, a token could not be got, the worker was closed: no word of the receiver's.
  const said = kind !== 'other' && kind !== 'aborted'
  if (said && meaning === 'permanent') return dead('rejected')
  if (meaning === 'suspect' && attempts >= SUSPECT_ATTEMPTS) return dead('rejected')
  if (attempts >= maxAttempts) return dead('exhausted')
  const planned = failure.stale ? 0 : waitBefore(attempts + 1, schedule, random)
  if (now + planned >= expiresAt) return dead('expired')
  // What the receiver asks for beyond the end of the message's time is granted up to just before it.
  const asked = Math.min(now + retryAfter, expiresAt - SHORT_WAIT)
  return { ...base, nextAttemptAt: Math.max(now + planned, asked), error }
}

/** Milliseconds before the n-th attempt, from 1: as scheduled, 20 % more or less. */
export function waitBefore(attempt: number, schedule: readonly number[], random: () => number): number {
  const planned = schedule[Math.min(attempt, schedule.length) - 1] ?? 0
  return Math.round(planned * (0.8 + 0.4 * random()))
}

/** What an operator reads: what kind of failure, its status and code; nothing that the other side wrote. */
function inWords({ kind, status, code }: FailureOutcome): string {
  const what = status === undefined ? kind : `${kind} ${status}`
  return code === undefined ? what : `${what} ${code}`
}
