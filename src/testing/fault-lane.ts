/** One direction of a proxied connection: what comes waits in a line until its settings let it pass. */
import type { Socket } from 'node:net'
import type { FaultProxySettings } from './fault-proxy.js'
import { reset } from './fault-scene.js'

/** Bytes, or how the other side ended its direction. */
interface Item {
  readonly what: Buffer | 'fin' | 'gone'
  /** On the clock of `performance.now()`. */
  readonly due: number
}

/** More than this waiting, and no more is read. */
const FULL = 1024 * 1024

export class FaultLane {
  readonly #from: Socket
  readonly #to: Socket
  readonly #settings: () => FaultProxySettings
  #line: Item[] = []
  #waiting = 0
  #passed = 0
  /** When the last item in the line is due. */
  #lastDue = 0
  /** The connection that bytes come from was reset. */
  #broken = false
  #timer: NodeJS.Timeout | undefined
  #resting = false

  constructor(from: Socket, to: Socket, settings: () => FaultProxySettings) {
    this.#from = from
    this.#to = to
    this.#settings = settings
    from.on('data', (chunk: Buffer) => this.#take(chunk))
    from.on('end', () => this.#put('fin', 0))
    from.on('error', () => {
      this.#broken = true
    })
    from.on('close', () => this.#put('gone', 0))
    to.on('drain', () => this.#pump())
    to.on('close', () => {
      clearTimeout(this.#timer)
      this.#line = []
    })
  }

  /** The settings have changed. */
  changed(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    // What waits for its time alone need wait no longer.
    const { latency = 0, bandwidth } = this.#settings()
    const latest = performance.now() + latency
    if (bandwidth === undefined)
      this.#line = this.#line.map(({ what, due }) => ({ what, due: Math.min(due, latest) }))
    this.#lastDue = this.#line.at(-1)?.due ?? 0
    this.#pump()
  }

  #take(chunk: Buffer): void {
    const { slice = chunk.length } = this.#settings()
    for (let at = 0; at < chunk.length; at += slice) {
      const piece = chunk.subarray(at, at + slice)
      this.#waiting += piece.length
      this.#put(piece, piece.length)
    }
    if (this.#waiting > FULL) this.#from.pause()
  }

  #put(what: Item['what'], size: number): void {
    if (this.#to.destroyed) return
    const { latency = 0, jitter = 0, bandwidth = Number.POSITIVE_INFINITY } = this.#settings()
    const late = latency + jitter * Math.random()
    // Never before what came earlier; a narrow way takes its time for each byte.
    const due = Math.max(performance.now() + late, this.#lastDue) + (size / bandwidth) * 1000
    this.#lastDue = due
    this.#line.push({ what, due })
    this.#pump()
  }

  #pump(): void {
    if (this.#timer !== undefined || this.#resting) return
    const { blackhole = false, slice } = this.#settings()
    while (!blackhole && !this.#to.writableNeedDrain) {
      const [first] = this.#line
      if (first === undefined) return
      const wait = first.due - performance.now()
      if (wait > 0) {
        this.#wait(wait)
        return
      }
      this.#line.shift()
      this.#pass(first.what)
      if (slice !== undefined) {
        this.#rest()
        return
      }
    }
  }

  #wait(milliseconds: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#pump()
    }, Math.ceil(milliseconds))
  }

  /** Each slice leaves in a turn of its own, so that it is a packet of its own. */
  #rest(): void {
    this.#resting = true
    setImmediate(() => {
      this.#resting = false
      this.#pump()
    })
  }

  #pass(what: Item['what']): void {
    if (what === 'gone') {
      if (this.#broken) reset(this.#to)
      else this.#to.destroySoon()
    } else if (what === 'fin') this.#to.end()
    else this.#write(what)
  }

  #write(bytes: Buffer): void {
    this.#waiting -= bytes.length
    if (this.#waiting <= FULL && this.#from.isPaused()) this.#from.resume()
    const { limit = Number.POSITIVE_INFINITY } = this.#settings()
    const kept = bytes.subarray(0, Math.max(0, limit - this.#passed))
    this.#passed += kept.length
    if (kept.length > 0 && this.#to.writable) this.#to.write(kept)
    if (this.#passed < limit) return
    this.#line = []
    this.#to.destroySoon()
    this.#from.destroy()
  }
}
