// dailyfeed in both modes with its clients, for one file of tests.
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { connect } from '../../examples/dailyfeed/connect.js'
import type { Setting } from '../../examples/dailyfeed/demo/scenario.js'
import { type Dailyfeed, type Mode, startDailyfeed } from '../../examples/dailyfeed/services/index.js'

export const modes: readonly Mode[] = ['legacy', 'strict']

/**
 * Starts both before the tests of a file and ends them after. Each test has clients of its own, since they remember
 * failures (a circuit that one test opens is none of the next one's), and services at their seed.
 */
export function useSettings(): Readonly<Record<Mode, Setting>> {
  const feeds = {} as Record<Mode, Dailyfeed>
  const settings = {} as Record<Mode, Setting>
  beforeAll(async () => {
    for (const mode of modes) feeds[mode] = await startDailyfeed({ mode })
  })
  beforeEach(() => {
    for (const mode of modes) settings[mode] = { feed: feeds[mode], clients: connect(feeds[mode]) }
  })
  afterEach(async () => {
    for (const mode of modes) {
      await settings[mode].clients.close()
      feeds[mode].reset()
    }
  })
  afterAll(async () => {
    for (const mode of modes) await feeds[mode].close()
  })
  return settings
}

/** What a call rejects with; a value where it resolves is a mistake of the test. */
export async function errorOf(call: Promise<unknown>): Promise<unknown> {
  const value = await call.catch((error: unknown) => ({ error }))
  if (typeof value === 'object' && value !== null && 'error' in value) return value.error
  throw new Error('the call was expected to reject')
}
