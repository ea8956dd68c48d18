// The presets of dailyfeed's feign-config.yaml by their names. There none of them was ever in force: registries made of
// defaults stood in their place. Here a preset is a value that a client is made with, and describe(client) shows it.
//
// What guise does otherwise, and on purpose:
// - A circuit's window is time and not a number of calls: what failed an hour ago says nothing of now.
// - A circuit sees every attempt. In dailyfeed the retries stood inside it: three failed attempts were one failure.
// - A half-open circuit lets one probe through, not 3 to 10, and stays open for longer (up to 60 s) while probes fail.
// - Slow calls are not counted apart: a call slower than its timeout has failed, and counts as that.
// - Waits between attempts are random, lest all clients come back at once: from 0 to twice the fixed wait that they
//   replace, so that the mean is the same. `Retry-After` comes first where the service sends it.
// - A POST is repeated only with an idempotency key, or where nothing was sent. A budget bounds the retries of all calls.
// - Rate limiters have no counterpart. What a service in trouble cannot bear is calls at the same time; a bulkhead
//   limits those, here to as many as there might be in a second.
import type { BulkheadOptions, CircuitBreakerOptions, PolicyOptions, RetryOptions } from 'guise'

/** Feign's connect and read timeout, and an end to all of it: three attempts could take 46 seconds. */
export const timeout = { connect: 5_000, attempt: 10_000, total: 15_000 }

/** resilience4j opens at a share of failures, guise above it: 40 % there is 39.9 here. */
export const circuitBreakers = {
  default: { volume: 10, errorThreshold: 49.9, window: 60_000, resetAfter: 60_000 },
  critical: { volume: 5, errorThreshold: 39.9, window: 30_000, resetAfter: 30_000 },
  bulk: { volume: 20, errorThreshold: 59.9, window: 120_000, resetAfter: 120_000 },
  healthCheck: { volume: 3, errorThreshold: 49.9, window: 60_000, resetAfter: 10_000 },
} satisfies Record<string, CircuitBreakerOptions>

/** One fewer than the attempts there, which counted the first. */
export const retries = {
  default: { retries: 2, minDelay: 250, maxDelay: 1_000 },
  fast: { retries: 1, minDelay: 150, maxDelay: 600 },
  conservative: { retries: 1, minDelay: 500, maxDelay: 2_000 },
} satisfies Record<string, RetryOptions>

/** In the place of the rate limiters. `critical` let a call wait for 100 ms, in which 20 others had their turn. */
export const bulkheads = {
  default: { concurrent: 100 },
  critical: { concurrent: 200, queue: 20 },
  conservative: { concurrent: 50 },
} satisfies Record<string, BulkheadOptions>

const usual = {
  timeout,
  circuitBreaker: circuitBreakers.default,
  retry: retries.default,
  bulkhead: bulkheads.default,
}
const critical = {
  timeout,
  circuitBreaker: circuitBreakers.critical,
  retry: retries.fast,
  bulkhead: bulkheads.critical,
}

/** Which service is called by which presets. */
export const presets = {
  member: critical,
  timeline: critical,
  content: usual,
  activity: usual,
  image: {
    timeout,
    circuitBreaker: circuitBreakers.bulk,
    retry: retries.conservative,
    bulkhead: bulkheads.conservative,
  },
  health: { timeout, circuitBreaker: circuitBreakers.healthCheck, retry: false },
} satisfies Record<string, PolicyOptions>
