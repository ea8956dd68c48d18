/**
 * Servers on loopback that a test scripts; they are closed when it ends. Most are the testing kit's. `rawServer` is for
 * what that does not tell: the bytes that came in, also of a request that never ended, and scripts that span connections.
 */
import net, { type AddressInfo, type Socket } from 'node:net'
import { type Fault, type FaultServer, type FaultStep, faults, startFaultServer } from 'guise/testing'
import { onTestFinished } from 'vitest'

export interface RawServer {
  readonly url: string
  readonly port: number
  /** How many connections were ever made. */
  readonly connections: number
  /** How many of them have ended. Undici may make a new one for each that it ended itself. */
  readonly ended: number
  /** Those that are open now. */
  readonly open: ReadonlySet<Socket>
  /** All bytes that ever came in, over all connections. */
  readonly received: string
  /** Resolves when `condition` holds; it is asked again whenever anything happens on a socket. */
  until(condition: () => boolean): Promise<void>
  close(): Promise<void>
}

export async function rawServer(script: (socket: Socket, nth: number) => void): Promise<RawServer> {
  const open = new Set<Socket>()
  const waiting = new Set<() => void>()
  const wake = () => {
    for (const look of waiting) look()
  }
  let connections = 0
  let ended = 0
  let received = ''
  const server = net.createServer({ noDelay: true, allowHalfOpen: true }, socket => {
    connections++
    open.add(socket)
    socket.on('error', () => {})
    socket.on('data', chunk => {
      received += chunk.toString('latin1')
      wake()
    })
    // Half-open, so that a script can answer after the client's end; without this nothing would close the socket.
    socket.on('end', () => socket.end())
    socket.on('close', () => {
      open.delete(socket)
      ended++
      wake()
    })
    script(socket, connections)
    wake()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () =>
    new Promise<void>(resolve => {
      server.close(() => resolve())
      for (const socket of open) socket.destroy()
    })
  onTestFinished(close)
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    open,
    get connections() {
      return connections
    },
    get ended() {
      return ended
    },
    get received() {
      return received
    },
    until: condition =>
      new Promise(resolve => {
        const look = () => {
          if (!condition()) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    close,
  }
}

/** Calls `answer` for each request without a body, with its head and its number on this connection. */
export function onRequest(socket: Socket, answer: (head: string, nth: number) => void): void {
  let text = ''
  let nth = 0
  socket.on('data', chunk => {
    text += chunk.toString('latin1')
    for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
      const head = text.slice(0, end)
      text = text.slice(end + 4)
      nth++
      answer(head, nth)
    }
  })
}

/** A response in bytes: `http('200 OK', 'body', 'x-name: value')`. */
export function http(status: string, body: string | Uint8Array = '', ...headers: string[]): Buffer {
  const lines = [`HTTP/1.1 ${status}`, ...headers, `content-length: ${Buffer.byteLength(body)}`, '', '']
  return Buffer.concat([Buffer.from(lines.join('\r\n'), 'latin1'), Buffer.from(body)])
}

/** A server of the testing kit, closed with the test. */
export async function faultServer(...script: FaultStep[]): Promise<FaultServer> {
  const server = await startFaultServer(...script)
  onTestFinished(() => server.close())
  return server
}

/** One that sends these bytes for each request. */
export const answering = (bytes: string | Uint8Array): Promise<FaultServer> => faultServer(faults.raw(bytes))

/** One that does this to its first request, and answers `200 ok` to all others. */
export const once = (fault: Fault): Promise<FaultServer> =>
  faultServer(fault, faults.raw(http('200 OK', 'ok')))

/** Sends these bytes and ends the connection. */
export const ending = (bytes: string | Uint8Array): Fault => ({
  name: 'ending',
  at: 'request',
  play: scene => {
    scene.send(bytes)
    scene.fin()
  },
})

/** One whose first connection runs the script, and whose others answer `200 ok`. */
export const faulty = (script: (socket: Socket) => void): Promise<FaultServer> =>
  once({ name: 'script', at: 'connection', play: ({ socket }) => script(socket) })
