/** F3 to F13 and F40: connections that end, break or fall silent. */
import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { ConnectionError, HttpError, TimeoutError } from 'guise'
import { type Fault, faults } from 'guise/testing'
import { describe, expect, test } from 'vitest'
import { expectAmbiguous, fails, ok, outcomeOf, type Stage, TIMEOUTS, thing, turn, works } from './support.js'

const { attempt: ATTEMPT } = TIMEOUTS

describe('a connection that ends before the answer', () => {
  test.each([
    ['at once', faults.refuseAfterAccept],
    ['after the request', faults.finBeforeAnswer],
  ])('F3 closed without a byte, %s', async (_, fault) => {
    await expectAmbiguous(fault, { delivery: 'unknown' })
  })

  test('F4 reset without a byte, after the request', async () => {
    await expectAmbiguous(faults.resetBeforeAnswer, { delivery: 'unknown' })
  })

  test('F4 reset without a byte, at once: repeated only where nothing can have been sent', async () => {
    const { requests } = await works({
      script: [faults.resetAfterAccept, ok],
      call: async things => {
        const outcome = await outcomeOf(things.create('kim'))
        // Whether the reset comes before the request leaves is the kernel's affair.
        if ('error' in outcome)
          expect(outcome.error).toMatchObject({ code: 'GUISE_CONNECTION', delivery: 'unknown' })
        else expect(outcome.value).toEqual(thing)
      },
    })
    expect(requests.length).toBeLessThanOrEqual(1)
  })

  test.each([
    ['FIN', faults.finMidHeaders],
    ['RST', faults.resetMidHeaders],
  ])('F11 %s in the middle of the headers', async (_, fault) => {
    await expectAmbiguous(fault, { delivery: 'unknown' })
  })
})

describe('an answer that breaks off', () => {
  test.each([
    ['FIN', faults.finMidBody()],
    ['FIN before any of it', faults.finMidBody({ sent: '' })],
    ['RST', faults.resetMidBody()],
  ])('F12 %s in the middle of a body with a length', async (_, fault) => {
    await expectAmbiguous(fault, { delivery: 'answered' })
  })

  test.each([
    ['in a chunk', faults.finMidChunk],
    ['before the last chunk', faults.finBeforeLastChunk],
  ])('F13 FIN %s', async (_, fault) => {
    await expectAmbiguous(fault, { delivery: 'answered' })
  })
})

describe('a stream that breaks off', () => {
  const reading = (fault: Fault, attempt = ATTEMPT) => ({
    script: [fault],
    options: { timeout: { attempt } },
    call: async (things: Stage['things']) => {
      for await (const _ of await things.download(7));
    },
  })

  test.each([
    ['F12', 'FIN', faults.finMidBody()],
    ['F12', 'RST', faults.resetMidBody()],
    ['F13', 'FIN in a chunk', faults.finMidChunk],
    ['F14', 'a bad chunk size', faults.badChunkSize],
  ])('%s %s: its error is one of guise, and the call is not repeated', async (_row, _what, fault) => {
    const { error, requests } = await fails(reading(fault))
    expect(error).toBeInstanceOf(ConnectionError)
    expect(error).toMatchObject({ method: 'Things.download', attempts: 1, delivery: 'answered' })
    expect(requests).toHaveLength(1)
  })

  test('F10 a stream that stops ends in time, and so does its reader', async () => {
    const { error } = await fails(reading(faults.stallMidBody(), 50))
    expect(error).toBeInstanceOf(TimeoutError)
    expect(error).toMatchObject({ phase: 'attempt', attempts: 1, delivery: 'answered' })
  })

  test('F31 a stream whose compression is broken cannot be decoded', async () => {
    const { error } = await fails(reading(faults.truncatedGzip))
    expect(error).toMatchObject({ code: 'GUISE_DECODE', status: 200, attempts: 1 })
  })
})

describe('a connection that ends while 20 MB are being sent', () => {
  const big = Buffer.alloc(20_000_000)
  const uploading = (fault: Fault) => ({
    script: [fault],
    call: (things: Stage['things']) => things.upload(7, big),
  })

  test.each([
    ['413, kept', faults.early(faults.status(413)), 413],
    ['401, then FIN', faults.early(faults.status(401), 'fin'), 401],
  ])('F5 an early %s wins', async (_, fault, status) => {
    const { error } = await fails(uploading(fault))
    expect(error).toBeInstanceOf(HttpError)
    expect(error).toMatchObject({ status, attempts: 1, delivery: 'answered' })
  })

  test('F5 an early 413, then RST, wins if it can be read', async () => {
    const { error } = await fails(uploading(faults.early(faults.status(413), 'reset')))
    if (error instanceof HttpError) expect(error.status).toBe(413)
    else expect(error).toMatchObject({ code: 'GUISE_CONNECTION', delivery: 'unknown', attempts: 1 })
  })

  test.each([
    ['FIN', faults.finDuringUpload],
    ['RST', faults.resetDuringUpload],
  ])('F5 %s alone is ambiguous', async (_, fault) => {
    const { error, requests } = await fails(uploading(fault))
    expect(error).toBeInstanceOf(ConnectionError)
    expect(error).toMatchObject({ attempts: 1, delivery: 'unknown' })
    expect(requests).toHaveLength(1)
  })
})

