/** Scripted faults of a stub: a few that a service has every day. Those of the wire are the fault server's. */
import type { ServerResponse } from 'node:http'
import type { HeaderValues } from './fault-head.js'
import { reset } from './fault-scene.js'

interface Repeated {
  /** How many requests it is played to. Default: 1. */
  readonly times?: number
}

/** One scripted fault: a status, a reset, or a delay; a delay can stand with either. */
export type StubFault = Repeated &
  (
    | {
        /** Answered in the handler's place, and not checked: the response table need not know it. */
        readonly status: number
        readonly headers?: HeaderValues
        /** A JSON value. Default: no body. */
        readonly body?: unknown
        readonly delay?: number
      }
    | {
        /** Resets the connection before a byte of the answer is sent. */
        readonly reset: true
        readonly delay?: number
      }
    | {
        /** Milliseconds before anything else is done. */
        readonly delay: number
      }
  )

/** The faults that are still to be played, by method. */
export class FaultScript {
  readonly #queues = new Map<string, { readonly fault: StubFault; left: number }[]>()

  add(method: string, fault: StubFault): void {
    const { times = 1 } = fault
    if (!('status' in fault) && !('reset' in fault) && !('delay' in fault))
      throw new TypeError('a fault needs a status, a reset or a delay')
    if (!(times >= 1)) throw new TypeError('times must be at least 1')
    this.#queues.set(method, [...(this.#queues.get(method) ?? []), { fault, left: times }])
  }

  /** The fault of this request, if there is one. */
  next(method: string): StubFault | undefined {
    const queue = this.#queues.get(method)
    const first = queue?.[0]
    if (first === undefined) return undefined
    first.left--
    if (first.left < 1) queue?.shift()
    return first.fault
  }
}

/** Plays a fault; `true` if it answered, so that no handler is to be asked. */
export async function playFault(fault: StubFault, response: ServerResponse): Promise<boolean> {
  if (fault.delay !== undefined) await waited(fault.delay, response)
  if ('reset' in fault) {
    if (response.socket !== null) reset(response.socket)
    return true
  }
  if (!('status' in fault)) return false
  for (const [name, value] of Object.entries(fault.headers ?? {})) response.setHeader(name, value)
  response.statusCode = fault.status
  if (fault.body === undefined) response.end()
  else {
    if (!response.hasHeader('content-type')) response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(fault.body))
  }
  return true
}

/** Waits. If the connection ends before, it never resolves, and nothing more is done for the request. */
function waited(milliseconds: number, response: ServerResponse): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, milliseconds)
    response.once('close', () => clearTimeout(timer))
  })
}
