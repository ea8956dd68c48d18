/** Interceptors: an onion around each attempt, within its timeout. */
import { Readable } from 'node:stream'
import {
  Body,
  close,
  createClient,
  type HttpResponse,
  type InterceptedRequest,
  type Interceptor,
  Param,
  Post,
  remote,
} from 'guise'
import { testClock } from 'guise/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { http, onRequest, rawServer } from '../http/raw-server.js'
import { bad, good, hanging, off, refused, run, service, stage, url } from './support.js'

const json = { 'content-type': 'application/json' }
const pass: Interceptor = (request, next) => next(request)

test('stand around the request in the order of the list', async () => {
  const told: string[] = []
  const noted =
    (name: string): Interceptor =>
    async (request, next) => {
      told.push(`${name} sees ${request.headers.get('x-trail') ?? 'nothing'}`)
      request.headers.append('x-trail', name)
      const response = await next(request)
      told.push(`${name} gets ${response.status}`)
      return { ...response, status: response.status + 1 }
    }
  const { probe, transport, outcome } = stage({ ...off, use: [noted('a'), noted('b')] }, { status: 201 })
  expect(await outcome(probe.get())).toEqual({ value: undefined })
  expect(told).toEqual(['a sees nothing', 'b sees a', 'b gets 201', 'a gets 202'])
  expect(transport.request.headers).toEqual({ 'x-trail': 'a, b' })
})

test('see what is known of the call', async () => {
  const seen: InterceptedRequest[] = []
  class Api {
    @Post('/a/{id}') call(@Param('id') id: string, @Body() body: unknown): Promise<unknown> {
      return remote(id, body)
    }
  }
  const clock = testClock()
  const use: Interceptor[] = [
    (request, next) => {
      seen.push(request)
      return next(request)
    },
  ]
  const api = createClient(Api, { url: `${url}/base`, clock, transport: service(clock, good), use })
  await run(clock, api.call('x y', { n: 1 }))
  expect(seen[0]).toMatchObject({
    method: 'POST',
    origin: url,
    path: '/base/a/x%20y',
    body: '{"n":1}',
    attempt: 1,
    client: 'Api',
    route: 'Api.call',
    template: '/a/{id}',
    tags: {},
  })
  expect([...(seen[0]?.headers ?? [])]).toEqual([['content-type', 'application/json']])
})

test('need not look at the headers for them to be sent, nor to copy the request with one changed', async () => {
  const keyed = { headers: { 'x-key': 'k', accept: 'text/plain' } }
  const sent = async (...use: Interceptor[]) => {
    const { probe, transport, outcome } = stage({ ...off, ...keyed, use }, good)
    await outcome(probe.get())
    return transport.request.headers
  }
  const moving: Interceptor = (request, next) => next({ ...request, path: '/other' })
  const adding: Interceptor = (request, next) => {
    request.headers.set('x-added', 'a')
    request.headers.delete('x-key')
    return next(request)
  }
  const replacing: Interceptor = (request, next) =>
    next({ ...request, headers: new Headers({ 'x-only': 'o' }) })
  expect(await sent(pass)).toEqual({ 'x-key': 'k', accept: 'text/plain' })
  expect(await sent(moving)).toEqual({ 'x-key': 'k', accept: 'text/plain' })
  expect(await sent(adding, pass)).toEqual({ accept: 'text/plain', 'x-added': 'a' })
  expect(await sent(pass, adding, moving)).toEqual({ accept: 'text/plain', 'x-added': 'a' })
  expect(await sent(moving, adding)).toEqual({ accept: 'text/plain', 'x-added': 'a' })
  expect(await sent(moving, replacing)).toEqual({ 'x-only': 'o' })
})

