/** The bulkhead: so many calls at once, so many waiting, and the rest turned away. */
import { Failure } from '../errors/failure.js'
import { BulkheadFullError, TimeoutError } from '../errors/index.js'
import { onAbort } from '../http/index.js'
import { type Attempt, aborted, type Call } from './attempt.js'

/** How many calls may be under way. */
export interface BulkheadOptions {
  /** Attempts at the same time. */
  readonly concurrent: number
  /** Attempts that wait for their turn; more reject with `BulkheadFullError`. Default: 0. */
  readonly queue?: number
}

export class Bulkhead {
  readonly #concurrent: number
  readonly #queue: number
  readonly #waiting = new Set<() => void>()
  #running = 0

  constructor({ concurrent, queue = 0 }: BulkheadOptions) {
    this.#concurrent = concurrent
    this.#queue = queue
  }

  async run(next: Attempt, call: Call): Promise<unknown> {
    if (this.#running >= this.#concurrent) {
      await this.#turn(call)
      call.now = call.clock.now()
    } else this.#running++
    try {
      return await next(call)
    } finally {
      const [first] = this.#waiting
      // The place is handed on, so that nobody who comes now can take it.
      if (first === undefined) this.#running--
      else first()
    }
  }

  /** Resolves when a place is handed over. */
  #turn(call: Call): Promise<void> {
    if (this.#waiting.size >= this.#queue) {
      throw new Failure(
        { kind: 'bulkhead-full', delivery: 'not-sent' },
        facts => new BulkheadFullError(facts),
      )
    }
    const { clock, signal, deadline, total } = call
    if (signal?.aborted) throw aborted(signal)
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(enter)
        clock.clearTimeout(timer)
        forget?.()
      }
      const enter = (): void => {
        leave()
        resolve()
      }
      const timer = clock.setTimeout(
        () => {
          leave()
          const reason = `the call waited for its turn in the bulkhead until its total of ${total} ms was over`
          reject(
            new Failure(
              { kind: 'timeout', delivery: 'not-sent', local: true },
              facts => new TimeoutError({ ...facts, phase: 'total', reason }),
            ),
          )
        },
        Math.max(0, deadline - clock.now()),
      )
      const forget =
        signal === undefined
          ? undefined
          : onAbort(signal, () => {
              leave()
              reject(aborted(signal))
            })
      this.#waiting.add(enter)
    })
  }
}
