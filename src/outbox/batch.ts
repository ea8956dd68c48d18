/** Many small writes at once become one: whoever comes while a write is under way goes with the next one. */
import { setImmediate as nextTurn } from 'node:timers/promises'

export interface BatchOptions<Item> {
  /** Items of one write. */
  readonly most: number
  /** Items of the same key do not go into the same write. */
  readonly key?: (item: Item) => unknown
}

interface Entry<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

export class Batch<Item, Result> {
  readonly #write: (items: readonly Item[]) => Promise<readonly Result[]>
  readonly #options: BatchOptions<Item>
  #waiting: Entry<Item, Result>[] = []
  #writing = false

  /** @param write resolves with one result for each item, in their order. */
  constructor(write: (items: readonly Item[]) => Promise<readonly Result[]>, options: BatchOptions<Item>) {
    this.#write = write
    this.#options = options
  }

  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject })
      if (!this.#writing) void this.#flush()
    })
  }

  async #flush(): Promise<void> {
    this.#writing = true
    while (this.#waiting.length > 0) {
      // What else this turn of the event loop brings goes along, whatever socket it comes by.
      await nextTurn()
      const batch = this.#take()
      try {
        const results = await this.#write(batch.map(({ item }) => item))
        for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result)
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    this.#writing = false
  }

  #take(): Entry<Item, Result>[] {
    const { most, key } = this.#options
    if (key === undefined) return this.#waiting.splice(0, most)
    const keys = new Set<unknown>()
    const batch: Entry<Item, Result>[] = []
    const later: Entry<Item, Result>[] = []
    for (const entry of this.#waiting) {
      const own = key(entry.item)
      const fits = batch.length < most && !keys.has(own)
      keys.add(own)
      const list = fits ? batch : later
      list.push(entry)
    }
    this.#waiting = later
    return batch
  }
}
