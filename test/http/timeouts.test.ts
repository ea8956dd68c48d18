/** Deadlines on the wire. Time stands still but for `advance`: what is tested is what happens when, not how fast. */
import type dns from 'node:dns'
import { faults } from 'guise/testing'
import { Agent } from 'undici'
import { describe, expect, onTestFinished, test } from 'vitest'
import { answering, faulty, http, once, onRequest, rawServer } from './raw-server.js'
import { failureOf, isSettled, send, signalled, text, transport, watched } from './support.js'
import { WatchedClock } from './watched-clock.js'

const clockwork = (dispatcher?: Agent) => {
  const clock = new WatchedClock()
  return { clock, over: transport({ clock, connections: 1, dispatcher }) }
}

type Lookup = typeof dns.lookup

/** An agent whose look-ups wait until they are answered with loopback. */
function hangingAgent() {
  const answers: (() => void)[] = []
  const lookup = ((_host: string, _options: object, done: (error: null, found: object[]) => void) => {
    answers.push(() => done(null, [{ address: '127.0.0.1', family: 4 }]))
  }) as unknown as Lookup
  const agent = new Agent({ connections: 1, connect: { lookup } })
  onTestFinished(() => agent.destroy())
  return { agent, answers }
}

describe('the attempt deadline', () => {
  test('F8: ends a request that gets no answer, exactly when it is due, and its connection', async () => {
    const server = await once(faults.stall)
    const { clock, over } = clockwork()
    const response = send(over, server.url)
    await server.until(() => server.requests.length > 0)
    await clock.advance(4999)
    expect(await isSettled(response)).toBe(false)
    const failure = failureOf(response)
    await clock.advance(1)
    expect(await failure).toEqual({
      kind: 'timeout',
      phase: 'attempt',
      reason: 'no complete response within 5000 ms',
      sent: true,
      reused: false,
      answered: false,
    })
    await server.until(() => server.connections > server.open)
    expect(text(await send(over, server.url))).toBe('ok')
  })

  test('F9: is not put off by headers that trickle in', async () => {
    const dribbled = signalled()
    const server = await faulty(socket =>
      onRequest(socket, () => {
        let bytes = 0
        const dribble = () => {
          if (++bytes === 20) dribbled.resolve()
          if (socket.writable)
            socket.write(bytes === 1 ? 'HTTP/1.1 200 OK\r\nx: ' : 'a', () => setImmediate(dribble))
        }
        dribble()
      }),
    )
    const { clock, over } = clockwork()
    const failure = failureOf(send(over, server.url))
    await dribbled.promise
    await clock.advance(5000)
    expect(await failure).toMatchObject({ kind: 'timeout', phase: 'attempt', answered: false })
    await server.until(() => server.connections > server.open)
    expect(text(await send(over, server.url))).toBe('ok')
  })

  test.each([
    ['F10: is not put off by a body that trickles in', 'content-length: 999999\r\n\r\n'],
    ['F14: ends a chunk extension without end', 'transfer-encoding: chunked\r\n\r\n5;'],
  ])('%s', async (_name, start) => {
    const dribbled = signalled()
    const server = await faulty(socket =>
      onRequest(socket, () => {
        socket.write(`HTTP/1.1 200 OK\r\n${start}`)
        let bytes = 0
        const dribble = () => {
          if (++bytes === 20) dribbled.resolve()
          if (socket.writable) socket.write('a', () => setImmediate(dribble))
        }
        dribble()
      }),
    )
    const { clock, over } = clockwork()
    const { receive, asked } = watched()
    const failure = failureOf(send(over, server.url, { receive }))
    await Promise.all([asked, dribbled.promise])
    await clock.advance(4999)
    expect(await isSettled(failure)).toBe(false)
    await clock.advance(1)
    expect(await failure).toMatchObject({ kind: 'timeout', phase: 'attempt', answered: true, status: 200 })
    await server.until(() => server.connections > server.open)
    expect(text(await send(over, server.url))).toBe('ok')
  })

  test('is named as the caller wishes, and rounds odd durations', async () => {
    const server = await once(faults.stall)
    const { clock, over } = clockwork()
    const failure = failureOf(send(over, server.url, { timeout: 1234.5678, timeoutPhase: 'total' }))
    await server.until(() => server.requests.length > 0)
    await clock.advance(1235)
    expect(await failure).toMatchObject({ phase: 'total', reason: 'no complete response within 1235 ms' })
  })

  test('that has passed before the start lets nothing out', async () => {
    const server = await answering(http('200 OK'))
    const facts = await failureOf(send(transport(), server.url, { timeout: 0, timeoutPhase: 'total' }))
    expect(facts).toMatchObject({ kind: 'timeout', phase: 'total', sent: false })
    expect(server.connections).toBe(0)
  })

  test('ends a drained body too, but the response was there', async () => {
    const server = await once(faults.raw('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc'))
    const { clock, over } = clockwork()
    const { receive, asked } = watched('discard')
    const response = send(over, server.url, { receive })
    await asked
    await clock.advance(4999)
    expect(await isSettled(response)).toBe(false)
    await clock.advance(1)
    expect(await response).toMatchObject({ status: 200 })
    await server.until(() => server.connections > server.open)
  })

  test('leaves nothing to wait for when the response came in time', async () => {
    const server = await answering(http('200 OK', 'ok'))
    const { clock, over } = clockwork()
    await send(over, server.url)
    const all = clock.pending
    await send(over, server.url, { timeoutPhase: 'total', timeout: 4321 })
    // What is left of a total is another duration each time: its timer is not kept for others.
    expect([clock.pending, clock.holding]).toEqual([all, 0])
    await clock.advance(60_000)
    expect(clock.pending).toBe(0)
  })

  test('F49: spares a response that is already readable when the event loop was blocked', async () => {
    const server = await rawServer(socket =>
      onRequest(socket, () => {
        socket.write(http('200 OK', 'ok'))
        // The bytes are out, and before the client's side of this process can read them, its deadline passes.
        const end = performance.now() + 150
        while (performance.now() < end);
      }),
    )
    const response = await send(transport(), server.url, { timeout: 100, connectTimeout: 100 })
    expect(text(response)).toBe('ok')
  })
})

