// Chaos: what goes wrong goes wrong by a seed, and the client takes it for what a network does.
import {
  type ClientOptions,
  createClient,
  Get,
  type Interceptor,
  Param,
  Put,
  Responses,
  remote,
  text,
} from 'guise'
import { chaos, mockTransport, testClock } from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { rejection } from '../decode/support.js'

class Api {
  @Get('/a/{id}') @Responses({ 200: text() }) get(@Param('id') id: number): Promise<string> {
    return remote(id)
  }
  @Put('/b/{id}') @Responses({ 200: text() }) put(@Param('id') id: number): Promise<string> {
    return remote(id)
  }
}

function clientOf(interceptor: Interceptor, options: Partial<ClientOptions<Api>> = {}) {
  const transport = mockTransport({ body: 'well' })
  const client = createClient<Api>(Api, {
    url: 'http://h',
    transport,
    retry: false,
    use: [interceptor],
    ...options,
  })
  return { client, transport }
}

/** What befalls each of `count` calls. */
async function fates(
  interceptor: Interceptor,
  count: number,
  route: 'get' | 'put' = 'get',
): Promise<string[]> {
  const { client } = clientOf(interceptor)
  const all: string[] = []
  for (let i = 0; i < count; i++) {
    all.push(
      await client[route](i).then(
        value => value,
        (error: { status?: number; delivery: string }) => String(error.status ?? error.delivery),
      ),
    )
  }
  return all
}

const share = (all: readonly string[], what: string): number =>
  all.filter(one => one === what).length / all.length

describe('chaos', () => {
  it('of nothing does nothing', async () => {
    expect(new Set(await fates(chaos({}), 50))).toEqual(new Set(['well']))
  })

  it('is the same for the same seed, and another for another', async () => {
    const options = { failure: 0.3, lost: 0.2, status: { 503: 0.2 } }
    const first = await fates(chaos({ seed: 42, ...options }), 100)
    expect(await fates(chaos({ seed: 42, ...options }), 100)).toEqual(first)
    expect(await fates(chaos({ seed: 43, ...options }), 100)).not.toEqual(first)
    // Written down, for it has to be the same on every machine and in every version.
    expect(first.slice(0, 8)).toMatchInlineSnapshot(`
      [
        "not-sent",
        "unknown",
        "well",
        "well",
        "503",
        "unknown",
        "well",
        "503",
      ]
    `)
  })

  it('comes as often as it is told to', async () => {
    const all = await fates(chaos({ failure: 0.2, lost: 0.1, status: { 503: 0.15, 429: 0.05 } }), 4000)
    for (const [what, wanted] of [
      ['not-sent', 0.2],
      ['unknown', 0.1],
      ['503', 0.15],
      ['429', 0.05],
      ['well', 0.5],
    ] as const) {
      expect(share(all, what)).toBeGreaterThan(wanted - 0.03)
      expect(share(all, what)).toBeLessThan(wanted + 0.03)
    }
  })

  it('of one route is not changed by calls of another', async () => {
    const options = { seed: 7, failure: 0.5 }
    const alone = await fates(chaos(options), 20)
    const shared = chaos(options)
    const put = await fates(shared, 13, 'put')
    expect(await fates(shared, 20)).toEqual(alone)
    expect(put).not.toEqual(alone.slice(0, 13))
  })

  it('that is slow too fails the same calls', async () => {
    const clock = testClock()
    const { client } = clientOf(chaos({ seed: 7, failure: 0.5, delay: [10, 50], clock }), { clock })
    const all: string[] = []
    for (let i = 0; i < 20; i++) {
      const call = client.get(i).then(
        value => value,
        error => error.delivery,
      )
      await clock.advance(50)
      all.push(await call)
    }
    expect(all).toEqual(await fates(chaos({ seed: 7, failure: 0.5 }), 20))
  })

  it('touches the routes that it is told to', async () => {
    const interceptor = chaos({ failure: 1, routes: ['Api.put'] })
    expect(await fates(interceptor, 2)).toEqual(['well', 'well'])
    expect(await fates(interceptor, 2, 'put')).toEqual(['not-sent', 'not-sent'])
  })
})

