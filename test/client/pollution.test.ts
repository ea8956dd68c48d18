// Row 32: whatever some other library has left on Object.prototype, no option, header or field is read from there.
import {
  Body,
  Call,
  type CallOptions,
  createClient,
  describe as describeClient,
  Get,
  Param,
  Post,
  Responses,
  remote,
  reply,
  text,
  throws,
} from 'guise'
import { mockTransport, testClock } from 'guise/testing'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { closing, json, serve } from './support.js'

class Api {
  @Get('/{id}{?q}')
  @Responses({ 200: z.object({ id: z.number() }), 409: throws(() => new Error('mine')), 404: reply(text()) })
  get(@Param('id') id: number, @Param('q') q?: string, @Call() options?: CallOptions): Promise<unknown> {
    return remote(id, q, options)
  }
  @Post('/new') @Responses({ 201: z.unknown() }) post(@Body() body: object): Promise<unknown> {
    return remote(body)
  }
}

const evil: Record<string, unknown> = {
  method: 'DELETE',
  body: 'evil',
  headers: { 'x-evil': '1', authorization: 'evil' },
  timeout: 1,
  connect: 1,
  attempt: 1,
  total: 1,
  signal: AbortSignal.abort('evil'),
  dispatcher: { dispatch: () => false },
  transport: { send: async () => Promise.reject(new Error('evil')) },
  lookup: () => {},
  validate: () => ({ value: 'evil' }),
  proxy: 'http://evil',
  auth: 'evil:evil',
  url: 'http://evil',
  baseUrl: 'http://evil',
  origin: 'http://evil',
  redirect: 'follow',
  retry: false,
  retries: 20,
  methods: { get: { timeout: 1 } },
  allowOrigins: ['http://evil'],
  connections: -1,
  maxResponseBytes: 1,
  fallback: { get: () => 'evil' },
  use: [() => Promise.reject(new Error('evil'))],
  forward: ['x-evil'],
  circuitBreaker: true,
  bulkhead: { concurrent: 1 },
  default: 'evil',
  query: { evil: '1' },
  idempotent: false,
  reset: true,
  upgrade: 'evil',
  expectContinue: true,
  '200': 'evil',
  '2xx': 'evil',
  'content-type': 'text/html; charset=latin1',
  'content-encoding': 'gzip',
  'content-length': '1',
  status: 599,
}

function pollute(names: readonly string[]): void {
  for (const name of names) {
    Object.defineProperty(Object.prototype, name, { value: evil[name], configurable: true, writable: true })
  }
}

afterEach(() => {
  for (const name of Object.keys(evil)) Reflect.deleteProperty(Object.prototype, name)
})

/** A good call, one whose body does not fit, one of each kind of failure; and what was sent. */
async function outcomes() {
  const transport = mockTransport([
    { status: 200, body: { id: 1 } },
    { status: 200, body: { id: 'x' } },
    { status: 404, body: 'none' },
    { status: 409, body: 'conflict' },
    { status: 500, body: 'down' },
    { status: 201, body: { made: true } },
  ])
  const options = {
    url: 'http://h',
    transport,
    headers: {},
    methods: { get: {} },
    timeout: {},
    clock: testClock(),
  }
  const client = createClient(Api, options)
  const told = (call: Promise<unknown>) => call.catch((error: Error) => error.message)
  const values = [
    await told(client.get(1, 'q')),
    await told(client.get(2, undefined, {})),
    await told(client.get(3)),
    await told(client.get(4)),
    await told(client.get(5)),
    await told(client.post({ a: 1 })),
  ]
  const [whole] = values.splice(2, 1) as [{ status: number; body: string }]
  return JSON.stringify([
    String(describeClient(client)),
    values,
    [whole.status, whole.body],
    transport.requests.map(({ raw }) => [raw.method, raw.origin, raw.path, raw.body, raw.headers]),
    transport.requests.map(({ options: o }) => [o.timeout, o.connectTimeout, o.maxResponseBytes]),
  ])
}

describe('Object.prototype polluted', () => {
  let clean = ''
  beforeAll(async () => {
    clean = await outcomes()
    expect(clean).toContain('[{"id":1},"Api.get: 200 OK, but its body does not fit the schema: id: Invalid')
  })

  it.each(Object.keys(evil))('with %s changes nothing', async name => {
    pollute([name])
    const polluted = await outcomes()
    Reflect.deleteProperty(Object.prototype, name)
    expect(polluted).toBe(clean)
  })

  // Node's own sockets do not bear all names; these they do.
  const bearable = [
    'method',
    'body',
    'headers',
    'dispatcher',
    'validate',
    'proxy',
    'auth',
    'baseUrl',
    'redirect',
    'retries',
  ]
  it.each(bearable)('with %s changes nothing on the wire', async name => {
    const { url } = await serve((request, response) => json(response, { id: 7, as: request.method }))
    const client = closing(createClient(Api, { url }))
    pollute([name])
    const value = await client.get(7).catch((error: Error) => error.message)
    Reflect.deleteProperty(Object.prototype, name)
    expect(value).toEqual({ id: 7 })
  })
})
