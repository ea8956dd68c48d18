/** Whether a connection had served before: the fact that makes a retry without delay safe to try. */
import http1 from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { Agent, ProxyAgent, request } from 'undici'
import { describe, expect, onTestFinished, test } from 'vitest'
import { http, onRequest, rawServer } from './raw-server.js'
import { failureOf, send, transport } from './support.js'

/** Answers the first `good` requests of each connection, and hangs up on the next. */
const hangingUpAfter = (good: number) =>
  rawServer(socket =>
    onRequest(socket, (_head, nth) => {
      if (nth <= good) socket.write(http('200 OK', 'ok'))
      else socket.destroy()
    }),
  )

describe('a failed request knows whether its connection was reused', () => {
  test('not at first, but later', async () => {
    expect(await failureOf(send(transport(), (await hangingUpAfter(0)).url))).toMatchObject({
      reused: false,
      sent: true,
    })
    const server = await hangingUpAfter(3)
    const over = transport({ connections: 1 })
    for (let i = 0; i < 3; i++) await send(over, server.url)
    expect(await failureOf(send(over, server.url))).toMatchObject({ reused: true, sent: true })
  })

  test.each([0, 3])('of whose answer a part had come counts as new, after %i others', async good => {
    const server = await rawServer(socket =>
      onRequest(socket, (_head, nth) => {
        if (nth <= good) socket.write(http('200 OK', 'ok'))
        else socket.end('HTTP/1.1 200 OK\r\ncontent-le')
      }),
    )
    const over = transport({ connections: 1 })
    for (let i = 0; i < good; i++) await send(over, server.url)
    expect(await failureOf(send(over, server.url))).toMatchObject({
      kind: 'connection',
      sent: true,
      reused: false,
      answered: false,
    })
  })

  test('each for itself among many', async () => {
    const waiting: (() => void)[] = []
    const server = await rawServer(socket =>
      onRequest(socket, (_head, nth) => {
        if (nth === 1) socket.write(http('200 OK', 'ok'))
        else socket.destroy()
      }),
    )
    const fresh = await rawServer(socket => onRequest(socket, () => waiting.push(() => socket.destroy())))
    const over = transport({ connections: 4 })
    await Promise.all(Array.from({ length: 4 }, () => send(over, server.url)))
    const failures = [
      ...Array.from({ length: 4 }, () => failureOf(send(over, server.url))),
      ...Array.from({ length: 4 }, () => failureOf(send(over, fresh.url))),
    ]
    while (waiting.length < 4) await new Promise(resolve => setImmediate(resolve))
    for (const destroy of waiting) destroy()
    const reused = (await Promise.all(failures)).map(facts => facts.reused)
    expect(reused).toEqual([true, true, true, true, false, false, false, false])
  })

  test('also where somebody else had used it', async () => {
    const server = await hangingUpAfter(1)
    const agent = new Agent({ connections: 1 })
    onTestFinished(() => agent.destroy())
    const over = transport({ dispatcher: agent })
    await (await request(server.url, { dispatcher: agent })).body.dump()
    expect(await failureOf(send(over, server.url))).toMatchObject({ reused: true })
  })

  test("and does not take it from a later request of somebody else's", async () => {
    const hanging = await rawServer(() => {})
    const server = await hangingUpAfter(9)
    const agent = new Agent({ connections: 1 })
    onTestFinished(() => agent.destroy())
    const elsewhere = async () => (await request(server.url, { dispatcher: agent })).body.dump()
    await elsewhere()
    const failure = failureOf(send(transport(), hanging.url))
    await hanging.until(() => hanging.received !== '')
    await elsewhere()
    for (const socket of hanging.open) socket.destroy()
    expect(await failure).toMatchObject({ sent: true, reused: false })
  })

  test('the tunnel of a proxy does not count as a request', async () => {
    const server = await hangingUpAfter(1)
    const proxy = http1.createServer().on('connect', (request, socket, head) => {
      const upstream = net.connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
        upstream.write(head)
        socket.pipe(upstream).pipe(socket)
      })
      upstream.on('error', () => socket.destroy()).on('close', () => socket.destroy())
      socket.on('error', () => upstream.destroy()).on('close', () => upstream.destroy())
    })
    await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      proxy.close()
    })
    const uri = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    const agent = new ProxyAgent({ uri, connections: 1, proxyTunnel: true })
    onTestFinished(() => agent.destroy())
    const over = transport({ dispatcher: agent })
    expect(await failureOf(send(over, (await hangingUpAfter(0)).url))).toMatchObject({
      sent: true,
      reused: false,
    })
    expect((await send(over, server.url)).status).toBe(200)
    expect(await failureOf(send(over, server.url))).toMatchObject({ sent: true, reused: true })
  })
})
