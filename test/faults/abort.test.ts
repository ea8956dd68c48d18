/** F42, F44 and row 19: the caller gives up, and bodies of requests that cannot be read. */
import { getEventListeners } from 'node:events'
import { Readable } from 'node:stream'
import { ArgumentError, CircuitOpenError, createClient, DeclarationError, Get, Headers, remote } from 'guise'
import { type Fault, faults } from 'guise/testing'
import { Agent } from 'undici'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  errorOf,
  eventually,
  fails,
  ok,
  outcomeOf,
  type Stage,
  Things,
  type Trial,
  thing,
  turn,
  works,
} from './support.js'

/** What a caller gives up with: it comes back untouched. */
const REASON = new Error('the caller has gone')

/** A call that is aborted when `when` has resolved; no time passes, so nothing but the abort can end it. */
async function aborted(
  trial: Pick<Trial, 'script' | 'options' | 'agent' | 'heal'>,
  when: (stage: Stage) => Promise<unknown>,
) {
  const controller = new AbortController()
  const { signal } = controller
  let settledAt = 0
  let abortedAt = 0
  const tried = await fails({
    ...trial,
    frozen: true,
    call: things =>
      things.read(7, { signal }).finally(() => {
        settledAt = performance.now()
      }),
    meanwhile: async stage => {
      await when(stage)
      abortedAt = performance.now()
      controller.abort(REASON)
      await turn()
    },
  })
  expect(tried.error).toBe(REASON)
  // Within some turns of the event loop; how long those take on a busy machine is not guise's affair.
  expect(settledAt - abortedAt).toBeLessThan(100)
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  return tried
}

