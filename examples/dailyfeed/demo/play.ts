// The demo from beginning to end: starts dailyfeed in both modes, plays every scenario, closes all it opened.
import { connect } from '../connect.js'
import { type Dailyfeed, startDailyfeed } from '../services/index.js'
import { b1, b2, b3, b9, b16 } from './failures.js'
import { a11, a12 } from './guard.js'
import type { Paint } from './paint.js'
import { a13, a18 } from './policies.js'
import type { Scenario, Settings } from './scenario.js'
import { a15 } from './secrets.js'
import { b10, b11, b13, b17 } from './shapes.js'
import { Stage } from './stage.js'
import { b8, b12 } from './tokens.js'
import { tour } from './tour.js'

export const scenarios: readonly Scenario[] = [
  ...tour,
  ...[b1, b2, b3, b8, b9, b10, b11, b12, b13, b16, b17],
  // The last looks back at what all the others have shown.
  ...[a11, a12, a13, a18, a15],
]

/** Sent with every request, and nowhere to be seen: see A15. */
const headers = { cookie: 'refresh_token=r-canary' }

/** Resolves to the claims that did not hold: none, if all went as it should. */
export async function play(
  write: (line: string) => void,
  paint: Paint,
  program: readonly Scenario[] = scenarios,
): Promise<readonly string[]> {
  const stage = new Stage(write, paint)
  const [legacy, strict] = [
    await startDailyfeed({ mode: 'legacy' }),
    await startDailyfeed({ mode: 'strict' }),
  ]
  try {
    for (const scenario of program) await perform(scenario, stage, legacy, strict)
  } finally {
    await legacy.close()
    await strict.close()
  }
  return stage.broken
}

/** With clients of its own, so that a circuit that one scenario opens is closed in the next. */
async function perform(
  { title, there, here, run }: Scenario,
  stage: Stage,
  legacy: Dailyfeed,
  strict: Dailyfeed,
): Promise<void> {
  const settings: Settings = {
    legacy: { feed: legacy, clients: connect(legacy, { headers }) },
    strict: { feed: strict, clients: connect(strict, { headers }) },
  }
  try {
    stage.heading(title, ...(there === undefined ? [] : [there]), here)
    await run(stage, settings).catch(error => stage.claim(`the scenario broke off: ${error}`, false))
  } finally {
    await settings.legacy.clients.close()
    await settings.strict.clients.close()
  }
}
