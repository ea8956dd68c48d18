/** What an open circuit does to calls, how it closes again, and how much is known of one probe. */
import { CircuitOpenError, circuitsOf } from 'guise'
import { describe, expect, test } from 'vitest'
import { bad, circuit, errorIn, failing, good, hanging, off, run, type Step, stage, url } from './support.js'

describe('an open circuit', () => {
  test('turns calls away at once, says for how long, and sends nothing', async () => {
    const { call, calls, clock, transport, probe } = circuit({ volume: 2, resetAfter: 7000 }, bad)
    await calls(2)
    await clock.advance(2500)
    const error = errorIn(await call()) as CircuitOpenError
    expect(error).toBeInstanceOf(CircuitOpenError)
    expect(error).toMatchObject({
      code: 'GUISE_CIRCUIT_OPEN',
      retryAfter: 4500,
      attempts: 0,
      delivery: 'not-sent',
    })
    expect(error.message).toContain(
      'Probe.get: the circuit breaker is open; it lets a probe through in 4500 ms',
    )
    expect([transport.requests.length, clock.now()]).toEqual([2, 2500])
    expect(circuitsOf(probe)).toEqual([
      {
        target: url,
        method: undefined,
        state: 'open',
        retryAfter: 4500,
        successes: 0,
        failures: 2,
        rejected: 1,
      },
    ])
  })

  test('turns a call away once, whatever its retries', async () => {
    const { probe, outcome } = stage(
      { circuitBreaker: { volume: 1, errorThreshold: 0 }, retry: { retries: 5 } },
      { status: 503 },
    )
    await outcome(probe.get())
    for (let i = 0; i < 3; i++) await outcome(probe.get())
    expect(circuitsOf(probe)).toMatchObject([{ state: 'open', failures: 1, rejected: 3 }])
  })

  test('ends retrying at once, with the failure that opened it', async () => {
    const { probe, transport, clock, error } = stage(
      { circuitBreaker: { volume: 2, errorThreshold: 0 }, retry: { retries: 5 } },
      { status: 503 },
    )
    const failed = await error(probe.get())
    expect(failed).toMatchObject({ code: 'GUISE_HTTP', status: 503, attempts: 2 })
    expect([transport.requests.length, transport.times[1], clock.pending]).toEqual([2, clock.now(), 0])
    const turnedAway = clock.now()
    expect(await error(probe.get())).toBeInstanceOf(CircuitOpenError)
    expect(clock.now()).toBe(turnedAway)
  })

  test('meets a retry that was waiting, and the error tells of the attempt before', async () => {
    const { probe, clock, transport } = stage(
      { circuitBreaker: { volume: 2, errorThreshold: 0 } },
      { status: 503 },
    )
    const first = probe.get()
    first.catch(() => {})
    await clock.advance(0)
    const second = probe.get().catch(error => error)
    const error = errorIn(await run(clock, first)) as CircuitOpenError
    expect(error).toBeInstanceOf(CircuitOpenError)
    expect(error).toMatchObject({
      attempts: 1,
      delivery: 'unknown',
      history: [{ failure: 'HTTP 503', at: 0 }],
    })
    expect(await second).toMatchObject({ status: 503 })
    expect(transport.requests).toHaveLength(2)
  })

  test('is not asked for a bad argument, and takes no place in it', async () => {
    const { probe, error, calls } = circuit({ volume: 1, errorThreshold: 0 }, bad)
    await calls(1)
    expect(await error(probe.keyed('no key'))).toMatchObject({ code: 'GUISE_ARGUMENT' })
    expect(circuitsOf(probe)).toMatchObject([{ rejected: 0 }])
  })
})

test('what fails late, of calls from before it opened, neither counts nor lengthens its time', async () => {
  const { probe, clock } = stage({ ...off, circuitBreaker: { volume: 2, resetAfter: 1000 } }, hanging)
  for (const attempt of [100, 200, 700, 1250]) probe.get({ timeout: { attempt } }).catch(() => {})
  await clock.advance(200)
  expect(circuitsOf(probe)).toMatchObject([{ state: 'open', retryAfter: 1000, failures: 2 }])
  await clock.advance(500)
  expect(circuitsOf(probe)).toMatchObject([{ state: 'open', retryAfter: 500, failures: 2 }])
  await clock.advance(600)
  expect(circuitsOf(probe)).toMatchObject([{ state: 'half-open', retryAfter: 0, failures: 2 }])
})

