/** `chaos`: an interceptor that makes a service slow, failing and unreachable, by a seed and so the same each time. */
import type { Interceptor } from '../call/interceptor.js'
import { type Clock, MAX_TIMER, systemClock } from '../clock.js'
import type { HttpResponse } from '../http/index.js'
import { refused, reset } from './mock-failures.js'

/** How often what goes wrong; shares are of all attempts, from 0 to 1. */
export interface ChaosOptions {
  /** The same seed, the same order of calls: the same chaos. Default: 1. */
  readonly seed?: number
  /** Milliseconds before each attempt, fixed or drawn evenly from a range. Default: none. */
  readonly delay?: number | readonly [least: number, most: number]
  /** Share whose connection is refused: nothing is sent. Default: 0. */
  readonly failure?: number
  /** Share that the service gets and processes, but whose answer is lost: the connection is reset. Default: 0. */
  readonly lost?: number
  /** Shares that are answered with a status, by the status: `{ 503: 0.1, 429: 0.05 }`. Nothing is sent. Default: none. */
  readonly status?: Readonly<Record<number, number>>
  /** Which attempts are touched at all, by class and method. Default: all. */
  readonly routes?: readonly string[]
  /** Where the delay's time comes from; the client's own test clock. Default: the system's. */
  readonly clock?: Clock
}

/**
 * Puts faults between a client and its service, real or not: for tests of what a system does on a bad day. Each route
 * draws from a series of its own, so that calls of one do not change what befalls another.
 *
 * @throws RangeError for a share outside of 0 to 1, shares that make more than 1 together, or a negative delay.
 *
 * @example
 * const use = [chaos({ seed: 42, failure: 0.1, lost: 0.05, status: { 503: 0.1 }, delay: [5, 50], clock })]
 * const members = createClient(MemberClient, { url, use, clock })
 */
export function chaos(options: ChaosOptions): Interceptor {
  const { seed = 1, delay = 0, routes, clock = systemClock } = options
  const fates = fatesOf(options)
  const [least, most] = typeof delay === 'number' ? [delay, delay] : delay
  if (!(least >= 0 && most >= least && most <= MAX_TIMER)) {
    throw new RangeError('chaos: a delay is a number of milliseconds, or a range [least, most] of them')
  }
  const series = new Map<string, () => number>()
  const drawFor = (route: string): (() => number) => {
    let draw = series.get(route)
    if (draw === undefined) {
      draw = mulberry32(seed ^ hashOf(route))
      series.set(route, draw)
    }
    return draw
  }

  return async (request, next) => {
    if (routes !== undefined && !routes.includes(request.route)) return next(request)
    const draw = drawFor(request.route)
    // Always both, whatever comes of them: an option more does not shift what befalls later attempts.
    const [slowness, lot] = [draw(), draw()]
    const wait = least + slowness * (most - least)
    if (wait > 0) await new Promise<void>(resolve => clock.setTimeout(resolve, wait))
    const fate = fates.find(({ until }) => lot < until)
    switch (fate?.kind) {
      case 'failure':
        throw refused()
      case 'lost':
        await next(request).then(drop)
        throw reset()
      case 'status':
        return answerOf(fate.status)
      default:
        return next(request)
    }
  }
}

/** What befalls an attempt whose lot is below `until`. */
type Fate = { readonly until: number } & (
  | { readonly kind: 'failure' | 'lost' }
  | { readonly kind: 'status'; readonly status: number }
)

function fatesOf({ failure = 0, lost = 0, status = {} }: ChaosOptions): Fate[] {
  const fates: Fate[] = []
  let until = 0
  const add = (name: string, share: number): number => {
    if (!(share >= 0 && share <= 1)) throw new RangeError(`chaos: ${name} is a share from 0 to 1`)
    until += share
    return until
  }
  fates.push({ kind: 'failure', until: add('failure', failure) }, { kind: 'lost', until: add('lost', lost) })
  for (const [code, share] of Object.entries(status)) {
    if (!/^[2-5]\d\d$/.test(code)) throw new RangeError(`chaos: ${code} is no status`)
    fates.push({ kind: 'status', status: Number(code), until: add(`status ${code}`, share) })
  }
  if (until > 1 + 1e-9) throw new RangeError('chaos: the shares make more than 1 together')
  return fates
}

/** The connection of an answer that nobody reads is freed. */
function drop({ body }: HttpResponse): void {
  if ('destroy' in body) body.destroy()
}

const answerOf = (status: number): HttpResponse => ({
  status,
  statusText: '',
  headers: Object.create(null),
  body: new Uint8Array(),
  truncated: false,
})

/** Tommy Ettinger's mulberry32: small, and good enough to draw lots. Numbers from 0 to below 1. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
