/** F36 and F37: TLS. */
import type { TlsOptions } from 'node:tls'
import { ConnectionError, close, createClient, TimeoutError } from 'guise'
import { type Fault, type FaultScene, type FaultServer, faults, startFaultServerWith } from 'guise/testing'
import { Agent } from 'undici'
import { describe, expect, onTestFinished, test } from 'vitest'
import * as pem from './certificates.js'
import { errorOf, fails, ok, Things, TIMEOUTS, thing, watchProcess, works } from './support.js'

const good: TlsOptions = { key: pem.key, cert: pem.server }
const trusting = { ca: pem.authority }

function agent(connect: object): Agent {
  const made = new Agent({ connect })
  onTestFinished(() => made.destroy())
  return made
}

async function serve(tls: TlsOptions | undefined, port: number, ...script: Fault[]): Promise<FaultServer> {
  const server = await startFaultServerWith({ port, ...(tls !== undefined && { tls }) }, ...script)
  onTestFinished(() => server.close())
  return server
}

interface Mistake {
  readonly tls: TlsOptions | undefined
  readonly script?: readonly Fault[]
  /** The client's. */
  readonly connect?: object
  readonly scheme?: 'http' | 'https'
  readonly post?: boolean
}

/** One call to a server with a mistake, which is then put right: the next call on the same client works. */
async function mistaken({ tls, script = [ok], connect = trusting, scheme = 'https', post = false }: Mistake) {
  const watch = watchProcess()
  const server = await serve(tls, 0, ...script)
  const dispatcher = agent(connect)
  const url = `${scheme}://127.0.0.1:${server.port}`
  const retry = { retries: 2, minDelay: 1, maxDelay: 2 }
  const things = createClient(Things, { url, dispatcher, timeout: TIMEOUTS, retry })
  const error = await errorOf(post ? things.create('kim') : things.read(7))
  expect(error).toBeInstanceOf(ConnectionError)
  expect(error.request?.url).toMatch(url)
  expect(server.requests).toEqual([])
  await server.close()
  const fixed = await serve(scheme === 'http' ? undefined : { ...good, ca: pem.authority }, server.port, ok)
  expect(await things.read(7)).toEqual(thing)
  await close(things)
  await dispatcher.destroy()
  await fixed.until(({ open }) => open === 0)
  expect(watch()).toEqual([])
  return error
}

describe('a certificate', () => {
  test.each([
    ['of an unknown authority', pem.server, {}, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'is not trusted'],
    ['signed by itself', pem.selfSigned, trusting, 'DEPTH_ZERO_SELF_SIGNED_CERT', 'is not trusted'],
    ['that has expired', pem.expired, trusting, 'CERT_HAS_EXPIRED', 'has expired'],
    ['that is not yet valid', pem.notYetValid, trusting, 'CERT_NOT_YET_VALID', 'is not trusted'],
    ['for another host', pem.wrongHost, trusting, 'ERR_TLS_CERT_ALTNAME_INVALID', 'is for another host'],
  ])('F36 %s is refused, nothing sent, nothing repeated', async (_, cert, connect, code, message) => {
    const server = await serve({ key: pem.key, cert }, 0, ok)
    const dispatcher = agent(connect)
    const things = createClient(Things, { url: server.url, dispatcher })
    onTestFinished(() => close(things))
    const error = await errorOf(things.create('kim'))
    expect(error).toMatchObject({
      code: 'GUISE_CONNECTION',
      attempts: 1,
      delivery: 'not-sent',
      cause: { code },
    })
    expect(error.message).toContain(`the certificate of the server ${message}`)
    expect(server.requests).toEqual([])
    // The next call works once the server has another certificate.
    await server.close()
    await serve(good, server.port, ok)
    if (connect === trusting) expect(await things.read(7)).toEqual(thing)
  })
})

