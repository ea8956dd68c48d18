/** The circuit against a model of it, over random traces; and the vows that hold whatever happens. */
import fc from 'fast-check'
import type { CircuitBreakerOptions, FailureOutcome } from 'guise'
import { expect, test } from 'vitest'
import type { Clock } from '../../src/clock.js'
import { Failure } from '../../src/errors/failure.js'
import type { Attempt, Call } from '../../src/policy/attempt.js'
import { Circuit } from '../../src/policy/circuit-breaker.js'

type Event = 'success' | 'failure' | 'harmless' | 'nothing' | number

const outcomes: Readonly<Record<'failure' | 'harmless' | 'nothing', readonly FailureOutcome[]>> = {
  failure: [
    { kind: 'connection', delivery: 'not-sent' },
    { kind: 'timeout', delivery: 'unknown' },
    { kind: 'http', delivery: 'answered', status: 503 },
  ],
  harmless: [
    { kind: 'http', delivery: 'answered', status: 404 },
    { kind: 'http', delivery: 'answered', status: 429 },
    { kind: 'validation', delivery: 'answered', status: 200 },
    { kind: 'decode', delivery: 'answered', status: 200 },
  ],
  nothing: [
    { kind: 'aborted', delivery: 'unknown' },
    { kind: 'bulkhead-full', delivery: 'not-sent' },
    { kind: 'other', delivery: 'unknown' },
  ],
}

/** An attempt as the chain makes it: it tells the circuit of its call how it has ended. */
const telling =
  (attempt: Attempt): Attempt =>
  async call => {
    try {
      const value = await attempt(call)
      call.circuit?.succeeded()
      return value
    } catch (failure) {
      await call.circuit?.failed(failure as Failure, call)
      throw failure
    }
  }

/** A circuit on a clock of its own, called once at a time. */
function made(options: CircuitBreakerOptions) {
  const time = { now: 0, sent: 0 }
  const clock = { now: () => time.now } as Clock
  const circuit = new Circuit('http://h', undefined, options, clock)
  const call = { clock } as Call
  /** How the call ended. */
  const fire = async (event: Exclude<Event, number>): Promise<string> => {
    const attempt = async () => {
      time.sent++
      if (event === 'success') return 'fine'
      const list = outcomes[event]
      throw new Failure(list[time.sent % list.length] as FailureOutcome, () => new Error())
    }
    return circuit.run(telling(attempt), call).then(
      () => 'fine',
      (failure: Failure) => failure.outcome.kind,
    )
  }
  return { circuit, time, fire }
}

/** What a circuit is to do, in a few lines and without opossum. */
class Model {
  state: 'closed' | 'open' = 'closed'
  #calls: { second: number; failed: boolean }[] = []
  #until = 0
  #wait: number

  constructor(
    readonly options: Required<
      Pick<CircuitBreakerOptions, 'volume' | 'errorThreshold' | 'window' | 'resetAfter'>
    >,
  ) {
    this.#wait = options.resetAfter
  }

  stateAt(now: number): string {
    return this.state === 'open' && now >= this.#until ? 'half-open' : this.state
  }

  fire(event: Exclude<Event, number>, now: number): void {
    const { volume, errorThreshold, window, resetAfter } = this.options
    const state = this.stateAt(now)
    const second = Math.floor(now / 1000)
    if (state === 'open' || event === 'nothing') return
    if (state === 'half-open') {
      if (event === 'failure') {
        this.#wait = Math.max(resetAfter, Math.min(60_000, this.#wait * 2))
        this.#until = now + this.#wait
      } else {
        this.state = 'closed'
        this.#wait = resetAfter
        this.#calls = [{ second, failed: false }]
      }
      return
    }
    this.#calls.push({ second, failed: event === 'failure' })
    const recent = this.#calls.filter(one => one.second > second - Math.round(window / 1000))
    const failures = recent.filter(({ failed }) => failed).length
    if (event !== 'failure' || recent.length < volume || (failures / recent.length) * 100 <= errorThreshold)
      return
    this.state = 'open'
    this.#until = now + this.#wait
  }
}

