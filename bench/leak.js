// A million calls of a fully armed guise: heap and handles must not grow. `node --expose-gc bench/leak.js [calls]`
import { open } from './candidates/index.js'
import { Process } from './harness.js'

const CALLS = Number(process.argv[2] ?? 1_000_000)
const STEPS = 10
const IN_FLIGHT = 64
/** What a heap may differ by from one look to another, code that V8 still optimises included. */
const TOLERANCE = 1024 * 1024

const server = new Process('./server.js', { core: 0 })
const { urls } = await server.ready
const calls = await open('guise, fully armed', { urls })

/** One in a hundred fails: retried twice, then rejected. One in a hundred is a 404. */
async function call(number) {
  if (number % 100 === 1) await calls.failing().catch(() => {})
  else if (number % 100 === 2) await calls.missing()
  else await calls.get()
}

async function run(count) {
  let left = count
  const worker = async () => {
    while (left > 0) await call(left--)
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
}

async function look(done) {
  // Deadlines and sockets get the turn in which they are let go.
  await new Promise(resolve => setTimeout(resolve, 50))
  globalThis.gc()
  globalThis.gc()
  const { heapUsed, external, rss } = process.memoryUsage()
  return { done, heapUsed, external, rss, handles: process.getActiveResourcesInfo().length }
}

const looks = []
for (let step = 0; step <= STEPS; step++) {
  // The first step warms up and counts for nothing.
  await run(Math.ceil(CALLS / STEPS))
  looks.push(await look(step * Math.ceil(CALLS / STEPS)))
}
server.stop()

console.table(
  looks.map(({ done, heapUsed, external, rss, handles }) => ({
    calls: done,
    'heap KiB': Math.round(heapUsed / 1024),
    'external KiB': Math.round(external / 1024),
    'RSS MiB': Math.round(rss / 2 ** 20),
    handles,
  })),
)
const [first] = looks
const last = looks.at(-1)
const heap = last.heapUsed + last.external - first.heapUsed - first.external
const handles = last.handles - first.handles
console.log(`After ${CALLS} calls: heap ${Math.round(heap / 1024)} KiB, handles ${handles} more than before`)
if (heap > TOLERANCE || handles > 0) {
  console.error('It grows.')
  process.exitCode = 1
}
process.exit()
