/** The caller's signal: its own reason, at once, in every phase, and one listener however many requests share it. */
import type dns from 'node:dns'
import { getEventListeners } from 'node:events'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { faults } from 'guise/testing'
import { Agent } from 'undici'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { onAbort } from '../../src/http/index.js'
import { answering, http, once, onRequest, rawServer } from './raw-server.js'
import { bodyStream, errorOf, send, signalled, text, transport, turn, watched } from './support.js'
import { WatchedClock } from './watched-clock.js'

const reason = { no: 'error at all' }

describe('F42: an abort', () => {
  test('before the send lets nothing out', async () => {
    const server = await answering(http('200 OK', 'ok'))
    const over = transport()
    const body = Readable.from(['a'])
    const outcome = send(over, server.url, { method: 'POST', body, signal: AbortSignal.abort(reason) })
    expect(await errorOf(outcome)).toBe(reason)
    expect(body.destroyed).toBe(true)
    expect(text(await send(over, server.url))).toBe('ok')
    expect(server.requests.map(({ method }) => method)).toEqual(['GET'])
  })

  test('before the send counts for more than a body that cannot be sent', async () => {
    const body = Readable.from(['a']).destroy()
    const outcome = send(transport(), 'http://127.0.0.1:1', {
      method: 'POST',
      body,
      signal: AbortSignal.abort(reason),
    })
    expect(await errorOf(outcome)).toBe(reason)
  })

  test('in the queue rejects at once, writes nothing later and costs no connection', async () => {
    const release = signalled()
    const server = await rawServer(socket =>
      onRequest(socket, async head => {
        if (head.startsWith('GET /slow')) await release.promise
        socket.write(http('200 OK', 'ok'))
      }),
    )
    const over = transport({ connections: 1 })
    const slow = send(over, server.url, { path: '/slow' })
    await server.until(() => server.received.includes('/slow'))
    const abort = new AbortController()
    const queued = errorOf(send(over, server.url, { path: '/queued', signal: abort.signal }))
    abort.abort(reason)
    expect(await queued).toBe(reason)
    release.resolve()
    await slow
    await send(over, server.url, { path: '/next' })
    expect(server.received.match(/GET \S+/g)).toEqual(['GET /slow', 'GET /next'])
    expect(server.connections).toBe(1)
  })

  test('during a look-up that hangs rejects at once', async () => {
    const asked = signalled()
    const lookup = (() => asked.resolve()) as unknown as typeof dns.lookup
    const agent = new Agent({ connect: { lookup } })
    onTestFinished(() => agent.destroy())
    const abort = new AbortController()
    const clock = new WatchedClock()
    const over = transport({ dispatcher: agent, clock })
    const outcome = errorOf(send(over, 'http://hanging.test', { signal: abort.signal }))
    await asked.promise
    abort.abort(reason)
    expect(await outcome).toBe(reason)
    expect(clock.holding).toBe(0)
  })

  test('before the headers ends the connection', async () => {
    const server = await once(faults.stall)
    const over = transport({ connections: 1 })
    const abort = new AbortController()
    const outcome = errorOf(send(over, server.url, { signal: abort.signal }))
    await server.until(() => server.requests.length > 0)
    abort.abort(reason)
    expect(await outcome).toBe(reason)
    await server.until(() => server.connections > server.open)
    expect(text(await send(over, server.url))).toBe('ok')
  })

  test.each(['gather', 'discard'] as const)('in the body (%s) ends the connection', async receive => {
    const server = await once(faults.raw('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc'))
    const over = transport({ connections: 1 })
    const abort = new AbortController()
    const headers = watched(receive)
    const outcome = errorOf(send(over, server.url, { signal: abort.signal, receive: headers.receive }))
    await headers.asked
    abort.abort(reason)
    expect(await outcome).toBe(reason)
    await server.until(() => server.connections > server.open)
    expect(text(await send(over, server.url))).toBe('ok')
  })

  test('while the body is decompressed', async () => {
    const zipped = gzipSync(Buffer.alloc(1_000_000))
    const server = await answering(http('200 OK', zipped, 'content-encoding: gzip'))
    const abort = new AbortController()
    const over = transport()
    const outcome = errorOf(
      send(over, server.url, {
        signal: abort.signal,
        receive: () => {
          // The body has come with the headers: the next thing to happen is its decompression.
          queueMicrotask(() => abort.abort(reason))
          return 'gather'
        },
      }),
    )
    expect(await outcome).toBe(reason)
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0)
  })

  test('in a stream destroys it with the reason', async () => {
    const server = await rawServer(socket =>
      onRequest(socket, () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc')),
    )
    const abort = new AbortController()
    const response = await send(transport(), server.url, { signal: abort.signal, receive: () => 'stream' })
    const cause = new Error('enough')
    const reading = errorOf(bodyStream(response).toArray())
    abort.abort(cause)
    expect(await reading).toBe(cause)
    await server.until(() => server.ended > 0)
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0)
  })

  test('after the response changes nothing', async () => {
    const server = await answering(http('200 OK', 'ok'))
    const over = transport({ connections: 1 })
    const abort = new AbortController()
    const response = await send(over, server.url, { signal: abort.signal })
    abort.abort(reason)
    expect(text(response)).toBe('ok')
    expect(text(await send(over, server.url))).toBe('ok')
    expect(server.connections).toBe(1)
  })

  test('of one request leaves the others of the connection pool alone', async () => {
    const release = signalled()
    const server = await rawServer(socket =>
      onRequest(socket, async () => {
        await release.promise
        socket.write(http('200 OK', 'ok'))
      }),
    )
    const over = transport()
    const abort = new AbortController()
    const doomed = errorOf(send(over, server.url, { signal: abort.signal }))
    const others = Array.from({ length: 5 }, () => send(over, server.url))
    await server.until(() => server.connections === 6)
    abort.abort(reason)
    expect(await doomed).toBe(reason)
    release.resolve()
    expect((await Promise.all(others)).map(text)).toEqual(Array(5).fill('ok'))
  })
})