test('see the tags of the call, which are never sent', async () => {
  const seen: unknown[] = []
  const use: Interceptor[] = [
    (request, next) => {
      seen.push(request.tags)
      return next(request)
    },
  ]
  const { probe, transport, outcome } = stage({ use }, { status: 503 }, good)
  await outcome(probe.get({ tags: { tenant: 'acme', urgent: true, n: 1 } }))
  expect(seen).toEqual(Array(2).fill({ tenant: 'acme', urgent: true, n: 1 }))
  expect(JSON.stringify(transport.requests)).not.toContain('acme')
})

test('get a request of their own for each attempt', async () => {
  const seen: InterceptedRequest[] = []
  const use: Interceptor[] = [
    (request, next) => {
      expect(request.headers.get('x-mark')).toBeNull()
      request.headers.set('x-mark', 'set')
      seen.push(request)
      return next(request)
    },
  ]
  const { probe, outcome } = stage({ use }, { status: 503 }, refused, good)
  await outcome(probe.get())
  expect(seen.map(({ attempt }) => attempt)).toEqual([1, 2, 3])
  expect(new Set(seen).size).toBe(3)
})

describe('may', () => {
  const answer = (status: number, body = ''): HttpResponse => {
    return { status, statusText: '', headers: json, body: Buffer.from(body), truncated: false }
  }

  test('answer themselves, and nothing is sent', async () => {
    const { probe, transport, outcome } = stage({ use: [async () => answer(200, '{"cached":true}')] })
    expect(await outcome(probe.get())).toEqual({ value: { cached: true } })
    expect(transport.requests).toHaveLength(0)
  })

  test('answer with a failure, which is retried and counts as the service would', async () => {
    let asked = 0
    const use: Interceptor[] = [async () => answer(++asked < 3 ? 503 : 200, '1')]
    expect(await stageOutcome({ use })).toEqual({ value: 1 })
    expect(asked).toBe(3)
  })

  test('fail, with an error that reaches the caller as it is, and no retry', async () => {
    const error = new RangeError('mine')
    let asked = 0
    const broken: Interceptor = () => {
      asked++
      throw error
    }
    expect(await stageOutcome({ use: [broken] })).toEqual({ error })
    expect(await stageOutcome({ use: [pass, broken] })).toEqual({ error })
    expect(await stageOutcome({ use: [async () => Promise.reject(error)] })).toEqual({ error })
    expect(asked).toBe(2)
  })

  test('turn a failure of the network into an answer, or let it pass and be retried', async () => {
    const use: Interceptor[] = [(request, next) => next(request).catch(() => answer(200, '"stale"'))]
    expect(await stageOutcome({ use }, refused)).toEqual({ value: 'stale' })
    expect(await stageOutcome({ use: [pass, pass] }, refused, good)).toEqual({ value: undefined })
  })

  test('send another request than they were given', async () => {
    const use: Interceptor[] = [
      (request, next) => next({ ...request, path: '/other', body: 'changed', method: 'PUT' }),
    ]
    const { probe, transport, outcome } = stage({ use }, good)
    await outcome(probe.post({ a: 1 }))
    expect(transport.requests[0]).toMatchObject({
      method: 'PUT',
      path: '/other',
      body: 'changed',
      origin: url,
    })
  })

  test('send a request twice, and both count', async () => {
    const twice: Interceptor = async (request, next) => {
      await next(request)
      return next(request)
    }
    const { probe, transport, error } = stage({ ...off, use: [twice] }, good, bad)
    expect(await error(probe.put({ a: 1 }))).toMatchObject({ status: 500, attempts: 2 })
    expect(transport.requests.map(({ body }) => body)).toEqual([{ a: 1 }, { a: 1 }])
  })

  test('not send a stream twice: the second time is refused, and never sent empty', async () => {
    const server = await rawServer(socket =>
      onRequest(socket, () => socket.write(http('200 OK', '1', 'content-type: application/json'))),
    )
    const refusals: unknown[] = []
    const use: Interceptor[] = [
      async (request, next) => {
        const response = await next(request)
        await next(request).catch(error => refusals.push(error))
        return response
      },
    ]
    class Upload {
      @Post('/x') send(@Body() body: unknown): Promise<unknown> {
        return remote(body)
      }
    }
    const client = createClient(Upload, { ...off, url: server.url, use })
    onTestFinished(() => close(client))
    expect(await client.send(Readable.from(['once']))).toBe(1)
    expect(refusals).toHaveLength(1)
    expect(server.received.match(/POST/g)).toHaveLength(1)
  })
})

