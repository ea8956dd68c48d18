/** What goes over the wire and what comes back, for every transport: undici, a mock, an interceptor. */
import type { Readable } from 'node:stream'

/** A body as it leaves. A stream or an async iterable can be sent once only. */
export type RequestBody = null | string | Uint8Array | Readable | AsyncIterable<Uint8Array | string>

/** One HTTP request, complete: nothing is added to it on the way but `host` and the framing headers. */
export interface HttpRequest {
  readonly method: string
  /** Scheme, host and port: `http://member-svc:8080`. */
  readonly origin: string
  /** Path and query, percent-encoded: `/api/members/7?page=1`. */
  readonly path: string
  /** Names and values in turn: `['accept', 'application/json', ...]`. Names are in lower case. */
  readonly headers: readonly string[]
  readonly body: RequestBody
}

/** Response headers as they arrived: names in lower case, an array where a name came more than once; no prototype. */
export type RawHeaders = Readonly<Record<string, string | string[]>>

/** One HTTP response, read to its end unless it is a stream. */
export interface HttpResponse {
  readonly status: number
  readonly statusText: string
  readonly headers: RawHeaders
  /** The body, decompressed; empty where it was discarded, a stream where `receive` asked for one. */
  readonly body: Uint8Array | Readable
  /** The body is not whole: longer than its limit, or badly encoded (bodies of error statuses only). */
  readonly truncated: boolean
}

/**
 * What to do with the body of a response of this status. A discarded one is read for the sake of the connection only:
 * neither its size nor its end can make the request fail.
 */
export type Receive = 'gather' | 'discard' | 'stream'

/** How one request is to be sent and its response received. Times are in milliseconds, `Infinity` is without end. */
export interface SendOptions {
  /** Until the request has a connection (waiting for a free one, look-up, TCP and TLS). */
  readonly connectTimeout: number
  /**
   * Until the whole response is there and decompressed; of a streamed one, its headers, and then each next part of it.
   * If it is not above 0, nothing is sent.
   */
  readonly timeout: number
  /** What the clock says, where the sender has just read it. */
  readonly now?: number
  /** Which deadline `timeout` stands for, to be named by the failure. */
  readonly timeoutPhase: 'attempt' | 'total'
  /** The caller's signal. */
  readonly signal: AbortSignal | undefined
  /** Asked once, when the status is known. Informational responses (1xx) are not asked about. */
  readonly receive: (status: number) => Receive
  /** Limit in bytes of a gathered body, after decompression, of a status below 400; above it the request fails. */
  readonly maxResponseBytes: number
  /** The same for a status of 400 and above; there the body is cut, not refused. */
  readonly maxErrorBytes: number
}

export interface CloseOptions {
  /** How long requests in flight may go on, in milliseconds; then they fail. By default 5000. */
  readonly timeout?: number
}

/** The one seam between guise and the network. */
export interface Transport {
  /** Resolves with the response, rejects with a {@link TransportFailure} or with the reason of the caller's signal. */
  send(request: HttpRequest, options: SendOptions): Promise<HttpResponse>
  /** Takes no more requests, waits for those in flight and closes all connections that the transport opened. */
  close(options?: CloseOptions): Promise<void>
}
