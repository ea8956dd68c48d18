/** The error of a report in which a target failed, thrown only where somebody asks for it. */
import { brand, type CallFacts, type Delivery, GuiseError } from '../errors/guise-error.js'
import type { Failed, GroupReport } from './report.js'

/** Failures that the message names; the report holds them all. */
const MOST_NAMED = 10

/**
 * Some targets of a group failed. The message names them and says why, without a word of what they answered; `report`
 * holds what each of them did.
 *
 * @example
 * try { (await notifier.created(post)).orThrow() }
 * catch (error) { if (error instanceof GroupError) retryLater(error.report.failed) }
 */
export class GroupError extends GuiseError {
  override readonly code = 'GUISE_GROUP'
  /** No log, inspection or JSON of the error shows the values in it. */
  declare readonly report: GroupReport

  constructor(report: GroupReport, facts: Pick<CallFacts, 'client' | 'method'> = {}) {
    const { delivered, failed } = report
    const all = [...delivered, ...failed]
    const attempts = all.reduce((sum, result) => sum + result.attempts, 0)
    super(sentence(failed, all.length), { ...facts, attempts, delivery: worstOf(failed) })
    Object.defineProperty(this, 'report', { value: report })
  }

  override toJSON(): Record<string, unknown> {
    const { delivered, failed } = this.report
    return {
      ...super.toJSON(),
      delivered: delivered.map(({ target }) => target),
      failed: failed.map(one => ({ target: one.target, error: nameOf(one.error), attempts: one.attempts })),
    }
  }
}
brand(GroupError, 'GroupError')

function sentence(failed: readonly Failed[], count: number): string {
  const named = failed.slice(0, MOST_NAMED).map(one => `${one.target} (${why(one)})`)
  const rest = failed.length > MOST_NAMED ? `; and ${failed.length - MOST_NAMED} more` : ''
  const targets = count === 1 ? 'target' : 'targets'
  return `${failed.length} of ${count} ${targets} failed: ${named.join('; ')}${rest}`
}

/** Not the error's own message: one that a response table makes may quote the service. */
function why({ error, attempts }: Failed): string {
  const status = error instanceof GuiseError ? (error as { readonly status?: unknown }).status : undefined
  const name = typeof status === 'number' ? `${nameOf(error)} ${status}` : nameOf(error)
  if (attempts === 0) return `${name}, nothing was sent`
  return `${name}, ${attempts === 1 ? '1 attempt' : `${attempts} attempts`}`
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  return /^[\w$.]{1,100}$/.test(error.name) ? error.name : 'Error'
}

const DELIVERIES: readonly Delivery[] = ['not-sent', 'answered', 'unknown']

/** Of the targets that failed, the one of which the least is known. */
function worstOf(failed: readonly Failed[]): Delivery {
  const known = failed.map(({ error, attempts }) => {
    if (error instanceof GuiseError) return error.delivery
    return attempts === 0 ? 'not-sent' : 'unknown'
  })
  return DELIVERIES.findLast(delivery => known.includes(delivery)) ?? 'not-sent'
}