describe('the connect deadline', () => {
  test('F2: ends a connection that is not made: a TLS handshake without an answer', async () => {
    const server = await rawServer(() => {})
    const { clock, over } = clockwork()
    const response = send(over, server.url.replace('http:', 'https:'))
    await server.until(() => server.received !== '')
    await clock.advance(1999)
    expect(await isSettled(response)).toBe(false)
    const failure = failureOf(response)
    await clock.advance(1)
    expect(await failure).toEqual({
      kind: 'timeout',
      phase: 'connect',
      reason: 'no connection within 2000 ms',
      sent: false,
      reused: false,
      answered: false,
    })
  })

  test('F33: ends a look-up that hangs, and what it yields later gets no bytes but serves the next request', async () => {
    const server = await answering(http('200 OK', 'ok'))
    const { agent, answers } = hangingAgent()
    const { clock, over } = clockwork(agent)
    const origin = `http://hanging.test:${server.port}`
    const failure = failureOf(send(over, origin, { path: '/late' }))
    await clock.advance(2000)
    expect(await failure).toMatchObject({ kind: 'timeout', phase: 'connect', sent: false })
    answers.shift()?.()
    await server.until(() => server.connections === 1)
    expect(text(await send(over, origin, { path: '/next' }))).toBe('ok')
    expect(server.requests.map(({ path }) => path)).toEqual(['/next'])
    expect(server.connections).toBe(1)
  })

  test('F41: ends the wait for a free connection, and nothing is written for it later', async () => {
    const release = signalled()
    const server = await rawServer(socket =>
      onRequest(socket, async head => {
        if (head.startsWith('GET /slow')) await release.promise
        socket.write(http('200 OK', 'ok'))
      }),
    )
    const { clock, over } = clockwork()
    const slow = send(over, server.url, { path: '/slow' })
    await server.until(() => server.received.includes('/slow'))
    const queued = ['/a', '/b', '/c'].map(path => failureOf(send(over, server.url, { path })))
    await clock.advance(2000)
    for (const facts of await Promise.all(queued)) {
      expect(facts).toMatchObject({ phase: 'connect', reason: 'no connection within 2000 ms', sent: false })
    }
    release.resolve()
    expect(text(await slow)).toBe('ok')
    expect(text(await send(over, server.url, { path: '/next' }))).toBe('ok')
    expect(server.received.match(/GET \S+/g)).toEqual(['GET /slow', 'GET /next'])
    // Requests that gave up in the queue must not cost the connection that comes free for them.
    expect(server.connections).toBe(1)
  })

  test('F41: of one origin does not touch another', async () => {
    const slow = await rawServer(() => {})
    const quick = await answering(http('200 OK', 'ok'))
    const { clock, over } = clockwork()
    const hanging = failureOf(send(over, slow.url))
    const waiting = failureOf(send(over, slow.url))
    expect(text(await send(over, quick.url))).toBe('ok')
    await clock.advance(5000)
    expect(await waiting).toMatchObject({ phase: 'connect' })
    expect(await hanging).toMatchObject({ phase: 'attempt' })
  })

  test('is over once the request is on its way', async () => {
    const release = signalled()
    const server = await rawServer(socket =>
      onRequest(socket, async () => {
        await release.promise
        socket.write(http('200 OK', 'ok'))
      }),
    )
    const { clock, over } = clockwork()
    const response = send(over, server.url)
    await server.until(() => server.received !== '')
    await clock.advance(4000)
    release.resolve()
    expect(text(await response)).toBe('ok')
  })

  test('longer than the attempt leaves it to the attempt, which then says what it waited for', async () => {
    const server = await rawServer(() => {})
    const { clock, over } = clockwork()
    const failure = failureOf(send(over, server.url.replace('http:', 'https:'), { connectTimeout: 9000 }))
    await clock.advance(5000)
    expect(await failure).toMatchObject({
      phase: 'attempt',
      reason: 'no connection within 5000 ms',
      sent: false,
    })
  })

  test("a late start through somebody else's dispatcher writes nothing either", async () => {
    const server = await rawServer(() => {})
    const { agent, answers } = hangingAgent()
    const composed = agent.compose(dispatch => (options, handler) => dispatch(options, handler)) as Agent
    const { clock, over } = clockwork(composed)
    const failure = failureOf(send(over, `http://hanging.test:${server.port}`))
    await clock.advance(2000)
    expect(await failure).toMatchObject({ phase: 'connect', sent: false })
    answers.shift()?.()
    await server.until(() => server.ended > 0)
    expect(server.received).toBe('')
  })
})
