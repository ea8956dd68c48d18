/** One attempt: the handler that undici calls, and which settles the promise of `send` exactly once. */
import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { onAbort } from './abort.js'
import type { Deadline, DeadlineOwner, Deadlines } from './deadlines.js'
import { DispatchOptions, type SentBody, withoutPrototype } from './dispatch-options.js'
import { explain, NOT_HTTP } from './explain.js'
import { type FailureKind, type FailurePhase, TransportFailure } from './failure.js'
import type { HttpRequest, HttpResponse, RawHeaders, SendOptions } from './message.js'
import { receiverFor } from './receive.js'
import type { Receiver, Reception } from './reception.js'
import { awaitConnection, forgetConnection } from './reuse.js'
import { ResponseStream } from './stream.js'
import { dropUpload, isStreamed, openUpload } from './upload.js'

/** What all exchanges of a transport share. */
export interface Premises {
  readonly dispatcher: Pick<Dispatcher, 'dispatch'>
  /** The dispatcher is one of undici's own, bare: what it does inside is known. */
  readonly bare: boolean
  readonly deadlines: Deadlines
  readonly closed: boolean
  exchangeEnded(): void
}

type Controller = Dispatcher.DispatchController

const NO_HEADERS: RawHeaders = Object.create(null)
/** Undici wants an error to abort with. Nobody gets to see it, so one is enough for all. */
const ABANDONED = new Error('The request was abandoned')

export class Exchange implements Dispatcher.DispatchHandler, DeadlineOwner, Reception {
  readonly response: Promise<HttpResponse>
  reused = false
  private sent = false
  private status = 0
  private statusText = ''
  private headers = NO_HEADERS
  /** The promise has its outcome. */
  private settled = false
  /** Nothing more is wanted from the wire. */
  private complete = false
  private ended = false
  private resolvePromise!: (response: HttpResponse) => void
  private rejectPromise!: (reason: unknown) => void
  private controller: Controller | undefined
  private receiver: Receiver | undefined
  private upload: Readable | undefined
  private deadline: Deadline | undefined
  private connectDeadline: Deadline | undefined
  private stopListening: (() => void) | undefined

  constructor(
    private readonly request: HttpRequest,
    private readonly options: SendOptions,
    private readonly premises: Premises,
  ) {
    this.response = new Promise((resolve, reject) => {
      this.resolvePromise = resolve
      this.rejectPromise = reject
    })
  }

  start(): void {
    const { signal, timeout } = this.options
    if (signal?.aborted) this.reject(signal.reason)
    else if (this.premises.closed) this.reject(this.failure('connection', 'the client is closed'))
    else if (timeout <= 0) this.onDeadline()
    const body = this.openBody()
    if (this.settled) this.cutOff()
    else this.dispatch(body)
  }

  // What undici calls.

  onRequestStart(controller: Controller): void {
    if (this.settled) {
      // Undici drops a request whose handler throws here and keeps the connection. An abort would close it, so that
      // each request that gave up in the queue would cost a connection, and this when the service is slow already.
      if (this.premises.bare) throw ABANDONED
      controller.abort(ABANDONED)
      return
    }
    this.controller = controller
    this.sent = true
    this.connectDeadline?.stop()
    awaitConnection(this)
  }

  onRequestUpgrade(
    _controller: unknown,
    _status: number,
    _headers: unknown,
    socket: { destroy(): void },
  ): void {
    socket.destroy()
    this.breakOff(this.failure('connection', NOT_HTTP))
  }

  onResponseStart(_controller: Controller, status: number, headers: object, statusText = ''): void {
    if (this.settled || this.status !== 0) return
    if (status < 200) {
      // 102 and 103 announce a response. 101 would be the end of HTTP on this connection, and below 100 is nothing.
      if (status < 100 || status === 101) this.breakOff(this.failure('connection', NOT_HTTP))
      return
    }
    this.status = status
    this.statusText = statusText
    this.headers = withoutPrototype(headers as RawHeaders, this.premises.bare)
    this.receiver = receiverFor(this, this.request.method, status, this.headers, this.options)
  }

