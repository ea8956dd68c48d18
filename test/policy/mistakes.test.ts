/** Wrong settings of policies: refused when the guise is made, all at once, each named by its place. */
import {
  Bulkhead,
  Call,
  type CallOptions,
  CircuitBreaker,
  createClient,
  DeclarationError,
  Get,
  Retry,
  remote,
  Timeout,
} from 'guise'
import { describe, expect, test } from 'vitest'
import { Probe, stage, url } from './support.js'

type Row = readonly [key: 'timeout' | 'retry' | 'circuitBreaker' | 'bulkhead', value: unknown, rule: string]
const time = 'must be a number of milliseconds from 1 to 2147483647, or { connect, attempt, total }'
const retry = 'must be { retries, minDelay, maxDelay, on, budget } or false'
const breaker = 'must be { volume, errorThreshold, window, resetAfter, scope, counts }, true or false'

const rows: readonly Row[] = [
  ...[0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '5', null, true, [5]].map(
    (value): Row => ['timeout', value, `timeout ${time}`],
  ),
  ['timeout', { total: 0 }, 'timeout.total must be at least 1'],
  ['timeout', { attempt: 2 ** 31 }, 'timeout.attempt must be at most 2147483647'],
  ['timeout', { connect: '5' }, 'timeout.connect must be a number of milliseconds'],
  ...[true, 3, null, 'no', []].map((value): Row => ['retry', value, `retry ${retry}`]),
  ['retry', { retries: -1 }, 'retry.retries must be at least 0'],
  ['retry', { retries: 21 }, 'retry.retries must be at most 20'],
  ['retry', { retries: 1.5 }, 'retry.retries must be a whole number'],
  ['retry', { retries: Number.POSITIVE_INFINITY }, 'retry.retries must be a whole number'],
  ['retry', { minDelay: 0 }, 'retry.minDelay must be at least 1'],
  ['retry', { maxDelay: 'long' }, 'retry.maxDelay must be a number of milliseconds'],
  ['retry', { on: 503 }, 'retry.on must be a list of statuses'],
  ['retry', { on: [503, 99] }, 'retry.on.1 must be at least 100'],
  ['retry', { budget: true }, 'retry.budget must be { ratio, perSecond } or false'],
  ['retry', { budget: { ratio: -0.1 } }, 'retry.budget.ratio must be at least 0'],
  ['retry', { budget: { perSecond: 'ten' } }, 'retry.budget.perSecond must be a number'],
  ...[5, 'on', null].map((value): Row => ['circuitBreaker', value, `circuitBreaker ${breaker}`]),
  ['circuitBreaker', { volume: 0 }, 'circuitBreaker.volume must be at least 1'],
  ['circuitBreaker', { errorThreshold: 100 }, 'circuitBreaker.errorThreshold must be at most 99'],
  ['circuitBreaker', { errorThreshold: Number.NaN }, 'circuitBreaker.errorThreshold must be a number'],
  ['circuitBreaker', { window: 999 }, 'circuitBreaker.window must be at least 1000'],
  ['circuitBreaker', { resetAfter: 0 }, 'circuitBreaker.resetAfter must be at least 1'],
  ['circuitBreaker', { scope: 'host' }, "circuitBreaker.scope must be 'target' or 'method'"],
  ['circuitBreaker', { counts: [600] }, 'circuitBreaker.counts.0 must be at most 599'],
  ...[true, 5, null].map(
    (value): Row => ['bulkhead', value, 'bulkhead must be { concurrent, queue } or false'],
  ),
  ['bulkhead', {}, 'bulkhead.concurrent must be a whole number'],
  ['bulkhead', { concurrent: 0 }, 'bulkhead.concurrent must be at least 1'],
  ['bulkhead', { concurrent: 1, queue: -1 }, 'bulkhead.queue must be at least 0'],
]

const decorators = {
  timeout: Timeout,
  retry: Retry,
  circuitBreaker: CircuitBreaker,
  bulkhead: Bulkhead,
} as const
type Decorate = (target: object, key?: string) => void

function mistakesOf(make: () => unknown) {
  try {
    make()
  } catch (error) {
    expect(error).toBeInstanceOf(DeclarationError)
    return (error as DeclarationError).mistakes
  }
  throw new Error('it should have been refused')
}

function declared(decorate: (Api: new () => object) => void) {
  class Api {
    @Get('/x') get(@Call() options?: CallOptions): Promise<unknown> {
      return remote(options)
    }
  }
  decorate(Api)
  return () => createClient(Api, { url })
}