describe('a failure', () => {
  it('is a refused connection: nothing was sent', async () => {
    const { client, transport } = clientOf(chaos({ failure: 1 }))
    const error = await rejection(client.get(1))
    expect(error).toMatchObject({ code: 'GUISE_CONNECTION', delivery: 'not-sent', attempts: 0 })
    expect(transport.requests).toEqual([])
  })

  it('is retried as one of a network', async () => {
    const clock = testClock()
    const { client, transport } = clientOf(chaos({ seed: 2, failure: 0.5 }), {
      clock,
      retry: { retries: 20 },
    })
    const calls = Promise.all([client.get(1), client.get(2), client.get(3)])
    await clock.advance(15_000)
    expect(await calls).toEqual(['well', 'well', 'well'])
    expect(transport.requests).toHaveLength(3)
  })
})

describe('a lost answer', () => {
  it('is one of a request that was sent', async () => {
    const { client, transport } = clientOf(chaos({ lost: 1 }))
    const error = await rejection(client.get(1))
    expect(error).toMatchObject({ code: 'GUISE_CONNECTION', delivery: 'unknown', attempts: 1 })
    expect(transport.requests).toHaveLength(1)
  })

  it('is the failure of the request where that has one', async () => {
    const transport = mockTransport(() => {
      throw new RangeError('mine')
    })
    const { client } = clientOf(chaos({ lost: 1 }), { transport })
    expect(await rejection(client.get(1))).toBeInstanceOf(RangeError)
  })
})

describe('a status', () => {
  it('goes through the response table, and nothing was sent', async () => {
    const { client, transport } = clientOf(chaos({ status: { 503: 1 } }))
    expect(await rejection(client.get(1))).toMatchObject({ code: 'GUISE_HTTP', status: 503 })
    expect(transport.requests).toEqual([])
  })
})

describe('a delay', () => {
  it('is by the clock that it is given', async () => {
    const clock = testClock()
    const { client, transport } = clientOf(chaos({ delay: 200, clock }), { clock })
    const call = client.get(1)
    await clock.advance(199)
    expect(transport.requests).toEqual([])
    await clock.advance(1)
    expect(await call).toBe('well')
    expect(clock.pending).toBe(0)
  })

  it('is drawn from a range', async () => {
    const clock = testClock()
    const { client } = clientOf(chaos({ delay: [100, 200], clock }), { clock })
    const waits: number[] = []
    for (let i = 0; i < 50; i++) {
      const before = clock.now()
      const call = client.get(i).then(() => waits.push(clock.now() - before))
      await clock.next()
      await call
    }
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(100)
    expect(Math.max(...waits)).toBeLessThan(200)
    expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(80)
  })

  it('longer than the attempt may take is a timeout', async () => {
    const clock = testClock()
    const { client, transport } = clientOf(chaos({ delay: 200, clock }), {
      clock,
      timeout: { attempt: 100, total: 150 },
    })
    const call = rejection(client.get(1))
    await clock.advance(150)
    expect(await call).toMatchObject({ code: 'GUISE_TIMEOUT', phase: 'attempt', delivery: 'not-sent' })
    await clock.advance(1000)
    expect(transport.requests).toEqual([])
  })
})

describe('chaos refuses', () => {
  it.each<[string, Parameters<typeof chaos>[0]]>([
    ['failure is a share from 0 to 1', { failure: 1.1 }],
    ['lost is a share from 0 to 1', { lost: -0.1 }],
    ['failure is a share from 0 to 1', { failure: Number.NaN }],
    ['status 503 is a share from 0 to 1', { status: { 503: 2 } }],
    ['99 is no status', { status: { 99: 0.1 } }],
    ['the shares make more than 1 together', { failure: 0.6, lost: 0.3, status: { 503: 0.2 } }],
    ['a delay is a number of milliseconds', { delay: -1 }],
    ['a delay is a number of milliseconds', { delay: [2, 1] }],
    ['a delay is a number of milliseconds', { delay: Number.POSITIVE_INFINITY }],
  ])('%s', (message, options) => {
    expect(() => chaos(options)).toThrow(RangeError)
    expect(() => chaos(options)).toThrow(`chaos: ${message}`)
  })

  it('no shares that make 1 exactly, though their sum is not', () => {
    expect(() => chaos({ failure: 0.1, lost: 0.2, status: { 503: 0.7 } })).not.toThrow()
  })
})
