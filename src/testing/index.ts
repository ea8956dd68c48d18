/** `guise/testing`: what tests of services that use guise need. */
export { type ChaosOptions, chaos } from './chaos.js'
export { TestClock, testClock } from './clock.js'
/**
 * Faults by their names, for {@link startFaultServer}.
 *
 * @example
 * await using server = await startFaultServer(faults.status(503, { retryAfter: 1 }), faults.json({ id: 7 }))
 * server.play(faults.closeAfterReply(5, faults.json({ id: 8 })))
 */
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
export type { StubValue } from './match-pairs.js'
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
export { type RecordOptions, record } from './record.js'
export { replay } from './replay.js'
export { type StoreCase, type StoreSuiteOptions, type StoreUnderTest, storeSuite } from './store-suite.js'
export { stub } from './stub.js'
export { answer, type StubAnswer } from './stub-answer.js'
export type { StubFault } from './stub-fault.js'
export { StubError, type StubMistake, type StubMistakeKind } from './stub-mistakes.js'
export type {
  StubBody,
  StubCall,
  StubHandler,
  StubHandlers,
  StubOptions,
  StubRequest,
  StubServer,
  StubValues,
} from './stub-types.js'
export {
  type ProviderExample,
  type ProviderExamples,
  type ProviderOptions,
  verifyProvider,
} from './verify-provider.js'
export type { ProviderBreach, ProviderReport, ProviderResult } from './verify-provider-report.js'
