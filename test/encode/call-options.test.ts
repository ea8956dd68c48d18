// The options of one call, `@Call()`: what is refused, and that they are read as own members only (row 32).
import { Call, type CallOptions, Get, Headers, Param, remote } from 'guise'
import { testClock } from 'guise/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { CANARY, recorded, refused } from './support.js'

class Optional {
  @Get('/{id}')
  @Headers({ 'x-declared': 'declared' })
  byId(@Param('id') id: number, @Call() options?: CallOptions): Promise<unknown> {
    return remote(id, options)
  }
}

describe('what is refused', () => {
  const RECORD = 'headers must be a record'
  const SIGNAL = 'signal must be an AbortSignal'
  it.each([
    [CANARY, 'must be an object of call options'],
    [7, 'must be an object of call options'],
    [true, 'must be an object of call options'],
    [Symbol(CANARY), 'must be an object of call options'],
    [{ timeuot: CANARY }, /^has no option timeuot/],
    [{ __proto__: null, url: CANARY }, /^has no option url/],
    [{ signal: CANARY }, SIGNAL],
    [{ signal: new AbortController() }, SIGNAL],
    [{ signal: { aborted: false, reason: CANARY } }, SIGNAL],
    [{ timeout: CANARY }, /^timeout must be a number of milliseconds/],
    [{ timeout: 0 }, /^timeout must be/],
    [{ timeout: -1 }, /^timeout must be/],
    [{ timeout: Number.NaN }, /^timeout must be/],
    [{ timeout: 2_147_483_648 }, /^timeout must be/],
    [{ timeout: { total: 0 } }, /^timeout/],
    [{ timeout: { attempt: CANARY } }, /^timeout/],
    [{ timeout: { totel: 1 } }, /^timeout/],
    [{ retry: CANARY }, /^retry must be/],
    [{ retry: { retries: -1 } }, /^retry/],
    [{ headers: CANARY }, RECORD],
    [{ headers: null }, RECORD],
    [{ headers: [CANARY] }, /^(?:headers )?must be a record/],
    [{ headers: new globalThis.Headers({ a: CANARY }) }, /^(?:headers )?must be a record/],
    [{ headers: { a: { [CANARY]: 1 } } }, 'must be text or a list of text, not an object'],
  ])('%o', async (options, rule) => {
    const call = (client: Optional) => client.byId(7, options as CallOptions)
    const error = await refused(Optional, call, { method: 'Optional.byId', parameter: 2, rule })
    expect(error.message).toContain('parameter 2, @Call(): ')
  })
})

describe('what is taken', () => {
  it.each([
    undefined,
    null,
    {},
    { signal: undefined, timeout: undefined, headers: undefined },
    { timeout: 1, retry: false },
    { timeout: { connect: 1, attempt: 2, total: 3 } },
    { timeout: 2_147_483_647, tags: { a: 1 } },
    { signal: new AbortController().signal },
    { headers: {} },
  ])('%o', async options => {
    const { client, transport } = recorded(Optional, { clock: testClock() })
    await client.byId(7, options as CallOptions)
    expect(transport.request.headers).toEqual({ 'x-declared': 'declared' })
  })

  it('a signal that has aborted rejects with its own reason, and nothing is sent', async () => {
    const { client, transport } = recorded(Optional)
    const send = vi.spyOn(transport, 'send')
    const reason = { why: 'own' }
    await expect(client.byId(7, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(send).not.toHaveBeenCalled()
  })

  it('the timeout reaches the transport, the nearer over the farther', async () => {
    const { client, transport } = recorded(Optional, {
      timeout: { connect: 900, attempt: 800, total: 700_000 },
    })
    await client.byId(7, { timeout: { attempt: 500 } })
    await client.byId(7)
    const times = transport.requests.map(({ options }) => [options.connectTimeout, options.timeout])
    expect(times).toEqual([
      [900, 500],
      [900, 800],
    ])
  })
})

describe('row 32: a polluted Object.prototype', () => {
  const pollution = Object.prototype as Record<string, unknown>
  afterEach(() => {
    for (const name of ['headers', 'timeout', 'signal', 'retry']) delete pollution[name]
  })

  it('brings no option of the call', async () => {
    const { client, transport } = recorded(Optional)
    pollution.headers = { 'x-evil': '1' }
    pollution.timeout = 'evil'
    pollution.signal = AbortSignal.abort()
    pollution.retry = 'evil'
    await client.byId(7, {})
    await client.byId(7, { timeout: 1000 })
    expect(transport.requests.map(({ headers }) => headers)).toEqual([
      { 'x-declared': 'declared' },
      { 'x-declared': 'declared' },
    ])
  })
})
