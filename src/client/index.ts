/** The client room's door. */
export { type ClientOf, circuitsOf, close, createClient, describe } from './create-client.js'
export type { ClientDescription, MethodDescription, StageDescription } from './describe.js'
export type {
  ClientOptions,
  DispatcherLike,
  Fallback,
  MethodName,
  MethodOptions,
  ServiceUrl,
  TargetCall,
} from './options.js'
export { fallbackTo } from './options.js'