async function stageOutcome(options: Parameters<typeof stage>[0], ...steps: Parameters<typeof service>[1][]) {
  const { probe, outcome } = stage(options, ...steps)
  return outcome(probe.get())
}

test.each([
  ['nothing', undefined],
  ['a body alone', { id: 1 }],
  ['a status alone', { status: 200 }],
])('one that resolves to %s is told that a response is wanted', async (_what, value) => {
  const use = [async () => value as never]
  expect(await stageOutcome({ use })).toMatchObject({
    error: { name: 'TypeError', message: expect.stringContaining('must resolve to a response') },
  })
})

describe('the attempt timeout covers them', () => {
  const never: Interceptor = () => new Promise(() => {})
  const timeout = { attempt: 300, total: 1000 }

  test('before they send: nothing was sent, so a POST is retried', async () => {
    const { probe, transport, clock, error } = stage({ use: [never], timeout, retry: { minDelay: 1 } })
    expect(await error(probe.post())).toMatchObject({
      code: 'GUISE_TIMEOUT',
      phase: 'attempt',
      attempts: 0,
      delivery: 'not-sent',
      history: [{ failure: 'timeout' }, { failure: 'timeout' }, { failure: 'timeout' }],
    })
    expect([transport.requests.length, clock.pending]).toEqual([0, 0])
  })

  test('after they have sent: it may have been processed, so a POST is not', async () => {
    const use: Interceptor[] = [(request, next) => next(request).then(() => new Promise<never>(() => {}))]
    const { probe, transport, error } = stage({ use, timeout }, good)
    expect(await error(probe.post())).toMatchObject({ phase: 'attempt', attempts: 1, delivery: 'unknown' })
    expect(transport.requests).toHaveLength(1)
  })

  test('and the total deadline does', async () => {
    const { probe, clock, error } = stage({ use: [never], timeout: { attempt: 5000, total: 700 } })
    expect(await error(probe.get())).toMatchObject({ phase: 'total', delivery: 'not-sent' })
    expect(clock.now()).toBe(700)
  })

  test('and an abort ends them', async () => {
    const { probe, clock } = stage({ use: [never] })
    const controller = new AbortController()
    const call = probe.get({ signal: controller.signal })
    call.catch(() => {})
    await clock.advance(10)
    controller.abort('mine')
    await expect(call).rejects.toBe('mine')
    expect(clock.pending).toBe(0)
  })

  test('and one that comes to send after its time sends nothing: its caller was told so', async () => {
    const slow: Interceptor = async (request, next) => {
      await new Promise<void>(resolve => clock.setTimeout(resolve, 400))
      return next(request)
    }
    const { probe, transport, clock, error } = stage({ ...off, use: [slow], timeout }, good)
    expect(await error(probe.post())).toMatchObject({ attempts: 0, delivery: 'not-sent' })
    await clock.advance(10_000)
    expect(transport.requests).toEqual([])
  })

  test('with what is left for what they send', async () => {
    const slow: Interceptor = async (request, next) => {
      await new Promise<void>(resolve => clock.setTimeout(resolve, 200))
      return next(request)
    }
    const { probe, transport, clock, error } = stage({ ...off, use: [slow], timeout }, hanging)
    expect(await error(probe.get())).toMatchObject({ phase: 'attempt', attempts: 1 })
    expect(clock.now()).toBe(300)
    expect(transport.times).toEqual([200])
  })
})
