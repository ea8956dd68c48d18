/** What guise and undici hand to each other, kept clear of `Object.prototype`. */
import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { HttpRequest, RawHeaders } from './message.js'

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

  constructor(request: HttpRequest, body: SentBody) {
    this.origin = request.origin
    this.path = request.path
    this.method = request.method
    this.headers = request.headers as string[] // undici does not write to it
    this.body = body
  }
}
// A literal with `__proto__: null` would do as well, but V8 makes a dictionary of it, which is slow.
Object.setPrototypeOf(DispatchOptions.prototype, null)

/** `own`: undici made the headers for us alone; otherwise they may be shared, as those of a cache are. */
export function withoutPrototype(headers: RawHeaders, own: boolean): RawHeaders {
  return own ? Object.setPrototypeOf(headers, null) : Object.assign(Object.create(null), headers)
}
