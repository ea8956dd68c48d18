/** Sends over any transport so that the outcome comes with the options that it was sent with. */
import type { HttpRequest, HttpResponse, SendOptions, Transport } from './message.js'
import { UndiciTransport } from './undici-transport.js'

/** How a request ended: with a response, or else with an error. */
export interface Ended<Options> {
  readonly options: Options
  readonly response: HttpResponse | undefined
  /** A `TransportFailure`, or the reason of the caller's signal. */
  readonly error: unknown
}

/** Resolves, whatever happens. */
export type Exchanger = <Options extends SendOptions>(
  request: HttpRequest,
  options: Options,
) => Promise<Ended<Options>>

/** Guise's own transport needs neither a closure nor a promise more for it. */
export function exchangerOf(transport: Transport): Exchanger {
  if (transport instanceof UndiciTransport) return (request, options) => transport.exchange(request, options)
  return (request, options) => endedBy(transport.send(request, options), options)
}

export const endedBy = <Options>(sent: Promise<HttpResponse>, options: Options): Promise<Ended<Options>> =>
  sent.then(
    response => ({ options, response, error: undefined }),
    error => ({ options, response: undefined, error }),
  )