const options = fc.record({
  volume: fc.integer({ min: 1, max: 6 }),
  errorThreshold: fc.constantFrom(0, 25, 50, 75, 99),
  window: fc.constantFrom(1000, 2000, 5000, 10_000),
  resetAfter: fc.constantFrom(1, 500, 1000, 7000, 30_000, 90_000),
})
const pause = fc.oneof(fc.constantFrom(1, 499, 999, 1000, 1001, 10_000), fc.nat(100_000))
const calls = fc.constantFrom<Event>('success', 'failure', 'failure', 'harmless', 'nothing')
const trace = fc.array(fc.oneof({ weight: 4, arbitrary: calls }, { weight: 1, arbitrary: pause }), {
  maxLength: 60,
})

test('it does as the model does, step by step', async () => {
  await fc.assert(
    fc.asyncProperty(options, trace, async (settings, events) => {
      const { circuit, time, fire } = made(settings)
      const model = new Model(settings)
      for (const event of events) {
        if (typeof event === 'number') time.now += event
        else {
          const [before, sent] = [model.stateAt(time.now), time.sent]
          expect(circuit.state).toBe(before)
          const ended = await fire(event)
          expect(time.sent - sent).toBe(before === 'open' ? 0 : 1)
          if (before === 'open') expect(ended).toBe('circuit-open')
          model.fire(event, time.now)
        }
        expect(circuit.state).toBe(model.stateAt(time.now))
      }
    }),
    { numRuns: 2000 },
  )
})

test('it never opens on 4xx, aborts and bodies that do not fit', async () => {
  const harmless = fc.array(fc.oneof(fc.constantFrom<Event>('success', 'harmless', 'nothing'), pause), {
    maxLength: 80,
  })
  await fc.assert(
    fc.asyncProperty(options, harmless, async (settings, events) => {
      const { circuit, time, fire } = made(settings)
      for (const event of events) {
        if (typeof event === 'number') time.now += event
        else await fire(event)
        expect(circuit.state).toBe('closed')
      }
      expect(circuit.snapshot()).toMatchObject({ failures: 0, rejected: 0, retryAfter: 0 })
    }),
    { numRuns: 500 },
  )
})

test('whatever has happened, one success after its time closes it', async () => {
  await fc.assert(
    fc.asyncProperty(options, trace, async (settings, events) => {
      const { circuit, time, fire } = made(settings)
      for (const event of events) {
        if (typeof event === 'number') time.now += event
        else await fire(event)
      }
      const { state, retryAfter } = circuit.snapshot()
      expect(retryAfter).toBeLessThanOrEqual(Math.max(60_000, settings.resetAfter))
      if (state === 'open') expect(retryAfter).toBeGreaterThan(0)
      time.now += retryAfter
      expect(await fire('success')).toBe('fine')
      expect(circuit.snapshot()).toMatchObject({ state: 'closed', retryAfter: 0 })
    }),
    { numRuns: 2000 },
  )
})

test('of any number of calls at the same time a half-open circuit lets one through', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 30 }), fc.boolean(), async (number, succeeds) => {
      const { circuit, time, fire } = made({ volume: 1, errorThreshold: 0, resetAfter: 1000 })
      await fire('failure')
      time.now += 1000
      let end = () => {}
      const ended = new Promise<void>(resolve => {
        end = resolve
      })
      let running = 0
      const attempt = async () => {
        running++
        await ended
        if (succeeds) return 'fine'
        throw new Failure({ kind: 'timeout', delivery: 'unknown' }, () => new Error())
      }
      const call = { clock: { now: () => time.now } } as Call
      const all = Array.from({ length: number }, () =>
        circuit.run(telling(attempt), call).catch(({ outcome }) => outcome.kind),
      )
      await new Promise(resolve => setImmediate(resolve))
      expect(running).toBe(1)
      end()
      expect((await Promise.all(all)).slice(1)).toEqual(Array(number - 1).fill('circuit-open'))
      expect(circuit.state).toBe(succeeds ? 'closed' : 'open')
    }),
    { numRuns: 60 },
  )
})
