/** Faults of the connection: it ends, it breaks, or nothing more comes over it. */
import { json } from './fault-answers.js'
import { head, JSON_HEAD } from './fault-head.js'
import type { Fault, FaultMoment, FaultScene } from './fault-scene.js'

const fault = (name: string, at: FaultMoment, play: Fault['play']): Fault => ({ name, at, play })

/** Accepts the connection and ends it (FIN) at once. */
export const refuseAfterAccept: Fault = fault('refuseAfterAccept', 'connection', scene => scene.fin())
/** Accepts the connection and resets it (RST) at once. */
export const resetAfterAccept: Fault = fault('resetAfterAccept', 'connection', scene => scene.reset())
/** Accepts the connection and never says a word: to a client of TLS, a handshake that hangs. */
export const stallOnConnect: Fault = fault('stallOnConnect', 'connection', () => {})
/** Resets the connection at its first byte: to a client of TLS, within the handshake. */
export const resetOnFirstByte: Fault = fault('resetOnFirstByte', 'connection', scene => {
  scene.socket.once('data', () => scene.reset())
})

/** Sends bytes as soon as the connection is there, and ends it once the client has sent something. */
export function greet(bytes: string | Uint8Array): Fault {
  return fault('greet', 'connection', scene => {
    scene.send(bytes)
    scene.socket.once('data', () => scene.fin())
  })
}

/** Reads the request and ends the connection (FIN) without an answer. On a connection in use: a stale keep-alive. */
export const finBeforeAnswer: Fault = fault('finBeforeAnswer', 'request', scene => scene.fin())
/** Reads the request and resets the connection (RST) without an answer. */
export const resetBeforeAnswer: Fault = fault('resetBeforeAnswer', 'request', scene => scene.reset())
/** Ends the connection (FIN) when it has read the head of the request, its body being on the way. */
export const finDuringUpload: Fault = fault('finDuringUpload', 'head', scene => scene.fin())
/** Resets the connection (RST) when it has read the head of the request, its body being on the way. */
export const resetDuringUpload: Fault = fault('resetDuringUpload', 'head', scene => scene.reset())
/** Reads the request and never answers. */
export const stall: Fault = fault('stall', 'request', () => {})

const HALF_HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: appl'

/** Ends the connection (FIN) in the middle of the response's headers. */
export const finMidHeaders: Fault = fault('finMidHeaders', 'request', scene => {
  scene.send(HALF_HEAD)
  scene.fin()
})
/** Resets the connection (RST) in the middle of the response's headers. */
export const resetMidHeaders: Fault = fault('resetMidHeaders', 'request', scene =>
  flushed(scene, HALF_HEAD, 'reset'),
)

/** How much a response promises, and what comes. */
export interface PartOfBody {
  /** Bytes that the headers promise. Default: 1000. */
  readonly contentLength?: number
  /** What comes of them. Default: the beginning of a JSON object. */
  readonly sent?: string
}

/** Ends the connection (FIN) in the middle of a body that says how long it is. */
export const finMidBody = (part: PartOfBody = {}): Fault =>
  partOfBody('finMidBody', part, scene => scene.fin())
/** Resets the connection (RST) in the middle of a body that says how long it is. */
export const resetMidBody = (part: PartOfBody = {}): Fault => partOfBody('resetMidBody', part, 'reset')
/** Sends a part of the body, and then nothing more. */
export const stallMidBody = (part: PartOfBody = {}): Fault => partOfBody('stallMidBody', part, () => {})

/** Ends the connection (FIN) in the middle of a chunk. */
export const finMidChunk: Fault = fault('finMidChunk', 'request', scene => {
  scene.send(`${JSON_HEAD}transfer-encoding: chunked\r\n\r\n10\r\n{"id":`)
  scene.fin()
})
/** Ends the connection (FIN) after all chunks but the empty one that says so. */
export const finBeforeLastChunk: Fault = fault('finBeforeLastChunk', 'request', scene => {
  scene.send(`${JSON_HEAD}transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n`)
  scene.fin()
})

/** How slow {@link slowHeaders} and {@link slowBody} are. */
export interface Slowness {
  /** Milliseconds between two bytes. Default: 5. */
  readonly every?: number
  /** Bytes that come like this. Default: 2000. */
  readonly bytes?: number
}

/** Sends the headers byte by byte; they would be complete in the end. */
export function slowHeaders({ every = 5, bytes = 2000 }: Slowness = {}): Fault {
  const slow = Buffer.from(`${JSON_HEAD}x-padding: ${'x'.repeat(bytes)}\r\ncontent-length: 2\r\n\r\n{}`)
  return fault('slowHeaders', 'request', scene => scene.trickle(slow, every))
}

/** Sends the headers at once and the body, an object and spaces, byte by byte. */
export function slowBody({ every = 5, bytes = 2000 }: Slowness = {}): Fault {
  return fault('slowBody', 'request', scene => {
    scene.send(head(200, { 'content-type': 'application/json', 'content-length': bytes }))
    scene.trickle(Buffer.from('{}'.padEnd(bytes)), every)
  })
}

/** Answers, and ends the connection (FIN) after so many milliseconds, without having said so. */
export function closeAfterReply(delay = 0, reply = json({})): Fault {
  return fault('closeAfterReply', reply.at, scene => {
    reply.play(scene)
    scene.after(delay, () => scene.fin())
  })
}

/** Answers before the body of the request is there, and then ends (`fin`, `reset`) or keeps the connection. */
export function early(reply: Fault, then: 'fin' | 'reset' | 'keep' = 'keep'): Fault {
  return fault('early', 'head', scene => {
    reply.play(scene)
    if (then !== 'keep') scene.after(0, () => scene[then]())
  })
}

/** Answers, and some milliseconds later answers once more, which nobody asked for. */
export function unsolicited(reply: Fault, second: Fault, delay = 0): Fault {
  return fault('unsolicited', reply.at, scene => {
    reply.play(scene)
    scene.after(delay, () => second.play(scene))
  })
}

function partOfBody(
  name: string,
  { contentLength = 1000, sent = '{"id":7,' }: PartOfBody,
  end: 'reset' | Fault['play'],
): Fault {
  const bytes = head(200, { 'content-type': 'application/json', 'content-length': contentLength }) + sent
  return fault(name, 'request', scene => {
    if (end === 'reset') return flushed(scene, bytes, end)
    scene.send(bytes)
    end(scene)
  })
}

/** A reset drops what the client has not read yet, so it is given time to. */
function flushed(scene: FaultScene, bytes: string, end: 'reset'): void {
  scene.send(bytes)
  scene.after(10, () => scene[end]())
}
