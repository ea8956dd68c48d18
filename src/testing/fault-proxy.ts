/** A TCP proxy on loopback that makes the way to a server slow, narrow or dead, and changes its mind while it runs. */
import net, { type AddressInfo, type Socket } from 'node:net'
import { FaultLane } from './fault-lane.js'
import { reset } from './fault-scene.js'

/** What happens to the bytes that pass. Each setting is off until it is set. */
export interface FaultProxySettings {
  /** Milliseconds by which bytes are late, each way. */
  readonly latency?: number
  /** Up to so many milliseconds more, at random; the order of bytes is kept. */
  readonly jitter?: number
  /** Bytes a second, each way, on each connection. */
  readonly bandwidth?: number
  /** Cuts what passes into packets of so many bytes. */
  readonly slice?: number
  /** After so many bytes from the target, a connection is cut. */
  readonly limit?: number
  /** Nothing passes any more, in no direction; it is held until this is off again. Connections are still accepted. */
  readonly blackhole?: boolean
}

/** Where a {@link FaultProxy} leads, and how it begins. */
export interface FaultProxyOptions extends FaultProxySettings {
  /** Where connections are led to: `http://127.0.0.1:41234`. */
  readonly target: string | URL
}

export interface FaultProxy extends AsyncDisposable {
  /** Its origin, with the scheme of the target's. */
  readonly url: string
  /** How many connections were ever made. */
  readonly connections: number
  /** How many of them are open now. */
  readonly open: number
  /** Changes settings, also for the connections that are open. `undefined` turns one off. */
  set(settings: { readonly [K in keyof FaultProxySettings]?: FaultProxySettings[K] | undefined }): void
  /** Turns all settings off; what was held back passes. */
  heal(): void
  /** Resets (RST) all connections that are open. */
  reset(): void
  /** Ends (FIN) all connections that are open towards the client, and goes on taking what it sends. */
  halfClose(): void
  /** Stops listening and destroys all connections. */
  close(): Promise<void>
}

/**
 * Starts a proxy in front of a server.
 *
 * @example
 * await using proxy = await startFaultProxy({ target: server.url, latency: 50 })
 * proxy.set({ blackhole: true }) // from now on the service does not answer
 */
export async function startFaultProxy({ target, ...settings }: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = new LoopbackProxy(new URL(target), settings)
  await proxy.listen()
  return proxy
}

interface Pair {
  readonly client: Socket
  readonly target: Socket
  readonly lanes: readonly [up: FaultLane, down: FaultLane]
}

class LoopbackProxy implements FaultProxy {
  url = ''
  connections = 0
  readonly #target: URL
  #settings: FaultProxySettings
  readonly #pairs = new Set<Pair>()
  readonly #server = net.createServer({ noDelay: true, allowHalfOpen: true }, socket => this.#accept(socket))

  constructor(target: URL, settings: FaultProxySettings) {
    this.#target = target
    this.#settings = settings
  }

  async listen(): Promise<void> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
    this.url = `${this.#target.protocol}//127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get open(): number {
    return this.#pairs.size
  }

  set(settings: Parameters<FaultProxy['set']>[0]): void {
    const { latency, jitter, bandwidth, slice, limit, blackhole } = { ...this.#settings, ...settings }
    this.#settings = {
      ...(latency !== undefined && { latency }),
      ...(jitter !== undefined && { jitter }),
      ...(bandwidth !== undefined && { bandwidth }),
      ...(slice !== undefined && { slice }),
      ...(limit !== undefined && { limit }),
      ...(blackhole !== undefined && { blackhole }),
    }
    for (const { lanes } of this.#pairs) for (const lane of lanes) lane.changed()
  }

  heal(): void {
    this.#settings = {}
    this.set({})
  }

  reset(): void {
    for (const { client, target } of this.#pairs) {
      reset(client)
      reset(target)
    }
  }

  halfClose(): void {
    for (const { client } of this.#pairs) client.end()
  }

  async close(): Promise<void> {
    const sockets = [...this.#pairs].flatMap(({ client, target }) => [client, target])
    const open = sockets.filter(socket => !socket.closed)
    const closed = open.map(socket => new Promise(resolve => socket.once('close', resolve)))
    for (const socket of open) socket.destroy()
    await new Promise<void>(resolve => this.#server.close(() => resolve()))
    await Promise.all(closed)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #accept(client: Socket): void {
    this.connections++
    const { hostname, port, protocol } = this.#target
    const target = net.connect({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || (protocol === 'https:' ? 443 : 80)),
      noDelay: true,
      allowHalfOpen: true,
    })
    const settings = () => this.#settings
    const up = new FaultLane(client, target, () => ({ ...this.#settings, limit: Number.POSITIVE_INFINITY }))
    const down = new FaultLane(target, client, settings)
    const pair: Pair = { client, target, lanes: [up, down] }
    this.#pairs.add(pair)
    const closed = () => {
      if (client.destroyed && target.destroyed) this.#pairs.delete(pair)
    }
    client.on('close', closed)
    target.on('close', closed)
  }
}
