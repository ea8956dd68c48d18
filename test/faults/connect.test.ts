/** F1, F2, F33 to F35 and F41: there is no connection to be had. */
import { once } from 'node:events'
import net from 'node:net'
import { Worker } from 'node:worker_threads'
import { ConnectionError, close, createClient, TimeoutError } from 'guise'
import { faults, startFaultServer, startFaultServerWith, testClock } from 'guise/testing'
import { Agent } from 'undici'
import { describe, expect, onTestFinished, test } from 'vitest'
import { errorOf, fails, ok, Things, TIMEOUTS, thing, turn, watchProcess, within } from './support.js'

const { connect: CONNECT } = TIMEOUTS
const notSent = { delivery: 'not-sent' }

type Found = readonly string[] | NodeJS.ErrnoException | undefined

/** An agent whose look-ups find what the test says; `undefined`: they never end. */
function looking(find: () => Found): Agent {
  const lookup = (_host: string, _options: object, done: (error: Error | null, found?: object[]) => void) => {
    const found = find()
    if (found instanceof Error) done(found)
    else if (found !== undefined)
      done(
        null,
        found.map(address => ({ address, family: net.isIP(address) })),
      )
  }
  const connect = { lookup: lookup as unknown as net.LookupFunction, autoSelectFamilyAttemptTimeout: 250 }
  const agent = new Agent({ connect: { ...connect, autoSelectFamily: true } })
  onTestFinished(() => agent.destroy())
  return agent
}

const failed = (code: string): NodeJS.ErrnoException => Object.assign(new Error('look-up'), { code })

async function freePort(): Promise<number> {
  const server = await startFaultServer(ok)
  await server.close()
  return server.port
}

function clientOf(url: string, options: object = {}) {
  const retry = { retries: 2, minDelay: 1, maxDelay: 2 }
  const things = createClient(Things, { url, timeout: TIMEOUTS, retry, ...options })
  onTestFinished(() => close(things))
  return things
}

test('F1 a closed port: even a POST is repeated', async () => {
  const watch = watchProcess()
  const port = await freePort()
  const things = clientOf(`http://127.0.0.1:${port}`)
  const error = await errorOf(things.create('kim'))
  expect(error).toBeInstanceOf(ConnectionError)
  expect(error).toMatchObject({ ...notSent, attempts: 3, cause: { code: 'ECONNREFUSED' } })
  expect(error.history).toHaveLength(3)
  expect(error.request).toEqual({ method: 'POST', url: `http://127.0.0.1:${port}/things` })
  const server = await startFaultServerWith({ port }, ok)
  onTestFinished(() => server.close())
  expect(await things.create('kim')).toEqual(thing)
  await close(things)
  await server.until(({ open }) => open === 0)
  expect(watch()).toEqual([])
})

test('F2 a port that takes no more connections (a full backlog): the connect timeout', async () => {
  // A thread that listens and then sleeps: the kernel accepts as many connections as fit, and then answers nobody.
  const code = `
    const { parentPort, workerData } = require('node:worker_threads')
    const server = require('node:net').createServer(socket => socket.end('HTTP/1.1 200 OK\\r\\ncontent-type: application/json\\r\\nconnection: close\\r\\n\\r\\n{"id":7,"name":"kim"}'))
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      parentPort.postMessage(server.address().port)
      Atomics.wait(new Int32Array(workerData), 0, 0)
    })`
  const lock = new SharedArrayBuffer(4)
  const worker = new Worker(code, { eval: true, workerData: lock })
  onTestFinished(async () => void (await worker.terminate()))
  const [port] = (await once(worker, 'message')) as [number]
  const fillers = [1, 2].map(() => net.connect(port, '127.0.0.1').on('error', () => {}))
  onTestFinished(() => {
    for (const filler of fillers) filler.destroy()
  })
  await within(Promise.all(fillers.map(filler => once(filler, 'connect'))), 'the filling of the backlog')

  const clock = testClock()
  const things = clientOf(`http://127.0.0.1:${port}`, { clock, retry: false })
  const failing = errorOf(things.create('kim'))
  await clock.advance(CONNECT)
  const error = await failing
  expect(error).toBeInstanceOf(TimeoutError)
  expect(error).toMatchObject({ ...notSent, phase: 'connect', attempts: 1 })
  Atomics.store(new Int32Array(lock), 0, 1)
  Atomics.notify(new Int32Array(lock), 0)
  await within(
    Promise.all(fillers.map(filler => once(filler.resume(), 'end'))),
    'the emptying of the backlog',
  )
  expect(await within(things.read(7), 'the next call')).toEqual(thing)
})

