/** The client room's door. */
export { type ClientOf, close, createClient } from './create-client.js'
export type { ClientOptions, DispatcherLike, MethodName, MethodOptions, TargetCall } from './options.js'
