// A soak: many callers, 5 % mixed faults, for a minute or two. Run `npm run build` first.
//
//   node test/soak/soak.js --seconds 60 --callers 50
//
// Prints heap per call, handles that are left, errors by their codes and throughput. Exits with 1 if the heap grows by
// more than 50 bytes for each call after the warm-up, if a handle is left, if an error is not guise's own, or if an
// answer came to the wrong call.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import v8 from 'node:v8'
import vm from 'node:vm'
import { close, createClient, GuiseError } from 'guise'
import { Things } from './things.js'

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '105' }, callers: { type: 'string', default: '50' } },
})
/** Closing may take some seconds more; all in all two minutes at the most. */
const SECONDS = Math.min(105, Math.max(5, Number(values.seconds)))
const CALLERS = Number(values.callers)
const ROUNDS = 24
const MOST_BYTES = 50
/** Less than this the heap moves by itself: a short run says nothing of the growth for each call. */
const NOISE = 512 * 1024

v8.setFlagsFromString('--expose-gc')
const gc = vm.runInNewContext('gc')

const mistakes = []
for (const event of ['unhandledRejection', 'uncaughtException', 'warning']) {
  process.on(event, what => {
    if (what?.code !== 'GUISE_UNREAD_STREAM') mistakes.push(`${event}: ${what?.stack ?? what}`)
  })
}
const before = process.getActiveResourcesInfo()

const service = fork(new URL('./service.js', import.meta.url))
const [{ direct, proxied }] = await once(service, 'message')
const ask = async message => {
  service.send(message)
  return (await once(service, 'message'))[0]
}

const options = {
  timeout: { connect: 500, attempt: 150, total: 1000 },
  retry: { minDelay: 2, maxDelay: 20 },
  maxResponseBytes: 4 * 1024 * 1024,
  maxConnectionAge: 5000,
}
const clients = [
  createClient(Things, { ...options, url: direct }),
  createClient(Things, { ...options, url: proxied, connections: 20 }),
  createClient(Things, {
    ...options,
    url: direct,
    circuitBreaker: true,
    bulkhead: { concurrent: 30, queue: 100 },
  }),
  createClient(Things, { ...options, url: [direct, proxied], use: [(request, next) => next(request)] }),
]

// One signal for all calls that are not aborted, as a server has one for its own shutdown.
const { signal } = new AbortController()
const GONE = new Error('the caller has gone')

let calls = 0
let id = 0
const outcomes = new Map()
const unclassified = new Map()
const count = (map, key) => map.set(key, (map.get(key) ?? 0) + 1)

async function call() {
  const things = clients[calls++ % clients.length]
  const mine = ++id
  const dice = Math.random()
  let timer
  try {
    if (dice < 0.7) right(mine, await things.read(mine, { signal }))
    else if (dice < 0.8) right(mine, await things.storeOnce(mine, `key-${mine}`, { name: 'kim' }, { signal }))
    else if (dice < 0.9) right(mine, await things.store(mine, { name: 'kim' }, { signal }))
    else if (dice < 0.95) {
      const controller = new AbortController()
      timer = setTimeout(() => controller.abort(GONE), Math.random() * 5)
      right(mine, await things.read(mine, { signal: controller.signal }))
    } else await read(await things.download(mine, { signal }), dice > 0.99)
    count(outcomes, 'ok')
  } catch (error) {
    if (error === GONE) count(outcomes, 'aborted')
    else if (error instanceof GuiseError) count(outcomes, error.code)
    else count(unclassified, String(error?.stack ?? error))
  } finally {
    clearTimeout(timer)
  }
}

function right(asked, { id: answered }) {
  if (asked !== answered) throw new Error(`asked for ${asked} and got the answer for ${answered}`)
}

async function read(stream, halfway) {
  for await (const _ of stream) if (halfway) break
}

async function round() {
  const end = Math.min(performance.now() + (SECONDS * 1000) / ROUNDS, started + SECONDS * 1000)
  const caller = async () => {
    while (performance.now() < end) await call()
  }
  await Promise.all(Array.from({ length: CALLERS }, caller))
}

/** Bytes of the heap, with nothing under way. */
async function heap() {
  for (let i = 0; i < 3; i++) {
    await sleep(20)
    gc()
  }
  return process.memoryUsage().heapUsed
}

/** The slope of the line that fits best. */
function slope(points) {
  const mean = index => points.reduce((sum, point) => sum + point[index], 0) / points.length
  const [x, y] = [mean(0), mean(1)]
  const over = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0)
  return over / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0)
}

const started = performance.now()
const elapsed = () => (performance.now() - started) / 1000
const points = []
for (let i = 0; i < ROUNDS && elapsed() < SECONDS; i++) {
  await round()
  points.push([calls, await heap()])
}
const seconds = elapsed()
// The first third warms up: code is compiled, pools fill, maps grow to their limits.
const warm = points.slice(Math.floor(points.length / 3))
const bytes = slope(warm)

await Promise.all(clients.map(client => close(client)))
const { connections, open } = await ask('calm')
// What the service has still to say to connections that were given up, it notices when it says it.
let left = open
for (let i = 0; left > 0 && i < 100; i++) {
  await sleep(100)
  left = (await ask('count')).open
}
service.disconnect()
await once(service, 'exit')
await heap()
const handles = process.getActiveResourcesInfo()
for (const name of before) if (handles.includes(name)) handles.splice(handles.indexOf(name), 1)

const mib = value => (value / 1024 / 1024).toFixed(1)
console.log(
  `${calls} calls in ${seconds.toFixed(1)} s: ${Math.round(calls / seconds)} a second, ${CALLERS} callers`,
)
console.log(`connections: ${connections}, ${left} left open`)
console.log(
  `heap: ${warm.map(([, used]) => mib(used)).join(' ')} MiB; ${bytes.toFixed(1)} bytes for each call`,
)
console.log(`handles left: ${handles.length} ${handles.join(' ')}`)
console.log('outcomes:', Object.fromEntries([...outcomes].sort((a, b) => b[1] - a[1])))
console.log('unclassified:', Object.fromEntries(unclassified))
for (const mistake of new Set(mistakes)) console.log(mistake)

const broken = [
  bytes > MOST_BYTES &&
    bytes * (calls - warm[0][0]) > NOISE &&
    `the heap grows by more than ${MOST_BYTES} bytes for each call`,
  left > 0 && 'connections are left open',
  handles.length > 0 && 'handles are left',
  unclassified.size > 0 && "there are errors that are not guise's own",
  mistakes.length > 0 && 'something was not handled, or warned of',
].filter(Boolean)
for (const one of broken) console.error(`BROKEN: ${one}`)
process.exitCode = broken.length > 0 ? 1 : 0
