/**
 * Tells of a connection that broke whether it had brought an answer before. Undici tells no handler its socket, but it
 * publishes each new one on a diagnostics channel; the error that ends a connection is the one its requests get.
 */
import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'

/** What each connection had brought when it was opened: a tunnel is published anew, and its proxy's word is no answer. */
const openedAt = new WeakMap<Socket, number>()
/** The errors of connections that had served before. */
const ofUsed = new WeakSet<object>()
let subscribed = false

/** To be called once before the first request of a transport. */
export function watchConnections(): void {
  if (subscribed) return
  subscribed = true
  subscribe('undici:client:connected', message => {
    const { socket } = message as { socket: Socket }
    const isKnown = openedAt.has(socket)
    openedAt.set(socket, socket.bytesRead)
    if (isKnown) return
    // Ahead of undici, which hands the error on.
    socket.prependListener('error', error => {
      if (socket.bytesRead > (openedAt.get(socket) ?? 0)) ofUsed.add(error)
    })
  })
}

/** Whether this error ended a connection over which something had been answered. */
export function isOfUsedConnection(error: unknown): boolean {
  return typeof error === 'object' && error !== null && ofUsed.has(error)
}
