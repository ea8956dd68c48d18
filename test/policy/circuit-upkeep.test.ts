/** What circuits cost: no timer, no memory for each call, and nothing after the client is closed. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { circuitsOf, close } from 'guise'
import CircuitBreaker from 'opossum'
import { build } from 'vite'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { bad, good, hanging, off, run, service, stage } from './support.js'

afterEach(() => {
  vi.restoreAllMocks()
})

const one = { volume: 1, errorThreshold: 0, resetAfter: 1000 }

test('opossum notes no durations, however many calls fail', async () => {
  const status = vi.spyOn(CircuitBreaker.prototype, 'status', 'get')
  const { probe, outcome } = stage({ ...off, circuitBreaker: { errorThreshold: 99 } }, good, bad)
  for (let i = 0; i < 200; i++) await outcome(probe.get())
  expect(circuitsOf(probe)).toMatchObject([{ state: 'open', failures: 100 }])
})

test('the clock has no timer of it, closed, open or half open', async () => {
  const { probe, clock, outcome } = stage({ ...off, circuitBreaker: one }, good, bad, bad)
  for (const wait of [0, 0, 1000, 2000]) {
    await clock.advance(wait)
    await outcome(probe.get())
    expect(clock.pending).toBe(0)
  }
})
