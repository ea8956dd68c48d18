/** `guise/testing`: what tests of services that use guise need. */
export { TestClock, testClock } from './clock.js'
export * as faults from './fault-list.js'
export {
  type FaultProxy,
  type FaultProxyOptions,
  type FaultProxySettings,
  startFaultProxy,
} from './fault-proxy.js'
export type { FaultRequest } from './fault-request.js'
export type { Fault, FaultMoment, FaultScene, FaultStep } from './fault-scene.js'
export {
  type FaultServer,
  type FaultServerOptions,
  startFaultServer,
  startFaultServerWith,
} from './fault-server.js'
export { mock, reset, verify } from './mock.js'
export type { MockAnswer } from './mock-answer.js'
export { MockError, type MockErrorFacts } from './mock-error.js'
export * as failures from './mock-failures.js'
export type { MockRequest } from './mock-request.js'
export {
  type MockHandler,
  type MockOutcome,
  type MockRoutes,
  type MockTransport,
  type MockTransportOptions,
  mockTransport,
} from './mock-transport.js'
export type { Mock, MockBehaviour, MockImplementations, MockMethod, MockMethods } from './mock-types.js'
