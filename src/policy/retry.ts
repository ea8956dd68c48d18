/** Retries: after a failure that may be repeated, within the time that is left and the budget of the target. */
import pRetry from 'p-retry'
import type { Failure } from '../errors/failure.js'
import { type Attempt, type Call, type Otherwise, wait } from './attempt.js'
import { mayRepeat, type RetryStatuses } from './classify.js'
import type { RetryBudgetOptions } from './retry-budget.js'

/** How a call is repeated. */
export interface RetryOptions {
  /** Retries after the first attempt, from 0 to 20. Default: 2. */
  readonly retries?: number
  /** Milliseconds. The n-th wait is random between 0 and `2^(n+1) x minDelay` ("full jitter"). Default: 100. */
  readonly minDelay?: number
  /** Milliseconds that no random wait exceeds. Default: 2,000. */
  readonly maxDelay?: number
  /**
   * Statuses to retry on. Default: 408, 425, 429, 502, 503, 504. Naming 429 or 503 allows a POST or PATCH without a key
   * to be repeated after them.
   */
  readonly on?: readonly number[]
  /**
   * Limits retries for each target; `false` lifts the limit. Default: 20 % of calls, plus 10 a second. All methods share
   * it, so what the guise says of it counts before what the class says, and a method's word last.
   */
  readonly budget?: RetryBudgetOptions | false
}

const DEFAULT_STATUSES: ReadonlySet<number> = new Set([408, 425, 429, 502, 503, 504])
/** Less than this is not worth a request. */
const LEAST_TIME = 50

/** What retrying needs besides its options. */
export interface RetryContext {
  /** From 0 to 1. */
  readonly random: () => number
}

/** A call with its retries. */
export type Repeated = (call: Call) => Promise<unknown>

/** Puts retries around an attempt; `end` makes of the last failure what becomes of the call: by default, its error. */
export type Retry = (next: Attempt, end?: Otherwise) => Repeated

const rethrow = (failure: Failure): never => {
  throw failure
}

export function retry(options: RetryOptions, { random }: RetryContext): Retry {
  const { retries = 2, minDelay = 100, maxDelay = 2000, on, budget } = options
  const statuses: RetryStatuses = {
    statuses: on === undefined ? DEFAULT_STATUSES : new Set(on),
    named: on !== undefined,
  }

  /** The wait before the next attempt, or `undefined` if there shall be none. `used`: retries so far. */
  const delayAfter: DelayAfter = ({ outcome }, call, used, free) => {
    if (!call.replayable || !mayRepeat(outcome, call, statuses)) return undefined
    if (outcome.kind === 'bulkhead-full') return undefined
    const left = call.deadline - call.clock.now()
    // The breaker says that the service is not to be called; only another address is worth a try.
    if (call.circuitOpen && !call.hasOthers) return undefined
    if (free || outcome.kind === 'circuit-open') return left < LEAST_TIME ? undefined : 0
    const jitter = random() * Math.min(maxDelay, minDelay * 2 ** (used + 2))
    const delay = outcome.retryAfter === undefined ? jitter : outcome.retryAfter + random() * minDelay
    if (left - delay < LEAST_TIME) return undefined
    if (budget !== false && !call.address.budget.withdraw()) return undefined
    return delay
  }

  return (next, end = rethrow) => {
    const afterFirst: Otherwise = (first, call) => {
      const delay = retries === 0 ? undefined : delayAfter(first, call, 0, isStale(first))
      if (delay === undefined) return end(first, call)
      return again(next, call, first, delay, retries, delayAfter).catch(last => end(last, call))
    }
    return call => {
      if (budget !== false) call.address.budget.deposit(call.now)
      return next(call, afterFirst)
    }
  }
}

type DelayAfter = (failure: Failure, call: Call, used: number, free: boolean) => number | undefined

/**
 * A kept-alive connection that the server had closed: the request was never read. The first attempt of a call is then
 * repeated at once, and this is no retry by any count.
 */
const isStale = ({ outcome }: Failure): boolean => outcome.stale === true

/**
 * p-retry decides and counts from here on; it is not entered before, since most calls succeed. Its first attempt is the
 * one that has failed already. All its options are given: it is slow to fill them in itself.
 */
function again(
  next: Attempt,
  call: Call,
  first: Failure,
  firstDelay: number,
  retries: number,
  delayAfter: DelayAfter,
): Promise<unknown> {
  let delay: number | undefined = firstDelay
  return pRetry(attempt => (attempt === 1 ? Promise.reject(first) : next(call)), {
    retries,
    minTimeout: 0,
    maxTimeout: 0,
    factor: 1,
    randomize: false,
    unref: false,
    maxRetryTime: Number.POSITIVE_INFINITY,
    signal: undefined,
    shouldConsumeRetry: ({ attemptNumber }) => attemptNumber > 1 || !isStale(first),
    shouldRetry: () => delay !== undefined,
    onFailedAttempt: async ({ error, attemptNumber, retriesConsumed, retriesLeft }) => {
      const failure = error as unknown as Failure
      if (attemptNumber > 1)
        delay = retriesLeft > 0 ? delayAfter(failure, call, retriesConsumed, false) : undefined
      if (delay !== undefined) await wait(delay, call)
    },
  } as Parameters<typeof pRetry>[1])
}
