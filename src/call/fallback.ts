/** When the fallback of a method answers in the place of the service. */
import type { FailureOutcome } from '../errors/failure.js'
import { classify, tellsNothing } from '../policy/classify.js'

/**
 * When the service failed: network, deadline, open circuit, full bulkhead, 5xx and 429, an answer that cannot be used.
 * Not for the caller's own mistakes and decisions: a bad argument, an abort, any other 4xx.
 */
export function fallsBack(outcome: FailureOutcome): boolean {
  const { kind, status } = outcome
  if (kind === 'circuit-open' || kind === 'bulkhead-full' || kind === 'timeout') return true
  if (tellsNothing(outcome)) return false
  if (status === undefined || status === 429 || status >= 500) return true
  return ['ambiguous', 'bad-answer'].includes(classify(outcome))
}
