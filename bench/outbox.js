// The bench of the outbox: `npm run build`, then `node bench/outbox.js`, or with `--quick`, `--only=enqueue,drain,backlog`,
// `--rounds=5`, `--backlog=100000`, `--out=results.json`. It needs PostgreSQL, and RabbitMQ where it is there.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { figuresOf, median, quantile } from './figures.js'
import { Bench, startOf } from './outbox/measure.js'
import { cleanUp, lookAround } from './outbox/services.js'
import { CLIENTS, CONCURRENCY } from './outbox/work.js'

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: 'enqueue,drain,backlog' },
    rounds: { type: 'string' },
    backlog: { type: 'string' },
    out: { type: 'string' },
  },
})
const only = options.only.split(',').map(each => each.trim())
const strange = only.filter(part => !['enqueue', 'drain', 'backlog'].includes(part))
if (strange.length > 0)
  throw new Error(`There is no part ${strange.join(', ')}: they are enqueue, drain, backlog.`)

/** `limit`: seconds of the whole; a part makes fewer rounds where its share (`until`) is over. */
const effort = options.quick
  ? {
      rounds: 3,
      slice: 120,
      drain: 300,
      warmups: 1,
      starts: 2,
      backlog: 5_000,
      limit: 88,
      until: [0.15, 0.4, 0.6],
    }
  : {
      rounds: 11,
      slice: 400,
      drain: 1_000,
      warmups: 3,
      starts: 7,
      backlog: 100_000,
      limit: 590,
      until: [0.35, 0.72, 0.92],
    }
if (options.rounds) effort.rounds = effort.starts = Number(options.rounds)
if (options.backlog) effort.backlog = Number(options.backlog)
for (const name of ['rounds', 'backlog'])
  if (!(Number.isSafeInteger(effort[name]) && effort[name] > 0))
    throw new Error(`--${name} must be a whole number, 1 or more.`)
const deadline = index => effort.until[index] * effort.limit * 1000

const name = `guise_bench_${process.pid}_${Math.random().toString(36).slice(2, 8)}`
const directory = mkdtempSync(join(tmpdir(), 'guise-bench-'))
const there = await lookAround()
const load = loadavg()[0]
const machine = `Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model.trim()}, all servers on it`
const sqlite = process.getBuiltinModule?.('node:sqlite') ? 'node:sqlite' : 'libsql'

console.log(`${machine}; load before: ${load.toFixed(2)}`)
console.log(`SQLite by ${sqlite}: WAL, synchronous = full`)
for (const [service, settings] of Object.entries(there))
  console.log(`${service}: ${settings ? JSON.stringify(settings) : 'not there, its candidates are left out'}`)
console.log(
  `messages of about 300 B; up to ${CLIENTS} connections to PostgreSQL and ${CONCURRENCY} requests in flight for each process;\n` +
    'medians of rounds in which the candidates take turns, in brackets the range of eight rounds of ten',
)

const bench = new Bench(there, { schema: name, database: join(directory, 'outbox.db') })
const measured = {}
let ending

/** Ends what was started, and takes away what was made. */
function end() {
  ending ??= (async () => {
    await bench.stop()
    await cleanUp(name)
    rmSync(directory, { recursive: true, force: true })
  })()
  return ending
}
const giveUp = why => {
  console.error(why)
  process.exitCode = 1
  end().finally(() => process.exit())
}
const late = `It took longer than ${effort.limit} s: the machine is too busy; choose parts by --only.`
const watchdog = setTimeout(() => giveUp(late), effort.limit * 1000)
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => giveUp(`Ended by ${signal}.`))

const whole = number => Math.round(number).toLocaleString('en')
const mebi = bytes => (bytes / 1024 / 1024).toFixed(1)
const factor = ({ median: middle, p10, p90 }) => `${middle.toFixed(2)} (${p10.toFixed(2)}-${p90.toFixed(2)})`
const range = values => `${whole(quantile(values, 0.1))}-${whole(quantile(values, 0.9))}`

const rows = (figures, results) =>
  figures.map((each, index) => ({
    candidate: each.name,
    'messages/s': whole(each.callsPerSecond),
    range: range(each.rounds.map(({ speed }) => speed)),
    'x messages/s': factor(each.speed),
    'CPU us': each.cpuMicros.toFixed(0),
    'x CPU': factor(each.cpu),
    rounds: results[index].slices.length,
  }))

try {
  await bench.open()
  if (only.includes('enqueue')) {
    const widths = [1, 16, 64]
    const results = await bench.enqueue({
      ...{ widths, rounds: effort.rounds, millis: effort.slice, deadline: deadline(0) },
    })
    measured.enqueue = results.map(({ width, results: of }) => {
      const figures = figuresOf(of)
      // The p99 of each round, and the median of them: one bad moment is one round's.
      const p99 = of.map(({ slices }) => slices.map(({ latencies }) => quantile(latencies, 0.99)))
      console.log(`\nDurable enqueues, ${width} at the same time; ratios are to ${figures[0].name}`)
      console.table(
        rows(figures, of).map((row, index) => ({
          ...row,
          'p50 ms': figures[index].p50Millis.toFixed(2),
          'p99 ms': median(p99[index]).toFixed(2),
        })),
      )
      return { width, figures: figures.map((each, index) => ({ ...each, p99Rounds: p99[index] })) }
    })
  }
  if (only.includes('drain')) {
    const results = await bench.drain({
      ...{ rounds: effort.rounds, millis: effort.drain, warmups: effort.warmups, deadline: deadline(1) },
    })
    const figures = figuresOf(results)
    console.log(
      `\nDelivered by POST and acknowledged, out of what was recorded; ratios are to ${figures[0].name}`,
    )
    console.table(
      rows(figures, results).map((row, index) => ({
        ...row,
        'messages a round': results[index].messages,
        'sent again': results[index].slices.reduce((sum, { again }) => sum + again, 0),
      })),
    )
    measured.drain = figures
  }
  if (only.includes('backlog')) {
    const results = await bench.backlog({
      ...{ sizes: [100, effort.backlog], rounds: effort.starts, deadline: deadline(2) },
    })
    measured.backlog = results.map(({ size, results: of }) => {
      const figures = of.map(startOf)
      console.log(`\nA start with ${whole(size)} recorded messages: from connecting to the first arrival`)
      console.table(
        figures.map(each => ({
          candidate: each.name,
          'first after ms': each.firstMillis.toFixed(1),
          'least-most ms': `${each.leastMillis.toFixed(1)}-${each.mostMillis.toFixed(1)}`,
          'RSS grown by MiB': mebi(each.grownBytes),
          'heap MiB': mebi(each.heapBytes),
          'most RSS MiB': mebi(each.mostBytes),
          rounds: each.rounds,
        })),
      )
      return { size, figures }
    })
  }
  const took = performance.now() / 1000
  console.log(`\nload after: ${loadavg()[0].toFixed(2)}; ${took.toFixed(0)} s in all`)
  if (options.out)
    writeFileSync(
      options.out,
      `${JSON.stringify({ machine, sqlite, there, load, loadAfter: loadavg()[0], effort, measured }, null, 2)}\n`,
    )
} catch (error) {
  // Where it has been given up, the processes have been ended, and that is no news.
  if (ending === undefined) console.error(error)
  process.exitCode = 1
} finally {
  clearTimeout(watchdog)
  await end()
}
process.exit()
