/** What every store refuses to record or to write down: numbers out of bounds, and texts that no database gives back. */
import { StoreError } from '../../errors/outbox-errors.js'
import { MOST_ATTEMPTS, type NewDelivery, type Settlement } from '../store.js'

const TEXTS = ['id', 'target', 'method', 'verb', 'path', 'headers', 'fingerprint', 'orderKey'] as const
const WHOLE = ['hops', 'createdAt', 'nextAttemptAt', 'expiresAt'] as const
const ATTEMPTS = ['maxAttempts', 'replayAttempts'] as const

/** Throws if one of the deliveries cannot be kept as it is; none of them is recorded then. */
export function checkDeliveries(deliveries: readonly NewDelivery[]): void {
  for (const delivery of deliveries) {
    for (const name of TEXTS)
      if (!isKept(delivery[name])) throw unfit('record', name, 'holds NUL or half a surrogate pair')
    for (const name of WHOLE)
      if (!isWhole(delivery[name])) throw unfit('record', name, 'must be a whole number from 0 to 2^53 - 1')
    for (const name of ATTEMPTS)
      if (!isWhole(delivery[name]) || delivery[name] < 1 || delivery[name] > MOST_ATTEMPTS)
        throw unfit('record', name, `must be a whole number from 1 to ${MOST_ATTEMPTS}`)
  }
}

/** Throws if one of the settlements makes no sense; none of them is written down then. */
export function checkSettlements(settlements: readonly Settlement[]): void {
  for (const { state, reason, nextAttemptAt, error, receipt } of settlements) {
    if ((state === 'dead') !== (reason !== null))
      throw unfit('settle', 'reason', 'must stand where the state is dead, and nowhere else')
    if ((state === 'pending') !== (nextAttemptAt !== null))
      throw unfit('settle', 'nextAttemptAt', 'must stand where the state is pending, and nowhere else')
    if (!isKept(error)) throw unfit('settle', 'error', 'holds NUL or half a surrogate pair')
    if (!isKept(receipt)) throw unfit('settle', 'receipt', 'holds NUL or half a surrogate pair')
  }
}

const isWhole = (number: number) => Number.isSafeInteger(number) && number >= 0

/** SQLite cuts a text at NUL, PostgreSQL refuses it, and both replace half a surrogate pair. */
const isKept = (text: string | null) => text === null || !UNKEPT.test(text)
const UNKEPT = /[\0\p{Surrogate}]/u

function unfit(operation: string, name: string, rule: string): StoreError {
  return new StoreError(`${operation}: ${name} ${rule}; nothing was written`)
}