  onResponseData(_controller: Controller, chunk: Uint8Array): void {
    if (!this.complete) this.receiver?.receive(chunk)
  }

  onResponseEnd(): void {
    if (this.complete) return
    this.complete = true
    this.receiver?.end()
    if (this.settled) this.end()
  }

  onResponseError(_controller: Controller | undefined, error: unknown): void {
    if (this.complete) return
    const { kind, reason, phase, cause } = explain(error)
    this.breakOff(this.failure(kind, reason, cause, phase))
  }

  // What the receiver calls.

  finish(body: Uint8Array | Readable, truncated = false): void {
    if (!this.settle()) return
    const { status, statusText, headers } = this
    this.resolvePromise({ status, statusText, headers, body, truncated })
    if (!(body instanceof ResponseStream)) this.end()
  }

  reject(reason: unknown): void {
    if (!this.settle()) return
    this.rejectPromise(reason)
    this.cutOff()
    this.end()
  }

  cutOff(): void {
    this.complete = true
    if (this.upload !== undefined) dropUpload(this.upload)
    this.controller?.abort(ABANDONED)
  }

  pause(): void {
    this.controller?.pause()
  }

  resume(): void {
    this.controller?.resume()
  }

  streamClosed(): void {
    if (!this.complete) this.cutOff()
    this.end()
  }

  startDeadline(owner: DeadlineOwner): Deadline {
    return this.premises.deadlines.start(this.options.timeout, owner, this.options.timeoutPhase === 'attempt')
  }

  failure(kind: FailureKind, reason: string, cause?: unknown, phase?: FailurePhase): TransportFailure {
    const { sent, reused, status } = this
    const answered = status !== 0
    return new TransportFailure({
      kind,
      reason,
      sent,
      reused,
      answered,
      ...(phase !== undefined && { phase }),
      ...(answered && { status }),
      ...(cause !== undefined && { cause }),
    })
  }

  // What ends it from this side.

  onDeadline(deadline = this.deadline): void {
    const connecting = deadline !== this.deadline
    const { connectTimeout, timeout, timeoutPhase } = this.options
    const what = this.sent ? 'complete response' : 'connection'
    const reason = `no ${what} within ${Math.round(connecting ? connectTimeout : timeout)} ms`
    this.breakOff(this.failure('timeout', reason, undefined, connecting ? 'connect' : timeoutPhase))
  }

  private onAborted(signal: AbortSignal): void {
    if (this.receiver instanceof ResponseStream) this.receiver.destroy(signal.reason)
    else this.reject(signal.reason)
  }

  private breakOff(failure: TransportFailure): void {
    if (this.receiver === undefined) this.reject(failure)
    else this.receiver.fail(failure)
  }

  private dispatch(body: SentBody): void {
    const { signal, connectTimeout } = this.options
    if (signal !== undefined) this.stopListening = onAbort(signal, () => this.onAborted(signal))
    this.deadline = this.startDeadline(this)
    try {
      this.premises.dispatcher.dispatch(new DispatchOptions(this.request, body), this)
    } catch (error) {
      this.onResponseError(undefined, error)
    }
    forgetConnection()
    if (!this.sent && !this.settled) {
      this.connectDeadline = this.premises.deadlines.start(connectTimeout, this)
    }
  }

  private openBody(): SentBody {
    const { body } = this.request
    if (!isStreamed(body)) return body
    this.upload = openUpload(body, error => {
      if (this.complete) return
      this.breakOff(this.failure('request-body', 'the request body could not be read to its end', error))
    })
    return this.upload
  }

  private settle(): boolean {
    if (this.settled) return false
    this.settled = true
    this.deadline?.stop()
    this.connectDeadline?.stop()
    return true
  }

  /** The exchange has no part in the wire any more. */
  private end(): void {
    if (this.ended) return
    this.ended = true
    this.stopListening?.()
    this.premises.exchangeEnded()
  }
}
