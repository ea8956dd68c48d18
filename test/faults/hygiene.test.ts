/** Rows 32, 34, 36, 38, 41, 42 and 48: what must not leak in, and what must not leak out. */
import { format, inspect } from 'node:util'
import {
  Bearer,
  Body,
  Client,
  close,
  createClient,
  DeclarationError,
  Get,
  Header,
  Headers,
  Param,
  Post,
  Query,
  Responses,
  remote,
  type Transport,
  text,
} from 'guise'
import { runInContext } from 'guise/context'
import { type Fault, faults, startFaultServer } from 'guise/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { errorOf, ok, type Stage, Things, thing, works } from './support.js'

const CANARY = 'canary-7f3a'
const read = (things: Stage['things']) => things.read(7)

describe('a polluted Object.prototype', () => {
  const polluted = {
    method: 'DELETE',
    body: CANARY,
    headers: { 'x-polluted': CANARY },
    // Not `timeout`: Node 24's own sockets break over it. test/client/pollution.test.ts has it, over a transport without sockets.
    dispatcher: { dispatch: () => expect.unreachable() },
    lookup: () => expect.unreachable(),
    validate: () => expect.unreachable(),
    proxy: 'http://127.0.0.1:1',
    auth: CANARY,
    baseUrl: 'http://127.0.0.1:1',
    redirect: 'follow',
    retries: 0,
    retry: false,
    on: [],
    budget: { ratio: 0, perSecond: 0 },
    url: 'http://127.0.0.1:1',
    fallback: { read: () => CANARY },
    use: [() => expect.unreachable()],
    transport: { send: () => expect.unreachable() },
    circuitBreaker: { volume: 1 },
    bulkhead: { concurrent: 1 },
    maxResponseBytes: 1,
    allowOrigins: ['http://127.0.0.1:1'],
    encoded: true,
    style: 'csv',
    status: 500,
  }

  test.each(Object.entries(polluted))('row 32 with %s changes nothing', async (name, value) => {
    const { requests } = await works({
      script: [faults.status(503), ok],
      options: { retry: { retries: 1, minDelay: 1, maxDelay: 2 } },
      call: async (_, { server }) => {
        Object.defineProperty(Object.prototype, name, {
          value,
          configurable: true,
          writable: true,
          enumerable: false,
        })
        try {
          // Made and used under the pollution: as many options as possible are left to their defaults.
          const things = createClient(Things, {
            url: server.url,
            retry: { retries: 1, minDelay: 1, maxDelay: 2 },
          })
          const result = await read(things)
          await close(things)
          expect(result).toEqual(thing)
        } finally {
          Reflect.deleteProperty(Object.prototype, name)
        }
      },
    })
    expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /things/7',
      'GET /things/7',
    ])
    expect(JSON.stringify(requests.map(({ headers, body }) => [headers, body.toString()]))).not.toContain(
      CANARY,
    )
  })
})

describe('a class with a method that means something to JavaScript', () => {
  const declared = (name: string) => {
    class Odd {}
    Object.defineProperty(Odd.prototype, name, { value: () => remote(), configurable: true, writable: true })
    const descriptor = Object.getOwnPropertyDescriptor(Odd.prototype, name)
    const target = Odd.prototype as unknown as Record<string, () => Promise<string>>
    Get('/x')(target, name, descriptor as PropertyDescriptor)
    Responses({ 200: text() })(target, name, descriptor as PropertyDescriptor)
    return Odd
  }

  test('row 34 then: refused, since awaiting the client would call it', () => {
    expect(() => createClient(declared('then'), { url: 'http://127.0.0.1' })).toThrow(DeclarationError)
  })

  test.each(['toJSON', 'toString', 'valueOf', '__proto__', 'hasOwnProperty'])(
    'row 34 %s: refused, or a route like any other',
    async name => {
      const server = await startFaultServer(faults.answer({ body: 'fine' }))
      onTestFinished(() => server.close())
      let client: Record<string, () => Promise<string>>
      try {
        client = createClient(declared(name), { url: server.url }) as never
      } catch (error) {
        expect(error).toBeInstanceOf(DeclarationError)
        return
      }
      onTestFinished(() => close(client))
      expect(Object.getPrototypeOf(client)).not.toBe(Object.prototype)
      expect(await client[name]?.()).toBe('fine')
    },
  )
})

@Client({ name: 'secrets', path: '/secrets' })
@Headers({ 'x-api-key': CANARY })
class Secrets {
  @Post('/{id}')
  @Responses({ 200: text() })
  send(
    @Param('id') id: string,
    @Query('token') token: string,
    @Bearer() bearer: string,
    @Header('cookie') cookie: string,
    @Body() body: { password: string },
  ): Promise<string> {
    return remote(id, token, bearer, cookie, body)
  }
}

