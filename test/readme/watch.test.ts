/** The README's way to watch calls. */
import { subscribe } from 'node:diagnostics_channel'
import { type CallEvent, createClient, Get, remote } from 'guise'
import { mockTransport } from 'guise/testing'
import { expect, test, vi } from 'vitest'

class Health {
  @Get('/health')
  check(): Promise<void> {
    return remote()
  }
}

test('a call that fails is told of, and one that succeeds is not', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  subscribe('guise:call', event => {
    const { method, target, attempts, duration, ok } = event as CallEvent
    if (!ok || duration > 1_000) console.warn(method, target, attempts, Math.round(duration))
  })
  const health = createClient(Health, {
    url: 'http://health-svc',
    transport: mockTransport([{ status: 204 }, { status: 500 }]),
  })
  await health.check()
  await expect(health.check()).rejects.toThrow('500')
  const printed = warn.mock.calls
  warn.mockRestore()
  expect(printed).toEqual([['Health.check', 'http://health-svc', 1, expect.any(Number)]])
})
