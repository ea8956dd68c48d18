/** Connections that have grown old: left behind by later requests, ended when those in flight are done (row F34). */
import { testClock } from 'guise/testing'
import { expect, test } from 'vitest'
import { undiciTransport } from '../../src/http/index.js'
import { http, onRequest, rawServer } from './raw-server.js'
import { send, signalled, text } from './support.js'

test('F34 a request after the age limit opens a new connection, and the old one ends', async () => {
  let connections = 0
  const server = await rawServer(socket => {
    connections++
    onRequest(socket, () => socket.write(http('200 OK', 'ok')))
  })
  const clock = testClock()
  const over = undiciTransport({ clock, connections: 1, maxConnectionAge: 60_000 })
  await send(over, server.url)
  await send(over, server.url)
  expect(connections).toBe(1)
  await clock.advance(60_000)
  await send(over, server.url)
  expect(connections).toBe(2)
  await server.until(() => server.open.size === 1)
  await over.close()
  await server.until(() => server.open.size === 0)
})

test('F34 a request in flight on an old connection is answered', async () => {
  const release = signalled()
  let connections = 0
  const server = await rawServer(socket => {
    const nth = ++connections
    onRequest(socket, async () => {
      if (nth === 1) await release.promise
      socket.write(http('200 OK', `connection ${nth}`))
    })
  })
  const clock = testClock()
  const over = undiciTransport({ clock, maxConnectionAge: 1000 })
  const slow = send(over, server.url, { timeout: 60_000 })
  await server.until(() => server.received !== '')
  await clock.advance(1000)
  expect(text(await send(over, server.url))).toBe('connection 2')
  release.resolve()
  expect(text(await slow)).toBe('connection 1')
  await server.until(() => server.open.size === 1)
  await over.close()
})