describe('a secret in the request and in the answer', () => {
  const answer = (status: number, type: string) =>
    faults.answer({
      status,
      headers: { 'content-type': type, 'set-cookie': CANARY, location: `/${CANARY}` },
      body: CANARY,
    })

  test.each<[string, Fault]>([
    ['a connection that breaks', faults.resetBeforeAnswer],
    ['a status', answer(500, 'text/plain')],
    ['a redirect', answer(302, 'text/plain')],
    ['a body that cannot be read', answer(200, 'text/plain; charset=latin1')],
    ['no answer in time', faults.stall],
  ])('row 38 %s: no form of the error shows it', async (_, fault) => {
    const server = await startFaultServer(fault)
    onTestFinished(() => server.close())
    const secrets = createClient(Secrets, { url: server.url, timeout: { attempt: 50 }, retry: false })
    onTestFinished(() => close(secrets))
    const error = await errorOf(secrets.send(CANARY, CANARY, CANARY, `a=${CANARY}`, { password: CANARY }))
    expect(server.requests[0]?.headers).toMatchObject({
      authorization: `Bearer ${CANARY}`,
      'x-api-key': CANARY,
    })
    const shown = [
      error.message,
      error.stack,
      String(error),
      JSON.stringify(error),
      JSON.stringify({ ...error }),
      inspect(error, { depth: Number.POSITIVE_INFINITY }),
      format('%o %O %s %j', error, error, error, error),
    ]
    for (const one of shown) expect(one).not.toContain(CANARY)
  })

  test('row 38 a secret in the URL of the service is a mistake that is not shown', () => {
    const make = () => createClient(Things, { url: `http://user:${CANARY}@127.0.0.1` })
    expect(make).toThrow(DeclarationError)
    expect(make).not.toThrow(CANARY)
  })
})

test('row 41 a cookie that was set is never sent', async () => {
  const { requests } = await works({
    script: [faults.json(thing, 200, { 'set-cookie': [`a=${CANARY}; Path=/`, 'b=2'] })],
    call: async things => {
      await things.read(1)
      await things.create('kim')
    },
  })
  expect(requests).toHaveLength(2)
  for (const { headers } of requests) expect(headers).not.toHaveProperty('cookie')
})

describe('the environment', () => {
  test.each(['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'ALL_PROXY'])('row 42 %s is not read', async name => {
    const proxy = await startFaultServer(ok)
    onTestFinished(() => proxy.close())
    const before = process.env[name]
    process.env[name] = proxy.url
    onTestFinished(() => {
      if (before === undefined) delete process.env[name]
      else process.env[name] = before
    })
    await works({ script: [ok], call: read })
    expect(proxy.connections).toBe(0)
  })

  test.each(['rejectUnauthorized', 'insecure', 'tls'])(
    'row 42 there is no shortcut around certificates: %s',
    name => {
      const options = { url: 'https://127.0.0.1', [name]: false }
      expect(() => createClient(Things, options)).toThrow(`there is no option ${name}`)
    },
  )
})

describe('headers that are sent on', () => {
  const good = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  const forwarded = async (headers: Record<string, string>) => {
    const { requests } = await works({
      script: [ok],
      options: { forward: ['traceparent', 'baggage'] },
      call: things => runInContext({ headers }, () => things.read(7)),
    })
    const { traceparent = 'none', baggage = 'none' } = requests[0]?.headers ?? {}
    // Cut, for the sake of whoever reads why the test failed.
    return { traceparent: traceparent.slice(0, 80), baggage: baggage.slice(0, 80) }
  }

  test('row 48 that are right', async () => {
    const headers = { traceparent: good, baggage: 'a=1,b=2' }
    expect(await forwarded(headers)).toEqual(headers)
  })

  test.each([
    ['with a line break', `${good}\r\nx-evil: 1`],
    ['that is cut off', good.slice(0, -5)],
    ['of zeros', `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`],
    ['that is no such thing', 'hello'],
    ['in capitals', good.toUpperCase()],
    ['of 1 MB', `${good}-${'x'.repeat(1_000_000)}`],
  ])('row 48 a traceparent %s is dropped', async (_, traceparent) => {
    expect(await forwarded({ traceparent, baggage: 'a=1' })).toEqual({
      traceparent: 'none',
      baggage: 'a=1',
    })
  })

  test('row 48 a baggage of 1 MB is dropped', async () => {
    expect(await forwarded({ traceparent: good, baggage: `a=${'x'.repeat(1_000_000)}` })).toEqual({
      traceparent: good,
      baggage: 'none',
    })
  })
})

describe('text without end', () => {
  const MEGABYTE = 1_000_000

  @Client({ path: '/echo' })
  class Echo {
    @Get('/{value}')
    @Responses({ 200: text() })
    path(
      @Param('value') value: string,
      @Query('q') query: string,
      @Header('x-value') header: string,
    ): Promise<string> {
      return remote(value, query, header)
    }
  }

  test.each([
    ['dots', '.'],
    ['encoded dots', '%2e'],
    ['slashes', '/'],
    ['spaces', ' '],
    ['commas', ','],
    ['braces', '{'],
    ['letters', 'a'],
  ])('row 36 a megabyte of %s takes a time that does not run away', async (_, piece) => {
    const value = piece.repeat(MEGABYTE / piece.length)
    const answer = { 'content-type': `text/plain;${value}`, 'retry-after': value, location: value }
    const transport: Transport = {
      send: async () => ({
        status: 503,
        statusText: value,
        headers: answer,
        body: Buffer.from(value),
        truncated: false,
      }),
      close: async () => {},
    }
    const echo = createClient(Echo, { url: 'http://echo.test', transport, retry: false })
    const before = process.cpuUsage()
    await errorOf(echo.path(`x${value}`, value, value))
    const { user, system } = process.cpuUsage(before)
    // Measured: 10 to 230 ms. A regular expression that looks back would need minutes, or years.
    expect((user + system) / 1000).toBeLessThan(2000)
  })
})
