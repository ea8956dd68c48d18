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
