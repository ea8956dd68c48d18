/**
 * The handler for dispatchers that are not undici 7's own: those of undici 8, mocks, proxies, composed ones. They hand
 * their handler a controller; undici 7 calls an exchange without one, which takes a seventh less time for a request.
 */
import type { Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { RawHeaders } from './message.js'

type Controller = Dispatcher.DispatchController

/** An exchange, as undici 7 calls it. `false` asks for a pause until the function `resume` is called. */
export interface WireHandler {
  onConnect(abort: (reason?: Error) => void): void
  onHeaders(
    status: number,
    headers: Buffer[] | RawHeaders,
    resume: () => void,
    statusText: string | undefined,
  ): boolean
  onData(chunk: Uint8Array): boolean
  onComplete(): void
  onUpgrade(status: number, headers: unknown, socket: Pick<Duplex, 'destroy'>): void
  onError(error: unknown): void
}

export class Controlled implements Dispatcher.DispatchHandler {
  readonly #handler: WireHandler

  constructor(handler: WireHandler) {
    this.#handler = handler
  }

  onRequestStart(controller: Controller): void {
    this.#handler.onConnect(reason => controller.abort(reason as Error))
  }

  onRequestUpgrade(_controller: Controller, status: number, headers: object, socket: Duplex): void {
    this.#handler.onUpgrade(status, headers, socket)
  }

  onResponseStart(controller: Controller, status: number, headers: object, statusText?: string): void {
    const resume = () => controller.resume()
    if (!this.#handler.onHeaders(status, headers as RawHeaders, resume, statusText)) controller.pause()
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (!this.#handler.onData(chunk)) controller.pause()
  }

  onResponseEnd(): void {
    this.#handler.onComplete()
  }

  onResponseError(_controller: Controller | undefined, error: unknown): void {
    this.#handler.onError(error)
  }
}
