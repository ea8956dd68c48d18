/** A server on loopback that plays a script of faults, one for each connection or request. */
import net, { type AddressInfo, type Socket } from 'node:net'
import tls, { type TlsOptions } from 'node:tls'
import { type FaultRequest, type RequestListener, RequestReader } from './fault-request.js'
import { type Fault, FaultScene, type FaultStep } from './fault-scene.js'

/** Where a {@link FaultServer} listens, and how. */
export interface FaultServerOptions {
  /** A loopback address. Default: 127.0.0.1. */
  readonly host?: string
  /** Default: one that is free. */
  readonly port?: number
  /** Makes it speak TLS: at least `{ key, cert }`. */
  readonly tls?: TlsOptions
}

export interface FaultServer extends AsyncDisposable {
  /** Its origin: `http://127.0.0.1:41234`. */
  readonly url: string
  readonly port: number
  /** The requests that were played to, in order. */
  readonly requests: readonly FaultRequest[]
  /** How many connections were ever made. */
  readonly connections: number
  /** How many of them are open now. */
  readonly open: number
  /** Empties `requests`: where there are so many that they would fill the memory. */
  forget(): void
  /** Goes on with another script. */
  play(...script: FaultStep[]): void
  /**
   * Resolves when the condition holds; it is asked again whenever anything happens on a connection.
   *
   * @param within milliseconds after which it rejects. Default: 5,000.
   */
  until(condition: (server: FaultServer) => boolean, within?: number): Promise<void>
  /** Stops listening and destroys all connections. */
  close(): Promise<void>
}

/**
 * Starts a server that plays each step of the script to one connection (faults at the moment `connection`) or to one
 * request (all others), in order; the last step is played for ever.
 *
 * @param script faults, or functions that pick one by the request.
 *
 * @example
 * await using server = await startFaultServer(faults.resetBeforeAnswer, faults.json({ id: 7 }))
 * await createClient(MemberClient, { url: server.url }).byId(7) // a GET survives the reset
 */
export function startFaultServer(...script: FaultStep[]): Promise<FaultServer> {
  return startFaultServerWith({}, ...script)
}

/**
 * The same at a given address or port, or with TLS.
 *
 * @example
 * await using server = await startFaultServerWith({ tls: { key, cert } }, faults.finBeforeAnswer)
 */
export async function startFaultServerWith(
  options: FaultServerOptions,
  ...script: FaultStep[]
): Promise<FaultServer> {
  const server = new LoopbackServer(options, script)
  await server.listen(options)
  return server
}

interface Accepted {
  /** The connection itself, under TLS if there is any. */
  readonly raw: Socket
  readonly number: number
}

class LoopbackServer implements FaultServer {
  readonly requests: FaultRequest[] = []
  connections = 0
  url = ''
  port = 0
  #script!: FaultStep[]
  #last!: FaultStep
  readonly #open = new Set<Socket>()
  readonly #waiting = new Set<() => void>()
  readonly #server = net.createServer({ noDelay: true, allowHalfOpen: true }, socket => this.#accept(socket))
  readonly #secure: tls.Server | undefined
  /** Connections on their way through the handshake, by the client's port: a TLS socket does not say what it is on. */
  readonly #shaking = new Map<number | undefined, Accepted>()

  constructor({ tls: secure }: FaultServerOptions, script: readonly FaultStep[]) {
    this.play(...script)
    if (secure === undefined) return
    // It never listens: connections are handed to it, once their first fault is over.
    this.#secure = tls.createServer(secure, socket => {
      const accepted = this.#shaking.get(socket.remotePort)
      if (accepted === undefined) socket.destroy()
      else this.#serve(socket, accepted)
    })
    this.#secure.on('tlsClientError', () => {})
  }

  async listen({ host = '127.0.0.1', port = 0 }: FaultServerOptions): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, host, resolve)
    })
    this.port = (this.#server.address() as AddressInfo).port
    const authority = net.isIPv6(host) ? `[${host}]` : host
    this.url = `${this.#secure === undefined ? 'http' : 'https'}://${authority}:${this.port}`
  }

  get open(): number {
    return this.#open.size
  }

  forget(): void {
    this.requests.length = 0
  }

  play(...script: FaultStep[]): void {
    const last = script.at(-1)
    if (last === undefined) throw new TypeError('The script is empty: give the server at least one fault')
    this.#script = [...script]
    this.#last = last
  }

  until(condition: (server: FaultServer) => boolean, within = 5000): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!condition(this)) return
        leave()
        resolve()
      }
      const leave = () => {
        this.#waiting.delete(look)
        clearTimeout(timer)
      }
      const timer = setTimeout(() => {
        leave()
        const seen = `${this.connections} connections (${this.open} open), ${this.requests.length} requests`
        reject(new Error(`The condition did not come true within ${within} ms: ${seen}`))
      }, within)
      this.#waiting.add(look)
      look()
    })
  }

  async close(): Promise<void> {
    const closed = [...this.#open].map(socket => new Promise(resolve => socket.once('close', resolve)))
    for (const socket of this.#open) socket.destroy()
    await new Promise<void>(resolve => this.#server.close(() => resolve()))
    await Promise.all(closed)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #accept(raw: Socket): void {
    const accepted = { raw, number: ++this.connections }
    const { remotePort } = raw
    this.#open.add(raw)
    this.#watch(raw)
    raw.on('close', () => {
      this.#open.delete(raw)
      if (this.#shaking.get(remotePort) === accepted) this.#shaking.delete(remotePort)
      this.#wake()
    })
    const step = this.#script[0] ?? this.#last
    if (typeof step !== 'function' && step.at === 'connection') {
      this.#script.shift()
      raw.resume()
      step.play(new FaultScene(raw))
    } else if (this.#secure === undefined) {
      this.#serve(raw, accepted)
    } else {
      this.#shaking.set(remotePort, accepted)
      this.#secure.emit('connection', raw)
    }
    this.#wake()
  }

  /** Reads requests and plays to them. */
  #serve(socket: Socket, { raw, number }: Accepted): void {
    if (socket !== raw) this.#watch(socket)
    const waiting = new Map<FaultRequest, Fault>()
    const play = (fault: Fault, request: FaultRequest) => {
      this.requests.push(request)
      fault.play(new FaultScene(socket, request, raw))
    }
    const listener: RequestListener = {
      onHead: request => {
        const fault = this.#next(request)
        // A fault of the connection that finds one in use is played to that.
        if (fault.at === 'request') waiting.set(request, fault)
        else play(fault, request)
      },
      onRequest: request => {
        const fault = waiting.get(request)
        if (fault === undefined) return
        waiting.delete(request)
        play(fault, request)
      },
      onNonsense: () => socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n'),
    }
    const reader = new RequestReader(number, listener)
    socket.on('data', chunk => {
      reader.read(chunk)
      this.#wake()
    })
  }

  #next(request: FaultRequest): Fault {
    const step = this.#script.shift() ?? this.#last
    return typeof step === 'function' ? step(request) : step
  }

  #watch(socket: Socket): void {
    // What breaks here is meant to.
    socket.on('error', () => {})
    // Half open, so that a fault can answer after the client's end; without this nothing would close the socket.
    socket.on('end', () => {
      socket.end()
      this.#wake()
    })
  }

  #wake(): void {
    for (const look of this.#waiting) look()
  }
}
