// The process of one candidate, as producer or as worker: it does what it is told, one command at a time.
import { performance } from 'node:perf_hooks'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'

/** Calls after which the timers get their turn: SQLite writes before it returns, and its callers wait for nothing else. */
const PATIENCE = 16

const settings = JSON.parse(process.env.BENCH_SETTINGS)
const { open } = await import(`./${settings.file}.js`)
let candidate
let before

/** Milliseconds on a clock that all processes of the machine share. */
const now = () => Number(process.hrtime.bigint()) / 1e6

/** Keeps `width` calls in flight until `stopped` says so, and counts them. */
function enqueueing(width, latencies) {
  const load = { count: 0, stopped: false, done: undefined, error: undefined }
  const work = async () => {
    while (!load.stopped) {
      const begin = performance.now()
      await candidate.enqueue()
      latencies.push(performance.now() - begin)
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

const commands = {
  /** `make`: the tables and queues too. */
  async open({ make = false } = {}) {
    candidate = await open(settings)
    if (make) await candidate.make()
  },
  clear: () => candidate.clear(),

  /** After a lead-in, calls and CPU are counted for `millis`. */
  async slice({ width, millis }) {
    const latencies = []
    const load = enqueueing(width, latencies)
    await sleep(millis / 4)
    latencies.length = 0
    const start = { count: load.count, cpu: process.cpuUsage(), time: performance.now() }
    do await sleep(millis)
    while (load.count === start.count && !load.stopped)
    const time = performance.now() - start.time
    const { user, system } = process.cpuUsage(start.cpu)
    const count = load.count - start.count
    const counted = latencies.slice()
    load.stopped = true
    await load.done
    if (load.error) throw load.error
    return { count, time, cpu: user + system, latencies: counted }
  },

  async fill({ count, width = 1000 }) {
    if (candidate.fill) return candidate.fill(count)
    let left = count
    const worker = async () => {
      while (left-- > 0) {
        await candidate.enqueue()
        if (left % PATIENCE === 0) await nextTurn()
      }
    }
    await Promise.all(Array.from({ length: Math.min(width, count) }, worker))
  },

  /** All that can be done before the first message is asked for. */
  prepare: () => candidate.prepare(),
  async start() {
    before = process.cpuUsage()
    await candidate.start()
  },
  /** Messages that are not delivered and acknowledged, as far as this process can say. */
  unsettled: async () => ({ count: await candidate.unsettled() }),
  async stop() {
    const { user, system } = process.cpuUsage(before)
    await candidate.stop()
    return { cpu: user + system }
  },

  /** A start from nothing: connect, open, deliver. */
  async boot() {
    const startedAt = now()
    const { rss } = process.memoryUsage()
    candidate = await open(settings)
    await candidate.prepare()
    await commands.start()
    return { startedAt, rss }
  },
  memory() {
    const { rss, heapUsed } = process.memoryUsage()
    return { rss, heapUsed, most: process.resourceUsage().maxRSS * 1024 }
  },
  close: () => candidate?.close(),
}

process.on('message', async ({ command, ...options }) => {
  try {
    process.send({ result: (await commands[command](options)) ?? {} })
  } catch (error) {
    process.send({ error: `${settings.name}, ${command}: ${error?.stack ?? error}` })
  }
})
process.on('disconnect', () => process.exit(0))
process.send({ pid: process.pid })
