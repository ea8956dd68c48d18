/** What an error says of its call: which one, where to, after how many attempts. */
import type { MethodContract } from '../contract/index.js'
import { summaryOf } from '../encode/index.js'
import type { Failure } from '../errors/failure.js'
import type { CallFacts } from '../errors/index.js'
import type { RoutedCall } from './routed-call.js'

/** `call`: `undefined` where it failed before it began. */
export function factsOf(contract: MethodContract, failure: Failure, call: RoutedCall | undefined): CallFacts {
  const { client, id: method } = contract
  const { outcome } = failure
  const target = call?.address
  const { history = [], last, attempts = 0 } = call ?? {}
  return {
    client,
    method,
    request: target === undefined ? undefined : summaryOf(contract, target),
    attempts,
    // A history of this failure alone would say nothing new.
    history: history.length === 1 && last === failure ? undefined : history,
    delivery: deliveryOf(outcome.delivery, call),
  }
}

/** An attempt before this one may have reached the service, whatever became of the last. */
function deliveryOf(
  last: NonNullable<CallFacts['delivery']>,
  call: RoutedCall | undefined,
): CallFacts['delivery'] {
  return last === 'not-sent' && call?.maybeDelivered ? 'unknown' : last
}
