/** `stub`: a real server on loopback that speaks a declared class. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { MethodName } from '../client/index.js'
import { contractOf, nearest, type ServiceClass, type ServiceContract } from '../contract/index.js'
import { DeclarationError, type Mistake } from '../errors/index.js'
import { type Match, Router, routeKeyOf } from './match.js'
import { type SentAnswer, sentAnswer } from './stub-answer.js'
import { FaultScript, playFault, type StubFault } from './stub-fault.js'
import { mistakeOf, Refusal, StubError, type StubMistake } from './stub-mistakes.js'
import { bearerOf, checkBody, cookiesOf, headersOf, readBody } from './stub-request.js'
import { sendAnswer, sendMistake } from './stub-send.js'
import type {
  StubCall,
  StubHandler,
  StubHandlers,
  StubOptions,
  StubRequest,
  StubServer,
} from './stub-types.js'

type Handlers = Readonly<Record<string, StubHandler | undefined>>

/**
 * Starts a server on loopback that speaks a declared class: it finds the method of each request by verb and template,
 * reads its parameters, checks its body and asks the method's handler. What the handler returns is checked by the
 * declared response table, as a client would. What breaks the declaration is answered with a report, kept in
 * `mistakes` and thrown by `close()`.
 *
 * @param Class the declared class.
 * @param handlers by the names of the declared methods; an object or an instance of a class. See {@link StubHandler}.
 * @param options see {@link StubOptions}.
 * @returns a promise that rejects with DeclarationError for a mistake in the class or a handler for no route, and with
 *   the system's error if it cannot listen.
 *
 * @example
 * await using server = await stub(MemberClient, { byId: ({ params }) => ({ id: Number(params.memberId), name: 'kim' }) })
 * await createClient(MemberClient, { url: server.url }).byId(7) // { id: 7, name: 'kim' }
 */
export async function stub<T extends object>(
  Class: ServiceClass<T>,
  handlers: StubHandlers<NoInfer<T>>,
  options: StubOptions<NoInfer<T>> = {},
): Promise<StubServer<T>> {
  const contract = contractOf(Class)
  checkHandlers(contract, handlers as Handlers)
  const server = new LoopbackStub<T>(contract, handlers as Handlers, new Set(options.uncheckedBodies))
  await server.listen(options.host ?? '127.0.0.1', options.port ?? 0)
  return server
}

function checkHandlers({ Class, methods }: ServiceContract, handlers: Handlers): void {
  const where = `stub(${Class.name}, handlers)`
  const mistakes: Mistake[] = []
  const prototype: unknown = Object.getPrototypeOf(handlers)
  // An instance of a class may have members of its own besides.
  const names = prototype === Object.prototype || prototype === null ? Object.keys(handlers) : []
  for (const name of names) {
    if (name in methods) continue
    const near = nearest(name, Object.keys(methods))
    mistakes.push({
      rule: `no route is named ${name}${near === undefined ? '' : `; did you mean ${near}?`}`,
      where,
    })
  }
  const handled = new Map<string, string>()
  for (const [name, contract] of Object.entries(methods)) {
    if (handlers[name] === undefined) continue
    const twin = handled.get(routeKeyOf(contract))
    if (twin === undefined) handled.set(routeKeyOf(contract), name)
    else
      mistakes.push({
        rule: `${twin} and ${name} are the same route, which no request tells apart; handle one`,
        where,
      })
  }
  if (mistakes.length > 0) throw new DeclarationError(Class.name, mistakes)
}

class LoopbackStub<T> implements StubServer<T> {
  url = ''
  readonly requests: StubRequest<MethodName<T>>[] = []
  readonly mistakes: StubMistake[] = []
  readonly #contract: ServiceContract
  readonly #handlers: Handlers
  readonly #unchecked: ReadonlySet<string>
  readonly #router: Router
  readonly #faults = new FaultScript()
  readonly #server = createServer((request, response) => void this.#serve(request, response))
  #closing: Promise<void> | undefined

  constructor(contract: ServiceContract, handlers: Handlers, unchecked: ReadonlySet<string>) {
    this.#contract = contract
    this.#handlers = handlers
    this.#unchecked = unchecked
    this.#router = new Router(Object.values(contract.methods), name => handlers[name] !== undefined)
    // A connection that the server ends while a test pauses would look like a fault.
    this.#server.keepAliveTimeout = 0
  }

  async listen(host: string, port: number): Promise<void> {
    this.#server.listen(port, host)
    await once(this.#server, 'listening')
    const authority = host.includes(':') ? `[${host}]` : host
    this.url = `http://${authority}:${(this.#server.address() as AddressInfo).port}`
  }

  fault(method: MethodName<T>, fault: StubFault): void {
    if (!(method in this.#contract.methods)) throw new TypeError(`no route is named ${String(method)}`)
    this.#faults.add(method, fault)
  }

  verify(): void {
    if (this.mistakes.length > 0) throw new StubError(this.#contract.Class.name, this.mistakes)
  }

  async close(): Promise<void> {
    this.#closing ??= new Promise(resolve => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
    await this.#closing
    this.verify()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    // Who breaks off while sending gets no answer.
    const bytes = await buffer(incoming).catch(() => undefined)
    if (bytes === undefined) return
    const { method: verb = '', url: path = '' } = incoming
    const asked = { verb, path, headers: headersOf(incoming) }
    const match = this.#router.find(asked)
    let body: unknown = bytes
    let misfit: unknown
    try {
      body = await readBody(match?.contract, bytes, asked.headers)
    } catch (error) {
      misfit = error
    }
    const { params = {}, query = {}, contract } = match ?? {}
    const request = { ...asked, route: contract?.name as MethodName<T>, params, query, body, bytes }
    this.requests.push(request)
    try {
      if (match === undefined) throw this.#noRoute(request)
      const fault = this.#faults.next(match.contract.name)
      if (fault !== undefined && (await playFault(fault, response))) return
      if (misfit !== undefined) throw misfit
      sendAnswer(response, await this.#answer(match, request))
    } catch (error) {
      const mistake = mistakeOf(error, request, contract?.id)
      this.mistakes.push(mistake)
      sendMistake(response, this.#contract.Class.name, mistake, error instanceof Refusal ? error.allow : [])
    }
  }

  async #answer({ contract, params, query }: Match, request: StubRequest): Promise<SentAnswer> {
    const { name } = contract
    if (!this.#unchecked.has(name)) await checkBody(contract, request.body)
    const handler = this.#handlers[name]
    if (handler === undefined) {
      const message = `${name} has no handler; give one: stub(${this.#contract.Class.name}, { ${name}: ... })`
      throw new Refusal({ kind: 'handler', status: 501, message })
    }
    const { headers, body } = request
    const call = {
      params,
      query,
      headers,
      cookies: cookiesOf(headers),
      bearer: bearerOf(headers),
      body,
      request,
    }
    return sentAnswer(contract, await handler.call(this.#handlers, call as StubCall))
  }

  #noRoute({ verb, path }: StubRequest): Refusal {
    const { Class, methods } = this.#contract
    const routes = Object.values(methods).map(
      ({ name, verb, template }) => `${verb} ${template || '/'}  ${name}`,
    )
    const allow = this.#router.allowed(path).filter(allowed => allowed !== verb)
    const [status, message] =
      allow.length > 0
        ? [405, `${Class.name} has this path for ${allow.join(', ')} only`]
        : [404, `${Class.name} has no such route`]
    return new Refusal({ kind: 'route', status, message, routes }, { allow })
  }
}
