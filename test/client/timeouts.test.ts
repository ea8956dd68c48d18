// Timeouts of a client: which setting counts, and what the error says when one passes: phase and delivery.
import { once } from 'node:events'
import {
  Body,
  Call,
  type CallOptions,
  createClient,
  Get,
  Post,
  Put,
  Responses,
  remote,
  TimeoutError,
} from 'guise'
import { mockTransport, testClock } from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { rejection } from '../decode/support.js'
import { closing, gate, serve } from './support.js'

class Api {
  @Get('/a') @Responses({ 200: z.unknown() }) a(@Call() options?: CallOptions): Promise<unknown> {
    return remote(options)
  }
  @Get('/b') @Responses({ 200: z.unknown() }) b(@Call() options?: CallOptions): Promise<unknown> {
    return remote(options)
  }
  @Post('/body') @Responses({ 200: z.unknown() }) send(@Body() body: unknown): Promise<unknown> {
    return remote(body)
  }
  @Put('/checked')
  @Responses({ 200: z.unknown() })
  checked(@Body(z.unknown().refine(() => new Promise<boolean>(() => {}))) body: unknown): Promise<unknown> {
    return remote(body)
  }
}

type Options = Omit<Parameters<typeof createClient<Api>>[1], 'url'>

describe('the nearer setting wins, phase by phase', () => {
  /** What the transport is told, on a clock that stands still. */
  async function told(options: Options, call?: CallOptions, route: 'a' | 'b' = 'a') {
    const transport = mockTransport({ body: 1 })
    await createClient(Api, { ...options, url: 'http://h', transport, clock: testClock() })[route](call)
    const { connectTimeout, timeout, timeoutPhase } = transport.requests[0]?.options ?? {}
    return [connectTimeout, timeout, timeoutPhase]
  }
  const methods = { a: { timeout: { connect: 30, total: 3000 } } }

  it.each<[string, Options, CallOptions | undefined, unknown[]]>([
    ['the defaults', {}, undefined, [2000, 5000, 'attempt']],
    ["the guise's number is the total", { timeout: 900 }, undefined, [900, 900, 'total']],
    ["the guise's phases", { timeout: { connect: 20, attempt: 200 } }, undefined, [20, 200, 'attempt']],
    [
      "the method's over the guise's",
      { timeout: { connect: 20, attempt: 200 }, methods },
      undefined,
      [30, 200, 'attempt'],
    ],
    ["the method's total", { methods }, undefined, [30, 3000, 'total']],
    ["the call's number over both", { methods }, { timeout: 50 }, [30, 50, 'total']],
    ["the call's phases over both", { methods }, { timeout: { connect: 5, attempt: 6 } }, [5, 6, 'attempt']],
    [
      'an attempt as long as the total is the total',
      { timeout: { attempt: 7, total: 7 } },
      undefined,
      [7, 7, 'total'],
    ],
    ['undefined says nothing', { timeout: 900 }, { timeout: undefined }, [900, 900, 'total']],
  ])('%s', async (_, options, call, expected) => {
    expect(await told(options, call)).toEqual(expected)
  })

  it("leaves other methods and other calls to the guise's setting", async () => {
    expect(await told({ timeout: 900, methods }, undefined, 'b')).toEqual([900, 900, 'total'])
    const transport = mockTransport({ body: 1 })
    const client = createClient(Api, { url: 'http://h', transport, clock: testClock(), timeout: 900 })
    await client.a({ timeout: 40 })
    await client.a()
    expect(transport.requests.map(({ options }) => options.timeout)).toEqual([40, 900])
  })

  it.each([0, -5, Number.NaN, 2 ** 31, '5' as never, { total: 0 }, { first: 5 } as never])(
    'a call that asks for %j is refused',
    async timeout => {
      const transport = mockTransport({ body: 1 })
      const call = createClient(Api, { url: 'http://h', transport }).a({ timeout })
      await expect(call).rejects.toMatchObject({ code: 'GUISE_ARGUMENT', parameter: 1, delivery: 'not-sent' })
      expect(transport.requests).toEqual([])
    },
  )
})

