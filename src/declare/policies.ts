/** The decorators of policies: how long, how often, how many. Where they stand makes no difference to their order. */
import type { BulkheadOptions } from '../policy/bulkhead.js'
import type { CircuitBreakerOptions } from '../policy/circuit-breaker.js'
import type { RetryOptions } from '../policy/retry.js'
import type { PolicyOptions, TimeoutOptions } from '../policy/settings.js'
import type { ClassOrMethodDecorator, RouteDecorator } from './decorators.js'
import { addToClass, addToMethod } from './records.js'

/**
 * Bounds the time of all calls of a class, or of one method's.
 *
 * @param timeout milliseconds; a number alone is `total`. Default: `{ connect: 2_000, attempt: 5_000, total: 15_000 }`.
 *
 * @example
 * @Timeout({ attempt: 500, total: 2_000 })
 */
export function Timeout(timeout: TimeoutOptions): ClassOrMethodDecorator {
  return policy({ timeout })
}

/**
 * How calls are repeated, of a class or of one method. Only calls that may be repeated are: GET, HEAD, OPTIONS, PUT,
 * DELETE and QUERY, calls with an idempotency key, and requests that surely were not sent.
 *
 * @param retry see {@link RetryOptions}; `false` for no retries. Default: 2 retries.
 *
 * @example
 * @Retry({ retries: 3, on: [502, 503] })
 */
export function Retry(retry: RetryOptions | false): ClassOrMethodDecorator {
  return policy({ retry })
}

/**
 * Puts a circuit breaker around each address of the service: after too many failures calls are turned away at once with
 * `CircuitOpenError`, until a probe succeeds.
 *
 * @param circuitBreaker see {@link CircuitBreakerOptions}; `false` for none.
 *
 * @example
 * @CircuitBreaker({ volume: 20, resetAfter: 30_000 })
 */
export function CircuitBreaker(
  circuitBreaker: CircuitBreakerOptions | boolean = true,
): ClassOrMethodDecorator {
  return policy({ circuitBreaker })
}

/**
 * Limits how many attempts are under way at the same time; on a class for all its methods together.
 *
 * @param bulkhead see {@link BulkheadOptions}; `false` for no limit.
 *
 * @example
 * @Bulkhead({ concurrent: 10, queue: 50 })
 */
export function Bulkhead(bulkhead: BulkheadOptions | false): ClassOrMethodDecorator {
  return policy({ bulkhead })
}

/**
 * Sends an `Idempotency-Key` with each call of the method: a UUID for each logical call, the same over all its attempts,
 * so that a POST can be repeated. A key that the call brings (`@IdempotencyKey()`) is used instead.
 *
 * @example
 * @Post('/orders') @Idempotent()
 * place(@Body(NewOrder) order: NewOrder): Promise<Order> { return remote(order) }
 */
export function Idempotent(): RouteDecorator {
  return (target, key) => addToMethod(target, key as string | symbol, 'idempotent', true)
}

function policy(options: PolicyOptions): ClassOrMethodDecorator {
  const frozen = Object.freeze(options)
  return (target: object, key?: PropertyKey) => {
    if (key === undefined) addToClass(target, 'policies', frozen)
    else addToMethod(target, key as string | symbol, 'policies', frozen)
  }
}
