/** The total deadline over all that is not the transport's: schemas that are asynchronous, before and after the request. */
import {
  Body,
  Call,
  type CallOptions,
  circuitsOf,
  createClient,
  Get,
  type PolicyOptions,
  Post,
  Responses,
  remote,
  type Schema,
} from 'guise'
import { testClock } from 'guise/testing'
import { describe, expect, test } from 'vitest'
import { hanging, off, reset, run, type Step, service, stage, url } from './support.js'

/** A schema that takes its time: it never ends, or ends when the test says so. */
function slow(): { schema: Schema; end: (result: { value: unknown }) => void } {
  let end: (result: { value: unknown }) => void = () => {}
  const ended = new Promise<{ value: unknown }>(resolve => {
    end = resolve
  })
  return {
    schema: { '~standard': { version: 1, vendor: 'test', validate: () => ended } },
    end: value => end(value),
  }
}

const json: Step = { headers: { 'content-type': 'application/json' }, body: '{}' }

function made(options: PolicyOptions, ...steps: readonly Step[]) {
  const { schema, end } = slow()
  class Api {
    @Get('/out') @Responses({ 200: schema }) out(@Call() options?: CallOptions): Promise<unknown> {
      return remote(options)
    }
    @Post('/in') in(@Body(schema) body: unknown, @Call() options?: CallOptions): Promise<unknown> {
      return remote(body, options)
    }
  }
  const clock = testClock()
  const transport = service(clock, ...steps)
  const api = createClient(Api, { url, clock, transport, ...options })
  return { api, clock, transport, end }
}

describe('a schema that never ends', () => {
  test('for the body of the response: the deadline does, and the answer had come', async () => {
    const { api, clock, transport } = made({ timeout: 700, circuitBreaker: true }, json)
    const { error } = (await run(clock, api.out())) as { error: Error }
    expect(error).toMatchObject({ code: 'GUISE_TIMEOUT', phase: 'total', attempts: 1, delivery: 'answered' })
    expect([clock.now(), clock.pending, transport.requests.length]).toEqual([700, 0, 1])
    expect(circuitsOf(api)).toMatchObject([{ failures: 0, successes: 0 }])
  })

  test('for the body of the request: the deadline does, and nothing was sent', async () => {
    const { api, clock, transport } = made({ timeout: 700 }, json)
    const { error } = (await run(clock, api.in({}))) as { error: Error }
    expect(error).toMatchObject({ code: 'GUISE_TIMEOUT', phase: 'total', attempts: 0, delivery: 'not-sent' })
    expect([clock.now(), clock.pending, transport.requests.length]).toEqual([700, 0, 0])
  })

  test('is ended by an abort, on either side', async () => {
    for (const side of ['in', 'out'] as const) {
      const { api, clock } = made({}, json)
      const controller = new AbortController()
      const options = { signal: controller.signal }
      const call = side === 'in' ? api.in({}, options) : api.out(options)
      call.catch(() => {})
      await clock.advance(50)
      controller.abort('mine')
      await expect(call).rejects.toBe('mine')
      expect(clock.pending).toBe(0)
    }
  })
})

test('a schema that ends in time leaves no timer', async () => {
  const { api, clock, end } = made({}, json)
  const calls = [api.out(), api.in({})]
  await clock.advance(100)
  expect(clock.pending).toBe(2)
  end({ value: 'checked' })
  expect(await Promise.all(calls)).toEqual(['checked', {}])
  expect(clock.pending).toBe(0)
})

test('what is late changes nothing any more', async () => {
  const { api, clock, transport, end } = made({ timeout: 700 }, json)
  await run(clock, api.in({}))
  end({ value: {} })
  await clock.advance(1000)
  expect(transport.requests).toHaveLength(0)
})

describe('an attempt', () => {
  test('gets its own timeout, or what is left of the total', async () => {
    const { probe, transport, outcome } = stage(
      { timeout: { connect: 900, attempt: 2000, total: 5000 } },
      reset,
    )
    await outcome(probe.get())
    expect(transport.requests[0]?.options).toMatchObject({
      connectTimeout: 900,
      timeout: 2000,
      timeoutPhase: 'attempt',
    })
    const short = stage({}, reset)
    await short.outcome(short.probe.get({ timeout: 500 }))
    expect(short.transport.requests[0]?.options).toMatchObject({
      connectTimeout: 500,
      timeout: 500,
      timeoutPhase: 'total',
    })
  })

  test('that times out is repeated while the total lasts', async () => {
    const { probe, transport, error, clock } = stage({ timeout: { attempt: 1000, total: 60_000 } }, hanging)
    expect(await error(probe.get())).toMatchObject({ phase: 'attempt', attempts: 3, delivery: 'unknown' })
    expect([transport.requests.length, clock.pending]).toEqual([3, 0])
    const unsafe = stage({ ...off, timeout: { attempt: 1000 } }, hanging)
    expect(await unsafe.error(unsafe.probe.post())).toMatchObject({ attempts: 1, delivery: 'unknown' })
  })

  test('of the defaults ends after five seconds, and the call within fifteen', async () => {
    const { probe, transport, error, clock } = stage({}, hanging)
    expect(await error(probe.get())).toMatchObject({ code: 'GUISE_TIMEOUT', attempts: 3 })
    expect(transport.requests.map(({ options }) => options.connectTimeout)).toEqual([2000, 2000, 2000])
    expect(transport.requests[0]?.options).toMatchObject({ timeout: 5000, timeoutPhase: 'attempt' })
    expect(clock.now()).toBe(15_000)
  })
})
