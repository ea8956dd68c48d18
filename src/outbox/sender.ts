/** Sends a claimed delivery once: circuit breaker, bulkhead, interceptors, transport and response table as in a client. */
import { toFailure } from '../call/chain.js'
import { RoutedCall } from '../call/routed-call.js'
import { lateFailure, within } from '../call/within.js'
import type { Clock } from '../clock.js'
import type { HttpRequest } from '../http/index.js'
import { choose } from '../policy/addresses.js'
import { signWebhook } from '../signing/index.js'
import type { OutboxRoute } from './registry.js'
import type { ClaimedDelivery } from './store.js'
import type { SendContext } from './target.js'
import type { Attempted } from './verdict.js'

/** @param headers as recorded, names and values in turn. */
export async function send(
  route: OutboxRoute,
  delivery: ClaimedDelivery,
  headers: readonly string[],
  { clock, random, signal }: SendContext,
): Promise<Attempted> {
  const { method, timeouts } = route
  // There is one attempt, and its deadline is the call's.
  const total = timeouts.attempt + 1
  const tags = { message: delivery.id, target: delivery.target, deliveryAttempt: delivery.attempts }
  const call = new RoutedCall(clock, { ...timeouts, total }, { signal, tags }, true, undefined)
  try {
    const found = method.addresses()
    const late = () => lateFailure('total', total, 'not-sent')
    const bounds = { clock, deadline: call.deadline, signal, late }
    call.addresses = found instanceof Promise ? await within(found, bounds) : found
    call.address = choose(call.addresses, undefined, random)
    call.prefix = call.address.prefix
    call.request = requestOf(route, delivery, headers, call, clock)
    call.now = clock.now()
    await method.attempt(call)
    return attempted(call, undefined)
  } catch (error) {
    return attempted(call, toFailure(error, { signal }).outcome)
  }
}

function attempted({ response }: RoutedCall, failure: Attempted['failure']): Attempted {
  const receipt = response?.headers['notify-receipt']
  return {
    failure,
    status: response?.status ?? null,
    receipt: typeof receipt === 'string' ? receipt.slice(0, 255) : null,
  }
}

function requestOf(
  route: OutboxRoute,
  { id, verb, path, body, hops, seq, orderKey, expiresAt }: ClaimedDelivery,
  headers: readonly string[],
  { address: { origin, prefix } }: RoutedCall,
  clock: Clock,
): HttpRequest {
  const all = [...headers]
  for (let i = 0; i < route.headers.length; i += 2) {
    const name = route.headers[i] as string
    if (!headers.some((own, at) => at % 2 === 0 && own === name))
      all.push(name, route.headers[i + 1] as string)
  }
  all.push('idempotency-key', id)
  all.push('notify-expires', String(Math.floor(expiresAt / 1000)))
  all.push('notify-hops', String(hops))
  if (orderKey !== null) all.push('notify-seq', String(seq))
  const { signing } = route.registration.delivery
  if (signing !== undefined) {
    const timestamp = Math.floor(clock.wallNow() / 1000)
    const signed = signWebhook({ id, timestamp, body: body ?? new Uint8Array(), secrets: signing.secrets })
    all.push(...Object.entries(signed).flat())
  }
  const full = prefix + path
  return { method: verb, origin, path: full.startsWith('/') ? full : `/${full}`, headers: all, body }
}
