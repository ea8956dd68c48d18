/** guise: one declared class, many guises. The public face, and nothing else. */
export {
  type ClientOf,
  type ClientOptions,
  close,
  createClient,
  type DispatcherLike,
  type MethodName,
  type MethodOptions,
  type TargetCall,
} from './client/index.js'
export {
  contractOf,
  type HeaderContract,
  type MethodContract,
  type ParameterContract,
  type QueryItem,
  type Route,
  type ServiceClass,
  type ServiceContract,
} from './contract/index.js'
export * from './declare/index.js'
export * from './errors/index.js'
export type {
  HttpRequest,
  HttpResponse,
  RawHeaders,
  Receive,
  RequestBody,
  SendOptions,
  Transport,
} from './http/index.js'
export type { InputOf, Issue, OutputOf, Schema } from './schema/standard.js'
