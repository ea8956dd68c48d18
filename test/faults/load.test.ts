/** F46, F47, F49, F50 and row 37: many calls, slow readers, a busy event loop. */
import { getEventListeners } from 'node:events'
import type { Readable } from 'node:stream'
import { circuitsOf, close, createClient, TimeoutError, type Transport } from 'guise'
import { type Fault, type FaultScene, faults, startFaultServer, testClock } from 'guise/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { errorOf, eventually, ok, Things, TIMEOUTS, thing, turn, watchProcess, works } from './support.js'

const KIBIBYTE = 1024

test('F46 one signal for thousands of calls: no warning, no listener left, no handle left', async () => {
  const { signal } = new AbortController()
  const handles = () =>
    process
      .getActiveResourcesInfo()
      .filter(name => name !== 'Immediate')
      .sort()
  const before = handles()
  await works({
    script: [ok],
    options: { timeout: 60_000 },
    call: async things => {
      for (let i = 0; i < 300; i++) await things.read(7, { signal })
      const crowd = Array.from({ length: 700 }, () => things.read(7, { signal }))
      await new Promise(resolve => setImmediate(resolve))
      expect(getEventListeners(signal, 'abort')).toHaveLength(1)
      await Promise.all(crowd)
    },
  })
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  await eventually(() => handles().length <= before.length)
})

describe('streams that nobody reads', () => {
  const long = faults.longBody({ mebibytes: 20, chunked: true })

  test('F47 two of them hold two connections: the others fail in time, and then the two', async () => {
    const warnings: Error[] = []
    const warned = (warning: Error) => void warnings.push(warning)
    process.on('warning', warned)
    onTestFinished(() => void process.off('warning', warned))
    const server = await startFaultServer(long)
    onTestFinished(() => server.close())
    const clock = testClock()
    const things = createClient(Things, {
      url: server.url,
      connections: 2,
      timeout: TIMEOUTS,
      retry: false,
      clock,
    })
    onTestFinished(() => close(things))

    const calls = Array.from({ length: 100 }, () => things.download(7))
    const [first, second, ...others] = calls as [Promise<Readable>, Promise<Readable>, ...Promise<Readable>[]]
    const held = [await first, await second]
    const failing = Promise.all(others.map(errorOf))
    await clock.advance(TIMEOUTS.connect)
    for (const error of await failing) {
      expect(error).toBeInstanceOf(TimeoutError)
      expect(error).toMatchObject({ phase: 'connect', delivery: 'not-sent', attempts: 1 })
    }
    await clock.advance(TIMEOUTS.attempt)
    expect(held.map(({ destroyed }) => destroyed)).toEqual([true, true])
    expect(held.map(({ errored }) => errored?.message)).toEqual([
      expect.stringContaining('nobody began to read'),
      expect.stringContaining('nobody began to read'),
    ])
    await turn()
    expect(warnings.map(warning => (warning as NodeJS.ErrnoException).code)).toEqual(['GUISE_UNREAD_STREAM'])
    server.play(ok)
    expect(await things.read(7)).toEqual(thing)
    await close(things)
    await server.until(({ open }) => open === 0)
  })

  test('F47 one that comes when its call is over is destroyed at once', async () => {
    const watch = watchProcess()
    const held: FaultScene[] = []
    const server = await startFaultServer({ ...long, play: scene => void held.push(scene) })
    onTestFinished(() => server.close())
    const clock = testClock()
    let release!: () => void
    const released = new Promise<void>(resolve => {
      release = resolve
    })
    let answers = 0
    const things = createClient(Things, {
      url: server.url,
      timeout: TIMEOUTS,
      retry: false,
      clock,
      use: [
        async (request, next) => {
          const response = await next(request)
          answers++
          await released
          return response
        },
      ],
    })
    onTestFinished(() => close(things))
    const failing = errorOf(things.download(7))
    await eventually(() => held.length === 1)
    await clock.advance(TIMEOUTS.attempt / 2)
    for (const scene of held) long.play(scene)
    await eventually(() => answers === 1)
    await clock.advance(TIMEOUTS.attempt / 2)
    expect(await failing).toMatchObject({ code: 'GUISE_TIMEOUT', phase: 'attempt' })
    release()
    // No more time passes, so it is not the patience with an unread stream that ends it.
    await server.until(({ open }) => open === 0)
    expect(watch()).toEqual([])
  })

  test('F47 one that is disposed of frees its connection', async () => {
    await works({
      script: [long],
      options: { connections: 2 },
      call: async things => {
        for (let i = 0; i < 20; i++) {
          const file = await things.download(7)
          file.destroy()
        }
      },
    })
  })
})

test('F49 an event loop that was blocked fails no attempt whose answer is there', async () => {
  const busy: Fault = {
    name: 'busy',
    at: 'request',
    play: scene => {
      ok.play(scene)
      const end = performance.now() + 150
      while (performance.now() < end);
    },
  }
  const { value, requests } = await works({
    script: [busy],
    call: things => things.read(7),
    options: { timeout: { attempt: 100 }, retry: false },
  })
  expect(value).toEqual(thing)
  expect(requests).toHaveLength(1)
})

test('F50 a slow reader slows the service down, and takes no memory', async () => {
  const STREAMS = 5
  const MEBIBYTES = 10
  await works({
    script: [faults.longBody({ mebibytes: MEBIBYTES })],
    frozen: true,
    call: async things => {
      const files = await Promise.all(Array.from({ length: STREAMS }, () => things.download(7)))
      for (const file of files) {
        file.once('readable', () => {})
        await eventually(() => file.readableLength > 0)
      }
      await turn()
      // What a stream holds is one chunk more than it wants, at the most.
      for (const file of files) expect(file.readableLength).toBeLessThanOrEqual(2 * 64 * KIBIBYTE)
      for (const file of files) {
        let size = 0
        for await (const chunk of file) size += (chunk as Buffer).length
        expect(size).toBe(MEBIBYTES * KIBIBYTE * KIBIBYTE + 2)
      }
    },
  })
})

test('row 37 targets without number: what is known of each is forgotten in time', async () => {
  const watch = watchProcess()
  let target = 0
  const transport: Transport = {
    send: async () => ({
      status: 200,
      statusText: 'OK',
      headers: Object.create(null),
      body: Buffer.from(JSON.stringify(thing)),
      truncated: false,
    }),
    close: async () => {},
  }
  const things = createClient(Things, {
    url: () => `http://target-${target++}.test`,
    transport,
    circuitBreaker: true,
  })
  for (let i = 0; i < 1500; i++) await things.read(7)
  expect(circuitsOf(things)).toHaveLength(1000)
  expect(circuitsOf(things).at(-1)?.target).toBe('http://target-1499.test')
  await close(things)
  expect(watch()).toEqual([])
})
