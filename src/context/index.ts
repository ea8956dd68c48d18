/** `guise/context`: headers in, headers out, and the time that is left, from an incoming request to the calls made for it. */
export { type Context, type ContextOptions, currentContext, runInContext } from './context.js'
export { type Inbound, type InboundRequest, type InboundResponse, inbound, inboundWith } from './inbound.js'
