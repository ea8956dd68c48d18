/** What the tests of policies share: a service that does as it is told, and a clock that runs until a call is settled. */
import {
  Body,
  Call,
  type CallOptions,
  type CircuitBreakerOptions,
  Client,
  type ClientOptions,
  circuitsOf,
  createClient,
  Delete,
  Get,
  Head,
  Http,
  IdempotencyKey,
  Idempotent,
  Options,
  Patch,
  Post,
  Put,
  remote,
} from 'guise'
import {
  failures,
  type MockAnswer,
  type MockOutcome,
  type MockRequest,
  type MockTransport,
  mockTransport,
  type TestClock,
  testClock,
} from 'guise/testing'
import { type FailureFacts, TransportFailure } from '../../src/http/index.js'

/** What the service does with one request: answers, fails, or whatever the function says. */
export type Step = MockOutcome | Acting
export type Acting = (
  request: MockRequest,
  nth: number,
  clock: TestClock,
) => MockOutcome | Promise<MockOutcome>

export interface Service extends MockTransport {
  /** When each request came, by the clock. */
  readonly times: readonly number[]
}

/** A service that takes the steps in turn, the last one for ever. */
export function service(clock: TestClock, ...steps: readonly Step[]): Service {
  const times: number[] = []
  const transport = mockTransport(
    request => {
      times.push(clock.now())
      const nth = transport.requests.length
      const step = steps[Math.min(nth, steps.length) - 1] ?? {}
      return typeof step === 'function' ? step(request, nth, clock) : step
    },
    { clock },
  )
  return Object.defineProperty(transport, 'times', { value: times }) as Service
}

/** Nothing was sent. */
export const refused = failures.refused()
/** It may have been processed. */
export const reset = failures.reset()
/** A kept-alive connection that the server had closed. */
export const stale = failures.stale()
export const timedOut = failures.timeout('attempt')
/** A failure with facts of the test's choice, more of them than `failures` has names for. */
export const failing = (facts: Partial<FailureFacts>): TransportFailure =>
  new TransportFailure({
    kind: 'connection',
    reason: 'it failed',
    sent: true,
    reused: false,
    answered: false,
    ...facts,
  })

/** Never answers: the transport fails at its deadline, or when the caller gives up. */
export const hanging = (): Promise<never> => new Promise(() => {})

@Client({ name: 'probe' })
export class Probe {
  @Get('/x') get(@Call() options?: CallOptions): Promise<unknown> {
    return remote(options)
  }
  @Head('/x') head(): Promise<unknown> {
    return remote()
  }
  @Options('/x') options(): Promise<unknown> {
    return remote()
  }
  @Put('/x') put(@Body() body?: unknown, @Call() options?: CallOptions): Promise<unknown> {
    return remote(body, options)
  }
  @Delete('/x') delete(): Promise<unknown> {
    return remote()
  }
  @Http('QUERY', '/x') query(): Promise<unknown> {
    return remote()
  }
  @Post('/x') post(@Body() body?: unknown, @Call() options?: CallOptions): Promise<unknown> {
    return remote(body, options)
  }
  @Patch('/x') patch(): Promise<unknown> {
    return remote()
  }
  @Post('/x') keyed(@IdempotencyKey() key?: string, @Call() options?: CallOptions): Promise<unknown> {
    return remote(key, options)
  }
  @Post('/x') @Idempotent() idempotent(@IdempotencyKey() key?: string): Promise<unknown> {
    return remote(key)
  }
}

export interface Stage {
  readonly probe: Probe
  readonly transport: Service
  readonly clock: TestClock
  /** The outcome of a call, the clock moved as far as it takes. */
  readonly outcome: (call: Promise<unknown>) => Promise<Outcome>
  /** The error of a call that must fail. */
  readonly error: <E = Error>(call: Promise<unknown>) => Promise<E>
}

export const url = 'http://service.test'

/** A client of a service that takes these steps, on a clock of its own. */
export function stage(options: Partial<ClientOptions<Probe>>, ...steps: readonly Step[]): Stage {
  const clock = testClock()
  const transport = service(clock, ...steps)
  const probe = createClient(Probe, { url, clock, transport, ...options })
  const outcome = (call: Promise<unknown>) => run(clock, call)
  const error = async <E>(call: Promise<unknown>) => errorIn(await outcome(call)) as E
  return { probe, transport, clock, outcome, error }
}

export type Outcome = { readonly value: unknown } | { readonly error: unknown }

/** Moves the clock from timer to timer until the promise is settled. */
export const run = (clock: TestClock, promise: Promise<unknown>): Promise<Outcome> =>
  clock.run(
    promise.then(
      value => ({ value }),
      error => ({ error }),
    ),
  )

export function errorIn(outcome: Outcome): unknown {
  if ('error' in outcome) return outcome.error
  throw new Error(`it resolved to ${JSON.stringify(outcome.value)} and should have failed`)
}

/** The differences between one time and the next. */
export const gaps = (times: readonly number[]): number[] =>
  times.slice(1).map((at, i) => at - (times[i] as number))

export const bad: MockAnswer = { status: 500 }
export const good: MockAnswer = { status: 204 }

export const denied: MockAnswer = { status: 401 }

export const off = { retry: false } as const

export const tokenOf = (request: MockRequest) => request.headers.authorization
/** Takes only this token. */
export const takes =
  (token: string): Step =>
  request =>
    tokenOf(request) === `Bearer ${token}` ? good : denied

/** A client with a circuit breaker and no retries, and what it makes of single calls. */
export function circuit(circuitBreaker: CircuitBreakerOptions | true, ...steps: readonly Step[]) {
  const made = stage({ ...off, circuitBreaker }, ...steps)
  const { probe, outcome } = made
  return {
    ...made,
    call: () => outcome(probe.get()),
    /** `n` calls, one after the other. */
    async calls(n: number) {
      for (let i = 0; i < n; i++) await outcome(probe.get())
    },
    state: () => circuitsOf(probe)[0]?.state,
  }
}

/** The same random numbers each time. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
