/** What guise hands to undici, kept clear of `Object.prototype`. */
import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { HttpRequest } from './message.js'

/** A body as undici gets it: iterables have become streams. */
export type SentBody = null | string | Uint8Array | Readable

/** The options of `dispatch`. Undici reads more of them than are given here: none may come from a polluted prototype. */
export class DispatchOptions implements Dispatcher.DispatchOptions {
  readonly origin: string
  readonly path: string
  readonly method: string
  readonly headers: string[]
  readonly body: SentBody
  // All waiting is bounded by our own deadlines.
  readonly headersTimeout = 0
  readonly bodyTimeout = 0
  /**
   * Whether no other request may go over the connection before this one is answered. On the connections that guise
   * makes none ever does, and undici need not look for one when the headers are there: 3 % of the CPU of a call.
   */
  declare readonly blocking?: boolean

  constructor(request: HttpRequest, body: SentBody, own: boolean) {
    this.origin = request.origin
    this.path = request.path
    this.method = request.method
    this.headers = request.headers as string[] // undici does not write to it
    this.body = body
    if (own) this.blocking = false
  }
}
// A literal with `__proto__: null` would do as well, but V8 makes a dictionary of it, which is slow.
Object.setPrototypeOf(DispatchOptions.prototype, null)