describe('after resetAfter', () => {
  const options = { volume: 2, resetAfter: 1000 }
  /** Takes the steps once it is open. */
  const opened = async (...steps: readonly Step[]) => {
    const made = circuit(options, bad, bad, ...steps)
    await made.calls(2)
    expect(made.state()).toBe('open')
    await made.clock.advance(1000)
    expect(made.state()).toBe('half-open')
    return made
  }

  test('a probe that succeeds closes it, and what was before is forgotten', async () => {
    const made = await opened(good, bad, good)
    await made.calls(1)
    expect(circuitsOf(made.probe)).toMatchObject([
      { state: 'closed', retryAfter: 0, successes: 1, failures: 0 },
    ])
    await made.calls(1)
    expect(made.state()).toBe('closed')
    await made.calls(20)
    expect([made.state(), made.transport.requests.length]).toEqual(['closed', 24])
  })

  test.each<readonly [string, Step]>([
    ['404', { status: 404 }],
    ['429', { status: 429 }],
    ['broken JSON', { headers: { 'content-type': 'application/json' }, body: '{' }],
  ])('a probe that ends in %s closes it, for the service works', async (_what, step) => {
    const made = await opened(step)
    await made.calls(1)
    expect(made.state()).toBe('closed')
  })

  test('not a millisecond before', async () => {
    const made = circuit(options, bad)
    await made.calls(2)
    await made.clock.advance(999)
    await made.calls(1)
    expect([made.state(), made.transport.requests.length]).toEqual(['open', 2])
    await made.clock.advance(1)
    await made.calls(1)
    expect(made.transport.requests).toHaveLength(3)
  })

  test('it lets exactly one call through, and turns the others away while that one lasts', async () => {
    const { probe, clock, transport } = await opened(hanging)
    const calls = Array.from({ length: 50 }, () => probe.get().catch((error: unknown) => error))
    await clock.advance(0)
    expect(transport.requests).toHaveLength(3)
    const outcomes = (await run(clock, Promise.all(calls))) as {
      value: { code: string; retryAfter?: number }[]
    }
    const codes = outcomes.value.map(({ code }) => code)
    expect(codes).toEqual(['GUISE_TIMEOUT', ...Array(49).fill('GUISE_CIRCUIT_OPEN')])
    expect(outcomes.value[1]?.retryAfter).toBe(0)
  })

  test('the time doubles while probes fail, up to a minute, and falls back after a success', async () => {
    const made = circuit(
      { volume: 1, errorThreshold: 0, resetAfter: 10_000 },
      ...Array(7).fill(bad),
      good,
      bad,
    )
    const waits: number[] = []
    for (let i = 0; i < 7; i++) {
      await made.calls(1)
      const [snapshot] = circuitsOf(made.probe)
      waits.push(snapshot?.retryAfter ?? 0)
      await made.clock.advance(snapshot?.retryAfter ?? 0)
    }
    expect(waits).toEqual([10_000, 20_000, 40_000, 60_000, 60_000, 60_000, 60_000])
    await made.calls(1)
    expect(made.state()).toBe('closed')
    await made.calls(1)
    expect(circuitsOf(made.probe)).toMatchObject([{ state: 'open', retryAfter: 10_000 }])
  })

  test('a time of more than a minute stays what it is', async () => {
    const made = circuit({ volume: 1, errorThreshold: 0, resetAfter: 90_000 }, bad)
    await made.calls(1)
    await made.clock.advance(90_000)
    await made.calls(1)
    expect(circuitsOf(made.probe)).toMatchObject([{ state: 'open', retryAfter: 90_000 }])
  })
})

describe('a probe of which nothing is known', () => {
  const open = async (more: Parameters<typeof stage>[0], ...steps: readonly Step[]) => {
    const made = stage(
      { ...off, circuitBreaker: { volume: 1, errorThreshold: 0, resetAfter: 1000 }, ...more },
      bad,
      ...steps,
    )
    await made.outcome(made.probe.get())
    await made.clock.advance(1000)
    return made
  }
  const half = { state: 'half-open', retryAfter: 0, failures: 1 }

  test('since its caller gave up neither closes the circuit nor lengthens its time', async () => {
    const { probe, clock, outcome } = await open({}, hanging, bad, good)
    const controller = new AbortController()
    const call = probe.get({ signal: controller.signal })
    await clock.advance(0)
    controller.abort('mine')
    await expect(call).rejects.toBe('mine')
    expect(circuitsOf(probe)).toMatchObject([half])
    await outcome(probe.get())
    expect(circuitsOf(probe)).toMatchObject([{ state: 'open', retryAfter: 2000, failures: 2 }])
    await clock.advance(2000)
    await outcome(probe.get())
    expect(circuitsOf(probe)).toMatchObject([{ state: 'closed' }])
  })

  test('since the bulkhead was full does not close it', async () => {
    const circuitBreaker = { volume: 1, errorThreshold: 0, resetAfter: 1000, scope: 'method' } as const
    const { probe, clock, outcome } = await open({ circuitBreaker, bulkhead: { concurrent: 1 } }, hanging)
    const other = probe.put().catch(error => error)
    await clock.advance(0)
    expect(await outcome(probe.get())).toMatchObject({ error: { code: 'GUISE_BULKHEAD_FULL' } })
    expect(circuitsOf(probe).find(({ method }) => method === 'Probe.get')).toMatchObject(half)
    await run(clock, other)
  })

  test('since an interceptor failed does not close it', async () => {
    let failing = false
    const { probe, outcome } = await open(
      {
        use: [
          async (request, next) => {
            if (failing) throw new RangeError('of my own')
            return next(request)
          },
        ],
      },
      good,
    )
    failing = true
    expect(await outcome(probe.get())).toMatchObject({ error: { message: 'of my own' } })
    expect(circuitsOf(probe)).toMatchObject([half])
    failing = false
    await outcome(probe.get())
    expect(circuitsOf(probe)).toMatchObject([{ state: 'closed' }])
  })

  test('since its request was no HTTP does not close it', async () => {
    const { probe, outcome } = await open(
      {},
      failing({ sent: false, cause: { code: 'UND_ERR_INVALID_ARG' } }),
    )
    await outcome(probe.get())
    expect(circuitsOf(probe)).toMatchObject([half])
  })
})
