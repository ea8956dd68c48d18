/** bearerToken: where the token comes from, and that no error shows it. */
import { inspect } from 'node:util'
import { Body, bearerToken, createClient, Post, remote } from 'guise'
import { testClock } from 'guise/testing'
import { describe, expect, test } from 'vitest'
import {
  bad,
  denied,
  good,
  off,
  refused,
  run,
  type Step,
  service,
  stage,
  takes,
  tokenOf,
  url,
} from './support.js'

const using = (get: Parameters<typeof bearerToken>[0], ...steps: readonly Step[]) =>
  stage({ ...off, use: [bearerToken(get)] }, ...steps)

describe('a source that fails', () => {
  test('rejects the calls that wait for it, and is asked anew by the next', async () => {
    const broken = new RangeError('no login')
    let asked = 0
    const get = async () => {
      if (++asked === 1) throw broken
      return 't'
    }
    const { probe, transport, outcome } = using(get, good)
    const calls = await outcome(Promise.allSettled([probe.get(), probe.get()]))
    expect(calls).toMatchObject({ value: [{ reason: broken }, { reason: broken }] })
    expect([asked, transport.requests.length]).toEqual([1, 0])
    expect(await outcome(probe.get())).toEqual({ value: undefined })
  })

  test('while it renews rejects the call, and the refused token is not used again', async () => {
    let asked = 0
    const get = () => {
      if (++asked === 2) throw new RangeError('no login')
      return `t${asked}`
    }
    const { probe, transport, error, outcome } = using(get, takes('t3'))
    expect(await error(probe.get())).toMatchObject({ message: 'no login' })
    expect(await outcome(probe.get())).toEqual({ value: undefined })
    expect(transport.requests.map(tokenOf)).toEqual(['Bearer t1', 'Bearer t3'])
  })

  test.each([
    ['an empty one', ''],
    ['one with a line break', 'se\r\ncret'],
    ['one beyond ASCII', 'secret\u2026'],
    ['nothing', undefined],
  ])('by giving %s is told so, and the token is in no error', async (_what, token) => {
    const { probe, transport, error } = using((() => token) as never, good)
    const failed = await error(probe.get())
    expect(failed.message).toContain('bearerToken was given no token')
    expect(inspect(failed, { depth: 9, showHidden: true })).not.toMatch(/secret|se\\r/)
    expect(transport.requests).toHaveLength(0)
  })
})

test('the token is in no error of a refused call', async () => {
  class Api {
    @Post('/x') call(@Body() body: unknown): Promise<unknown> {
      return remote(body)
    }
  }
  for (const step of [denied, refused, bad]) {
    const clock = testClock()
    const api = createClient(Api, {
      ...off,
      url,
      clock,
      transport: service(clock, step),
      use: [bearerToken(() => 'canary')],
    })
    const { error } = (await run(clock, api.call(1))) as { error: Error }
    const told = [
      inspect(error, { depth: 9, showHidden: true }),
      JSON.stringify(error),
      error.stack,
      String(error),
    ].join()
    expect(told).not.toContain('canary')
  }
})
