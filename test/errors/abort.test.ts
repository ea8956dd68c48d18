// The caller's own abort: the call rejects with the signal's reason, untouched, wherever it stands.
import { getEventListeners } from 'node:events'
import {
  Body,
  Call,
  type CallOptions,
  createClient,
  type Interceptor,
  Post,
  Put,
  Responses,
  remote,
} from 'guise'
import { mockTransport } from 'guise/testing'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { closing, gate, json, serve } from '../client/support.js'

/** Set by a test: what a schema or the URL waits for. */
let waitFor: () => Promise<unknown> = async () => undefined

const slow = z.unknown().refine(async () => {
  await waitFor()
  return true
})

class Api {
  @Post('/plain')
  @Responses({ 200: z.unknown() })
  plain(@Call() options: CallOptions): Promise<unknown> {
    return remote(options)
  }

  @Put('/repeatable')
  @Responses({ 200: z.unknown() })
  repeatable(@Call() options: CallOptions): Promise<unknown> {
    return remote(options)
  }

  @Post('/checked')
  @Responses({ 200: z.unknown() })
  checked(@Body(slow) body: unknown, @Call() options: CallOptions): Promise<unknown> {
    return remote(body, options)
  }

  @Post('/slow')
  @Responses({ 200: slow })
  slow(@Call() options: CallOptions): Promise<unknown> {
    return remote(options)
  }
}

/** The promise's reason, which may be anything. */
const reasonOf = (promise: Promise<unknown>): Promise<{ reason: unknown }> =>
  promise.then(
    value => {
      throw new Error(`resolved to ${String(value)}`)
    },
    reason => ({ reason }),
  )

/** Never settles, and tells when it is asked. */
function hanging() {
  const asked = gate()
  waitFor = () => {
    asked.open()
    return new Promise(() => {})
  }
  return asked.opened
}

const reasons: readonly [string, unknown][] = [
  ['an object', Object.freeze({ why: 'the user left' })],
  ['a string', 'the user left'],
  ['null', null],
  ['0', 0],
  ['an error', new RangeError('mine')],
  ['nothing: a DOMException', undefined],
]

describe.each(reasons)('with %s', (_, given) => {
  /** A signal, the way to abort it, and a check that the call rejects with its very reason. */
  function aborting() {
    const controller = new AbortController()
    const { signal } = controller
    const abort = () => controller.abort(given)
    const expectReason = async (call: Promise<unknown>) => {
      const { reason } = await reasonOf(call)
      if (given === undefined) expect(reason).toMatchObject({ name: 'AbortError' })
      else expect(reason).toBe(given)
      expect(Object.is(reason, signal.reason)).toBe(true)
      expect(getEventListeners(signal, 'abort')).toEqual([])
    }
    return { signal, abort, expectReason }
  }

  it('before the call: nothing is sent', async () => {
    const { signal, abort, expectReason } = aborting()
    const transport = mockTransport({ body: 1 })
    // A transport refuses what was aborted by itself: the client must not even ask it.
    const send = vi.spyOn(transport, 'send')
    abort()
    await expectReason(createClient(Api, { url: 'http://h', transport }).plain({ signal }))
    expect(send).not.toHaveBeenCalled()
  })

  it('while the URL is looked up', async () => {
    const { signal, abort, expectReason } = aborting()
    const asked = hanging()
    const url = () => waitFor() as Promise<string>
    const call = createClient(Api, { url, transport: mockTransport() }).plain({ signal })
    await asked
    abort()
    await expectReason(call)
  })

  it('while the body is validated: nothing is sent', async () => {
    const { signal, abort, expectReason } = aborting()
    const asked = hanging()
    const transport = mockTransport({ body: 1 })
    const send = vi.spyOn(transport, 'send')
    const call = createClient(Api, { url: 'http://h', transport }).checked({ a: 1 }, { signal })
    await asked
    abort()
    await expectReason(call)
    expect(send).not.toHaveBeenCalled()
  })

  it('while the service thinks', async () => {
    const { signal, abort, expectReason } = aborting()
    const arrived = gate()
    const { url } = await serve(() => arrived.open())
    const call = closing(createClient(Api, { url })).plain({ signal })
    await arrived.opened
    abort()
    await expectReason(call)
  })

  it('in the middle of a response', async () => {
    const { signal, abort, expectReason } = aborting()
    const { url } = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"a":', () => abort())
    })
    await expectReason(closing(createClient(Api, { url })).plain({ signal }))
  })

  it('while the answer is validated', async () => {
    const { signal, abort, expectReason } = aborting()
    const asked = hanging()
    const transport = mockTransport({ body: 1 })
    const call = createClient(Api, { url: 'http://h', transport }).slow({ signal })
    await asked
    abort()
    await expectReason(call)
  })

  it('between two attempts: there is no second', async () => {
    const { signal, abort, expectReason } = aborting()
    const answered = gate()
    const transport = mockTransport({ status: 503, headers: { 'retry-after': '60' } })
    const use: Interceptor = async (request, next) => {
      const response = await next(request)
      answered.open()
      return response
    }
    const client = createClient(Api, { url: 'http://h', transport, use: [use], timeout: 120_000 })
    const call = client.repeatable({ signal })
    await answered.opened
    // The wait for the second attempt begins in the microtasks before this.
    await new Promise(setImmediate)
    abort()
    await expectReason(call)
    expect(transport.requests).toHaveLength(1)
  })
})

describe('a signal', () => {
  it('of AbortSignal.timeout() rejects with its TimeoutError, not with one of guise', async () => {
    const { url } = await serve(() => {})
    const signal = AbortSignal.timeout(20)
    const { reason } = await reasonOf(closing(createClient(Api, { url })).plain({ signal }))
    expect(reason).toBe(signal.reason)
    expect(reason).toBeInstanceOf(DOMException)
  })

  it('that many calls share ends all of them, and others go on', async () => {
    const arrived = gate()
    let count = 0
    const { url } = await serve((request, response) => {
      if (request.headers['x-go'] !== undefined) json(response, 'went on')
      else if (++count === 20) arrived.open()
    })
    const controller = new AbortController()
    const client = closing(createClient(Api, { url }))
    const calls = Array.from({ length: 20 }, () => reasonOf(client.plain({ signal: controller.signal })))
    await arrived.opened
    const other = client.plain({ headers: { 'x-go': '1' } })
    controller.abort('all')
    expect(await Promise.all(calls)).toEqual(Array(20).fill({ reason: 'all' }))
    expect(await other).toBe('went on')
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  })

  it('that is aborted after the call changes nothing, and is not listened to any more', async () => {
    const controller = new AbortController()
    const { url } = await serve((_, response) => json(response, 1))
    const client = closing(createClient(Api, { url }))
    expect(await client.plain({ signal: controller.signal })).toBe(1)
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
    controller.abort()
    expect(await client.plain({})).toBe(1)
  })
})
