/** One attempt: the handler that undici calls, and which ends exactly once. */
import type { Duplex, Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { Clock } from '../clock.js'
import { onAbort } from './abort.js'
import { Controlled, type WireHandler } from './controlled.js'
import type { Deadline, DeadlineOwner, Deadlines } from './deadlines.js'
import { DispatchOptions, type SentBody } from './dispatch-options.js'
import type { Ended } from './exchanger.js'
import { explain, NOT_HTTP } from './explain.js'
import { type FailureKind, type FailurePhase, TransportFailure } from './failure.js'
import type { HttpRequest, RawHeaders, SendOptions } from './message.js'
import { receiverFor } from './receive.js'
import { Received } from './received.js'
import type { Receiver, Reception } from './reception.js'
import { isOfUsedConnection } from './reuse.js'
import { ResponseStream } from './stream.js'
import { dropUpload, isStreamed, openUpload } from './upload.js'

/** What all exchanges of a transport share. */
export interface Premises {
  readonly clock: Clock
  dispatcherAt(now: number): Pick<Dispatcher, 'dispatch'>
  /** The dispatcher was made by guise. */
  readonly own: boolean
  /** The dispatcher is one of undici 7's own, bare: what it does inside is known. */
  readonly bare: boolean
  readonly deadlines: Deadlines
  readonly closed: boolean
  exchangeEnded(): void
}

/** Undici wants an error to abort with. Nobody gets to see it, so one is enough for all. */
const ABANDONED = new Error('The request was abandoned')

export class Exchange<Options extends SendOptions>
  implements Ended<Options>, WireHandler, DeadlineOwner, Reception
{
  readonly options: Options
  response: Received | undefined
  error: unknown
  /** Resolves with this very exchange when it has ended, however that was: nobody needs a closure to know which. */
  readonly done: Promise<Ended<Options>>
  readonly #request: HttpRequest
  readonly #premises: Premises
  #sent = false
  /** Something of the response has arrived. */
  #begun = false
  #answer: Received | undefined
  /** It is known how it ends. */
  #settled = false
  /** Nothing more is wanted from the wire. */
  #complete = false
  /** It has no part in the wire any more. */
  #left = false
  #paused = false
  #connecting = false
  #resolve!: (ended: Ended<Options>) => void
  #abort: ((reason?: Error) => void) | undefined
  #resume: (() => void) | undefined
  #receiver: Receiver | undefined
  #upload: Readable | undefined
  #deadline: Deadline | undefined
  #stopListening: (() => void) | undefined

  constructor(request: HttpRequest, options: Options, premises: Premises) {
    this.options = options
    this.#request = request
    this.#premises = premises
    this.done = new Promise(resolve => {
      this.#resolve = resolve
    })
  }

  start(): void {
    const { signal, timeout } = this.options
    if (signal?.aborted) this.reject(signal.reason)
    else if (this.#premises.closed) this.reject(this.failure('connection', 'the client is closed'))
    else if (timeout <= 0) this.onDeadline()
    const body = this.#openBody()
    if (this.#settled) this.cutOff()
    else this.#dispatch(body)
  }

  // What undici calls.

  onConnect(abort: (reason?: Error) => void): void {
    if (this.#settled) {
      // Undici drops a request whose handler throws here and keeps the connection. An abort would close it, so that
      // each request that gave up in the queue would cost a connection, and this when the service is slow already.
      if (this.#premises.bare) throw ABANDONED
      abort(ABANDONED)
      return
    }
    this.#abort = abort
    this.#sent = true
  }

  onUpgrade(_status: number, _headers: unknown, socket: Pick<Duplex, 'destroy'>): void {
    socket.destroy()
    this.#breakOff(this.failure('connection', NOT_HTTP))
  }

  onResponseStarted(): void {
    this.#begun = true
  }

  onHeaders(
    status: number,
    headers: Buffer[] | RawHeaders,
    resume: () => void,
    statusText: string | undefined,
  ): boolean {
    if (this.#settled || this.#answer !== undefined) return true
    if (status < 200) {
      // 102 and 103 announce a response. 101 would be the end of HTTP on this connection, and below 100 is nothing.
      if (status < 100 || status === 101) this.#breakOff(this.failure('connection', NOT_HTTP))
      return true
    }
    this.#resume = resume
    this.#answer = new Received(status, statusText ?? '', headers)
    this.#receiver = receiverFor(this, this.#request.method, this.#answer, this.options)
    return !this.#paused
  }

  onData(chunk: Uint8Array): boolean {
    if (!this.#complete) this.#receiver?.receive(chunk)
    return !this.#paused
  }

  onComplete(): void {
    if (this.#complete) return
    this.#complete = true
    this.#receiver?.end()
    if (this.#settled) this.#leave()
  }

  onError(error: unknown): void {
    if (this.#complete) return
    const { kind, reason, phase, cause } = explain(error)
    this.#breakOff(this.failure(kind, reason, cause, phase))
  }

  // What the receiver calls.

  finish(body: Uint8Array | Readable, truncated = false): void {
    if (!this.#settle()) return
    const answer = this.#answer as Received
    answer.body = body
    answer.truncated = truncated
    this.response = answer
    this.#resolve(this)
    if (!(body instanceof ResponseStream)) this.#leave()
  }

  reject(reason: unknown): void {
    if (!this.#settle()) return
    this.error = reason
    this.#resolve(this)
    this.cutOff()
    this.#leave()
  }

  cutOff(): void {
    this.#complete = true
    if (this.#upload !== undefined) dropUpload(this.#upload)
    this.#abort?.(ABANDONED)
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#resume?.()
  }

  streamClosed(): void {
    if (!this.#complete) this.cutOff()
    this.#leave()
  }

  startDeadline(owner: DeadlineOwner, now = this.#premises.clock.now()): Deadline {
    const { timeout, timeoutPhase } = this.options
    return this.#premises.deadlines.start(timeout, owner, timeoutPhase === 'attempt', now)
  }

  failure(kind: FailureKind, reason: string, cause?: unknown, phase?: FailurePhase): TransportFailure {
    const status = this.#answer?.status
    return new TransportFailure({
      kind,
      reason,
      sent: this.#sent,
      reused: !this.#begun && isOfUsedConnection(cause),
      answered: status !== undefined,
      ...(phase !== undefined && { phase }),
      ...(status !== undefined && { status }),
      ...(cause !== undefined && { cause }),
    })
  }

  // What ends it from this side.

  onDeadline(passed?: Deadline): void {
    const { connectTimeout, timeout, timeoutPhase } = this.options
    if (passed !== undefined && this.#connecting && this.#sent) {
      // It was sent in time, and the rest of the time is for the response.
      this.#connecting = false
      const rest = timeout - connectTimeout
      this.#deadline = this.#premises.deadlines.start(rest, this, timeoutPhase === 'attempt', passed.at)
      return
    }
    const what = this.#sent ? 'complete response' : 'connection'
    const reason = `no ${what} within ${Math.round(this.#connecting ? connectTimeout : timeout)} ms`
    const phase = this.#connecting ? 'connect' : timeoutPhase
    this.#breakOff(this.failure('timeout', reason, undefined, phase))
  }

  #onAborted(signal: AbortSignal): void {
    if (this.#receiver instanceof ResponseStream) this.#receiver.destroy(signal.reason)
    else this.reject(signal.reason)
  }

  #breakOff(failure: TransportFailure): void {
    if (this.#receiver === undefined) this.reject(failure)
    else this.#receiver.fail(failure)
  }

  #dispatch(body: SentBody): void {
    const { bare, clock, own } = this.#premises
    const { signal, now = clock.now() } = this.options
    if (signal !== undefined) this.#stopListening = onAbort(signal, () => this.#onAborted(signal))
    try {
      this.#premises
        .dispatcherAt(now)
        .dispatch(new DispatchOptions(this.#request, body, own), bare ? this : new Controlled(this))
    } catch (error) {
      this.onError(error)
    }
    if (!this.#settled) this.#startDeadline(now)
  }

  /** One deadline at a time: that of the connection while there is none, since it is the shorter one. */
  #startDeadline(now: number): void {
    const { connectTimeout, timeout } = this.options
    this.#connecting = !this.#sent && connectTimeout < timeout
    this.#deadline = this.#connecting
      ? this.#premises.deadlines.start(connectTimeout, this, true, now)
      : this.startDeadline(this, now)
  }

  #openBody(): SentBody {
    const { body } = this.#request
    if (!isStreamed(body)) return body
    this.#upload = openUpload(body, error => {
      if (this.#complete) return
      this.#breakOff(this.failure('request-body', 'the request body could not be read to its end', error))
    })
    return this.#upload
  }

  #settle(): boolean {
    if (this.#settled) return false
    this.#settled = true
    this.#deadline?.stop()
    return true
  }

  #leave(): void {
    if (this.#left) return
    this.#left = true
    this.#stopListening?.()
    this.#premises.exchangeEnded()
  }
}
