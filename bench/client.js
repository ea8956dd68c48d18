// The process of one candidate: it does what the harness tells it, one slice of work at a time.
import { PerformanceObserver, performance } from 'node:perf_hooks'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { open } from './candidates/index.js'
import { rows } from './work.js'

/** Each so-manieth call is timed by itself. */
const SAMPLED = 4
/** Calls that a slice counts at the least, however long they take. */
const LEAST = 10
/** Calls in a row after which the timers get their turn: calls that a circuit refuses never wait for anything. */
const PATIENCE = 256

const calls = await open(process.env.BENCH_CANDIDATE, { urls: process.env.BENCH_URLS.split(' ') })

/** Settles as the row wants it, or throws. */
async function proper(row) {
  const { rejects, answer } = rows[row]
  try {
    const value = await calls[row]()
    if (rejects || !isDeepStrictEqual(value, answer))
      throw new Error(`a wrong answer: ${JSON.stringify(value)}`)
  } catch (error) {
    if (!rejects || error.message.startsWith('a wrong answer')) throw error
  }
}

/** Calls until a circuit must be open; another row needs no preparation. */
async function prepare({ row }) {
  if (!calls[row]) return { supported: false }
  if (row === 'refused') for (let i = 0; i < 100; i++) await proper(row)
  return { supported: true }
}

/** Keeps `width` calls in flight until `stopped` says so, and counts them. */
function start(row, width, latencies) {
  const call = calls[row]
  const { rejects } = rows[row]
  const load = { count: 0, stopped: false, done: undefined, error: undefined }
  const work = async () => {
    while (!load.stopped) {
      const begin = load.count % SAMPLED === 0 ? performance.now() : 0
      if (rejects) await call().then(unexpected, ignore)
      else await call()
      if (begin > 0) latencies.push(performance.now() - begin)
      if (++load.count % PATIENCE === 0) await nextTurn()
    }
  }
  const worker = () =>
    work().catch(error => {
      load.error ??= error
      load.stopped = true
    })
  load.done = Promise.all(Array.from({ length: width }, worker))
  return load
}

const ignore = () => {}
const unexpected = () => {
  throw new Error('a call succeeded that must fail')
}

/**
 * A slice: after a lead-in calls and CPU are counted for `millis`. While the others had their turn, connections were
 * closed, and caches and pages went to them: the lead-in is for getting them back.
 */
async function slice({ row, width, millis }) {
  const latencies = []
  const load = start(row, width, latencies)
  await sleep(millis / 2)
  latencies.length = 0
  const before = { count: load.count, cpu: process.cpuUsage(), time: performance.now() }
  do await sleep(millis)
  while (load.count - before.count < LEAST && !load.stopped)
  const time = performance.now() - before.time
  const { user, system } = process.cpuUsage(before.cpu)
  const count = load.count - before.count
  load.stopped = true
  await load.done
  if (load.error) throw load.error
  return { count, time, cpu: user + system, latencies }
}

/**
 * Bytes of JavaScript heap that `count` calls allocate. The young generation is 16 MiB from the start (its usual
 * maximum) and empty after `gc()`, so as long as no collection comes between, what is used is what was allocated.
 */
async function heap({ row, width, count }) {
  let collections = 0
  const observer = new PerformanceObserver(entries => {
    collections += entries.getEntries().length
  })
  observer.observe({ entryTypes: ['gc'] })
  let left = count
  const call = calls[row]
  const { rejects } = rows[row]
  const worker = async () => {
    while (left-- > 0) await (rejects ? call().then(unexpected, ignore) : call())
  }
  globalThis.gc()
  await sleep(5)
  collections = 0
  const before = process.memoryUsage().heapUsed
  await Promise.all(Array.from({ length: Math.min(width, count) }, worker))
  const bytes = process.memoryUsage().heapUsed - before
  await sleep(5)
  observer.disconnect()
  return { bytes: bytes / count, collected: collections > 0 }
}

/** Runs a row until V8 has had the calls it needs to optimise it, or the time is over. */
async function warm({ row, width, count, millis }) {
  const load = start(row, width, [])
  const begin = performance.now()
  while (load.count < count && performance.now() - begin < millis && !load.stopped) await sleep(20)
  load.stopped = true
  await load.done
  if (load.error) throw load.error
}

const commands = { prepare, warm, slice, heap, once: ({ row }) => proper(row) }

process.on('message', async ({ command, ...options }) => {
  try {
    process.send({ result: (await commands[command](options)) ?? {} })
  } catch (error) {
    process.send({ error: String(error) })
  }
})
process.on('disconnect', () => process.exit(0))
process.send({ result: 'ready' })
