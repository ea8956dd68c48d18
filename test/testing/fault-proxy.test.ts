/** The fault proxy: what passes, how late, how much of it, and how it ends. */
import { once } from 'node:events'
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type FaultProxy,
  type FaultProxySettings,
  faults,
  startFaultProxy,
  startFaultServer,
} from 'guise/testing'
import { expect, onTestFinished, test } from 'vitest'

/** A server that sends back what it gets, and ends when its client does. */
async function echo(): Promise<{ url: string; open: Set<net.Socket> }> {
  const open = new Set<net.Socket>()
  const server = net.createServer({ allowHalfOpen: true }, socket => {
    open.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => open.delete(socket))
    socket.pipe(socket)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  return { url: `tcp://127.0.0.1:${(server.address() as net.AddressInfo).port}`, open }
}

async function through(settings: FaultProxySettings = {}, target?: string): Promise<FaultProxy> {
  const proxy = await startFaultProxy({ target: target ?? (await echo()).url, ...settings })
  onTestFinished(() => proxy.close())
  return proxy
}

async function connect({ url }: FaultProxy) {
  const socket = net.connect({
    port: Number(new URL(url).port),
    host: '127.0.0.1',
    noDelay: true,
    allowHalfOpen: true,
  })
  onTestFinished(() => void socket.destroy())
  const state = { received: '', packets: 0, ended: false, how: '' }
  socket.on('data', chunk => {
    state.received += chunk.toString('latin1')
    state.packets++
  })
  socket.on('end', () => {
    state.ended = true
  })
  socket.on('error', error => {
    state.how = (error as NodeJS.ErrnoException).code ?? ''
  })
  await once(socket, 'connect')
  /** Resolves when so many bytes have come back. */
  const got = async (bytes: number) => {
    while (state.received.length < bytes) await once(socket, 'data')
  }
  return { socket, state, got }
}

/** `once` of events would reject with the error that is expected here. */
const closing = (socket: net.Socket) => new Promise(resolve => socket.once('close', resolve))

/** Sends text there and back; resolves to the milliseconds that it took. */
async function roundTrip(proxy: FaultProxy, text = 'hello'): Promise<number> {
  const { socket, got } = await connect(proxy)
  const started = performance.now()
  socket.write(text)
  await got(text.length)
  const took = performance.now() - started
  socket.destroy()
  return took
}

test('passes everything on, ends included', async () => {
  const proxy = await through()
  const { socket, state } = await connect(proxy)
  const text = 'x'.repeat(3_000_000)
  socket.end(text)
  await closing(socket)
  expect(state).toMatchObject({ received: text, ended: true, how: '' })
  expect(proxy.connections).toBe(1)
  expect(proxy.open).toBe(0)
})

test('latency is added each way, once, and not for each piece', async () => {
  const proxy = await through({ latency: 30, slice: 100 })
  const took = await roundTrip(proxy, 'x'.repeat(2000))
  expect(took).toBeGreaterThanOrEqual(60)
  // One after the other, twenty pieces would take twenty times as long.
  expect(took).toBeLessThan(600)
})

test('jitter comes on top, and the order is kept', async () => {
  const proxy = await through({ latency: 5, jitter: 10, slice: 10 })
  const { socket, state, got } = await connect(proxy)
  const text = Array.from({ length: 100 }, (_, i) => String(i).padStart(3, '0')).join('')
  socket.write(text)
  await got(text.length)
  expect(state.received).toBe(text)
})

test('bandwidth: bytes take their time', async () => {
  const proxy = await through({ bandwidth: 20_000 })
  expect(await roundTrip(proxy, 'x'.repeat(1000))).toBeGreaterThanOrEqual(100)
})

test('slice: small packets', async () => {
  const { socket, state, got } = await connect(await through({ slice: 10 }))
  socket.write('x'.repeat(200))
  await got(200)
  expect(state.packets).toBeGreaterThan(10)
})

test('limit: so many bytes from the target, and then the end', async () => {
  const { socket, state } = await connect(await through({ limit: 7 }))
  socket.write('0123456789')
  await once(socket, 'end')
  expect(state.received).toBe('0123456')
})

test('blackhole: nothing passes until it is off again, and then what was held back', async () => {
  const proxy = await through()
  const { socket, state, got } = await connect(proxy)
  socket.write('before ')
  await got(7)
  proxy.set({ blackhole: true })
  socket.end('after')
  const other = await connect(proxy)
  other.socket.write('other')
  expect(proxy.open).toBe(2)
  for (let i = 0; i < 20; i++) await new Promise(resolve => setImmediate(resolve))
  expect(state).toMatchObject({ received: 'before ', ended: false })
  expect(other.state.received).toBe('')
  proxy.heal()
  await got(12)
  await other.got(5)
  expect(state.received).toBe('before after')
})

test('settings are changed while bytes wait', async () => {
  const proxy = await through({ latency: 60_000 })
  const { socket, got } = await connect(proxy)
  socket.write('hello')
  await new Promise(resolve => setImmediate(resolve))
  proxy.set({ latency: undefined })
  await got(5)
  proxy.set({ latency: 20 })
  expect(await roundTrip(proxy)).toBeGreaterThanOrEqual(40)
})

test('reset: all open connections are reset, new ones are not', async () => {
  const proxy = await through()
  const connections = [await connect(proxy), await connect(proxy)]
  const closed = connections.map(({ socket }) => closing(socket))
  proxy.reset()
  await Promise.all(closed)
  expect(connections.map(({ state }) => state.how)).toEqual(['ECONNRESET', 'ECONNRESET'])
  expect(await roundTrip(proxy)).toBeGreaterThanOrEqual(0)
})

test('halfClose: the client hears the end, and is still heard', async () => {
  const server = await startFaultServer(faults.stall)
  onTestFinished(() => server.close())
  const proxy = await through({}, server.url)
  const { socket, state } = await connect(proxy)
  await server.until(({ open }) => open === 1)
  proxy.halfClose()
  await once(socket.resume(), 'end')
  socket.write('GET /late HTTP/1.1\r\n\r\n')
  await server.until(({ requests }) => requests.length === 1)
  expect(state.received).toBe('')
  expect(server.requests[0]?.path).toBe('/late')
})

test('a reset of the target is a reset for the client', async () => {
  const server = await startFaultServer(faults.resetBeforeAnswer)
  onTestFinished(() => server.close())
  const { socket, state } = await connect(await through({}, server.url))
  socket.write('GET / HTTP/1.1\r\n\r\n')
  await closing(socket)
  expect(state.how).toBe('ECONNRESET')
})

test('a target that is not there is a reset for the client', async () => {
  const server = await startFaultServer(faults.stall)
  await server.close()
  const proxy = await through({}, server.url)
  const { socket, state } = await connect(proxy)
  if (!socket.destroyed) await closing(socket)
  expect(state.how).toBe('ECONNRESET')
  expect(proxy.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
})

test('a client that goes takes its connection to the target along', async () => {
  const target = await echo()
  const proxy = await through({}, target.url)
  const { socket, got } = await connect(proxy)
  socket.write('x')
  await got(1)
  const [held] = target.open
  const closed = closing(held as net.Socket)
  socket.resetAndDestroy()
  await closed
  expect(target.open.size).toBe(0)
})

test('a target that takes nothing more is not buried under bytes', async () => {
  const target = await echo()
  const proxy = await through({}, target.url)
  const { socket } = await connect(proxy)
  socket.pause()
  // Far more than all buffers on the way there and back; the echo stops reading when nobody takes what it sends.
  const piece = Buffer.alloc(1024 * 1024)
  let taken = 0
  while (taken < 200 && socket.write(piece)) taken++
  for (let i = 0; i < 200 && taken < 200; i++) {
    await new Promise(resolve => setImmediate(resolve))
    while (taken < 200 && !socket.writableNeedDrain && socket.write(piece)) taken++
  }
  expect(taken).toBeLessThan(200)
})

test('whatever happens to connections, none is left when all have gone', async () => {
  const server = await startFaultServer(
    faults.longBody({ mebibytes: 1, chunked: true }),
    faults.stall,
    faults.finBeforeAnswer,
    faults.resetMidBody(),
    faults.closeAfterReply(2),
    ({ nth, connection }) => ((nth + connection) % 2 === 0 ? faults.json({}) : faults.slowBody()),
  )
  onTestFinished(() => server.close())
  const proxy = await through({}, server.url)
  const moods: FaultProxySettings[] = [
    { latency: 2, jitter: 3 },
    { slice: 50 },
    { bandwidth: 500_000 },
    { limit: 20_000 },
    { blackhole: true },
    {},
  ]
  const ends = [
    (socket: net.Socket) => socket.destroy(),
    (socket: net.Socket) => socket.resetAndDestroy(),
    (socket: net.Socket) => socket.end(),
    (socket: net.Socket) => socket.resume(),
  ]
  const sockets: net.Socket[] = []
  for (let round = 0; round < 18; round++) {
    proxy.heal()
    proxy.set(moods[round % moods.length] ?? {})
    if (round % 7 === 3) proxy.reset()
    if (round % 7 === 5) proxy.halfClose()
    for (let i = 0; i < 8; i++) {
      const socket = net
        .connect({ port: Number(new URL(proxy.url).port), host: '127.0.0.1' })
        .on('error', () => {})
      socket.write('GET / HTTP/1.1\r\n\r\n')
      if (i % 3 === 0) socket.resume()
      sockets.push(socket)
      setTimeout(() => ends[i % ends.length]?.(socket), (round + i) % 12)
    }
    await sleep(5)
  }
  for (const socket of sockets) socket.destroy()
  proxy.heal()
  await server.until(({ open }) => open === 0)
  for (let i = 0; i < 200 && proxy.open > 0; i++) await sleep(5)
  expect(proxy.open).toBe(0)
})

test('ends with its scope, and all its connections with it', async () => {
  let url: string
  let closed: Promise<unknown>
  {
    await using proxy = await startFaultProxy({ target: (await echo()).url })
    url = proxy.url
    const { socket } = await connect(proxy)
    closed = closing(socket.resume())
    socket.once('end', () => socket.end())
  }
  await closed
  const refused = net.connect(Number(new URL(url).port), '127.0.0.1')
  const [error] = await once(refused, 'error')
  expect(error).toMatchObject({ code: 'ECONNREFUSED' })
})
