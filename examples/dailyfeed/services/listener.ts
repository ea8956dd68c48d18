// The life of a server: a port that stays the same, its open connections, and its timers.
import type { Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
// The module's own functions: a test that fakes the global clock does not stop the clock of another "machine".
import { clearTimeout, setTimeout } from 'node:timers'

const HOST = '127.0.0.1'

/** @param port 0: any that is free. */
export function createListener(server: Server, port = 0) {
  const sockets = new Set<Socket>()
  const timers = new Set<NodeJS.Timeout>()

  server.on('connection', socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })

  return {
    url: () => `http://${HOST}:${port}`,

    async listen() {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, HOST, () => {
          server.off('error', reject)
          resolve()
        })
      })
      port = (server.address() as AddressInfo).port
    },

    /** What waits when the service stops waits for ever: there is nobody left to answer. */
    pause: (milliseconds: number) =>
      new Promise<void>(resolve => {
        const timer = setTimeout(() => {
          timers.delete(timer)
          resolve()
        }, milliseconds)
        timers.add(timer)
      }),

    async stop(end: 'destroy' | 'resetAndDestroy') {
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
      // The callback also comes, with an error, when the server was not running; both mean that it is closed.
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      for (const socket of sockets) socket[end]()
      await closed
    },
  }
}
