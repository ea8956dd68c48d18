/** A map that keeps the most recently used entries and drops the others: targets may be many and come and go. */

export class LruMap<K, V> {
  readonly #entries = new Map<K, V>()
  readonly #limit: number
  readonly #dropped: (value: V) => void

  constructor(limit: number, dropped: (value: V) => void = () => {}) {
    this.#limit = limit
    this.#dropped = dropped
  }

  /** The entry, made if it is not there, and now the most recent one. */
  get(key: K, make: (key: K) => V): V {
    let value = this.#entries.get(key)
    if (value === undefined) value = make(key)
    // One entry alone needs no order; that is the common case and this is on the way of every call.
    else if (this.#entries.size === 1) return value
    else this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size > this.#limit) {
      const [oldest] = this.#entries
      if (oldest !== undefined) {
        this.#entries.delete(oldest[0])
        this.#dropped(oldest[1])
      }
    }
    return value
  }

  clear(): void {
    const values = [...this.#entries.values()]
    this.#entries.clear()
    for (const value of values) this.#dropped(value)
  }

  values(): IterableIterator<V> {
    return this.#entries.values()
  }
}
