/** Who has the last word: library < class < method < guise < guise's method < call, for each setting by itself. */
import {
  Bulkhead,
  Call,
  type CallOptions,
  CircuitBreaker,
  createClient,
  describe as described,
  Get,
  Idempotent,
  type Origin,
  type PolicyOptions,
  Post,
  Retry,
  remote,
  Timeout,
} from 'guise'
import { testClock } from 'guise/testing'
import { describe, expect, test } from 'vitest'
import { run, service, url } from './support.js'

type Where = Exclude<Origin, 'default' | 'call'>
const ORDER: readonly Where[] = ['class', 'method', 'guise', "guise's method"]
type Said = { readonly [K in Where]?: PolicyOptions }

const decorators = {
  timeout: Timeout,
  retry: Retry,
  circuitBreaker: CircuitBreaker,
  bulkhead: Bulkhead,
} as const

/** A client for which each layer has said this. */
function clientOf(said: Said, ...steps: Parameters<typeof service>[1][]) {
  class Api {
    @Get('/x') get(@Call() options?: CallOptions): Promise<unknown> {
      return remote(options)
    }
    @Get('/y') other(): Promise<unknown> {
      return remote()
    }
  }
  for (const [key, value] of Object.entries(said.class ?? {})) decorate(key, value)(Api)
  for (const [key, value] of Object.entries(said.method ?? {})) decorate(key, value)(Api.prototype, 'get')
  const clock = testClock()
  const transport = service(clock, ...steps)
  const methods = said["guise's method"]
  const api = createClient(Api, {
    url,
    clock,
    transport,
    ...said.guise,
    ...(methods && { methods: { get: methods } }),
  })
  return { api, clock, transport }
}

const decorate = (key: string, value: unknown) =>
  decorators[key as keyof typeof decorators](value as never) as (target: object, key?: string) => void

/** What `describe` says of one setting of `get`, or of `other`. */
function setting(said: Said, policy: string, name: string, method = 'get') {
  const chain = described(clientOf(said).api).methods.find(one => one.method === `Api.${method}`)?.chain
  return chain?.find(stage => stage.policy === policy)?.settings[name]
}

/** Every choice of layers that may say something. */
const choices = Array.from({ length: 2 ** ORDER.length }, (_, bits) =>
  ORDER.filter((_, i) => bits & (1 << i)),
)

type Row = readonly [
  policy: string,
  shown: string,
  say: (value: unknown) => PolicyOptions,
  values: readonly [unknown, unknown, unknown, unknown],
  byDefault: unknown,
]
const times = [1001, 1002, 1003, 1004] as const
const lists = [[500], [502], [503], [504]] as const
const budgets = [{ ratio: 1 }, { ratio: 2 }, { perSecond: 3 }, false] as const

const rows: Row[] = [
  ['total timeout', 'ms', total => ({ timeout: { total } as never }), times, 15_000],
  ['total timeout', 'ms', total => ({ timeout: total as never }), times, 15_000],
  ['attempt timeout', 'ms', attempt => ({ timeout: { attempt } as never }), times, 5000],
  ['transport', 'connect', connect => ({ timeout: { connect } as never }), times, 2000],
  ['retry', 'retries', retries => ({ retry: { retries } as never }), [1, 3, 4, 5], 2],
  ['retry', 'minDelay', minDelay => ({ retry: { minDelay } as never }), times, 100],
  ['retry', 'maxDelay', maxDelay => ({ retry: { maxDelay } as never }), times, 2000],
  ['retry', 'on', on => ({ retry: { on } as never }), lists, undefined],
  ['retry', 'budget', budget => ({ retry: { budget } as never }), budgets, { ratio: 0.2, perSecond: 10 }],
  ...(
    [
      ['volume', [1, 2, 3, 4]],
      ['errorThreshold', [1, 2, 3, 4]],
      ['window', [1000, 2000, 3000, 4000]],
      ['resetAfter', times],
      ['scope', ['target', 'method', 'target', 'method']],
      ['counts', lists],
    ] as const
  ).map(
    ([name, values]): Row => [
      'circuit breaker',
      name,
      value => ({ circuitBreaker: { [name]: value } as never }),
      values,
      undefined,
    ],
  ),
  ['bulkhead', 'concurrent', concurrent => ({ bulkhead: { concurrent } as never }), [1, 2, 3, 4], undefined],
]

test.each(rows)('%s: %s', (policy, name, say, values, byDefault) => {
  for (const layers of choices) {
    const said = Object.fromEntries(layers.map(where => [where, say(values[ORDER.indexOf(where)])]))
    const nearest = layers.at(-1)
    const expected =
      nearest === undefined
        ? byDefault === undefined
          ? undefined
          : { value: byDefault, from: 'default' }
        : { value: values[ORDER.indexOf(nearest)], from: nearest }
    expect(setting(said, policy, name)).toEqual(expected)
    // What a method says, here or there, is for that method alone.
    const shared = layers.filter(where => where === 'class' || where === 'guise').at(-1)
    const forOther = setting(said, policy, name, 'other')
    if (shared !== undefined) expect(forOther).toEqual({ value: values[ORDER.indexOf(shared)], from: shared })
    else expect(forOther?.from).toBe(byDefault === undefined ? undefined : 'default')
  }
})

