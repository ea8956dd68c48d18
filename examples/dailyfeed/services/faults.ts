// The fault switch: what a test may ask of a route, and the queue of what has been asked.
import { type OutgoingHttpHeaders, STATUS_CODES } from 'node:http'
import { errorEnvelope } from './envelopes.js'
import { INTERNAL_ERROR } from './failures.js'
import { empty, html, json, type Reply, text } from './reply.js'

interface Switches {
  /** Answers this status without doing the work. Without a `body`: an error envelope, or nothing below 400. */
  status: number
  /** Answers an error envelope under HTTP 200 (or `status`) without doing the work. */
  errorEnvelope: { statusCode: number; message?: string; status?: number }
  /** Answers the HTML page of a proxy without doing the work. */
  htmlError: number
  /** Answers this status with no body at all, without doing the work. */
  emptyError: number
  /** Resets the connection once the request is read, without doing the work. */
  resetBeforeHeaders: true
  /** Does the work, sends the head and half of the body, then resets the connection. */
  resetMidBody: true
  /** Does the work, then resets the connection: stored, but the answer was lost. */
  storeThenReset: true
  /** Does the work and never answers. The connection stays open until the caller or the service ends it. */
  storeThenTimeout: true
}

type Only<K extends keyof Switches> = Pick<Switches, K> & { [P in Exclude<keyof Switches, K>]?: never }
type AtMostOneSwitch =
  | (Only<'status'> & { body?: unknown })
  | { [K in keyof Switches]: Only<K> & { body?: never } }[Exclude<keyof Switches, 'status'>]
  | { [P in keyof Switches | 'body']?: never }

interface Manner {
  /** For how many requests: 1 unless told. Faults of one route queue up, in the order in which they were set. */
  times?: number | 'always'
  /** Milliseconds between the work and the first byte of the answer. */
  delayBeforeHeaders?: number
  /** Milliseconds between the head of the answer and its body. */
  delayBody?: number
  /** Laid over the headers of whatever is answered. */
  headers?: OutgoingHttpHeaders
  /** Seconds or an HTTP date. With no switch beside it, the status is 429. */
  retryAfter?: number | string
}

/** At most one switch that says what happens, and the manner of it. */
export type Fault = AtMostOneSwitch & Manner

export class FaultQueue {
  readonly #queues = new Map<string, { fault: Fault; left: number }[]>()

  /** Returns a function that lifts the fault again. */
  add(route: string, fault: Fault): () => void {
    const left = fault.times === 'always' ? Number.POSITIVE_INFINITY : (fault.times ?? 1)
    if (!(left >= 1)) throw new RangeError(`times must be at least 1, not ${fault.times}`)
    const queue = this.#queues.get(route) ?? []
    const entry = { fault, left }
    queue.push(entry)
    this.#queues.set(route, queue)
    return () => {
      entry.left = 0
    }
  }

  take(route: string): Fault {
    const queue = this.#queues.get(route) ?? []
    while (queue[0] && queue[0].left < 1) queue.shift()
    const entry = queue[0]
    if (!entry) return {}
    entry.left -= 1
    return entry.fault
  }

  clear() {
    this.#queues.clear()
  }
}

/** The answer that a fault puts in place of the service's own, if it does. */
export function faultReply(fault: Fault, path: string): Reply | undefined {
  if (fault.resetBeforeHeaders) return empty(204) // stands for the work that is not done, and is never sent
  if (fault.errorEnvelope) {
    const { statusCode, message = INTERNAL_ERROR, status = 200 } = fault.errorEnvelope
    return json(status, errorEnvelope(statusCode, message, path))
  }
  if (fault.htmlError !== undefined) return html(fault.htmlError)
  if (fault.emptyError !== undefined) return empty(fault.emptyError)
  if (fault.status !== undefined) return statusReply(fault.status, fault.body, path)
  if (fault.retryAfter !== undefined && !doesTheWork(fault)) return statusReply(429, undefined, path)
  return undefined
}

export function withFaultHeaders(reply: Reply, { headers, retryAfter }: Fault): Reply {
  const after = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }
  // Names are compared in lower case, so that a fault's content-type replaces ours and does not double it.
  const laid = Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value])
  return { ...reply, headers: { ...reply.headers, ...after, ...Object.fromEntries(laid) } }
}

function statusReply(status: number, body: unknown, path: string): Reply {
  if (typeof body === 'string') return text(status, body)
  if (body !== undefined) return json(status, body)
  if (status < 400) return empty(status)
  const message = status === 429 ? 'TOO_MANY_REQUEST' : status >= 500 ? INTERNAL_ERROR : STATUS_CODES[status]
  return json(status, errorEnvelope(status, message ?? 'FAIL', path))
}

function doesTheWork(fault: Fault) {
  return fault.resetMidBody || fault.storeThenReset || fault.storeThenTimeout
}
