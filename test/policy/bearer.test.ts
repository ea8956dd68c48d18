/** bearerToken: one token for all calls, renewed once for all of them when the service refuses it. */
import { Readable } from 'node:stream'
import {
  bearerToken,
  createClient,
  Get,
  type HttpResponse,
  Responses,
  remote,
  stream,
  type TokenRequest,
} from 'guise'
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
  expect(tokenOf(transport.request)).toBe('Bearer mine')
})

test.each([
  ['Bearer t', 'Bearer t'],
  ['bearer   t', 'Bearer t'],
  [' t\n', 'Bearer t'],
  ['a.b-c_d~e+f/g==', 'Bearer a.b-c_d~e+f/g=='],
])('%j is sent as %j', async (token, expected) => {
  const { probe, transport, outcome } = using(() => token, good)
  await outcome(probe.get())
  expect(tokenOf(transport.request)).toBe(expected)
})

describe('on 401', () => {
  test('the token is renewed, and the request sent once more with the new one alone', async () => {
    const { get, asked } = source()
    const { probe, transport, outcome } = using(get, takes('t2'))
    expect(await outcome(probe.put({ a: 1 }))).toEqual({ value: undefined })
    expect(transport.requests.map(tokenOf)).toEqual(['Bearer t1', 'Bearer t2'])
    expect(transport.requests.map(({ body }) => body)).toEqual([{ a: 1 }, { a: 1 }])
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

  test('a call that was refused late waits where the new token is being renewed in its turn', async () => {
    const clock = testClock()
    const pause = (time: number) => new Promise<void>(resolve => clock.setTimeout(resolve, time))
    let given = 0
    const get = async () => {
      if (++given === 3) await pause(1000)
      return `t${given}`
    }
    const late: Step = () => pause(500).then(() => denied)
    const transport = service(clock, late, takes('t3'))
    const { probe } = stage({ ...off, clock, transport, use: [bearerToken(get)] })
    const calls = [probe.get()]
    await clock.advance(0)
    await probe.get().catch(() => {})
    calls.push(probe.get())
    expect(await run(clock, Promise.all(calls))).toEqual({ value: [undefined, undefined] })
    expect(given).toBe(3)
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
