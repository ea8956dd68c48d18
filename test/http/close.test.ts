/** Closing a transport: no more requests, those in flight may end in a bounded time, and nothing stays open. */
import { describe, expect, test } from 'vitest'
import { undiciTransport } from '../../src/http/index.js'
import { answering, http, onRequest, rawServer } from './raw-server.js'
import { bodyStream, failureOf, isSettled, send, signalled, text } from './support.js'
import { WatchedClock } from './watched-clock.js'

describe('close', () => {
  test('ends idle connections at once, and refuses what comes later', async () => {
    const server = await answering(http('200 OK', 'ok'))
    const over = undiciTransport()
    await Promise.all([send(over, server.url), send(over, server.url)])
    await over.close()
    await server.until(() => server.open === 0)
    const facts = await failureOf(send(over, server.url))
    expect(facts).toMatchObject({ kind: 'connection', reason: 'the client is closed', sent: false })
    await over.close()
  })

  test('of a transport that was never used', async () => {
    await undiciTransport().close()
  })

  test('waits for what is in flight or queued, but takes nothing more', async () => {
    const release = signalled()
    const server = await rawServer(socket =>
      onRequest(socket, async () => {
        await release.promise
        socket.write(http('200 OK', 'ok'))
      }),
    )
    const clock = new WatchedClock()
    const over = undiciTransport({ connections: 1, clock })
    const responses = [send(over, server.url), send(over, server.url)]
    await server.until(() => server.received !== '')
    const closed = over.close()
    expect(over.close()).toBe(closed)
    expect(await failureOf(send(over, server.url))).toMatchObject({
      reason: 'the client is closed',
      sent: false,
    })
    expect(await isSettled(closed)).toBe(false)
    release.resolve()
    expect((await Promise.all(responses)).map(text)).toEqual(['ok', 'ok'])
    await closed
    expect(clock.holding).toBe(0)
    await server.until(() => server.open.size === 0)
  })

  test('ends what takes too long, also where it only waits for a connection', async () => {
    const server = await rawServer(() => {})
    const clock = new WatchedClock()
    const over = undiciTransport({ connections: 1, clock })
    const options = { timeout: 60_000, connectTimeout: 60_000 }
    const outcomes = [failureOf(send(over, server.url, options)), failureOf(send(over, server.url, options))]
    await server.until(() => server.received !== '')
    const closed = over.close({ timeout: 3000 })
    await clock.advance(2999)
    expect(await isSettled(closed)).toBe(false)
    await clock.advance(1)
    await closed
    expect(await outcomes[0]).toMatchObject({ reason: 'the client is closed', sent: true })
    expect(await outcomes[1]).toMatchObject({ reason: 'the client is closed', sent: false })
    await server.until(() => server.open.size === 0)
  })

  test('ends streams that are still being read', async () => {
    const server = await rawServer(socket =>
      onRequest(socket, () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc')),
    )
    const clock = new WatchedClock()
    const over = undiciTransport({ clock })
    const body = bodyStream(await send(over, server.url, { receive: () => 'stream' }))
    const reading = failureOf(body.toArray())
    const closed = over.close({ timeout: 1000 })
    expect(await isSettled(closed)).toBe(false)
    await clock.advance(1000)
    await closed
    expect(await reading).toMatchObject({ reason: 'the client is closed', answered: true })
  })

  test('without end waits for ever, but not beyond the last request', async () => {
    const server = await rawServer(() => {})
    const clock = new WatchedClock()
    const over = undiciTransport({ clock })
    const outcome = failureOf(send(over, server.url))
    await server.until(() => server.received !== '')
    const closed = over.close({ timeout: Number.POSITIVE_INFINITY })
    await clock.advance(5000)
    expect(await outcome).toMatchObject({ kind: 'timeout' })
    await closed
  })
})