describe('a timeout that passes', () => {
  const timeoutOf = (call: Promise<unknown>) => rejection<TimeoutError>(call)

  it('attempt: the service never answers', async () => {
    const { url } = await serve(() => {})
    const client = closing(createClient(Api, { url, timeout: { attempt: 30, total: 5000 }, retry: false }))
    const error = await timeoutOf(client.a())
    expect(error).toBeInstanceOf(TimeoutError)
    expect([error.phase, error.delivery, error.attempts]).toEqual(['attempt', 'unknown', 1])
    expect(error.message).toBe(
      `Api.a: no complete response within 30 ms; the service may have processed the request (GET ${url}/a, 1 attempt)`,
    )
  })

  it('total: the service never answers', async () => {
    const { url } = await serve(() => {})
    const error = await timeoutOf(closing(createClient(Api, { url, timeout: 30 })).a())
    expect([error.phase, error.delivery, error.attempts]).toEqual(['total', 'unknown', 1])
  })

  it('F10: the service begins to answer and stops', async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"a"')
    })
    const error = await timeoutOf(
      closing(createClient(Api, { url, timeout: { attempt: 250 }, retry: false })).a(),
    )
    expect([error.phase, error.delivery]).toEqual(['attempt', 'answered'])
    expect(error.message).toContain('; the service had begun to answer (GET')
  })

  it('connect: all connections are taken; the request never leaves', async () => {
    const taken = gate()
    const seen: (string | undefined)[] = []
    const { url } = await serve(request => {
      seen.push(request.url)
      taken.open()
    })
    const client = closing(
      createClient(Api, {
        url,
        connections: 1,
        timeout: { connect: 30, attempt: 60_000, total: 60_000 },
        retry: false,
      }),
    )
    const holder = new AbortController()
    const held = client.a({ signal: holder.signal }).catch(() => {})
    await taken.opened
    const error = await timeoutOf(client.b())
    expect([error.phase, error.delivery]).toEqual(['connect', 'not-sent'])
    expect(error.message).toContain('no connection within 30 ms; the request was not sent')
    expect(seen).toEqual(['/a'])
    holder.abort()
    await held
  })

  it('total: the url function never answers; nothing is sent', async () => {
    const transport = mockTransport({ body: 1 })
    const url = () => new Promise<string>(() => {})
    const error = await timeoutOf(createClient(Api, { url, transport, timeout: 20 }).a())
    expect([error.phase, error.delivery, error.attempts]).toEqual(['total', 'not-sent', 0])
    expect(error.message).toBe('Api.a: the call took longer than 20 ms; the request was not sent')
    expect(transport.requests).toEqual([])
  })

  it('total: what the url function takes is gone for the rest of the call', async () => {
    const clock = testClock()
    const transport = mockTransport({ body: 1 })
    const url = async () => {
      await clock.advance(600)
      return 'http://h'
    }
    await createClient(Api, { url, transport, clock, timeout: 1000 }).a()
    expect(transport.requests[0]?.options).toMatchObject({
      timeout: 400,
      connectTimeout: 400,
      timeoutPhase: 'total',
    })
  })

  it('total: the schema of the body never ends; nothing is sent', async () => {
    const transport = mockTransport({ body: 1 })
    const error = await timeoutOf(
      createClient(Api, { url: 'http://h', transport, timeout: 20 }).checked({ a: 1 }),
    )
    expect([error.phase, error.delivery, error.attempts]).toEqual(['total', 'not-sent', 0])
    expect(transport.requests).toEqual([])
  })

  it('frees its connection for the next call', async () => {
    let count = 0
    const { url, server } = await serve((_, response) => {
      if (++count > 1) response.writeHead(200, { 'content-type': 'application/json' }).end('1')
    })
    const client = closing(createClient(Api, { url, connections: 1, retry: false }))
    const lost = once(server, 'connection').then(([socket]) => once(socket, 'close'))
    await timeoutOf(client.a({ timeout: 20 }))
    await lost
    expect(await client.a()).toBe(1)
  })

  it('does not end a call that comes in time', async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('1')
    })
    const client = closing(createClient(Api, { url, timeout: 60_000 }))
    expect(await Promise.all([client.a(), client.send({ a: 1 })])).toEqual([1, 1])
  })
})
