/** Options of one call, and the timeouts that a guise and a call can set. */

/** Milliseconds; a number alone is `total`. */
export type Timeout =
  | number
  | {
      /** Until there is a connection. Default: 2,000. */
      readonly connect?: number
      /** Until an attempt's whole response is there. Default: 5,000. */
      readonly attempt?: number
      /** Until the call is settled, retries included. Default: 15,000. */
      readonly total?: number
    }

/**
 * Options for one call, given through a parameter with `@Call()`.
 *
 * @example
 * await members.byId(7, { signal: AbortSignal.timeout(500) })
 */
export interface CallOptions {
  /** Aborts the call; it rejects with the signal's own reason. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds; the nearer wins over the guise's. */
  readonly timeout?: Timeout | undefined
  /** Headers for this call; they replace all others of the same name, and `undefined` removes. */
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined
}
