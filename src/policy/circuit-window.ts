/** Opossum's window of calls, written to directly where opossum has nothing to decide. */
import type CircuitBreaker from 'opossum'

/** What opossum keeps of each second of its window. */
interface Bucket {
  fires: number
  successes: number
  failures: number
  rejects: number
  latencyTimes: number[]
}

type Status = CircuitBreaker.Status

const bucketsOf = ({ window }: Status) => window as unknown as [Bucket, ...Bucket[]]

export function countSuccesses(status: Status, successes: number): void {
  const [bucket] = bucketsOf(status)
  bucket.fires += successes
  bucket.successes += successes
}

export function countFailure(status: Status): void {
  const [bucket] = bucketsOf(status)
  bucket.fires++
  bucket.failures++
}

/** Takes back a failure that was counted and says nothing of the service. */
export function forgetFailure(status: Status): void {
  bucketsOf(status)[0].failures--
}

/** A call that was turned away. */
export function countReject(status: Status): void {
  const [bucket] = bucketsOf(status)
  bucket.fires++
  bucket.rejects++
}

/** Opossum notes how long each call took, and sums it up for nobody. */
export function forgetLatencies(status: Status): void {
  bucketsOf(status)[0].latencyTimes.length = 0
}

interface OpeningRule {
  readonly volume: number
  readonly errorThreshold: number
}

/**
 * Whether opossum, by its own rule, would open the circuit if one more call failed. To ask opossum itself on each
 * failure was a quarter of a failing call's time.
 */
export function mayOpen(status: Status, { volume, errorThreshold }: OpeningRule): boolean {
  let [fires, failures] = [1, 1]
  for (const bucket of bucketsOf(status)) {
    fires += bucket.fires
    failures += bucket.failures
  }
  return fires >= volume && (failures / fires) * 100 > errorThreshold
}
