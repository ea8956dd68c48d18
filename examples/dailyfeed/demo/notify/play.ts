// The part of the demo that is about notices. Scenes for which content-svc delivers in the same manner share it.
import type { Paint } from '../paint.js'
import { Stage } from '../stage.js'
import { a1, a2, a4, a8, a9, a10, a14 } from './delivered.js'
import type { Place } from './place.js'
import type { NotifyScene } from './scene.js'
import { type Delivery, System } from './system.js'
import { a3, a5, a6, a7 } from './trouble.js'
import { a15, a16, a17 } from './ways.js'

/** The last one takes the place of content-svc's processes. */
export const scenes: readonly NotifyScene[] = [a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a14, a15, a16, a17]

/**
 * Resolves to the claims that did not hold.
 *
 * @param main the program of content-svc, as a file of JavaScript.
 */
export async function playNotices(
  write: (line: string) => void,
  paint: Paint,
  { place, main }: { readonly place: Place; readonly main: string },
  program: readonly NotifyScene[] = scenes,
): Promise<readonly string[]> {
  const stage = new Stage(write, paint)
  const systems = new Map<Delivery | undefined, System>()
  try {
    for (const [at, { title, there, here, delivery, run }] of program.entries()) {
      stage.heading(title, ...(there === undefined ? [] : [there]), here)
      try {
        const system = systems.get(delivery) ?? (await System.start(place, main, delivery ?? {}))
        systems.set(delivery, system)
        system.feed.reset()
        await run(stage, system)
      } catch (error) {
        stage.claim(`the scene broke off: ${error}`, false)
      }
      // Its workers would look for work to the end of the demo.
      if (program.slice(at + 1).some(later => later.delivery === delivery)) continue
      await systems.get(delivery)?.close()
      systems.delete(delivery)
    }
  } finally {
    await Promise.all([...systems.values()].map(system => system.close()))
    await place.clear()
  }
  return stage.broken
}
