// The end of a client: calls in flight, later calls, and dispatchers that are not guise's to close.
import { once } from 'node:events'
import { ConnectionError, close, createClient, Get, Http, Param, Responses, remote, text } from 'guise'
import { mockTransport } from 'guise/testing'
import { Agent, MockAgent } from 'undici'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { rejection } from '../decode/support.js'
import { gate, json, serve } from './support.js'

class Api {
  @Get('/{id}') @Responses({ 200: text() }) get(@Param('id') id: number): Promise<string> {
    return remote(id)
  }
}

/** Answers `id` when the test says so. */
async function held() {
  const [arrived, answer] = [gate(), gate()]
  const loopback = await serve(async (request, response) => {
    arrived.open()
    await answer.opened
    response.end(request.url)
  })
  return { ...loopback, arrived: arrived.opened, answer: () => answer.open() }
}

describe('close()', () => {
  it('lets calls in flight finish, and closes the connections after them', async () => {
    const { url, server, arrived, answer } = await held()
    const client = createClient(Api, { url })
    const ended = once(server, 'connection').then(([socket]) => once(socket, 'close'))
    const call = client.get(1)
    await arrived
    let closed = false
    const closing = close(client).then(() => {
      closed = true
    })
    await new Promise(setImmediate)
    expect(closed).toBe(false)
    answer()
    expect(await call).toBe('/1')
    await closing
    await ended
  })

  it('rejects later calls without a request, from the moment it is called', async () => {
    const seen: (string | undefined)[] = []
    const { url } = await serve((request, response) => {
      seen.push(request.url)
      response.end('ok')
    })
    const client = createClient(Api, { url })
    expect(await client.get(1)).toBe('ok')
    const closing = close(client)
    const early = await rejection<ConnectionError>(client.get(2))
    await closing
    for (const error of [early, await rejection<ConnectionError>(client.get(3))]) {
      expect(error).toBeInstanceOf(ConnectionError)
      expect([error.delivery, error.attempts]).toEqual(['not-sent', 0])
      expect(error.message).toBe('Api.get: the client is closed; make a new one; the request was not sent')
    }
    expect(seen).toEqual(['/1'])
  })

  it('is harmless twice, at once or later, and before any call', async () => {
    const client = createClient(Api, { url: 'http://127.0.0.1:9' })
    await Promise.all([close(client), close(client)])
    await close(client)
    await client[Symbol.asyncDispose]()
    await expect(client.get(1)).rejects.toThrow('the client is closed')
  })

  it('leaves other clients of the class open', async () => {
    const { url } = await serve((_, response) => response.end('ok'))
    const [one, two] = [createClient(Api, { url }), createClient(Api, { url })]
    await close(one)
    expect(await two.get(1)).toBe('ok')
    await close(two)
  })

  it('is what `await using` does', async () => {
    const { url } = await serve((_, response) => response.end('ok'))
    let kept: Api
    {
      await using client = createClient(Api, { url })
      kept = client
      expect(await client.get(1)).toBe('ok')
    }
    await expect(kept.get(2)).rejects.toThrow('the client is closed')
  })

  it('leaves the transport that it was given open', async () => {
    const transport = mockTransport()
    let count = 0
    transport.close = async () => {
      count++
    }
    const client = createClient(Api, { url: 'http://h', transport })
    await close(client)
    expect(count).toBe(0)
    await expect(client.get(1)).rejects.toThrow('the client is closed')
  })
})

describe('a dispatcher of the user', () => {
  it('an Agent is used and not closed; two clients may share it', async () => {
    const { url } = await serve((request, response) => response.end(request.url))
    const dispatcher = new Agent({ connections: 1 })
    const clients = [1, 2].map(() => createClient(Api, { url, dispatcher }))
    expect(await Promise.all(clients.map((client, i) => client.get(i)))).toEqual(['/0', '/1'])
    await Promise.all(clients.map(client => close(client)))
    expect(dispatcher.closed).toBe(false)
    expect(dispatcher.destroyed).toBe(false)
    await using other = createClient(Api, { url, dispatcher })
    expect(await other.get(3)).toBe('/3')
    await dispatcher.close()
  })

  it('a composed one sees every request', async () => {
    const seen: (string | undefined)[] = []
    const { url } = await serve((_, response) => response.end('ok'))
    const agent = new Agent()
    const dispatcher = agent.compose(dispatch => (options, handler) => {
      seen.push(options.path)
      return dispatch(options, handler)
    })
    await using client = createClient(Api, { url, dispatcher })
    expect([await client.get(1), await client.get(2)]).toEqual(['ok', 'ok'])
    expect(seen).toEqual(['/1', '/2'])
    await agent.close()
  })

  it('a MockAgent answers without a network, and refuses what it does not know', async () => {
    class Orders {
      @Http('POST', '/orders/{id}{?q}')
      @Responses({ 201: z.object({ id: z.number() }) })
      make(@Param('id') id: number, @Param('q') q: string): Promise<{ id: number }> {
        return remote(id, q)
      }
    }
    const dispatcher = new MockAgent()
    dispatcher.disableNetConnect()
    dispatcher
      .get('http://orders.test')
      .intercept({ path: '/orders/7?q=a%20b', method: 'POST' })
      .reply(201, { id: 7 }, { headers: { 'content-type': 'application/json' } })
    await using client = createClient(Orders, { url: 'http://orders.test', dispatcher })
    expect(await client.make(7, 'a b')).toEqual({ id: 7 })
    dispatcher.assertNoPendingInterceptors()
    const error = await rejection<ConnectionError>(client.make(8, ''))
    expect(error).toBeInstanceOf(ConnectionError)
    expect(error.message).toContain('the mock has no answer for the request')
    await dispatcher.close()
  })

  it('that is closed already is a ConnectionError', async () => {
    const { url } = await serve((_, response) => json(response, 1))
    const dispatcher = new Agent()
    await dispatcher.close()
    await using client = createClient(Api, { url, dispatcher, retry: false })
    const error = await rejection<ConnectionError>(client.get(1))
    expect(error).toBeInstanceOf(ConnectionError)
    expect(error.delivery).toBe('not-sent')
  })
})
