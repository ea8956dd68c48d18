/** The two sides of receiving a response: the exchange, and the receiver that takes its bytes. */
import type { Readable } from 'node:stream'
import type { Deadline, DeadlineOwner } from './deadlines.js'
import type { FailureKind, FailurePhase, TransportFailure } from './failure.js'

export interface Receiver {
  receive(chunk: Uint8Array): void
  /** All of the response has arrived. */
  end(): void
  /** The rest of the response will not come. */
  fail(failure: TransportFailure): void
}

/** The exchange, as its receiver sees it. */
export interface Reception {
  /** The response is there, or the stream that will bring it. */
  finish(body: Uint8Array | Readable, truncated?: boolean): void
  reject(failure: TransportFailure): void
  /** Nothing more is wanted from the wire, though more may come. */
  cutOff(): void
  failure(kind: FailureKind, reason: string, cause?: unknown, phase?: FailurePhase): TransportFailure
  pause(): void
  resume(): void
  /** Lets `owner` wait as long as the caller would have waited for a whole response. */
  startDeadline(owner: DeadlineOwner): Deadline
  /** The stream has ended or is done with. */
  streamClosed(): void
}
