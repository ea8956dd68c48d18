/** Several addresses of one service: which one a call goes to, and which one is left alone. */
import fc from 'fast-check'
import type { FailureOutcome } from 'guise'
import { type MockAnswer, type MockRequest, type TestClock, testClock } from 'guise/testing'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Failure } from '../../src/errors/failure.js'
import type { TransportFailure } from '../../src/http/index.js'
import { Address, choose } from '../../src/policy/addresses.js'
import { bad, failing, good, hanging, off, refused, reset, run, seeded, stage, timedOut } from './support.js'

beforeEach(() => {
  vi.spyOn(Math, 'random').mockImplementation(seeded(1))
})
afterEach(() => {
  vi.restoreAllMocks()
})

const [a, b, c] = ['http://a.test', 'http://b.test', 'http://c.test'] as const
const hosts = (requests: readonly MockRequest[]) => requests.map(({ origin }) => origin.slice(7, 8)).join('')
const count = (requests: readonly MockRequest[], origin: string) =>
  requests.filter(request => request.origin === origin).length

describe('the power of two choices', () => {
  const made = (clock: TestClock, ...inFlight: number[]) =>
    inFlight.map((number, i) =>
      Object.assign(new Address(`http://${i}`, '', {}, clock), { inFlight: number }),
    )
  const sequence =
    (...numbers: number[]) =>
    () =>
      numbers.shift() ?? 0

  test('takes the one of two that has less to do', () => {
    const all = made(testClock(), 3, 1, 2)
    expect(choose(all, undefined, sequence(0, 0.4))).toBe(all[1])
    expect(choose(all, undefined, sequence(0.4, 0.9))).toBe(all[1])
    expect(choose(all, undefined, sequence(0, 0.9))).toBe(all[2])
    expect(choose(all, undefined, sequence(0, 0))).toBe(all[0])
  })

  test('always takes one that is there, and not the last one where there is another', () => {
    const numbers = fc.array(fc.record({ inFlight: fc.nat(9), aside: fc.boolean() }), {
      minLength: 1,
      maxLength: 6,
    })
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    fc.assert(
      fc.property(numbers, fc.nat(6), random, random, (list, lastIndex, first, second) => {
        const all = made(testClock(), ...list.map(({ inFlight }) => inFlight))
        for (const [i, { aside }] of list.entries())
          vi.spyOn(all[i] as Address, 'aside', 'get').mockReturnValue(aside)
        const last = all[lastIndex]
        const chosen = choose(all, last, sequence(first, second))
        const others = all.filter(one => one !== last)
        expect(all).toContain(chosen)
        if (others.some(one => !one.aside)) expect([chosen.aside, chosen === last]).toEqual([false, false])
        else if (all.some(one => !one.aside)) expect(chosen.aside).toBe(false)
        else if (others.length > 0) expect(chosen).not.toBe(last)
      }),
    )
  })
})

describe('calls', () => {
  test('are spread over all addresses', async () => {
    const { probe, transport, outcome } = stage({ url: [a, new URL(b), c] }, good)
    for (let i = 0; i < 300; i++) await outcome(probe.get())
    for (const origin of [a, b, c]) expect(count(transport.requests, origin)).toBeGreaterThan(40)
  })

  test('keep away from an address that is slow', async () => {
    const { probe, transport, clock } = stage({ url: [a, b], timeout: 60_000 }, ({ origin }) =>
      origin === a ? hanging() : good,
    )
    for (let i = 0; i < 100; i++) {
      probe.get().catch(() => {})
      await clock.advance(0)
    }
    expect(count(transport.requests, b)).toBeGreaterThan(60)
    await clock.advance(60_000)
    expect(clock.pending).toBe(0)
  })

  test('go to the path of their address', async () => {
    const { probe, transport, outcome } = stage({ url: [`${a}/one`, `${b}/two/`] }, { status: 503 })
    await outcome(probe.get())
    const paths = transport.requests.map(({ origin, path }) => origin + path)
    expect(new Set(paths)).toEqual(new Set([`${a}/one/x`, `${b}/two/x`]))
  })

  test('that are repeated go to another address each time', async () => {
    for (let i = 0; i < 20; i++) {
      const { probe, transport, error } = stage({ url: [a, b], retry: { retries: 3 } }, { status: 503 })
      const failed = await error<{ request: { url: string } } & Error>(probe.get())
      expect(hosts(transport.requests)).toMatch(/^(abab|baba)$/)
      expect(failed.request.url).toBe(`${transport.requests.at(-1)?.origin}/x`)
    }
  })

  test('that succeed at the second address do so for the caller', async () => {
    const { probe, outcome } = stage({ url: [a, b] }, ({ origin }) => (origin === a ? { status: 503 } : good))
    for (let i = 0; i < 50; i++) expect(await outcome(probe.get())).toEqual({ value: undefined })
  })
})

