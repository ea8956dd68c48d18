/** What a fault is: something that is done to a connection, at a moment that it names. */
import type { Socket } from 'node:net'
import type { FaultRequest } from './fault-request.js'

/**
 * When a fault begins.
 *
 * - `connection`: with the connection, before anything is read; the fault has the connection for itself.
 * - `head`: with the head of a request, while its body is on its way and not read.
 * - `request`: with the whole request.
 */
export type FaultMoment = 'connection' | 'head' | 'request'

/** One scripted fault. Those of `faults` will mostly do; any other is an object of this form. */
export interface Fault {
  readonly name: string
  readonly at: FaultMoment
  /** Does it. */
  readonly play: (scene: FaultScene) => void
}

/** One step of a script: a fault, or a function that picks one by the head of the request. */
export type FaultStep = Fault | ((request: FaultRequest) => Fault)

/** What a fault can act on: one connection, and the request on it. */
export class FaultScene {
  /** The connection; a TLS one if the server speaks TLS, but for faults at the moment `connection`. */
  readonly socket: Socket
  /** `undefined` at the moment `connection`. */
  readonly request: FaultRequest | undefined
  readonly #raw: Socket

  /** @param raw the connection under a TLS one. */
  constructor(socket: Socket, request?: FaultRequest, raw = socket) {
    this.socket = socket
    this.request = request
    this.#raw = raw
  }

  /** Sends bytes, text as Latin-1: one character, one byte. Nothing, if the connection has ended. */
  send(bytes: string | Uint8Array): void {
    if (this.socket.writable) this.socket.write(bytes, 'latin1')
  }

  /** Ends the connection in order (FIN), after all that was sent. */
  fin(): void {
    this.socket.end()
  }

  /** Ends the connection by force (RST), at once. */
  reset(): void {
    reset(this.#raw)
  }

  /** Does something later, unless the connection has ended by then. */
  after(milliseconds: number, act: () => void): void {
    if (this.socket.destroyed) return
    const cancel = () => clearTimeout(timer)
    const timer = setTimeout(() => {
      this.socket.off('close', cancel)
      act()
    }, milliseconds)
    this.socket.once('close', cancel)
  }

  /** Sends bytes one at a time, `every` so many milliseconds; then does something. */
  trickle(bytes: Uint8Array, every: number, then: () => void = () => {}): void {
    if (bytes.length === 0) {
      then()
      return
    }
    this.send(bytes.subarray(0, 1))
    this.after(every, () => this.trickle(bytes.subarray(1), every, then))
  }
}

/** Resets a connection, unless its end (FIN) is on the way already: then it cannot be, and Node would lose its handle. */
export function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}