describe.each(rows)('%s: %j', (key, value, rule) => {
  const decorator = decorators[key](value as never) as Decorate

  test('as a decorator of a class', () => {
    expect(mistakesOf(declared(Api => decorator(Api)))).toEqual([{ rule, where: 'Api' }])
  })
  test('as a decorator of a method', () => {
    expect(mistakesOf(declared(Api => decorator(Api.prototype, 'get')))).toEqual([{ rule, where: 'Api.get' }])
  })
  test('as an option', () => {
    const where = 'createClient(Probe, options)'
    expect(mistakesOf(() => createClient(Probe, { url, [key]: value }))).toEqual([{ rule, where }])
    const methods = { get: { [key]: value } } as never
    expect(mistakesOf(() => createClient(Probe, { url, methods }))).toEqual([
      { rule: `methods.get.${rule}`, where },
    ])
  })
})

test.each<readonly [string, object, string, string]>([
  ['timeout', { totl: 1 }, 'timeout has no totl', 'there is no option timeout.totl; did you mean total?'],
  [
    'retry',
    { retires: 1 },
    'retry has no retires',
    'there is no option retry.retires; did you mean retries?',
  ],
  ['retry', { budget: { rate: 1 } }, 'retry.budget has no rate', 'there is no option retry.budget.rate'],
  [
    'circuitBreaker',
    { treshold: 1 },
    'circuitBreaker has no treshold',
    'there is no option circuitBreaker.treshold',
  ],
])('%s: %j has a name that is unknown', (key, value, ofDecorator, ofOption) => {
  const decorator = decorators[key as keyof typeof decorators](value as never) as Decorate
  expect(mistakesOf(declared(Api => decorator(Api)))[0]?.rule).toBe(ofDecorator)
  expect(mistakesOf(() => createClient(Probe, { url, [key]: value }))[0]?.rule).toBe(ofOption)
})

test('all mistakes are told at once, each with its place', () => {
  const make = declared(Api => {
    ;(Timeout(0) as Decorate)(Api)
    ;(Retry({ retries: -1, minDelay: -1 }) as Decorate)(Api)
    ;(Bulkhead({ concurrent: 0 }) as Decorate)(Api.prototype, 'get')
  })
  expect(mistakesOf(make)).toEqual([
    { rule: `timeout ${time}`, where: 'Api' },
    { rule: 'retry.retries must be at least 0', where: 'Api' },
    { rule: 'retry.minDelay must be at least 1', where: 'Api' },
    { rule: 'bulkhead.concurrent must be at least 1', where: 'Api.get' },
  ])
})

test('a decorator that stands twice is one too many', () => {
  const twice = (target: object, key?: string) => {
    for (let i = 1; i < 3; i++) (Timeout(i) as Decorate)(target, key)
  }
  expect(mistakesOf(declared(Api => twice(Api)))).toEqual([{ rule: '@Timeout stands twice', where: 'Api' }])
  const where = 'Api.get'
  expect(mistakesOf(declared(Api => twice(Api.prototype, 'get')))).toEqual([
    { rule: '@Timeout stands twice', where },
  ])
})

test.each<readonly [string, object, string]>([
  ['an unknown method', { methods: { gett: {} } }, 'no route is named methods.gett; did you mean get?'],
  [
    'an unknown policy',
    { methods: { get: { retri: {} } } },
    'there is no option methods.get.retri; did you mean retry?',
  ],
  ['an unknown fallback', { fallback: { gett: () => 1 } }, 'fallback.gett is no route; did you mean get?'],
  ['a fallback that is no function', { fallback: { get: 1 } }, 'fallback.get must be a function'],
  ['no interceptor', { use: [1] }, 'use.0 must be a function'],
  ['half a transport', { transport: { send: () => {} } }, 'transport must be a Transport'],
  ['half a clock', { clock: { now: () => 0, setTimeout, clearTimeout } }, 'clock must be a Clock'],
])('%s is refused', (_what, options, rule) => {
  expect(mistakesOf(() => createClient(Probe, { url, ...options }))).toEqual([
    { rule, where: 'createClient(Probe, options)' },
  ])
})

test.each<readonly [unknown, string]>([
  [{ timeout: 0 }, `timeout ${time}`],
  [{ timeout: { total: -1 } }, 'timeout.total must be at least 1'],
  [{ retry: { retries: 99 } }, 'retry.retries must be at most 20'],
  [{ retry: true }, `retry ${retry}`],
  [{ signal: {} }, 'signal must be an AbortSignal'],
  [{ headers: 'x' }, 'headers must be a record'],
  [{ tags: 'x' }, 'tags must be a record'],
  [{ timeOut: 5 }, 'has no option timeOut'],
  [5, 'must be an object of call options'],
])('of a call, %j rejects it with nothing sent', async (options, rule) => {
  const { probe, transport, error } = stage({})
  const failed = await error(probe.get(options as never))
  expect(failed).toMatchObject({ code: 'GUISE_ARGUMENT', rule, parameter: 1, delivery: 'not-sent' })
  expect(failed.message).toContain('@Call()')
  expect(transport.requests).toHaveLength(0)
})
