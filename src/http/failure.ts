/** Why a request got no usable response: the facts, from which the call makes its error. */

export type FailureKind =
  /** No connection, or it broke, or what came over it is not HTTP. */
  | 'connection'
  /** A deadline passed; `phase` says which. */
  | 'timeout'
  /** The response arrived but its body cannot be used: too large, or a broken or unknown encoding. */
  | 'body'
  /** The request's own body failed while it was being sent. */
  | 'request-body'

/** Which deadline passed. */
export type FailurePhase = 'connect' | 'attempt' | 'total'

export interface FailureFacts {
  readonly kind: FailureKind
  /** One sentence without a full stop, without any value of the caller's: `the connection was refused`. */
  readonly reason: string
  readonly phase?: FailurePhase
  /** A connection existed and the request was handed to it: from here on, bytes may have left. */
  readonly sent: boolean
  /** The connection had served another request before, and broke before anything of this one's response came. */
  readonly reused: boolean
  /** At least the status line and headers of a response arrived. */
  readonly answered: boolean
  /** The status, where `answered`. */
  readonly status?: number
  /** The error below, as Node or undici made it. */
  readonly cause?: unknown
}

/**
 * A failed request. It is an `Error` by its prototype only and holds no stack: failures are many when a service is
 * down, and the error that a caller sees is made once, at the end, where its stack leads to the caller.
 */
export class TransportFailure {
  readonly facts: FailureFacts
  readonly name = 'TransportFailure'

  constructor(facts: FailureFacts) {
    this.facts = facts
  }

  get message(): string {
    return this.facts.reason
  }
}
Object.setPrototypeOf(TransportFailure.prototype, Error.prototype)
