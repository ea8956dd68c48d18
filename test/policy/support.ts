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
  type HttpRequest,
  type HttpResponse,
  IdempotencyKey,
  Idempotent,
  Options,
  Patch,
  Post,
  Put,
  remote,
  type SendOptions,
  type Transport,
} from 'guise'
import { type TestClock, testClock } from 'guise/testing'
import { type FailureFacts, TransportFailure } from '../../src/http/index.js'
import { type Answer, responseOf } from '../support/recording.js'

/** What the service does with one request: answers, fails, or whatever the function says. */
export type Step = Answer | TransportFailure | Acting
export type Acting = (
  request: HttpRequest,
  options: SendOptions,
  nth: number,
  clock: TestClock,
) => Answer | TransportFailure | Promise<Answer | TransportFailure>

export interface Service extends Transport {
  readonly requests: HttpRequest[]
  readonly options: SendOptions[]
  /** When each request came, by the clock. */
  readonly times: number[]
}

/** A service that takes the steps in turn, the last one for ever. */
export function service(clock: TestClock, ...steps: readonly Step[]): Service {
  const requests: HttpRequest[] = []
  const options: SendOptions[] = []
  const times: number[] = []
  return {
    requests,
    options,
    times,
    async send(request, sendOptions): Promise<HttpResponse> {
      const nth = requests.push(request)
      options.push(sendOptions)
      times.push(clock.now())
      const step = steps[Math.min(nth, steps.length) - 1] ?? {}
      const done = typeof step === 'function' ? await step(request, sendOptions, nth, clock) : step
      if (done instanceof TransportFailure) throw done
      return responseOf(done)
    },
    async close() {},
  }
}

const fails = (facts: Partial<FailureFacts>): TransportFailure =>
  new TransportFailure({
    kind: 'connection',
    reason: 'it failed',
    sent: true,
    reused: false,
    answered: false,
    ...facts,
  })
const because = (code: string): Error => Object.assign(new Error(code), { code })

/** Nothing was sent. */
export const refused = fails({
  sent: false,
  reason: 'the connection was refused',
  cause: because('ECONNREFUSED'),
})
/** It may have been processed. */
export const reset = fails({ reason: 'the connection was reset', cause: because('ECONNRESET') })
/** A kept-alive connection that the server had closed. */
export const stale = fails({
  reused: true,
  reason: 'the connection was closed',
  cause: because('UND_ERR_SOCKET'),
})
export const timedOut = fails({ kind: 'timeout', phase: 'attempt', reason: 'no complete response' })
export const failing = (facts: Partial<FailureFacts>): TransportFailure => fails(facts)

/** Does as the transport is to do that never gets an answer: fails at its deadline, or when the caller gives up. */
export const hanging: Acting = (_request, { timeout, timeoutPhase, signal }, _nth, clock) =>
  new Promise((_resolve, reject) => {
    const late = fails({ kind: 'timeout', phase: timeoutPhase, reason: `nothing within ${timeout} ms` })
    const timer = clock.setTimeout(() => reject(late), timeout)
    signal?.addEventListener('abort', () => {
      clock.clearTimeout(timer)
      reject(signal.reason)
    })
  })

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
export async function run(clock: TestClock, promise: Promise<unknown>): Promise<Outcome> {
  let outcome: Outcome | undefined
  promise.then(
    value => {
      outcome = { value }
    },
    error => {
      outcome = { error }
    },
  )
  await clock.advance(0)
  while (outcome === undefined) {
    if (!(await clock.next()) && outcome === undefined) throw new Error('the call waits, and no timer runs')
  }
  return outcome
}

export function errorIn(outcome: Outcome): unknown {
  if ('error' in outcome) return outcome.error
  throw new Error(`it resolved to ${JSON.stringify(outcome.value)} and should have failed`)
}

/** The differences between one time and the next. */
export const gaps = (times: readonly number[]): number[] =>
  times.slice(1).map((at, i) => at - (times[i] as number))

export const bad: Answer = { status: 500 }
export const good: Answer = { status: 204 }

export const off = { retry: false } as const

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
