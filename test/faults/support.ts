/** What the tests of the fault matrix share: a trial that makes the assertions common to all rows. */
import { type ClientOf, type ClientOptions, close, createClient, GuiseError } from 'guise'
import {
  type Fault,
  type FaultProxy,
  type FaultRequest,
  type FaultServer,
  type FaultServerOptions,
  type FaultStep,
  startFaultProxy,
  startFaultServerWith,
  type TestClock,
  testClock,
} from 'guise/testing'
import type { Agent } from 'undici'
import { expect, onTestFinished } from 'vitest'
import { ok, Thing, Things, thing } from './things.js'

export { ok, Thing, Things, thing }

export interface Stage {
  readonly server: FaultServer
  readonly things: ClientOf<Things>
  /** In front of the server; sets nothing unless the test does. */
  readonly proxy: FaultProxy
  /** Moves only if the test moves it; the client has it as its clock where the trial says so. */
  readonly clock: TestClock
}

export interface Trial {
  /** What the server does to the call. */
  readonly script: readonly FaultStep[]
  readonly call: (things: ClientOf<Things>, stage: Stage) => Promise<unknown>
  /** What happens while the call is under way. */
  readonly meanwhile?: (stage: Stage) => Promise<unknown>
  readonly options?: Partial<ClientOptions<Things>>
  /** The client's dispatcher, destroyed in the end. */
  readonly agent?: Agent
  readonly server?: FaultServerOptions
  /** The client goes through the proxy. */
  readonly proxied?: boolean
  /** The client's time stands still. */
  readonly frozen?: boolean
  /** What becomes of the fault before the next call. */
  readonly heal?: (stage: Stage) => unknown
}

export interface Tried {
  readonly server: FaultServer
  /** The requests of the call, without those of the next one. */
  readonly requests: readonly FaultRequest[]
  /** The connections of the call, without those of the next one. */
  readonly connections: number
}

/** Small real times: nothing here waits for the network. */
export const TIMEOUTS = { connect: 500, attempt: 1000, total: 2000 }
const RETRY = { retries: 2, minDelay: 1, maxDelay: 2 }
/** No call may outlast this, whatever happens to it: a guard against hangs, not a measure. */
const GUARD = TIMEOUTS.total + 2000

/**
 * One call that meets a fault, and what every row of the matrix asserts of it: it settles before its deadline; an error
 * says what happened to which call at which target after how many attempts; the next call on the same client works; after
 * `close` no connection is left; no rejection was unhandled and nothing warned of.
 */
async function attempt({ script, call, meanwhile, heal, ...trial }: Trial) {
  const watch = watchProcess()
  const handles = sockets()
  const stage = await setUp(trial, script)
  const { things, server, proxy } = stage

  const settled = outcomeOf(call(things, stage))
  await meanwhile?.(stage)
  const outcome = await within(settled, 'the call')
  const { connections } = server
  const requests = [...server.requests]
  if ('error' in outcome && outcome.error instanceof GuiseError) expectDescribed(outcome.error)

  server.play(ok)
  await heal?.(stage)
  expect(await within(things.read(1), 'the next call')).toEqual(thing)
  await within(close(things), 'close()')
  await trial.agent?.destroy()
  await server.until(({ open }) => open === 0)
  await Promise.all([proxy.close(), server.close()])
  await eventually(() => sockets() <= handles)
  expect(watch()).toEqual([])
  const tried: Tried = { server, requests, connections }
  return { outcome, tried }
}

async function setUp(trial: Omit<Trial, 'script' | 'call'>, script: readonly FaultStep[]): Promise<Stage> {
  const server = await startFaultServerWith(trial.server ?? {}, ...script)
  onTestFinished(() => server.close())
  const proxy = await startFaultProxy({ target: server.url })
  onTestFinished(() => proxy.close())
  const clock = testClock()
  const things = createClient(Things, {
    url: trial.proxied ? proxy.url : server.url,
    timeout: TIMEOUTS,
    retry: RETRY,
    ...(trial.frozen && { clock }),
    ...(trial.agent && { dispatcher: trial.agent }),
    ...trial.options,
  })
  return { server, proxy, clock, things }
}

/** A trial whose call must fail. */
export async function fails(trial: Trial): Promise<Tried & { readonly error: GuiseError }> {
  const { outcome, tried } = await attempt(trial)
  if (!('error' in outcome)) expect.fail(`it should have failed, and gave ${JSON.stringify(outcome.value)}`)
  return { ...tried, error: outcome.error as GuiseError }
}

/** A trial whose call must succeed. */
export async function works(trial: Trial): Promise<Tried & { readonly value: unknown }> {
  const { outcome, tried } = await attempt(trial)
  if ('error' in outcome) throw outcome.error
  return { ...tried, value: outcome.value }
}

