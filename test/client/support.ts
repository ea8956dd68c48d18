/** Servers on loopback for the tests of clients; all that a test opened is closed after it. */
import { once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import { type AddressInfo, createServer as createSocketServer, type Socket } from 'node:net'
import { close } from 'guise'
import { afterEach } from 'vitest'

const openServers = new Set<() => Promise<void>>()
const openClients = new Set<object>()

afterEach(async () => {
  await Promise.all([...openClients].map(client => close(client)))
  openClients.clear()
  await Promise.all([...openServers].map(end => end()))
  openServers.clear()
})

/** Closes the client after the test. */
export function closing<T extends object>(client: T): T {
  openClients.add(client)
  return client
}

export interface Loopback {
  readonly url: string
  readonly server: Server
}

/** An HTTP server of this test. */
export async function serve(listener: RequestListener): Promise<Loopback> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  openServers.add(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
}

/** A server of raw bytes of this test. */
export async function serveSocket(connected: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createSocketServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    connected(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  openServers.add(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** An address at which nobody listens. */
export async function refusing(): Promise<string> {
  const server = createSocketServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return `http://127.0.0.1:${port}`
}

export function json(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** A promise that is settled from outside. */
export function gate<T = void>(): { readonly opened: Promise<T>; readonly open: (value: T) => void } {
  let open!: (value: T) => void
  const opened = new Promise<T>(resolve => {
    open = resolve
  })
  return { opened, open }
}
