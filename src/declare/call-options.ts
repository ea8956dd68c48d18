/** Options of one call. */
import type { RetryOptions } from '../policy/retry.js'
import type { TimeoutOptions } from '../policy/settings.js'

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
  readonly timeout?: TimeoutOptions | undefined
  /** Headers for this call; they replace all others of the same name, and `undefined` removes. */
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined
  /** How this call is repeated; `false` for not at all. */
  readonly retry?: RetryOptions | false | undefined
  /** Whatever shall be seen of the call in logs and by interceptors. Never sent. */
  readonly tags?: Readonly<Record<string, string | number | boolean>> | undefined
}
