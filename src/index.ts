/** guise: one declared class, many guises. The public face, and nothing else. */
export { bearerToken, type TokenRequest } from './call/bearer.js'
export type { InterceptedRequest, Interceptor, Next } from './call/interceptor.js'
export {
  type ClientDescription,
  type ClientOf,
  type ClientOptions,
  createClient,
  type DispatcherLike,
  type Fallback,
  fallbackTo,
  type MethodDescription,
  type MethodName,
  type MethodOptions,
  type ServiceUrl,
  type StageDescription,
  type TargetCall,
} from './client/index.js'
export type { Clock, TimerHandle } from './clock.js'
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
export type { FailureKind, FailureOutcome } from './errors/failure.js'
export * from './errors/index.js'
export * from './group/index.js'
export type {
  HttpRequest,
  HttpResponse,
  RawHeaders,
  Receive,
  RequestBody,
  SendOptions,
  Transport,
} from './http/index.js'
export type { BulkheadOptions } from './policy/bulkhead.js'
export type { CircuitBreakerOptions, CircuitSnapshot, CircuitState } from './policy/circuit-breaker.js'
export { classify, type FailureClass } from './policy/classify.js'
export type { RetryOptions } from './policy/retry.js'
export type { RetryBudgetOptions } from './policy/retry-budget.js'
export type { Origin, PolicyOptions, TimeoutOptions } from './policy/settings.js'
export type { InputOf, Issue, OutputOf, Schema } from './schema/standard.js'
export type { AttemptEvent, CallEvent, CircuitEvent, RouteEvent } from './telemetry/channels.js'
