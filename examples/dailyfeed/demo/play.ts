// The demo from beginning to end: starts dailyfeed in both modes, plays every scenario, closes all it opened.
import { connect } from '../connect.js'
import { type Mode, startDailyfeed } from '../services/index.js'
import { b1, b2, b3, b9, b16 } from './failures.js'
import type { Paint } from './paint.js'
import type { Scenario, Setting } from './scenario.js'
import { b10, b11, b13, b17 } from './shapes.js'
import { Stage } from './stage.js'
import { b8, b12 } from './tokens.js'
import { tour } from './tour.js'

export const scenarios: readonly Scenario[] = [...tour, b1, b2, b3, b8, b9, b10, b11, b12, b13, b16, b17]

/** Resolves to the claims that did not hold: none, if all went as it should. */
export async function play(
  write: (line: string) => void,
  paint: Paint,
  program: readonly Scenario[] = scenarios,
): Promise<readonly string[]> {
  const stage = new Stage(write, paint)
  const settings = { legacy: await open('legacy'), strict: await open('strict') }
  try {
    for (const { title, there, here, run } of program) {
      stage.heading(title, ...(there === undefined ? [] : [there]), here)
      await run(stage, settings).catch(error => stage.claim(`the scenario broke off: ${error}`, false))
    }
  } finally {
    for (const { clients, feed } of Object.values(settings)) {
      await clients.close()
      await feed.close()
    }
  }
  return stage.broken
}

async function open(mode: Mode): Promise<Setting> {
  const feed = await startDailyfeed({ mode })
  return { feed, clients: connect(feed) }
}
