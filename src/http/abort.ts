/** Listening to the caller's signal: one listener for each signal, however many requests share it. */

type Listener = () => void

const fans = new WeakMap<AbortSignal, Fan>()

class Fan {
  readonly listeners = new Set<Listener>()

  constructor(private readonly signal: AbortSignal) {
    signal.addEventListener('abort', this, { once: true })
  }

  handleEvent(): void {
    fans.delete(this.signal)
    for (const listener of this.listeners) listener()
  }

  remove(listener: Listener): void {
    if (!this.listeners.delete(listener) || this.listeners.size > 0) return
    fans.delete(this.signal)
    this.signal.removeEventListener('abort', this)
  }
}

/**
 * Calls `listener` when `signal` is aborted, and returns a function that takes it back. A signal that is aborted
 * already calls nobody, as with `addEventListener`; look at `signal.aborted` first. The listener must not throw.
 */
export function onAbort(signal: AbortSignal, listener: Listener): () => void {
  let fan = fans.get(signal)
  if (fan === undefined) {
    fan = new Fan(signal)
    fans.set(signal, fan)
  }
  const joined = fan
  joined.listeners.add(listener)
  return () => joined.remove(listener)
}
