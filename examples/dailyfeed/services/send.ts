// Puts an answer on the wire, late, by halves or not at all, as the fault says.
import type { ServerResponse } from 'node:http'
import type { Fault } from './faults.js'
import type { Reply } from './reply.js'

type Pause = (milliseconds: number) => Promise<void>

/** Long enough for the first half of a body to be read before the reset overtakes it. */
const BEFORE_RESET = 20

export async function send(
  res: ServerResponse,
  request: { status: number | null },
  reply: Reply,
  fault: Fault,
  pause: Pause,
): Promise<void> {
  const socket = res.req.socket
  if (fault.storeThenTimeout) return
  if (fault.delayBeforeHeaders) await pause(fault.delayBeforeHeaders)
  if (fault.resetBeforeHeaders || fault.storeThenReset) {
    socket.resetAndDestroy()
    return
  }
  if (socket.destroyed) return // nobody is there any more, so no status was answered

  const body = Buffer.from(reply.body)
  const bodiless = reply.status === 204 || reply.status === 304
  res.writeHead(reply.status, { ...(bodiless ? {} : { 'content-length': body.length }), ...reply.headers })
  request.status = reply.status
  if (fault.delayBody) {
    res.flushHeaders()
    await pause(fault.delayBody)
  }
  if (!fault.resetMidBody) {
    res.end(body)
    return
  }
  await new Promise(sent => res.write(body.subarray(0, Math.ceil(body.length / 2)), sent))
  await pause(BEFORE_RESET)
  socket.resetAndDestroy()
}
