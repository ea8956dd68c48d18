// dailyfeed in both modes with its clients, for one file of tests.
import { afterAll, afterEach, beforeAll } from 'vitest'
import { connect } from '../../examples/dailyfeed/connect.js'
import type { Setting } from '../../examples/dailyfeed/demo/scenario.js'
import { type Mode, startDailyfeed } from '../../examples/dailyfeed/services/index.js'

export const modes: readonly Mode[] = ['legacy', 'strict']

/** Starts both before the tests of a file, brings the services back to their seed after each, and ends all. */
export function useSettings(): Readonly<Record<Mode, Setting>> {
  const settings = {} as Record<Mode, Setting>
  beforeAll(async () => {
    for (const mode of modes) {
      const feed = await startDailyfeed({ mode })
      settings[mode] = { feed, clients: connect(feed) }
    }
  })
  afterEach(() => {
    for (const mode of modes) settings[mode].feed.reset()
  })
  afterAll(async () => {
    for (const mode of modes) {
      await settings[mode].clients.close()
      await settings[mode].feed.close()
    }
  })
  return settings
}

/** What a call rejects with; a value where it resolves is a mistake of the test. */
export async function errorOf(call: Promise<unknown>): Promise<unknown> {
  const value = await call.catch((error: unknown) => ({ error }))
  if (typeof value === 'object' && value !== null && 'error' in value) return value.error
  throw new Error('the call was expected to reject')
}
