/** bearerToken: one token for all calls, renewed once for all of them when the service refuses it. */
import { Readable } from 'node:stream'
import { inspect } from 'node:util'
import {
  Body,
  bearerToken,
  createClient,
  Get,
  type HttpRequest,
  type HttpResponse,
  Post,
  Responses,
  remote,
  stream,
  type TokenRequest,
} from 'guise'
import { testClock } from 'guise/testing'
import { describe, expect, test } from 'vitest'
import { type Answer, headersOf } from '../support/recording.js'
import { bad, good, off, refused, run, type Step, service, stage, url } from './support.js'

const denied: Answer = { status: 401 }
const tokenOf = (request: HttpRequest) => headersOf(request).authorization
/** Takes only this token. */
const takes =
  (token: string): Step =>
  request =>
    tokenOf(request) === `Bearer ${token}` ? good : denied

/** A source of `t1`, `t2`, ..., and what it was asked. */
function source(...tokens: readonly string[]) {
  const asked: (string | undefined)[] = []
  const get = async ({ refused }: TokenRequest) => {
    asked.push(refused)
    return tokens[asked.length - 1] ?? `t${asked.length}`
  }
  return { get, asked }
}

const using = (get: Parameters<typeof bearerToken>[0], ...steps: readonly Step[]) =>
  stage({ ...off, use: [bearerToken(get)] }, ...steps)

test('the token is got once and goes with every request', async () => {
  const { get, asked } = source()
  const { probe, transport, outcome } = using(get, good)
  expect(asked).toEqual([])
  await outcome(Promise.all([probe.get(), probe.put(), probe.get()]))
  await outcome(probe.get())
  expect(transport.requests.map(tokenOf)).toEqual(Array(4).fill('Bearer t1'))
  expect(asked).toEqual([undefined])
})

test('it stands in the place of any other authorization', async () => {
  const { probe, transport, outcome } = using(() => 'mine', good)
  await outcome(probe.get({ headers: { authorization: 'Basic x' } }))
  expect(tokenOf(transport.requests[0] as HttpRequest)).toBe('Bearer mine')
})

test.each([
  ['Bearer t', 'Bearer t'],
  ['bearer   t', 'Bearer t'],
  [' t\n', 'Bearer t'],
  ['a.b-c_d~e+f/g==', 'Bearer a.b-c_d~e+f/g=='],
])('%j is sent as %j', async (token, expected) => {
  const { probe, transport, outcome } = using(() => token, good)
  await outcome(probe.get())
  expect(tokenOf(transport.requests[0] as HttpRequest)).toBe(expected)
})

describe('on 401', () => {
  test('the token is renewed, and the request sent once more with the new one alone', async () => {
    const { get, asked } = source()
    const { probe, transport, outcome } = using(get, takes('t2'))
    expect(await outcome(probe.put({ a: 1 }))).toEqual({ value: undefined })
    expect(transport.requests.map(tokenOf)).toEqual(['Bearer t1', 'Bearer t2'])
    expect(transport.requests.map(({ body }) => body)).toEqual(['{"a":1}', '{"a":1}'])
    expect(asked).toEqual([undefined, 't1'])
    await outcome(probe.get())
    expect(asked).toHaveLength(2)
  })

  test('a second 401 is the answer, whatever the verb', async () => {
    const { get, asked } = source()
    const { probe, transport, error } = using(get, denied)
    expect(await error(probe.post({}))).toMatchObject({ status: 401, attempts: 2 })
    expect(transport.requests).toHaveLength(2)
    expect(asked).toEqual([undefined, 't1'])
    await error(probe.get())
    expect(asked).toEqual([undefined, 't1', 't2'])
  })

  test('the same token again is not tried again', async () => {
    const { get, asked } = source('same', 'same', 'same')
    const { probe, transport, error } = using(get, denied)
    expect(await error(probe.get())).toMatchObject({ status: 401, attempts: 1 })
    expect(await error(probe.get())).toMatchObject({ status: 401, attempts: 1 })
    expect([transport.requests.length, asked]).toEqual([2, [undefined, 'same', 'same']])
  })

  test('100 calls at the same time renew it once', async () => {
    const { get, asked } = source()
    const { probe, transport, outcome } = using(get, takes('t2'))
    const calls = Array.from({ length: 100 }, () => probe.get())
    expect(await outcome(Promise.all(calls))).toEqual({ value: Array(100).fill(undefined) })
    expect(asked).toEqual([undefined, 't1'])
    expect(transport.requests).toHaveLength(200)
  })

  test('a call that was refused late takes what the others have got', async () => {
    const { get, asked } = source()
    const clock = testClock()
    const slow: Step = async () => {
      await new Promise<void>(resolve => clock.setTimeout(resolve, 500))
      return denied
    }
    const transport = service(clock, slow, denied, takes('t2'))
    const { probe } = stage({ ...off, clock, transport, use: [bearerToken(get)] })
    const late = probe.get()
    await clock.advance(0)
    await probe.get()
    expect(await run(clock, late)).toEqual({ value: undefined })
    expect(asked).toEqual([undefined, 't1'])
  })

  test('a stream is not sent again, but the next call has a new token', async () => {
    const { get, asked } = source()
    const { probe, transport, error, outcome } = using(get, takes('t2'))
    expect(await error(probe.put(Readable.from(['x'])))).toMatchObject({ status: 401, attempts: 1 })
    expect(await outcome(probe.put(Readable.from(['x'])))).toEqual({ value: undefined })
    expect(transport.requests.map(tokenOf)).toEqual(['Bearer t1', 'Bearer t2'])
    expect(asked).toEqual([undefined, 't1'])
  })

  test('a streamed answer is done away with', async () => {
    class Api {
      @Get('/x') @Responses({ default: stream() }) get(): Promise<Readable> {
        return remote()
      }
    }
    const clock = testClock()
    const first = Readable.from(['refused'])
    const second = Readable.from(['fine'])
    const transport = service(clock)
    const answers: Partial<HttpResponse>[] = [
      { status: 401, body: first },
      { status: 200, body: second },
    ]
    transport.send = async () => ({ headers: {}, ...answers.shift() }) as HttpResponse
    const api = createClient(Api, { url, clock, transport, use: [bearerToken(source().get)] })
    expect(await api.get()).toBe(second)
    expect([first.destroyed, second.destroyed]).toEqual([true, false])
  })

  test('retry and circuit breaker see one attempt', async () => {
    const { get } = source()
    const seen: number[] = []
    const { probe, transport, outcome } = stage(
      {
        use: [
          (request, next) => {
            seen.push(request.attempt)
            return next(request)
          },
          bearerToken(get),
        ],
      },
      denied,
      { status: 503 },
      good,
    )
    await outcome(probe.get())
    expect([seen, transport.requests.length]).toEqual([[1, 2], 3])
  })

  test('other failures leave the token as it is', async () => {
    const { get, asked } = source()
    const { probe, outcome } = using(get, bad, refused, { status: 403 }, good)
    for (let i = 0; i < 4; i++) await outcome(probe.get())
    expect(asked).toEqual([undefined])
  })
})

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
