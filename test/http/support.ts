/** What the tests of the transport share: a transport that is closed with the test, a request, its outcome. */
import type { Readable } from 'node:stream'
import { expect, onTestFinished, vi } from 'vitest'
import type {
  FailureFacts,
  HttpRequest,
  HttpResponse,
  Receive,
  SendOptions,
  Transport,
} from '../../src/http/index.js'
import { TransportFailure, type UndiciTransportOptions, undiciTransport } from '../../src/http/index.js'

// No test waits for time to pass, but some have a lot to do, and the machine may be busy.
vi.setConfig({ testTimeout: 30_000 })

export function transport(options?: UndiciTransportOptions): Transport {
  const made = undiciTransport(options)
  onTestFinished(() => made.close({ timeout: 0 }))
  return made
}

export type Overrides = Partial<HttpRequest & SendOptions>

export function send(over: Transport, origin: string, overrides: Overrides = {}): Promise<HttpResponse> {
  const { method = 'GET', path = '/', headers = [], body = null, ...options } = overrides
  return over.send(
    { method, origin, path, headers, body },
    {
      connectTimeout: 2000,
      timeout: 5000,
      timeoutPhase: 'attempt',
      signal: undefined,
      receive: () => 'gather',
      maxResponseBytes: 1 << 20,
      maxErrorBytes: 1 << 16,
      ...options,
    },
  )
}

export function text(response: HttpResponse): string {
  return Buffer.from(response.body as Uint8Array).toString()
}

export function bodyStream(response: HttpResponse): Readable {
  return response.body as Readable
}

export async function readAll(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** The error of a promise that must fail. */
export async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail('it should have failed'),
    error => error,
  )
}

/** The facts of a request that must fail by the transport's own account. */
export async function failureOf(promise: Promise<unknown>): Promise<FailureFacts> {
  const error = await errorOf(promise)
  expect(error).toBeInstanceOf(TransportFailure)
  expect(error).toBeInstanceOf(Error)
  return (error as TransportFailure).facts
}

/** A promise and the function that resolves it: for events. */
export function signalled<T = void>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void
  const promise = new Promise<T>(fulfil => {
    resolve = fulfil
  })
  return { promise, resolve }
}

/** Whether the promise is settled, once all that is ready has happened. */
export async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  const settle = () => {
    settled = true
  }
  promise.then(settle, settle)
  await turn()
  return settled
}

/** A `receive` option, and a promise of its having been asked: the headers are there. */
export function watched(receive: Receive = 'gather'): { receive: () => Receive; asked: Promise<void> } {
  const { promise, resolve } = signalled()
  return {
    receive: () => {
      resolve()
      return receive
    },
    asked: promise,
  }
}

/** Lets the event loop go round, so that whatever is ready happens. */
export async function turn(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise(resolve => setImmediate(resolve))
}
