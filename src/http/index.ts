/** HTTP as the other rooms see it: requests, responses, failures, and the transport between. */
export { onAbort } from './abort.js'
export { acceptEncoding } from './decompress.js'
export { type Ended, endedBy, exchangerOf } from './exchanger.js'
export { type FailureFacts, type FailureKind, TransportFailure } from './failure.js'
export type {
  CloseOptions,
  HttpRequest,
  HttpResponse,
  RawHeaders,
  Receive,
  RequestBody,
  SendOptions,
  Transport,
} from './message.js'
export { headerOf } from './received.js'
export { type UndiciTransportOptions, undiciTransport } from './undici-transport.js'
