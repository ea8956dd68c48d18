/** Addresses that are found for each call: by a function, or by the call's own URL. */
import { Call, type CallOptions, createClient, Get, remote, Url } from 'guise'
import { type MockRequest, testClock } from 'guise/testing'
import { describe, expect, test } from 'vitest'
import { good, run, type Step, service, stage } from './support.js'

const [a, b, c] = ['http://a.test', 'http://b.test', 'http://c.test'] as const
const hosts = (requests: readonly MockRequest[]) => requests.map(({ origin }) => origin.slice(7, 8)).join('')

describe('a function', () => {
  test('is asked for each call, within its deadline', async () => {
    const seen: unknown[] = []
    const { probe, transport, outcome } = stage(
      {
        url: async call => {
          seen.push(call)
          return seen.length === 1 ? a : [b, c]
        },
      },
      good,
    )
    await outcome(probe.get())
    await outcome(probe.put())
    expect(seen).toEqual([
      { client: 'probe', method: 'Probe.get' },
      { client: 'probe', method: 'Probe.put' },
    ])
    expect(hosts(transport.requests)).toMatch(/^a[bc]$/)
    const slow = stage({ url: () => new Promise(() => {}), timeout: 300 })
    expect(await slow.error(slow.probe.get())).toMatchObject({
      code: 'GUISE_TIMEOUT',
      phase: 'total',
      attempts: 0,
      delivery: 'not-sent',
    })
    expect(slow.clock.now()).toBe(300)
  })

  test.each([
    ['no URL', 'nowhere', 'must be an absolute http or https URL'],
    ['nothing', undefined, 'must be a URL'],
    ['a list of nothing', [undefined], 'must hold URLs only'],
    ['credentials', 'http://me:pass@a.test', 'must not hold credentials'],
  ])('that returns %s is named in the error', async (_what, given, rule) => {
    const { probe, error } = stage({ url: (() => given) as never })
    const failed = await error(probe.get())
    expect(failed).toMatchObject({ code: 'GUISE_DECLARATION' })
    expect(failed.message).toContain(rule)
    expect(failed.message).toContain('the url function, for Probe.get')
    expect(failed.message).not.toContain('pass@')
  })

  test('that aborts the call ends it at once', async () => {
    const controller = new AbortController()
    const { probe, clock } = stage({
      url: () => {
        controller.abort('mine')
        return Promise.reject(new RangeError('too late'))
      },
    })
    await expect(probe.get({ signal: controller.signal })).rejects.toBe('mine')
    expect(clock.pending).toBe(0)
  })

  test('that fails is what the caller hears', async () => {
    const mine = new RangeError('no registry')
    const { probe, error } = stage({ url: () => Promise.reject(mine) })
    expect(await error(probe.get())).toBe(mine)
  })

  test('may change its mind, and a retry knows where else to go', async () => {
    const lists = [[a, b], [a], [a, b]]
    const { probe, transport, error } = stage(
      { url: () => lists.shift() ?? [], retry: { retries: 1 } },
      { status: 503 },
    )
    for (let i = 0; i < 3; i++) await error(probe.get())
    expect(hosts(transport.requests)).toMatch(/^(ab|ba)aa(ab|ba)$/)
  })
})

describe('@Url', () => {
  class Hooks {
    @Get() call(@Url() to: string, @Call() options?: CallOptions): Promise<unknown> {
      return remote(to, options)
    }
  }
  const hooked = (url: string[], ...steps: Step[]) => {
    const clock = testClock()
    const transport = service(clock, ...steps)
    const retry = { retries: 2, minDelay: 1, budget: { ratio: 0, perSecond: 2 } }
    const hooks = createClient(Hooks, { url, clock, transport, retry, allowOrigins: [c] })
    return { hooks, transport, go: (to: string) => run(clock, hooks.call(to)) }
  }

  test('is that very URL, which a retry does not change', async () => {
    const { transport, go } = hooked([`${a}/one`, `${b}/two`], { status: 503 })
    await go(`${a}/elsewhere/thing?q=1`)
    expect(transport.requests.map(({ origin, path }) => origin + path)).toEqual(
      Array(3).fill(`${a}/elsewhere/thing?q=1`),
    )
  })

  test("may lead to any of the client's own addresses", async () => {
    for (let i = 0; i < 20; i++) {
      const { go } = hooked([a, b], good)
      expect(await go(`${b}/there`)).toEqual({ value: undefined })
    }
  })

  test('elsewhere has a budget of its own', async () => {
    const { transport, go } = hooked([a], { status: 503 })
    for (const to of [`${a}/1`, `${a}/2`, `${c}/3`, `${c}/4`]) await go(to)
    expect(hosts(transport.requests)).toBe('aaaacccc')
  })
})
