// `npm run demo`: guise at work on a small system. Prints what happens, checks what it claims, and ends by itself.
import { paintFor } from './demo/paint.js'
import { play } from './demo/play.js'

const LIMIT = 60_000
const started = performance.now()

// Does not keep the process alive; it only ends one that should have ended long ago.
setTimeout(() => {
  console.error(`The demo did not end within ${LIMIT / 1000} seconds.`)
  process.exit(1)
}, LIMIT).unref()

console.log('dailyfeed: five services on loopback, and five guise clients with 23 methods that call them.')
const broken = await play(console.log, paintFor(process.stdout.isTTY === true))
const seconds = ((performance.now() - started) / 1000).toFixed(1)

if (broken.length === 0) {
  console.log(`\nAll as claimed, in ${seconds} seconds.`)
} else {
  console.error(`\n${broken.length} of the claims did not hold:`)
  for (const claim of broken) console.error(`  ${claim}`)
  process.exitCode = 1
}