async function readAll(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

const requested = ({ server }: Stage) => server.until(({ requests }) => requests.length === 1).then(turn)

describe('a caller who gives up', () => {
  test('F42 before the call: nothing leaves', async () => {
    const signal = AbortSignal.abort(REASON)
    const { error, connections } = await fails({ script: [ok], call: things => things.read(7, { signal }) })
    expect(error).toBe(REASON)
    expect(connections).toBe(0)
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  test('F42 while another call has the connection: nothing leaves for it, then or later', async () => {
    const controller = new AbortController()
    const answers: (() => void)[] = []
    const held: Fault = {
      name: 'held',
      at: 'request',
      play: scene => void answers.push(() => ok.play(scene)),
    }
    const { error, requests } = await fails({
      script: [held, ok],
      options: { connections: 1 },
      call: async (things, { server }) => {
        const first = things.read(1)
        await server.until(() => answers.length === 1)
        const second = errorOf(things.create('kim', { signal: controller.signal }))
        await turn()
        controller.abort(REASON)
        const error = await second
        for (const answer of answers) answer()
        expect(await first).toEqual(thing)
        await things.read(2)
        throw error
      },
    })
    expect(error).toBe(REASON)
    expect(requests.map(({ method }) => method)).toEqual(['GET', 'GET'])
  })

  test('F42 during the look-up of the name', async () => {
    const lookedUp: ((error: Error) => void)[] = []
    const lookup = (_host: string, _options: object, done: (error: Error) => void) => void lookedUp.push(done)
    const agent = new Agent({ connect: { lookup: lookup as never } })
    onTestFinished(() => agent.destroy())
    const things = createClient(Things, { url: 'http://things.test', dispatcher: agent })
    const controller = new AbortController()
    const failing = errorOf(things.read(7, { signal: controller.signal }))
    await eventually(() => lookedUp.length === 1)
    controller.abort(REASON)
    expect(await failing).toBe(REASON)
    for (const done of lookedUp) done(new Error('too late'))
    await turn()
  })

  test('F42 before the answer: its connection is ended', async () => {
    const { requests } = await aborted({ script: [faults.stall] }, async stage => {
      await requested(stage)
      expect(stage.server.open).toBe(1)
    })
    expect(requests).toHaveLength(1)
  })

  test('F42 in the middle of the body', async () => {
    await aborted({ script: [faults.stallMidBody()] }, requested)
  })

  test('F42 in the middle of a streamed body: the stream fails with the reason', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const { error } = await fails({
      script: [faults.stallMidBody()],
      frozen: true,
      call: async things => {
        const file = await things.download(7, { signal })
        const failing = errorOf(readAll(file))
        controller.abort(REASON)
        throw await failing
      },
    })
    expect(error).toBe(REASON)
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  test('F42 while it waits for its next attempt: there is none', async () => {
    let answers = 0
    const { requests } = await aborted(
      {
        script: [faults.status(503, { retryAfter: 1 }), ok],
        options: {
          use: [
            async (request, next) => {
              const response = await next(request)
              answers++
              return response
            },
          ],
        },
      },
      () => eventually(() => answers === 1).then(turn),
    )
    expect(requests).toHaveLength(1)
  })

  test('F42 while it waits in the bulkhead', async () => {
    const controller = new AbortController()
    const { error } = await fails({
      script: [faults.slowBody({ every: 2, bytes: 30 })],
      options: { bulkhead: { concurrent: 1, queue: 1 } },
      call: async things => {
        const first = outcomeOf(things.read(1))
        const second = errorOf(things.read(2, { signal: controller.signal }))
        await turn()
        controller.abort(REASON)
        const error = await second
        await first
        throw error
      },
    })
    expect(error).toBe(REASON)
  })

  test('F42 while the circuit is open: the reason counts for more', async () => {
    const { error } = await fails({
      script: [faults.status(500)],
      frozen: true,
      options: { circuitBreaker: { volume: 1 }, retry: false },
      call: async things => {
        await errorOf(things.read(1))
        expect(await errorOf(things.read(2))).toBeInstanceOf(CircuitOpenError)
        return things.read(3, { signal: AbortSignal.abort(REASON) })
      },
      heal: ({ clock }) => clock.advance(10_000),
    })
    expect(error).toBe(REASON)
  })

  test('F42 while an interceptor is at work', async () => {
    let begun = 0
    const { requests } = await aborted(
      {
        script: [ok],
        options: {
          use: [
            (request, next) => {
              begun++
              return begun === 1 ? new Promise(() => {}) : next(request)
            },
          ],
        },
      },
      () => eventually(() => begun === 1),
    )
    expect(requests).toHaveLength(0)
  })
})

/** Two chunks, and then an error. */
async function* breaking(): AsyncGenerator<Uint8Array> {
  yield Buffer.alloc(1000)
  yield Buffer.alloc(1000)
  throw new Error('the disk is gone')
}

describe('a body that is streamed', () => {
  test.each([
    ['stream', () => Readable.from(breaking())],
    ['iterable', breaking],
  ])("F44 a %s that fails on the way is the caller's fault, and nothing is repeated", async (_, body) => {
    const { error, requests, server } = await fails({
      script: [ok],
      call: things => things.upload(7, body()),
    })
    expect(error).toBeInstanceOf(ArgumentError)
    expect(error).toMatchObject({ attempts: 1, delivery: 'unknown', cause: { message: 'the disk is gone' } })
    // What was sent of it is no whole request.
    expect(requests).toHaveLength(0)
    expect(server.connections).toBeGreaterThan(1)
  })

  test('F44 a stream is not repeated, though the verb would allow it; bytes are', async () => {
    const streamed = await fails({
      script: [faults.resetBeforeAnswer, ok],
      call: things => things.store(7, Readable.from([Buffer.from('abc')])),
    })
    expect(streamed.error).toMatchObject({ code: 'GUISE_CONNECTION', attempts: 1, delivery: 'unknown' })
    const bytes = await works({
      script: [faults.resetBeforeAnswer, ok],
      call: things => things.store(7, Buffer.from('abc')),
    })
    expect(bytes.requests.map(({ body }) => body.toString())).toEqual(['abc', 'abc'])
  })

  test('row 19 its length is not declared, so it cannot be wrong', async () => {
    const { requests } = await works({
      script: [ok],
      call: things => things.store(7, Readable.from(['abc', 'de'])),
    })
    expect(requests[0]?.body.toString()).toBe('abcde')
    expect(requests[0]?.headers).toMatchObject({ 'transfer-encoding': 'chunked' })
    expect(requests[0]?.headers).not.toHaveProperty('content-length')
  })

  test('row 19 nobody can declare a length: not the class, not the call', async () => {
    class Lying {
      @Get('/')
      @Headers({ 'Content-Length': '5' })
      read(): Promise<void> {
        return remote()
      }
    }
    expect(() => createClient(Lying, { url: 'http://127.0.0.1' })).toThrow(DeclarationError)
    const { error, connections } = await fails({
      script: [ok],
      call: things => things.create('kim', { headers: { 'content-length': '5' } }),
    })
    expect(error).toBeInstanceOf(ArgumentError)
    expect(error).toMatchObject({ attempts: 0, delivery: 'not-sent' })
    expect(connections).toBe(0)
  })
})
