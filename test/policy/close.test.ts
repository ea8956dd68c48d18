/** What becomes of waiting calls when their client is closed, and how old its connections may grow. */
import { close, createClient } from 'guise'
import { expect, test } from 'vitest'
import { good, hanging, off, Probe, stage, url } from './support.js'

test('a client that is closed sends nothing more, and ends what waits for its next attempt', async () => {
  const { probe, transport, clock } = stage({}, { status: 503 }, good)
  const waiting = probe.get().catch((error: unknown) => error)
  await clock.advance(0)
  await close(probe)
  await clock.advance(1000)
  expect(await waiting).toMatchObject({
    code: 'GUISE_CONNECTION',
    attempts: 1,
    delivery: 'unknown',
    history: [{ failure: 'HTTP 503', at: 0 }],
  })
  expect(await probe.get().catch((error: unknown) => error)).toMatchObject({
    code: 'GUISE_CONNECTION',
    attempts: 0,
  })
  expect([transport.requests.length, clock.pending]).toEqual([1, 0])
})

test('maxConnectionAge is taken', async () => {
  const client = createClient(Probe, { url, maxConnectionAge: 30_000 })
  expect(() => createClient(Probe, { url, maxConnectionAge: 0 })).toThrow(
    'maxConnectionAge must be at least 1',
  )
  await close(client)
})

test('calls in line at the bulkhead are not sent any more', async () => {
  const options = { ...off, bulkhead: { concurrent: 1, queue: 5 }, timeout: { attempt: 100 } }
  const { probe, transport, clock } = stage(options, hanging, good)
  const calls = [probe.get(), probe.get()].map(call => call.catch((error: unknown) => error))
  await clock.advance(0)
  await close(probe)
  await clock.advance(100)
  expect(await Promise.all(calls)).toMatchObject([
    { code: 'GUISE_TIMEOUT', attempts: 1 },
    { code: 'GUISE_CONNECTION', attempts: 0, delivery: 'not-sent' },
  ])
  expect([transport.requests.length, clock.pending]).toEqual([1, 0])
})
