/** When the fallback of a method answers in the place of the service. */
import type { FailureOutcome } from '../errors/failure.js'
import { classify } from '../policy/classify.js'

/**
 * When the service failed: network, deadline, open circuit, full bulkhead, 5xx and 429, an answer that cannot be used.
 * Not for the caller's own mistakes and decisions: a bad argument, an abort, any other 4xx.
 */
export function fallsBack(outcome: FailureOutcome): boolean {
  if (outcome.kind === 'aborted' || outcome.kind === 'request-body') return false
  if (outcome.status !== undefined && outcome.status >= 500) return true
  switch (classify(outcome)) {
    case 'never-sent':
    case 'ambiguous':
    case 'throttled':
    case 'server':
    case 'bad-answer':
      return true
    default:
      return outcome.kind === 'connection'
  }
}