describe('a name', () => {
  test.each(['ENOTFOUND', 'EAI_AGAIN'])('F33 that is not found (%s)', async code => {
    const server = await startFaultServer(ok)
    onTestFinished(() => server.close())
    let found: Found = failed(code)
    const things = clientOf(`http://things.test:${server.port}`, { dispatcher: looking(() => found) })
    const error = await errorOf(things.create('kim'))
    expect(error).toBeInstanceOf(ConnectionError)
    expect(error).toMatchObject({ ...notSent, attempts: 3, cause: { code } })
    found = ['127.0.0.1']
    expect(await things.create('kim')).toEqual(thing)
  })

  test('F33 whose look-up hangs: the connect timeout covers it', async () => {
    const server = await startFaultServer(ok)
    onTestFinished(() => server.close())
    const clock = testClock()
    let found: Found
    const things = clientOf(`http://things.test:${server.port}`, {
      dispatcher: looking(() => found),
      clock,
      retry: false,
    })
    const failing = errorOf(things.create('kim'))
    await clock.advance(CONNECT)
    expect(await failing).toMatchObject({ ...notSent, code: 'GUISE_TIMEOUT', phase: 'connect', attempts: 1 })
    found = ['127.0.0.1']
    expect(await within(things.read(7), 'the next call')).toEqual(thing)
    expect(server.requests.map(({ method }) => method)).toEqual(['GET'])
  })

  test('F34 that moves: once the old address is dead the new one is found', async () => {
    const old = await startFaultServerWith({ host: '127.0.0.2' }, ok)
    const fresh = await startFaultServerWith({ host: '127.0.0.3', port: old.port }, ok)
    onTestFinished(() => fresh.close())
    onTestFinished(() => old.close())
    let found = ['127.0.0.2']
    const things = clientOf(`http://things.test:${old.port}`, { dispatcher: looking(() => found) })
    await things.read(7)
    found = ['127.0.0.3']
    await old.close()
    expect(await things.read(7)).toEqual(thing)
    expect([old.requests.length, fresh.requests.length]).toEqual([1, 1])
  })

  test('F34 that moves: old connections are left behind, though they live', async () => {
    const watch = watchProcess()
    const server = await startFaultServer(ok)
    onTestFinished(() => server.close())
    const clock = testClock()
    const things = clientOf(server.url, { clock, connections: 1, maxConnectionAge: 60_000 })
    await things.read(1)
    await clock.advance(50_000)
    await things.read(2)
    expect(server.connections).toBe(1)
    await clock.advance(10_000)
    await things.read(3)
    expect(server.requests.map(({ connection }) => connection)).toEqual([1, 1, 2])
    await server.until(({ open }) => open === 1)
    await close(things)
    await server.until(({ open }) => open === 0)
    expect(watch()).toEqual([])
  })

  test('F35 with two addresses, of which the first refuses', async () => {
    const server = await startFaultServer(ok)
    onTestFinished(() => server.close())
    const dispatcher = looking(() => ['::1', '127.0.0.1'])
    const things = clientOf(`http://things.test:${server.port}`, { dispatcher, retry: false })
    expect(await things.create('kim')).toEqual(thing)
  })

  test('F35 with two addresses that both refuse: one cause, and a message', async () => {
    const port = await freePort()
    let found = ['::1', '127.0.0.1']
    const things = clientOf(`http://things.test:${port}`, { dispatcher: looking(() => found) })
    const error = await errorOf(things.create('kim'))
    expect(error).toMatchObject({
      ...notSent,
      code: 'GUISE_CONNECTION',
      attempts: 3,
      cause: { code: 'ECONNREFUSED' },
    })
    expect(error.cause).not.toBeInstanceOf(AggregateError)
    expect((error.cause as Error).message).not.toBe('')
    expect(error.message).toContain('the connection was refused')
    const server = await startFaultServerWith({ port }, ok)
    onTestFinished(() => server.close())
    found = ['127.0.0.1']
    expect(await things.create('kim')).toEqual(thing)
  })
})

test('row 13 a look-up that refuses the address it found: nothing is sent to it', async () => {
  const server = await startFaultServer(ok)
  onTestFinished(() => server.close())
  const forbidden = Object.assign(new Error('a private address'), { code: 'EACCES' })
  const things = clientOf(`http://rebound.test:${server.port}`, {
    dispatcher: looking(() => forbidden),
    retry: false,
  })
  const error = await errorOf(things.create('kim'))
  expect(error).toMatchObject({ ...notSent, code: 'GUISE_CONNECTION', attempts: 1, cause: forbidden })
  expect(server.connections).toBe(0)
})

test('F41 all connections taken by a slow service: who waits in vain fails by the connect timeout, unsent', async () => {
  const { error, requests } = await fails({
    script: [faults.stall],
    frozen: true,
    options: { connections: 1, retry: false },
    call: async things => {
      const held = errorOf(things.read(1))
      await turn()
      const error = await errorOf(things.create('kim'))
      expect(await held).toMatchObject({ code: 'GUISE_TIMEOUT', phase: 'attempt' })
      throw error
    },
    meanwhile: async ({ clock, server }) => {
      await server.until(({ requests }) => requests.length === 1)
      await turn()
      await clock.advance(TIMEOUTS.attempt)
    },
  })
  expect(error).toMatchObject({ ...notSent, code: 'GUISE_TIMEOUT', phase: 'connect', attempts: 1 })
  expect(requests).toHaveLength(1)
})

test('F41 a slow service does not slow another one down', async () => {
  const [slow, fast] = await Promise.all([startFaultServer(faults.stall), startFaultServer(ok)])
  onTestFinished(async () => void (await Promise.all([slow.close(), fast.close()])))
  const controller = new AbortController()
  const dispatcher = new Agent({ connections: 1 })
  onTestFinished(() => dispatcher.destroy())
  const slowThings = clientOf(slow.url, { dispatcher })
  const fastThings = clientOf(fast.url, { dispatcher })
  const held = [1, 2, 3].map(id => errorOf(slowThings.read(id, { signal: controller.signal })))
  const started = performance.now()
  for (let i = 0; i < 20; i++) expect(await fastThings.read(7)).toEqual(thing)
  // None of them waited for the slow service, whose attempts take a second.
  expect(performance.now() - started).toBeLessThan(TIMEOUTS.attempt)
  controller.abort()
  for (const error of await Promise.all(held)) expect(error.name).toBe('AbortError')
})
