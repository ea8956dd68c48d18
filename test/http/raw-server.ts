/** A TCP server on loopback whose every byte is scripted by the test; it is closed when the test ends. */
import net, { type AddressInfo, type Socket } from 'node:net'
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

/** A server that sends these bytes for each request. */
export function answering(bytes: string | Uint8Array): Promise<RawServer> {
  return rawServer(socket => onRequest(socket, () => socket.write(bytes)))
}

/** A server whose first connection runs the script, and whose others answer `200 ok`. */
export function faulty(script: (socket: Socket) => void): Promise<RawServer> {
  return rawServer((socket, nth) => {
    if (nth === 1) script(socket)
    else onRequest(socket, () => socket.write(http('200 OK', 'ok')))
  })
}
