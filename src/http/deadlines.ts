/**
 * Deadlines. Thousands of requests wait for the same few durations, so there is one list and one timer for each
 * duration: entries of one duration end in the order in which they began, and leaving the list costs nothing.
 */
import { type Clock, MAX_TIMER, type TimerHandle } from '../clock.js'

export interface DeadlineOwner {
  onDeadline(deadline: Deadline): void
}

export interface Deadline {
  /** When it passes, on the clock's monotonic time. */
  readonly at: number
  /** Takes the deadline back; does nothing when it has passed or was taken back before. */
  stop(): void
}

/** Beyond this many durations each further one gets a timer of its own, lest odd durations pile up lists. */
const MAX_LISTS = 64

export class Deadlines {
  private readonly lists = new Map<number, DeadlineList>()

  constructor(private readonly clock: Clock) {}

  /**
   * `shared`: many others will wait for the same duration. `now`: the moment from which on it counts. `Infinity` never
   * ends.
   */
  start(milliseconds: number, owner: DeadlineOwner, shared = true, now = this.clock.now()): Deadline {
    const list = shared ? this.list(milliseconds) : new DeadlineList(this.clock, milliseconds, false)
    return list.add(owner, now)
  }

  private list(milliseconds: number): DeadlineList {
    const known = this.lists.get(milliseconds)
    if (known !== undefined) return known
    if (this.lists.size >= MAX_LISTS) return new DeadlineList(this.clock, milliseconds, false)
    const list = new DeadlineList(this.clock, milliseconds, true)
    this.lists.set(milliseconds, list)
    return list
  }
}

class Entry implements Deadline {
  previous: Entry | undefined
  next: Entry | undefined

  constructor(
    readonly owner: DeadlineOwner,
    readonly at: number,
    public list: DeadlineList | undefined,
  ) {}

  stop(): void {
    this.list?.remove(this)
  }
}

class DeadlineList {
  private first: Entry | undefined
  private last: Entry | undefined
  private timer: TimerHandle | undefined

  constructor(
    private readonly clock: Clock,
    private readonly duration: number,
    private readonly shared: boolean,
  ) {}

  add(owner: DeadlineOwner, now: number): Entry {
    const entry = new Entry(owner, now + this.duration, this)
    if (this.last === undefined) {
      this.first = this.last = entry
      // The timer of earlier entries may still run: it rings too early for this one, which does no harm.
      if (this.timer !== undefined) this.timer.ref()
      else this.arm(entry)
    } else {
      entry.previous = this.last
      this.last.next = entry
      this.last = entry
    }
    return entry
  }

  remove(entry: Entry): void {
    const { previous, next } = entry
    if (previous === undefined) this.first = next
    else previous.next = next
    if (next === undefined) this.last = previous
    else next.previous = previous
    entry.list = entry.previous = entry.next = undefined
    if (this.first === undefined && this.timer !== undefined) this.rest(this.timer)
  }

  /** Nobody waits: the process may end. A shared timer is left running, since it will be wanted again at once. */
  private rest(timer: TimerHandle): void {
    if (this.shared) {
      timer.unref()
    } else {
      this.clock.clearTimeout(timer)
      this.timer = undefined
    }
  }

  private arm(next: Entry): void {
    const left = Math.max(0, Math.ceil(next.at - this.clock.now()))
    // A deadline beyond the longest timer is armed again on the way.
    this.timer = this.clock.setTimeout(this.ring, Math.min(left, MAX_TIMER))
  }

  private readonly ring = (): void => {
    this.timer = undefined
    if (this.first === undefined) return
    const now = this.clock.now()
    if (this.first.at > now) {
      this.arm(this.first)
      return
    }
    // After the event loop was blocked, timers ring before sockets are read: what has arrived by now shall win.
    setImmediate(() => this.expire(now))
  }

  private expire(now: number): void {
    let entry = this.first
    while (entry !== undefined && entry.at <= now) {
      this.remove(entry)
      entry.owner.onDeadline(entry)
      entry = this.first
    }
    if (entry !== undefined && this.timer === undefined) this.arm(entry)
  }
}