type Calling = (things: ClientOf<Things>) => Promise<unknown>

const read: Calling = things => things.read(7)
const post: Calling = things => things.create('kim')
const keyedPost: Calling = things => things.createOnce('key-1', 'kim')

type Rest = Omit<Trial, 'script' | 'call'>

/** A: the service may have done it. GET and keyed POST are repeated, POST without a key is not. */
export async function expectAmbiguous(fault: Fault, expected: object = {}, rest: Rest = {}): Promise<void> {
  const first = await fails({ script: [fault, ok], call: post, ...rest })
  expect(first.requests.length).toBeLessThanOrEqual(1)
  expect(first.error).toMatchObject({ code: 'GUISE_CONNECTION', attempts: 1, ...expected })
  expect(first.error.delivery).not.toBe('not-sent')
  for (const call of [read, keyedPost]) {
    const { value, requests } = await works({ script: [fault, ok], call, ...rest })
    expect(value).toEqual(thing)
    expect(requests).toHaveLength(fault.at === 'connection' ? 1 : 2)
    // Never on the connection that has shown itself to be bad.
    expect(requests.at(-1)?.connection).toBeGreaterThan(1)
  }
  const last = await fails({ script: [fault], call: read, ...rest })
  expect(last.error).toMatchObject({ code: 'GUISE_CONNECTION', attempts: 3, ...expected })
}

/** P: the same request would never succeed, so not even GET is repeated. */
export async function expectPermanent(fault: Fault, expected: object, rest: Rest = {}): Promise<GuiseError> {
  const { error, requests } = await fails({ script: [fault, ok], call: read, ...rest })
  expect(requests.length).toBeLessThanOrEqual(1)
  expect(error).toMatchObject({ attempts: 1, ...expected })
  return error
}

/** Ok: the call succeeds at once. */
export async function expectFine(fault: Fault, value: unknown = thing, call = read): Promise<Tried> {
  const tried = await works({ script: [fault], call })
  expect(tried.value).toEqual(value)
  expect(tried.requests).toHaveLength(1)
  return tried
}

type Outcome = { readonly value: unknown } | { readonly error: unknown }

export const outcomeOf = (promise: Promise<unknown>): Promise<Outcome> =>
  promise.then(
    value => ({ value }),
    error => ({ error }),
  )

/** The error of a call that must fail. */
export async function errorOf(promise: Promise<unknown>): Promise<GuiseError> {
  const outcome = await within(outcomeOf(promise), 'the call')
  if ('error' in outcome) return outcome.error as GuiseError
  return expect.fail('it should have failed')
}

/** A guard against what would never settle. */
export function within<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not settle within ${GUARD} ms`)), GUARD)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** The handles of connections that keep this process alive. */
const sockets = () =>
  process.getActiveResourcesInfo().filter(name => /^(?:TCP|TLS|Pipe|GetAddr)/.test(name)).length

/** Every error says what happened, to which call, where, and after how many attempts. */
function expectDescribed(error: GuiseError): void {
  expect(error.code).toMatch(/^GUISE_[A-Z_]+$/)
  expect(error.client).toBe('things')
  expect(error.method).toMatch(/^Things\.\w+$/)
  expect(error.request?.url).toMatch(/^https?:\/\/[\w.[\]:]+\/things/)
  expect(error.attempts).toBeGreaterThanOrEqual(0)
  expect(['not-sent', 'unknown', 'answered']).toContain(error.delivery)
  expect(error.message).toContain(error.method)
  expect(error.message).not.toContain('\n')
}

/** Notes what must not happen; the function that it returns stops that and lists what did. */
export function watchProcess(): () => unknown[] {
  const seen: unknown[] = []
  const note = (what: unknown) => seen.push(what)
  const events = ['unhandledRejection', 'uncaughtExceptionMonitor', 'warning'] as const
  for (const event of events) process.on(event as 'warning', note)
  const stop = () => {
    for (const event of events) process.off(event as 'warning', note)
    return seen
  }
  onTestFinished(() => void stop())
  return stop
}

/** Looks again at each turn of the event loop, until the condition holds. */
export async function eventually(condition: () => boolean): Promise<void> {
  const end = performance.now() + GUARD
  while (!condition()) {
    if (performance.now() > end) expect.fail(`${condition} did not come true within ${GUARD} ms`)
    await turn()
  }
}

/** Lets the event loop go round, so that whatever is ready happens. */
export async function turn(): Promise<void> {
  for (let i = 0; i < 4; i++) await new Promise(resolve => setImmediate(resolve))
}