describe('a policy', () => {
  const options = {
    retry: { retries: 9 },
    circuitBreaker: { volume: 9 },
    bulkhead: { concurrent: 9 },
  } as const
  const keys = ['retry', 'circuitBreaker', 'bulkhead'] as const
  const stages = { retry: 'retry', circuitBreaker: 'circuit breaker', bulkhead: 'bulkhead' } as const

  test.each(keys)(
    '%s that is off at one layer is on again at a nearer one, with what was said farther off',
    key => {
      for (const [i, where] of ORDER.entries()) {
        for (const off of ORDER.slice(0, i)) {
          const name = Object.keys(options[key])[0] as string
          expect(
            setting({ [off]: { [key]: options[key] }, [where]: { [key]: false } }, stages[key], name),
          ).toBeUndefined()
          const again = { [off]: { [key]: false }, [where]: { [key]: options[key] } }
          expect(setting(again, stages[key], name)).toEqual({ value: 9, from: where })
        }
      }
    },
  )

  test('true is on, with what was said farther off', () => {
    const said: Said = {
      class: { circuitBreaker: { volume: 7 } },
      method: { circuitBreaker: false },
      guise: { circuitBreaker: true },
    }
    expect(setting(said, 'circuit breaker', 'volume')).toEqual({ value: 7, from: 'class' })
    const bare = setting({ guise: { circuitBreaker: true } }, 'circuit breaker', 'volume')
    expect(bare).toEqual({ value: 10, from: 'default' })
  })

  test('of a subclass adds to that of its parent, member by member', () => {
    @Retry({ retries: 5, minDelay: 7 })
    class Parent {
      @Get('/x') get(): Promise<unknown> {
        return remote()
      }
    }
    @Retry({ retries: 1 })
    class Child extends Parent {}
    const { settings } =
      described(createClient(Child, { url })).methods[0]?.chain.find(({ policy }) => policy === 'retry') ?? {}
    expect(settings).toMatchObject({
      retries: { value: 1, from: 'class' },
      minDelay: { value: 7, from: 'class' },
    })
  })
})

describe('the call', () => {
  test('has the last word on each timeout', async () => {
    const everywhere = Object.fromEntries(
      ORDER.map(where => [where, { timeout: { connect: 900, attempt: 900, total: 900 } }]),
    )
    const { api, clock, transport } = clientOf(everywhere)
    const seen = async (timeout: NonNullable<CallOptions['timeout']>) => {
      await run(clock, api.get({ timeout }))
      const { connectTimeout, timeout: time, timeoutPhase } = transport.requests.at(-1)?.options ?? {}
      return [connectTimeout, time, timeoutPhase]
    }
    expect(await seen({})).toEqual([900, 900, 'total'])
    expect(await seen({ connect: 50 })).toEqual([50, 900, 'total'])
    expect(await seen({ attempt: 70 })).toEqual([900, 70, 'attempt'])
    expect(await seen({ total: 2000 })).toEqual([900, 900, 'attempt'])
    expect(await seen(60)).toEqual([60, 60, 'total'])
    expect(await seen({ connect: undefined, total: 80 } as never)).toEqual([80, 80, 'total'])
  })

  test('has the last word on retries', async () => {
    const everywhere = Object.fromEntries(ORDER.map(where => [where, { retry: { retries: 1, on: [500] } }]))
    const { api, clock, transport } = clientOf(everywhere, { status: 500 })
    const sent = async (options: CallOptions) => {
      transport.reset()
      await run(clock, api.get(options))
      return transport.requests.length
    }
    expect(await sent({})).toBe(2)
    expect(await sent({ retry: { retries: 3 } })).toBe(4)
    expect(await sent({ retry: false })).toBe(1)
  })
})

test('where decorators stand makes no difference', () => {
  const all = [
    Timeout(1000),
    Retry({ retries: 3 }),
    CircuitBreaker({ volume: 3 }),
    Bulkhead({ concurrent: 3 }),
    Idempotent(),
    Post('/x'),
  ] as ((target: object, key: string) => void)[]
  const orders = permutations(all)
  const texts = orders.map(order => {
    class Api {
      get(): Promise<unknown> {
        return remote()
      }
    }
    for (const decorator of order) decorator(Api.prototype, 'get')
    return String(described(createClient(Api, { url })))
  })
  expect(orders).toHaveLength(720)
  expect([...new Set(texts)]).toHaveLength(1)
  expect(texts[0]).toMatch(
    /total timeout.*retry.*circuit breaker.*bulkhead.*attempt timeout.*transport.*decode/s,
  )
})

function permutations<T>(list: readonly T[]): T[][] {
  if (list.length < 2) return [[...list]]
  return list.flatMap((one, i) => permutations(list.toSpliced(i, 1)).map(rest => [one, ...rest]))
}
