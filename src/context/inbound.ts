/** Makes the context from an incoming request: Node's http, Express, Fastify. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ContextOptions, checkTimeout, runInContext } from './context.js'

/** An incoming request: Node's own, Express's, or Fastify's, which holds Node's as `raw`. */
export type InboundRequest =
  | Pick<IncomingMessage, 'headers'>
  | { readonly raw: Pick<IncomingMessage, 'headers'> }
/** The response to it. */
export type InboundResponse =
  | Pick<ServerResponse, 'setHeader' | 'headersSent'>
  | { readonly raw: Pick<ServerResponse, 'setHeader' | 'headersSent'> }

/** A middleware of Express, a hook of Fastify, or called by hand. What `next` returns is nobody's business. */
export type Inbound = (request: InboundRequest, response: InboundResponse, next: () => unknown) => void

/**
 * Runs `next` in the context of the request: clients forward the headers that their `forward` lists, and hand back the
 * response headers that their `handBack` lists, as long as the response's head has not been sent.
 *
 * @example
 * app.use(inbound)                                                     // Express
 * fastify.addHook('onRequest', inbound)                                // Fastify
 * createServer((req, res) => inbound(req, res, () => handle(req, res))) // Node
 */
export const inbound: Inbound = (request, response, next) => enter(request, response, next, {})

/**
 * The same with a time limit for all that is done for the request.
 *
 * @param options `timeout`: milliseconds for all calls of a request together.
 * @throws RangeError if `timeout` is no positive number.
 *
 * @example
 * app.use(inboundWith({ timeout: 2_000 }))
 */
export function inboundWith(options: Pick<ContextOptions, 'timeout'>): Inbound {
  const { timeout } = options
  checkTimeout(timeout)
  const limit = timeout === undefined ? {} : { timeout }
  return (request, response, next) => enter(request, response, next, limit)
}

function enter(
  request: InboundRequest,
  response: InboundResponse,
  next: () => unknown,
  options: ContextOptions,
): void {
  const { headers } = 'raw' in request ? request.raw : request
  const raw = 'raw' in response ? response.raw : response
  const handBack = (name: string, value: string | string[]): void => {
    if (!raw.headersSent) raw.setHeader(name, value)
  }
  // Express calls its `next` with an error or nothing; what this one is called with goes nowhere.
  runInContext({ ...options, headers, handBack }, () => next())
}