describe('a handshake', () => {
  test('F36 that stalls ends by the connect timeout, unsent', async () => {
    const stalled: FaultScene[] = []
    const stall: Fault = { name: 'stall', at: 'connection', play: scene => void stalled.push(scene) }
    const { error } = await fails({
      script: [stall],
      server: { tls: good },
      call: things => things.create('kim'),
      frozen: true,
      agent: agent(trusting),
      options: { retry: false },
      meanwhile: ({ clock }) => clock.advance(TIMEOUTS.connect),
      // Undici would wait for the handshake as long as its own timeout of 10 s, even when it is destroyed.
      heal: () => {
        for (const scene of stalled) scene.reset()
      },
    })
    expect(error).toBeInstanceOf(TimeoutError)
    expect(error).toMatchObject({ phase: 'connect', delivery: 'not-sent', attempts: 1 })
  })

  test.each([
    ['reset', faults.resetOnFirstByte],
    ['closed', faults.refuseAfterAccept],
  ])('F36 that is %s: nothing was sent, so even a POST is repeated', async (_, fault) => {
    const { requests, connections } = await works({
      script: [fault, ok],
      server: { tls: good },
      call: things => things.create('kim'),
      agent: agent(trusting),
    })
    expect(requests).toHaveLength(1)
    expect(connections).toBe(2)
  })

  test.each([
    ['with a server of TLS 1.0 only', { tls: old() }, /ERR_SSL_.*PROTOCOL/],
    ['with a server of plain HTTP', { tls: undefined }, /ERR_SSL_WRONG_VERSION_NUMBER/],
  ])('F36 %s fails for good, unsent', async (_, mistake, code) => {
    const error = await mistaken({ ...mistake, post: true })
    expect(error).toMatchObject({
      attempts: 1,
      delivery: 'not-sent',
      cause: { code: expect.stringMatching(code) },
    })
    expect(error.message).toContain('TLS handshake')
  })
})

/** No client of today speaks it. */
function old(): TlsOptions {
  return { ...good, minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' }
}

test('F36 plain HTTP to a port of TLS is ambiguous: something was sent', async () => {
  const get = await mistaken({ tls: good, scheme: 'http' })
  expect(get).toMatchObject({ attempts: 3, delivery: 'unknown' })
  const post = await mistaken({ tls: good, scheme: 'http', post: true })
  expect(post).toMatchObject({ attempts: 1, delivery: 'unknown' })
})

describe('a server that wants to know its clients', () => {
  const asking: TlsOptions = { ...good, ca: pem.authority, requestCert: true, rejectUnauthorized: true }
  const known = { ...trusting, key: pem.key, cert: pem.client }
  const stranger = { ...trusting, key: pem.key, cert: pem.strangeClient }

  test('F37 lets the right client in', async () => {
    await works({
      script: [ok],
      server: { tls: asking },
      call: things => things.create('kim'),
      agent: agent(known),
    })
  })

  test.each([
    ['without a certificate', trusting],
    ['of another authority', stranger],
  ])(
    'F37 keeps a client %s out: with TLS 1.3 the client has sent by then, so a POST is not repeated',
    async (_, connect) => {
      const error = await mistaken({ tls: asking, connect, post: true })
      expect(error).toMatchObject({ attempts: 1, delivery: 'unknown' })
    },
  )

  test('F37 keeps a client without a certificate out: with TLS 1.2 at once and for good', async () => {
    const error = await mistaken({ tls: { ...asking, maxVersion: 'TLSv1.2' }, post: true })
    expect(error).toMatchObject({ attempts: 1, delivery: 'not-sent' })
    expect(error.cause).toMatchObject({ code: expect.stringMatching(/^ERR_SSL_.*ALERT/) })
  })

  test('F37 takes a certificate that was renewed, in a new dispatcher', async () => {
    const server = await serve(asking, 0, ok)
    const before = createClient(Things, { url: server.url, dispatcher: agent(stranger), retry: false })
    expect(await errorOf(before.read(7))).toBeInstanceOf(ConnectionError)
    const after = createClient(Things, { url: server.url, dispatcher: agent(known), retry: false })
    expect(await after.read(7)).toEqual(thing)
    await Promise.all([close(before), close(after)])
  })
})