describe('F46: one signal', () => {
  test('shared by 10,000 requests, 1,000 at a time, has one listener, and none in the end', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    onTestFinished(() => warn.mockRestore())
    const server = await answering(http('200 OK', 'ok'))
    const over = transport()
    const { signal } = new AbortController()
    let most = 0
    for (let round = 0; round < 10; round++) {
      const responses = Array.from({ length: 1000 }, () =>
        send(over, server.url, { signal, connectTimeout: 60_000, timeout: 60_000 }),
      )
      most = Math.max(most, getEventListeners(signal, 'abort').length)
      await Promise.all(responses)
    }
    expect(most).toBe(1)
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    expect(warn).not.toHaveBeenCalled()
  })

  test('aborts all that share it', async () => {
    const server = await rawServer(() => {})
    const over = transport({ connections: 3 })
    const abort = new AbortController()
    const outcomes = Array.from({ length: 10 }, () =>
      errorOf(send(over, server.url, { signal: abort.signal })),
    )
    await server.until(() => server.connections === 3)
    abort.abort(reason)
    expect(await Promise.all(outcomes)).toEqual(Array(10).fill(reason))
    await server.until(() => server.ended >= 3)
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0)
  })
})

describe('onAbort', () => {
  test('calls each listener once, and not the ones that were taken back', async () => {
    const abort = new AbortController()
    const calls: string[] = []
    const stopA = onAbort(abort.signal, () => calls.push('a'))
    onAbort(abort.signal, () => calls.push('b'))
    let stopD = () => {}
    onAbort(abort.signal, () => stopD())
    stopD = onAbort(abort.signal, () => calls.push('d'))
    stopA()
    stopA()
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(1)
    abort.abort()
    expect(calls).toEqual(['b'])
    onAbort(abort.signal, () => calls.push('late'))()
    await turn()
    expect(calls).toEqual(['b'])
  })
})
