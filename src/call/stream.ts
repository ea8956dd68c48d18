/** A body that was handed out as a stream can break after its call: then with an error of guise's, as the call would. */
import type { Readable } from 'node:stream'
import type { MethodContract } from '../contract/index.js'
import { TransportFailure } from '../http/index.js'
import { factsOf } from './facts.js'
import { failureOf } from './outcome.js'
import type { RoutedCall } from './routed-call.js'

export function explainBreaks(body: Readable, contract: MethodContract, call: RoutedCall): void {
  const { destroy } = body
  body.destroy = reason => {
    if (!(reason instanceof TransportFailure)) return destroy.call(body, reason)
    const failure = failureOf(reason.facts)
    return destroy.call(body, failure.toError(factsOf(contract, failure, call)) as Error)
  }
}
