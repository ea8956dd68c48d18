/** A transport without a network: a function answers, and every request is kept. */
import { type Clock, systemClock } from '../clock.js'
import {
  type HttpRequest,
  type HttpResponse,
  onAbort,
  type SendOptions,
  type Transport,
  TransportFailure,
} from '../http/index.js'
import { type MockAnswer, responseOf } from './mock-answer.js'
import { MockError } from './mock-error.js'
import { type MockRequest, mockRequestOf } from './mock-request.js'
import { isRouteTable, routerOf } from './mock-routes.js'
import { failure, networkFailure } from './network-failure.js'

/** What comes of a request: an answer, or a failure of the network (`failures.reset()`). */
export type MockOutcome = MockAnswer | TransportFailure

/** Answers a request. What it throws is what the network does, if it is one of `failures` or has a code of Node's. */
export type MockHandler = (request: MockRequest) => MockOutcome | Promise<MockOutcome>

/** Handlers and outcomes by verb and path: `'GET /api/members/{memberId}'`; the first that fits is taken. */
export type MockRoutes = Readonly<Record<`${Uppercase<string>} /${string}`, MockHandler | MockOutcome>>

/** What {@link mockTransport} makes: a transport that remembers. */
export interface MockTransport extends Transport {
  /** All requests, in the order in which they came. */
  readonly requests: readonly MockRequest[]
  /** The only request; throws if there was none, or more than one. */
  readonly request: MockRequest
  /** Forgets the requests; a list of answers begins anew. */
  reset(): void
}

export interface MockTransportOptions {
  /** Where time comes from for handlers that take some; the client's own test clock. Default: the system's. */
  readonly clock?: Clock
}

/**
 * A transport for the option `transport` of `createClient`: everything of the client is real, and nothing leaves.
 * Time limits and aborts hold as they do over a network.
 *
 * @param answers a handler; an answer or a failure for all requests; a list of these, one for each request and the last
 *   for ever; or a table of them by route. By default `200` without a body.
 * @throws MockError if a table holds no route. A call rejects with it where no route fits.
 *
 * @example
 * const transport = mockTransport(({ pathname }) => ({ body: { id: 7, path: pathname } }))
 * const members = createClient(MemberClient, { url: 'http://member-svc', transport })
 */
export function mockTransport(
  answers: MockHandler | MockOutcome | MockRoutes | readonly (MockHandler | MockOutcome)[] = {},
  { clock = systemClock }: MockTransportOptions = {},
): MockTransport {
  const answer = handlerOf(answers)
  const requests: MockRequest[] = []
  let closed = false
  const exchange = async (raw: HttpRequest, options: SendOptions): Promise<HttpResponse> => {
    let request = mockRequestOf(raw, options)
    if (request instanceof Promise) request = await request.catch(unreadable)
    const nth = requests.push(request) - 1
    return responseOf(await outcomeOf(answer, request, nth), raw.method, options)
  }
  return {
    requests,
    get request() {
      const [only] = requests
      if (only !== undefined && requests.length === 1) return only
      const sent = requests.map(({ method, pathname }) => `\n  ${method} ${pathname}`).join('')
      throw new MockError(`${requests.length} requests were sent, not 1${sent}`)
    },
    reset() {
      requests.length = 0
    },
    async send(request, options) {
      if (options.signal?.aborted) throw options.signal.reason
      if (closed) throw failure({ kind: 'connection', reason: 'the client is closed', sent: false })
      return inTime(exchange(request, options), options, clock)
    },
    async close() {
      closed = true
    },
  }
}

/** A handler that knows how many requests came before. */
type Answers = (request: MockRequest, nth: number) => MockOutcome | Promise<MockOutcome>

function handlerOf(answers: Parameters<typeof mockTransport>[0] & object): Answers {
  if (typeof answers === 'function') return request => answers(request)
  if (Array.isArray(answers)) {
    const steps = answers as readonly (MockHandler | MockOutcome)[]
    return (request, nth) => taken(steps[Math.min(nth, steps.length - 1)] ?? {}, request)
  }
  if (!isRouteTable(answers)) return () => answers as MockOutcome
  const route = routerOf(answers as MockRoutes)
  return request => taken(...route(request))
}

const taken = (step: MockHandler | MockOutcome, request: MockRequest): MockOutcome | Promise<MockOutcome> =>
  typeof step === 'function' ? step(request) : step

async function outcomeOf(answer: Answers, request: MockRequest, nth: number): Promise<MockAnswer> {
  let outcome: MockOutcome | undefined
  try {
    outcome = await answer(request, nth)
  } catch (error) {
    throw networkFailure(error) ?? error
  }
  if (outcome instanceof TransportFailure) throw outcome
  if (typeof outcome === 'object' && outcome !== null) return outcome
  throw new MockError(
    `the handler answered ${request.method} ${request.pathname} with nothing; return at least {}`,
  )
}

function unreadable(cause: unknown): never {
  throw failure({
    kind: 'request-body',
    reason: 'the request body could not be read to its end',
    sent: true,
    cause,
  })
}

/** Settles as `response` does, unless the time is up or the caller gives up before. */
function inTime(
  response: Promise<HttpResponse>,
  { timeout, timeoutPhase: phase, signal }: SendOptions,
  clock: Clock,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      clock.clearTimeout(timer)
      forget?.()
      act()
    }
    const reason = `no complete response within ${Math.round(timeout)} ms`
    const late = () => settle(() => reject(failure({ kind: 'timeout', reason, phase, sent: true })))
    const timer = clock.setTimeout(late, Math.max(0, timeout))
    const forget =
      signal === undefined ? undefined : onAbort(signal, () => settle(() => reject(signal.reason)))
    response.then(
      value => settle(() => resolve(value)),
      error => settle(() => reject(error)),
    )
  })
}
