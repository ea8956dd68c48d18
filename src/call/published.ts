/** Tells the diagnostics channels of calls and attempts. */
import type { Clock } from '../clock.js'
import type { MethodContract } from '../contract/index.js'
import type { Failure } from '../errors/failure.js'
import {
  type AttemptEvent,
  attemptChannel,
  type CallEvent,
  callChannel,
  type RouteEvent,
} from '../telemetry/channels.js'
import type { RoutedCall } from './routed-call.js'

/** Only to be asked where `attemptChannel` has subscribers. */
export function publishAttempt(contract: MethodContract, call: RoutedCall, failure?: Failure): void {
  const { outcome } = failure ?? {}
  const event: AttemptEvent = {
    ...routeOf(contract, call),
    attempt: call.tries,
    duration: call.clock.now() - call.now,
    status: outcome === undefined ? call.response?.status : outcome.status,
    failure: outcome?.kind,
  }
  attemptChannel.publish(event)
}

/** Makes a call and publishes how it ended. `run` hands out its call as soon as there is one. */
export async function published(
  run: (begun: (call: RoutedCall) => void) => Promise<unknown>,
  contract: MethodContract,
  clock: Clock,
): Promise<unknown> {
  const startedAt = clock.now()
  let call: RoutedCall | undefined
  const publish = (ok: boolean, error: unknown): void => {
    const { attempts = 0, response } = call ?? {}
    const event: CallEvent = {
      ...routeOf(contract, call),
      attempts,
      duration: clock.now() - startedAt,
      status: response?.status,
      ok,
      error,
    }
    callChannel.publish(event)
  }
  try {
    const value = await run(begun => {
      call = begun
    })
    publish(true, undefined)
    return value
  } catch (error) {
    publish(false, error)
    throw error
  }
}

const routeOf = (
  { client, id, verb, template }: MethodContract,
  call: RoutedCall | undefined,
): RouteEvent => ({
  client,
  method: id,
  verb,
  template,
  target: call?.address?.origin,
})
