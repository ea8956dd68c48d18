// Each named failure is what a real network leads to: the same error, by the same facts.
import {
  type ClientOptions,
  ConnectionError,
  createClient,
  Get,
  type GuiseError,
  Responses,
  remote,
  TimeoutError,
  text,
} from 'guise'
import { failures, mock, mockTransport } from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { closing, refusing, serve, serveSocket } from '../client/support.js'
import { rejection } from '../decode/support.js'

class Api {
  @Get('/a') @Responses({ 200: text() }) get(): Promise<string> {
    return remote()
  }
}

const once = { retry: false } as const

const real = (url: string, options: Partial<ClientOptions<Api>> = {}): Promise<GuiseError> =>
  rejection(closing(createClient<Api>(Api, { url, ...once, ...options })).get())

function named(failure: ReturnType<typeof failures.reset>): Promise<GuiseError> {
  const transport = mockTransport(failure)
  return rejection(createClient(Api, { url: 'http://h', transport, ...once }).get())
}

/** All that a caller can tell the two by, but for the address. */
function facts(error: GuiseError) {
  const { name, code, delivery, attempts, method, message, cause } = error
  const reason = message.split(' (')[0]
  return {
    name,
    code,
    delivery,
    attempts,
    method,
    reason,
    cause: (cause as { code?: string } | undefined)?.code,
  }
}

describe('failures', () => {
  it('refused is nobody who listens', async () => {
    const error = await named(failures.refused())
    expect(error).toBeInstanceOf(ConnectionError)
    expect(facts(error)).toEqual(facts(await real(await refusing())))
  })

  it('unknownHost is a name that nobody has', async () => {
    expect(facts(await named(failures.unknownHost()))).toEqual(
      facts(await real('http://no-such-host.invalid')),
    )
  })

  it('reset is a connection that is reset before an answer', async () => {
    const url = await serveSocket(socket => socket.on('data', () => socket.resetAndDestroy()))
    expect(facts(await named(failures.reset()))).toEqual(facts(await real(url)))
  })

  it('cutOff is a connection that ends in the middle of an answer', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '10' })
      response.write('abc', () => response.socket?.end())
    })
    expect(facts(await named(failures.cutOff()))).toEqual(facts(await real(url)))
  })

  it('timeout is a deadline that passes', async () => {
    const { url } = await serve(() => {})
    const late = await real(url, { timeout: { attempt: 20 } })
    const error = await named(failures.timeout())
    expect(error).toBeInstanceOf(TimeoutError)
    const { reason, ...others } = facts(error)
    expect({ ...others, reason: expect.any(String) }).toEqual(facts(late))
    expect(reason).toContain('no complete response in time')
    expect(await named(failures.timeout('connect'))).toMatchObject({ phase: 'connect', delivery: 'not-sent' })
    expect(await named(failures.timeout('total'))).toMatchObject({ phase: 'total', delivery: 'unknown' })
  })

  it('badCertificate is a server that nobody vouches for', async () => {
    const error = await named(failures.badCertificate())
    expect(error).toMatchObject({ code: 'GUISE_CONNECTION', delivery: 'not-sent' })
    expect(error.message).toContain('the certificate of the server is not trusted')
  })

  it('stale is retried at once, on a new connection', async () => {
    const transport = mockTransport([failures.stale(), { body: 'well' }])
    // Any wait would be for ever: no clock moves.
    const clock = {
      now: () => 0,
      wallNow: () => 0,
      setTimeout: () => ({ ref() {}, unref() {} }),
      clearTimeout() {},
    }
    expect(await createClient(Api, { url: 'http://h', transport, clock }).get()).toBe('well')
  })

  it('are the same for a mock', async () => {
    const api = mock(Api)
    api.get.respond(failures.reset())
    expect(facts(await rejection<GuiseError>(api.get()))).toEqual(facts(await named(failures.reset())))
  })
})