describe('a kept-alive connection that the server has closed', () => {
  const thereafter =
    (call: (things: Stage['things']) => Promise<unknown>) => async (things: Stage['things']) => {
      await things.read(1)
      return call(things)
    }

  test.each([
    ['GET', (things: Stage['things']) => things.read(7)],
    ['keyed POST', (things: Stage['things']) => things.createOnce('key', 'kim')],
  ])('F6 %s is repeated at once, and counted', async (_, call) => {
    const attempts: number[] = []
    const { value, requests } = await works({
      script: [ok, faults.finBeforeAnswer, ok],
      call: thereafter(call),
      // No time passes: a wait of any length would hang.
      frozen: true,
      options: {
        connections: 1,
        use: [
          (request, next) => {
            attempts.push(request.attempt)
            return next(request)
          },
        ],
      },
    })
    expect(value).toEqual(thing)
    expect(attempts.slice(0, 3)).toEqual([1, 1, 2])
    expect(requests.map(({ connection, nth }) => [connection, nth])).toEqual([
      [1, 1],
      [1, 2],
      [2, 1],
    ])
  })

  test('F6 POST without a key is not', async () => {
    const { error, requests } = await fails({
      script: [ok, faults.resetBeforeAnswer, ok],
      call: thereafter(things => things.create('kim')),
      options: { connections: 1 },
    })
    expect(error).toMatchObject({ code: 'GUISE_CONNECTION', attempts: 1, delivery: 'unknown' })
    expect(requests.map(({ nth }) => nth)).toEqual([1, 2])
  })

  test('F7 in the race with the server GET never fails, and POST is never done twice', async () => {
    const { requests } = await works({
      script: [faults.closeAfterReply(1, ok)],
      call: async things => {
        for (let i = 0; i < 40; i++) {
          expect(await things.read(7)).toEqual(thing)
          await sleep(randomInt(3))
          const outcome = await outcomeOf(things.create(`post ${i}`))
          if ('error' in outcome)
            expect(outcome.error).toMatchObject({ code: 'GUISE_CONNECTION', delivery: 'unknown' })
          await sleep(randomInt(3))
        }
      },
    })
    const posts = requests.filter(({ method }) => method === 'POST').map(({ body }) => body.toString())
    expect(new Set(posts).size).toBe(posts.length)
  })

  test('F40 in order, with `connection: close`, fails nobody', async () => {
    const polite = faults.closeAfterReply(0, faults.json(thing, 200, { connection: 'close' }))
    const { connections } = await works({
      script: [polite],
      call: async things => {
        for (let i = 0; i < 25; i++) await Promise.all([things.read(7), things.create('kim')])
      },
      options: { retry: false },
    })
    expect(connections).toBe(50)
  })
})

describe('a connection that falls silent', () => {
  test('F8 half-open: the attempt ends exactly in time, with its connection', async () => {
    let settled = false
    const { error, requests } = await fails({
      script: [ok],
      proxied: true,
      frozen: true,
      options: { retry: false },
      call: async (things, { proxy }) => {
        await things.read(1)
        proxy.set({ blackhole: true })
        return things.read(7).finally(() => {
          settled = true
        })
      },
      meanwhile: async ({ clock, server }) => {
        await server.until(() => server.requests.length === 1)
        await turn()
        await clock.advance(ATTEMPT - 1)
        expect(settled).toBe(false)
        await clock.advance(1)
        expect(settled).toBe(true)
      },
      heal: async ({ proxy }) => {
        // The client has given its connection up: the proxy sees the end of it as soon as it looks again.
        proxy.heal()
      },
    })
    expect(error).toBeInstanceOf(TimeoutError)
    expect(error).toMatchObject({ phase: 'attempt', delivery: 'unknown', attempts: 1 })
    expect(requests).toHaveLength(1)
  })

  test.each([
    ['F9', 'headers that trickle', faults.slowHeaders(), 'unknown'],
    ['F10', 'a body that trickles', faults.slowBody(), 'answered'],
    ['F10', 'a body that stops', faults.stallMidBody(), 'answered'],
  ])('%s %s: the deadline is not put off', async (_row, _what, fault, delivery) => {
    const started = performance.now()
    const { error } = await fails({
      script: [fault],
      call: things => things.read(7),
      options: { timeout: { attempt: 100 }, retry: false },
    })
    expect(performance.now() - started).toBeGreaterThanOrEqual(99)
    expect(error).toBeInstanceOf(TimeoutError)
    expect(error).toMatchObject({ phase: 'attempt', delivery, attempts: 1 })
  })
})
