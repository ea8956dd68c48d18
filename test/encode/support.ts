/** Helpers of the encoding tests: a client that records, and all that must hold where an argument is refused. */
import { format, inspect } from 'node:util'
import { ArgumentError, type ClientOptions, createClient, type HttpRequest, type Transport } from 'guise'
import { type MockRequest, type MockTransport, mockTransport } from 'guise/testing'
import { expect } from 'vitest'

export const BASE = 'http://service.test/base'

/** Stands in a refused value; no output of the error may hold it. */
export const CANARY = 'c4n4ry'

/** What a parameter of a query or a form may be. */
export type Scalar = string | number | bigint | boolean | Date | null | undefined
export type Listed = Scalar | readonly Scalar[]

interface Recorded<T> {
  readonly client: T
  readonly transport: MockTransport
}

export function recorded<T extends object>(
  Class: new () => T,
  options: Partial<ClientOptions<T>> = {},
): Recorded<T> {
  const transport = mockTransport()
  const client = createClient<T>(Class, { url: BASE, transport, ...options } as ClientOptions<T>)
  return { client, transport }
}

/** The only request that a call leads to. */
export async function requestOf<T extends object>(
  Class: new () => T,
  call: (client: T) => Promise<unknown>,
  options?: Partial<ClientOptions<T>>,
): Promise<MockRequest> {
  const { client, transport } = recorded(Class, options)
  await call(client)
  return transport.request
}

/** The same as it comes to a transport, its body not read; a mock transport reads streams to show them. */
export async function unreadOf<T extends object>(
  Class: new () => T,
  call: (client: T) => Promise<unknown>,
): Promise<HttpRequest> {
  let came: HttpRequest | undefined
  const behind = mockTransport()
  const transport: Transport = {
    close: () => behind.close(),
    send(request, options) {
      came = request
      return behind.send({ ...request, body: null }, options)
    },
  }
  await call(recorded(Class, { transport } as Partial<ClientOptions<T>>).client)
  if (came === undefined) throw new Error('no request was sent')
  return came
}

/** Path and query of that request, after the base URL's own path. */
export async function pathOf<T extends object>(
  Class: new () => T,
  call: (client: T) => Promise<unknown>,
): Promise<string> {
  const { path } = await requestOf(Class, call)
  expect(path.slice(0, 5)).toBe('/base')
  return path.slice(5)
}

/** What stands after `?`, as a server reads it; `undefined` if there is no query at all. */
export async function pairsOf<T extends object>(
  Class: new () => T,
  call: (client: T) => Promise<unknown>,
): Promise<[string, string][] | undefined> {
  const path = await pathOf(Class, call)
  const at = path.indexOf('?')
  return at < 0 ? undefined : [...new URLSearchParams(path.slice(at + 1))]
}

/** The headers of that request, by name. */
export async function sentHeaders<T extends object>(
  Class: new () => T,
  call: (client: T) => Promise<unknown>,
  options?: Partial<ClientOptions<T>>,
): Promise<Readonly<Record<string, string>>> {
  return (await requestOf(Class, call, options)).headers
}

export interface Refusal {
  /** `Class.method`. */
  readonly method: string
  /** Counted from 1; `undefined` where no single parameter is at fault. */
  readonly parameter: number | undefined
  readonly rule: string | RegExp
}

/** The call must reject with an ArgumentError; nothing is sent, and the error shows nothing of the value. */
export async function refused<T extends object>(
  Class: new () => T,
  call: (client: T) => Promise<unknown>,
  { method, parameter, rule }: Refusal,
  options?: Partial<ClientOptions<T>>,
): Promise<ArgumentError> {
  const { client, transport } = recorded(Class, options)
  const error = await call(client).then(
    () => {
      throw new Error(`it was not refused but sent as ${transport.request.path}`)
    },
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof ArgumentError)) throw error
  expect(transport.requests).toEqual([])
  if (typeof rule === 'string') expect(error.rule).toBe(rule)
  else expect(error.rule).toMatch(rule)
  expect(error).toMatchObject({ code: 'GUISE_ARGUMENT', method, attempts: 0, delivery: 'not-sent' })
  expect(error.parameter).toBe(parameter)
  const where = parameter === undefined ? '' : `parameter ${parameter}, @`
  expect(error.message.startsWith(`${method}: ${where}`)).toBe(true)
  for (const shown of outputsOf(error)) expect(shown.toLowerCase()).not.toContain(CANARY)
  return error
}

/** All the ways in which an error ends up in a log. */
function outputsOf(error: Error): string[] {
  const everything = inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true })
  return [error.message, String(error.stack), String(error), format('%s', error), inspect(error)].concat(
    everything,
    JSON.stringify(error),
  )
}
