/**
 * Tells whether the connection of a request had served another one before. Undici's handlers are not told their
 * socket, but within the call that runs `onRequestStart` undici publishes the socket on a diagnostics channel.
 */
import { subscribe } from 'node:diagnostics_channel'

interface Starting {
  reused: boolean
}

const used = new WeakSet<object>()
let starting: Starting | undefined
let subscribed = false

/** To be called once before the first request of a transport. */
export function watchConnections(): void {
  if (subscribed) return
  subscribed = true
  subscribe('undici:client:sendHeaders', message => {
    const { request, socket } = message as { request: { method: string }; socket: object }
    // The CONNECT request of a proxy tunnel goes over the very socket that the tunnel then is: no earlier request.
    if (request.method === 'CONNECT') return
    if (starting !== undefined) {
      starting.reused = used.has(socket)
      starting = undefined
    }
    used.add(socket)
  })
}

/** The next socket that is published is this request's. To be called last in `onRequestStart`. */
export function awaitConnection(request: Starting): void {
  starting = request
}

/** A dispatcher without sockets, such as a mock, publishes none: without this the next request would be mistaken. */
export function forgetConnection(): void {
  starting = undefined
}
