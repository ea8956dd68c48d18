/** Dispatchers that call their handler in ways that undici's own do not: a transport must stand them all. */
import type { Duplex } from 'node:stream'
import { testClock } from 'guise/testing'
import { Agent, type Dispatcher, request } from 'undici'
import { expect, onTestFinished, test, vi } from 'vitest'
import { http, onRequest, rawServer } from './raw-server.js'
import { failureOf, send, text, transport } from './support.js'

type Handler = Required<Dispatcher.DispatchHandler>

const controller = {
  abort: () => {},
  pause: () => {},
  resume: () => {},
} as unknown as Dispatcher.DispatchController

/** A dispatcher that does nothing but keep the handler, which it may start. */
function scripted(start = true) {
  let kept: Handler | undefined
  const dispatcher: Pick<Dispatcher, 'dispatch'> = {
    dispatch: (_options, handler) => {
      kept = handler as Handler
      if (start) kept.onRequestStart(controller, undefined)
      return true
    },
  }
  return { dispatcher, handler: () => kept as Handler }
}

const origin = 'http://scripted.test'

test('an upgrade that nobody asked for is no response, and its socket is closed', async () => {
  const { dispatcher, handler } = scripted()
  const failure = failureOf(send(transport({ dispatcher }), origin))
  const socket = { destroy: vi.fn() }
  handler().onRequestUpgrade(controller, 101, {}, socket as unknown as Duplex)
  expect(await failure).toMatchObject({ kind: 'connection', sent: true, answered: false })
  expect(socket.destroy).toHaveBeenCalledOnce()
})

test.each([99, 101])('the status %i is no response', async status => {
  const { dispatcher, handler } = scripted()
  const failure = failureOf(send(transport({ dispatcher }), origin))
  handler().onResponseStart(controller, status, {}, '')
  expect(await failure).toMatchObject({
    reason: 'the response is not valid HTTP',
    sent: true,
    answered: false,
  })
})

test('what comes after the end is not heard', async () => {
  const { dispatcher, handler } = scripted()
  const clock = testClock()
  const receive = vi.fn(() => 'gather' as const)
  const failure = failureOf(send(transport({ dispatcher, clock }), origin, { receive }))
  await clock.advance(5000)
  expect(await failure).toMatchObject({ kind: 'timeout' })
  handler().onResponseStart(controller, 200, {}, 'OK')
  handler().onResponseData(controller, Buffer.from('late'))
  handler().onResponseEnd(controller, {})
  handler().onResponseError(controller, new Error('later still'))
  expect(receive).not.toHaveBeenCalled()
})

test('a second response does not take the place of the first', async () => {
  const { dispatcher, handler } = scripted()
  const response = send(transport({ dispatcher }), origin)
  handler().onResponseStart(controller, 200, {}, 'OK')
  handler().onResponseData(controller, Buffer.from('first'))
  handler().onResponseStart(controller, 500, {}, 'Oops')
  handler().onResponseEnd(controller, {})
  handler().onResponseEnd(controller, {})
  expect((await response).status).toBe(200)
  expect(text(await response)).toBe('first')
})

test('headers that may be shared, like those of a cache, are left as they are', async () => {
  const { dispatcher, handler } = scripted()
  const shared = Object.freeze({ 'content-length': '0' })
  const response = send(transport({ dispatcher }), origin)
  handler().onResponseStart(controller, 200, shared, 'OK')
  handler().onResponseEnd(controller, {})
  expect({ ...(await response).headers }).toEqual(shared)
  expect(Object.getPrototypeOf(shared)).toBe(Object.prototype)
})

test("somebody else's connection is not taken for that of a request that has none", async () => {
  const server = await rawServer(socket => onRequest(socket, () => socket.write(http('200 OK'))))
  const agent = new Agent({ connections: 1 })
  onTestFinished(() => agent.destroy())
  const elsewhere = async () => (await request(server.url, { dispatcher: agent })).body.dump()
  await elsewhere()
  const { dispatcher, handler } = scripted()
  const failure = failureOf(send(transport({ dispatcher }), origin))
  await elsewhere()
  handler().onResponseError(controller, new Error('in the end'))
  expect(await failure).toMatchObject({ sent: true, reused: false })
})

test('a deadline ends also a request whose dispatcher never calls back', async () => {
  const { dispatcher } = scripted(false)
  const clock = testClock()
  const failure = failureOf(send(transport({ dispatcher, clock }), origin))
  await clock.advance(2000)
  expect(await failure).toMatchObject({ kind: 'timeout', phase: 'connect', sent: false })
})
