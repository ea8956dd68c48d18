// `npm run demo`: guise at work on a small system. Prints what happens, checks what it claims, and ends by itself.
// `npm run demo -- --postgres`: with content-svc on PostgreSQL; GUISE_POSTGRES says where, if not on this machine.
import { fileURLToPath } from 'node:url'
import { onPostgres, onSqlite, type Place } from './demo/notify/place.js'
import { playNotices } from './demo/notify/play.js'
import { paintFor } from './demo/paint.js'
import { play } from './demo/play.js'

// It takes half a minute; a machine that is busy may take longer.
const LIMIT = 180_000
const started = performance.now()

// Does not keep the process alive; it only ends one that should have ended long ago.
setTimeout(() => {
  console.error(`The demo did not end within ${LIMIT / 1000} seconds.`)
  process.exit(1)
}, LIMIT).unref()

const paint = paintFor(process.stdout.isTTY === true)
const place = await findPlace()
console.log('dailyfeed: five services on loopback, and five guise clients with 23 methods that call them.')
const broken = [...(await play(console.log, paint))]

console.log(
  `\nNotices: content-svc keeps posts and outbox in ${place.name}; processes: ${place.roles.join(', ')}.`,
)
const main = fileURLToPath(new URL('./content/main.js', import.meta.url))
broken.push(...(await playNotices(console.log, paint, { place, main })))
const seconds = ((performance.now() - started) / 1000).toFixed(1)

if (broken.length === 0) {
  console.log(`\nAll as claimed, in ${seconds} seconds.`)
} else {
  console.error(`\n${broken.length} of the claims did not hold:`)
  for (const claim of broken) console.error(`  ${claim}`)
  process.exitCode = 1
}

async function findPlace(): Promise<Place> {
  if (!process.argv.includes('--postgres')) return onSqlite()
  const url = process.env.GUISE_POSTGRES ?? 'postgres://postgres@127.0.0.1:5432/test'
  return onPostgres(url).catch(({ code, message }) => {
    console.error(
      `There is no PostgreSQL to play on (${code ?? message}). Say where it is: GUISE_POSTGRES=postgres://...`,
    )
    process.exit(1)
  })
}
