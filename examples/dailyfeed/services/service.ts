// One fake service: a server on loopback that records what arrives, routes it, and misbehaves when told to.
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { springError } from './envelopes.js'
import { type Advice, failureReply, type Mode } from './failures.js'
import { type Fault, FaultQueue, faultReply, withFaultHeaders } from './faults.js'
import { createListener } from './listener.js'
import { json, type Reply, text } from './reply.js'
import { createRouter, type Params } from './router.js'
import { send } from './send.js'
import { identify } from './tokens.js'

export type HealthRoute = `GET /healthcheck/${'live' | 'ready' | 'startup'}`

export interface ReceivedRequest {
  readonly method: string
  /** As on the wire, still encoded, without the query. */
  readonly path: string
  /** As on the wire, still encoded, without the question mark. */
  readonly query: string
  /** The route that took it; null if none did. */
  readonly route: string | null
  /** Names in lower case, as Node gives them. */
  readonly headers: IncomingHttpHeaders
  /** Names and values in turn, exactly as they arrived. */
  readonly rawHeaders: readonly string[]
  /** Empty until it has been read. */
  readonly body: string
  /** When its head arrived: milliseconds since 1970 on a clock that never goes back. */
  readonly at: number
  /** The status whose head left the service; null while, or if, none did. */
  readonly status: number | null
}

export interface Call {
  readonly request: ReceivedRequest
  readonly params: Params
  readonly query: URLSearchParams
  readonly memberId: number
}

/** Returns the envelope to answer with, or throws a Failure. */
export type Handler = (call: Call) => object

/** Stands around the work of a service: the place for a receiver's middleware, such as one that deduplicates. */
export type Around = (request: ReceivedRequest, work: () => Promise<Reply>) => Promise<Reply>

export interface Service<R extends string = string> {
  readonly name: string
  /** Without a slash at its end. Stays the same over `restart`. */
  readonly url: string
  /** What it takes: 'GET /api/members/{memberId}'. */
  readonly routes: readonly string[]
  /** Every request in the order of arrival, including the ones that met a fault. */
  readonly received: readonly ReceivedRequest[]
  /** Makes a route misbehave; the function returned lifts the fault again. */
  fault(route: R | HealthRoute, fault: Fault): () => void
  /** Forgets requests and faults, and goes back to the seed. */
  reset(): void
  /** Stops listening and ends every connection. May be called twice. */
  close(): Promise<void>
  /** The same as a crash: connections are reset. What was stored stays stored. */
  kill(): Promise<void>
  /** Listens again on the same port after `kill` or `close`. */
  restart(): Promise<void>
}

export interface Definition<R extends string> {
  readonly name: string
  readonly advice: Advice
  readonly mode: Mode
  readonly routes: Readonly<Record<R, Handler>>
  readonly around?: Around | undefined
  readonly reset?: () => void
}

type Recorded = { -readonly [K in keyof ReceivedRequest]: ReceivedRequest[K] }

const healthRoutes: readonly HealthRoute[] = [
  'GET /healthcheck/live',
  'GET /healthcheck/ready',
  'GET /healthcheck/startup',
]

export async function startService<R extends string>(definition: Definition<R>): Promise<Service<R>> {
  const { name, advice, mode, around } = definition
  const handlers = new Map<string, Handler>(Object.entries<Handler>(definition.routes))
  const routes = [...handlers.keys(), ...healthRoutes]
  const find = createRouter(routes)
  const faults = new FaultQueue()
  const received: Recorded[] = []

  async function serve(req: IncomingMessage, res: ServerResponse) {
    const [path = '', ...rest] = (req.url ?? '').split('?')
    const query = rest.join('?')
    const request = record(req, path, query)
    received.push(request)
    const found = find(request.method, path)
    request.route = found.route
    const body = await readText(req).catch(() => undefined)
    if (body === undefined) return // the sender went away in the middle of it
    request.body = body

    const { route } = found
    if (route === null) return send(res, request, noRoute(found.allowed, path), {}, listener.pause)
    const fault = faults.take(route)
    const work = () => answer(route, found.params, request)
    const reply =
      faultReply(fault, path) ?? (await attempt(() => (around ? around(request, work) : work()), path))
    return send(res, request, withFaultHeaders(reply, fault), fault, listener.pause)
  }

  async function answer(route: string, params: Params, request: ReceivedRequest): Promise<Reply> {
    const handler = handlers.get(route)
    if (!handler) return text(200, 'OK') // only the health routes have no handler
    const caller = identify(request.headers.authorization, mode, request.path)
    if (!caller.known) return caller.reply
    const call = { request, params, query: new URLSearchParams(request.query), memberId: caller.memberId }
    const reply = await attempt(() => json(200, handler(call)), request.path)
    return { ...reply, headers: { ...reply.headers, ...caller.headers } }
  }

  async function attempt(work: () => Reply | Promise<Reply>, path: string): Promise<Reply> {
    try {
      return await work()
    } catch (error) {
      return failureReply(error, advice, mode, path)
    }
  }

  // `serve` rejects only by a mistake of ours or of the test's, and then the process shall say so.
  const server = createServer(serve)
  const listener = createListener(server)
  await listener.listen()

  return {
    name,
    url: listener.url(),
    routes,
    received,
    fault(route, fault) {
      if (!routes.includes(route))
        throw new Error(`${name} has no route '${route}', only ${routes.join(', ')}`)
      return faults.add(route, fault)
    },
    reset() {
      received.length = 0
      faults.clear()
      definition.reset?.()
    },
    close: () => listener.stop('destroy'),
    kill: () => listener.stop('resetAndDestroy'),
    restart: () => listener.listen(),
  }
}

function record(req: IncomingMessage, path: string, query: string): Recorded {
  const { method = '', headers, rawHeaders } = req
  const at = performance.timeOrigin + performance.now()
  return { method, path, query, route: null, headers, rawHeaders, body: '', at, status: null }
}

function noRoute(allowed: string[], path: string): Reply {
  if (allowed.length === 0) return json(404, springError(404, 'Not Found', path))
  return json(405, springError(405, 'Method Not Allowed', path), { allow: [...new Set(allowed)].join(', ') })
}
