// How notices leave: by HTTP, or through a function such as a producer of Kafka's. Switched while the program runs.
import type { HttpResponse, Interceptor } from 'guise'
import { success } from '../services/envelopes.js'

export interface Notice {
  /** The target: a name for a topic. */
  readonly target: string
  /** The message's id, the same on each attempt. */
  readonly key: string
  readonly value: unknown
}

/** `http`, or what to do with a notice; it is delivered when the promise resolves, and tried again when it rejects. */
export type Publish = 'http' | ((notice: Notice) => Promise<void>)

export class PublishSwitch {
  by: Publish = 'http'

  /** Stands around each attempt to a target, so a message that waits goes the way that is set when its turn comes. */
  to(target: string): Interceptor {
    return async (request, next) => {
      if (this.by === 'http') return next(request)
      const key = request.headers.get('idempotency-key') ?? ''
      const body = Buffer.from(request.body as Uint8Array) // an outbox keeps bytes
      await this.by({ target, key, value: JSON.parse(body.toString()) })
      return taken
    }
  }
}

const taken: HttpResponse = {
  ...{ status: 200, statusText: '', headers: { 'content-type': 'application/json' }, truncated: false },
  body: Buffer.from(JSON.stringify(success(null))),
}