describe('an address is set aside', () => {
  /** The requests that go to `a` of 40 calls, once it has failed like this so many times in a row. */
  const onceFailed = async (failures: number, failure: MockAnswer | TransportFailure) => {
    let failed = 0
    const { probe, transport, outcome } = stage({ ...off, url: [a, b] }, ({ origin }) =>
      origin === a && failed++ < failures ? failure : good,
    )
    while (failed < failures) await outcome(probe.get())
    const from = transport.requests.length
    for (let i = 0; i < 40; i++) await outcome(probe.get())
    return count(transport.requests.slice(from), a)
  }
  type Row = readonly [string, MockAnswer | TransportFailure]

  test.each<Row>([
    ['500', bad],
    ['a reset', reset],
    ['a timeout', timedOut],
  ])('after five failures in a row: %s', async (_what, step) => {
    expect(await onceFailed(5, step)).toBe(0)
    expect(await onceFailed(4, step)).toBeGreaterThan(5)
  })

  test('after one refused connection', async () => {
    expect(await onceFailed(1, refused)).toBe(0)
  })

  test.each<Row>([
    ['404', { status: 404 }],
    ['429', { status: 429 }],
    ['a bad request', failing({ sent: false, cause: { code: 'UND_ERR_INVALID_ARG' } })],
    ['a request body that fails', failing({ kind: 'request-body' })],
  ])('not after %s', async (_what, step) => {
    expect(await onceFailed(20, step)).toBeGreaterThan(5)
  })

  test('for five seconds, then twice as long each time, up to a minute, and is new after a success', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0)
    const clock = testClock()
    const address = new Address(a, '', {}, clock)
    const failure = { outcome: { kind: 'connection', delivery: 'not-sent' } } as Parameters<
      Address['failed']
    >[0]
    const rests: number[] = []
    const rest = async () => {
      let time = 0
      address.failed(failure)
      while (address.aside) {
        await clock.advance(1000)
        time++
      }
      return time
    }
    for (let i = 0; i < 6; i++) rests.push(await rest())
    expect(rests).toEqual([5, 10, 20, 40, 60, 60])
    address.succeeded()
    expect(await rest()).toBe(5)
  })

  test('never all of them', async () => {
    const { probe, transport, outcome } = stage({ ...off, url: [a, b] }, refused)
    for (let i = 0; i < 60; i++) await outcome(probe.get())
    expect(transport.requests).toHaveLength(60)
    expect(count(transport.requests, a)).toBeGreaterThan(5)
    expect(count(transport.requests, b)).toBeGreaterThan(5)
  })

  test('by no doing of ours, which does not make up for its failures either', () => {
    const failure = (outcome: FailureOutcome) => new Failure(outcome, () => new Error())
    const status = (code: number) => failure({ kind: 'http', delivery: 'answered', status: code })
    /** Set aside by five failures, with something in between. */
    const setAside = (between: Failure) => {
      const address = new Address(a, '', {}, testClock())
      for (let i = 0; i < 4; i++) address.failed(status(500))
      for (let i = 0; i < 9; i++) address.failed(between)
      expect(address.aside).toBe(false)
      address.failed(status(500))
      return address.aside
    }
    const kinds = ['bulkhead-full', 'circuit-open', 'aborted', 'request-body', 'other'] as const
    for (const kind of kinds) expect(setAside(failure({ kind, delivery: 'not-sent' }))).toBe(true)
    expect(setAside(failure({ kind: 'timeout', delivery: 'not-sent', local: true }))).toBe(true)
    expect(setAside(status(404))).toBe(false)
  })

  test('by no wait of ours in the bulkhead', async () => {
    const options = { ...off, url: [a, b], bulkhead: { concurrent: 1, queue: 2 } }
    const { probe, clock, transport } = stage(options, hanging)
    const failed = vi.spyOn(Address.prototype, 'failed')
    const calls = [5000, 100, 200].map(total => probe.get({ timeout: { attempt: 5000, total } }))
    await run(clock, Promise.allSettled(calls.slice(1)))
    expect([clock.now(), transport.requests.length, failed.mock.calls.length]).toEqual([200, 1, 2])
    for (const address of failed.mock.contexts as Address[]) expect(address.aside).toBe(false)
    await run(clock, Promise.allSettled(calls))
  })
})
