/** One attempt: the handler that undici calls, and which settles the promise of `send` exactly once. */
import { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { onAbort } from './abort.js'
import type { Deadline, DeadlineOwner, Deadlines } from './deadlines.js'
import { codingOf } from './decompress.js'
import { DispatchOptions, withoutPrototype } from './dispatch-options.js'
import { explain } from './explain.js'
import { type FailureFacts, type FailureKind, TransportFailure } from './failure.js'
import type { HttpRequest, HttpResponse, RawHeaders, SendOptions } from './message.js'
import { Drain, Gather, type Receiver, type Reception } from './receiver.js'
import { awaitConnection, forgetConnection } from './reuse.js'
import { ResponseStream, type StreamSource } from './stream.js'
import { dropUpload, isStreamed, openUpload } from './upload.js'

/** What all exchanges of a transport share. */
export interface Premises {
  readonly dispatcher: Pick<Dispatcher, 'dispatch'>
  /** The dispatcher is one of undici's own, bare: what it does inside is known. */
  readonly bare: boolean
  readonly deadlines: Deadlines
  exchangeEnded(): void
}

const NO_BYTES = new Uint8Array(0)
const NO_HEADERS: RawHeaders = Object.create(null)
/** Undici wants an error to abort with. Nobody gets to see it, so one is enough for all. */
const ABANDONED = new Error('The request was abandoned')

export class Exchange implements Dispatcher.DispatchHandler, DeadlineOwner, Reception, StreamSource {
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
  private resolvePromise!: (response: HttpResponse) => void
  private rejectPromise!: (reason: unknown) => void
  private controller: Dispatcher.DispatchController | undefined
  private receiver: Receiver | undefined
  private stream: ResponseStream | undefined
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
    const { request, options } = this
    const { deadlines, dispatcher, closed } = this.premises
    let { body } = request
    if (isStreamed(body)) {
      try {
        body = this.upload = openUpload(body, error => this.onUploadFailed(error))
      } catch (error) {
        const reason = 'the request body cannot be read any more'
        this.reject(
          options.signal?.aborted ? options.signal.reason : this.failure('request-body', reason, error),
        )
        return
      }
    }
    const { signal, timeout, connectTimeout } = options
    if (signal !== undefined) {
      if (signal.aborted) {
        this.reject(signal.reason)
        return
      }
      this.stopListening = onAbort(signal, () => this.onAborted(signal))
    }
    if (timeout <= 0) {
      this.onDeadline()
      return
    }
    this.deadline = this.startDeadline(this)
    try {
      dispatcher.dispatch(new DispatchOptions(request, body), this)
    } catch (error) {
      this.onResponseError(undefined, error)
    }
    forgetConnection()
    if (!this.sent && !this.settled && connectTimeout < timeout) {
      this.connectDeadline = deadlines.start(connectTimeout, this)
    }
  }

  // What undici calls.

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.settled) {
      // Undici drops a request whose handler throws here and keeps the connection; an abort would close it, and with
      // it the connection of each further request that gave up while it was queued.
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
    this.onResponseError(undefined, undefined)
  }

  onResponseStart(
    _controller: unknown,
    status: number,
    headers: Record<string, string | string[] | undefined>,
    statusText = '',
  ): void {
    if (this.settled || this.status !== 0) return
    if (status < 200) {
      // 102 and 103 announce the response; 101 would be the end of HTTP on this connection, and below 100 is nothing.
      if (status < 100 || status === 101) this.onResponseError(undefined, undefined)
      return
    }
    this.status = status
    this.statusText = statusText
    this.headers = withoutPrototype(headers as RawHeaders, this.premises.bare)
    this.receive()
  }

  onResponseData(_controller: unknown, chunk: Uint8Array): void {
    if (!this.complete) this.receiver?.receive(chunk)
  }

  onResponseEnd(): void {
    if (this.complete) return
    this.complete = true
    this.receiver?.end()
  }

  onResponseError(_controller: unknown, error: unknown): void {
    if (this.complete) return
    const { kind, reason, phase, cause } = explain(error)
    this.break(this.failure(kind, reason, cause, phase))
  }

  // What ends it from this side.

  onDeadline(deadline = this.deadline): void {
    const connecting = deadline !== this.deadline
    const { connectTimeout, timeout, timeoutPhase } = this.options
    const what = this.sent ? 'complete response' : 'connection'
    const reason = `no ${what} within ${Math.round(connecting ? connectTimeout : timeout)} ms`
    this.break(this.failure('timeout', reason, undefined, connecting ? 'connect' : timeoutPhase))
  }

  private onAborted(signal: AbortSignal): void {
    if (this.stream === undefined) this.reject(signal.reason)
    else this.stream.destroy(signal.reason)
  }

  private onUploadFailed(error: unknown): void {
    if (this.complete) return
    this.break(this.failure('request-body', 'the request body failed while it was being sent', error))
  }

  private break(failure: TransportFailure): void {
    if (this.receiver === undefined) this.reject(failure)
    else this.receiver.fail(failure)
  }

  // What the receivers call.

  finish(body: Uint8Array | Readable, truncated = false): void {
    if (!this.settle()) return
    this.leave()
    this.resolve(body, truncated)
  }

  reject(reason: unknown): void {
    if (!this.settle()) return
    this.leave()
    this.rejectPromise(reason)
    this.cutOff()
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
    this.leave()
    if (!this.complete) this.cutOff()
  }

  startDeadline(owner: DeadlineOwner): Deadline {
    return this.premises.deadlines.start(this.options.timeout, owner, this.options.timeoutPhase === 'attempt')
  }

  failure(
    kind: FailureKind,
    reason: string,
    cause?: unknown,
    phase?: FailureFacts['phase'],
  ): TransportFailure {
    const { sent, reused, status } = this
    return new TransportFailure({
      kind,
      reason,
      sent,
      reused,
      answered: status !== 0,
      ...(phase !== undefined && { phase }),
      ...(status !== 0 && { status }),
      ...(cause !== undefined && { cause }),
    })
  }

  /** The headers are there: decides what becomes of the body. */
  private receive(): void {
    const { status, headers, options } = this
    const receive = options.receive(status)
    if (this.request.method === 'HEAD' || status === 204 || status === 304) {
      // These have no body, whatever their headers say, and undici waits for the body that a 304 describes.
      this.finish(receive === 'stream' ? Readable.from([]) : NO_BYTES)
      return
    }
    const isError = status >= 400
    const coding = codingOf(headers)
    if (receive === 'discard') {
      this.receiver = new Drain(this, false)
    } else if (coding === 'unsupported') {
      // The status of an error is worth more than its body.
      if (isError && receive === 'gather') this.receiver = new Drain(this, true)
      else this.reject(this.failure('body', 'the response body has a content encoding that is not supported'))
    } else if (receive === 'stream') {
      this.stream = this.receiver = new ResponseStream(this, options.timeout, coding)
      this.settle()
      this.resolve(this.stream, false)
    } else {
      const limit = isError ? options.maxErrorBytes : options.maxResponseBytes
      const gather = new Gather(this, limit, coding, isError)
      this.receiver = gather
      gather.expect(Number(headers['content-length']))
    }
  }

  private settle(): boolean {
    if (this.settled) return false
    this.settled = true
    this.deadline?.stop()
    this.connectDeadline?.stop()
    return true
  }

  private leave(): void {
    this.stopListening?.()
    this.premises.exchangeEnded()
  }

  private resolve(body: Uint8Array | Readable, truncated: boolean): void {
    const { status, statusText, headers } = this
    this.resolvePromise({ status, statusText, headers, body, truncated })
  }
}
