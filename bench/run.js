// The bench: `npm run bench`, or `npm run bench -- --quick --rows=get,post --candidates=guise,hand --widths=1,64`;
// with `--policies` what each policy of guise costs, with `--imports`, `--growth` or `--leak` what those files measure.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { candidates, policies } from './candidates/index.js'
import { chart } from './chart.js'
import { figuresOf, heldAgainstGoals, tableOf } from './figures.js'
import { pinned, startBench } from './harness.js'
import { rows } from './work.js'

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    policies: { type: 'boolean', default: false },
    imports: { type: 'boolean', default: false },
    growth: { type: 'boolean', default: false },
    leak: { type: 'boolean', default: false },
    rows: { type: 'string' },
    candidates: { type: 'string' },
    widths: { type: 'string' },
    rounds: { type: 'string' },
    out: { type: 'string' },
  },
})

/** They need a process to themselves, and V8's `gc`. */
const others = { imports: ['growth.js', '--imports'], growth: ['growth.js'], leak: ['leak.js'] }
const chosenOthers = Object.keys(others).filter(name => options[name])
for (const name of chosenOthers) {
  const [file, ...flags] = others[name]
  const path = fileURLToPath(new URL(file, import.meta.url))
  const { status } = spawnSync(process.execPath, ['--expose-gc', path, ...flags], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
if (chosenOthers.length > 0) process.exit()

const split = (text, others) => text?.split(',').map(each => each.trim()) ?? others
const [baseline, ...peers] = Object.keys(candidates)
const all = options.policies ? Object.keys(policies) : peers
const wanted = split(options.candidates, [])
const names = [
  baseline,
  ...all.filter(name => wanted.length === 0 || wanted.some(part => name.includes(part))),
]
const chosen = split(
  options.rows,
  options.policies ? ['get'] : options.quick ? ['get', 'failing'] : Object.keys(rows),
)
const strange = chosen.filter(row => !Object.hasOwn(rows, row))
if (strange.length > 0)
  throw new Error(`There is no row ${strange.join(', ')}: they are ${Object.keys(rows).join(', ')}.`)
const widths = split(options.widths, options.quick ? ['64'] : ['1', '64', '512']).map(Number)

const effort = options.quick
  ? { rounds: 5, millis: 50, warmup: { count: 6_000, millis: 200 }, heaps: 1 }
  : { rounds: 13, millis: 150, warmup: { count: 30_000, millis: 1_000 }, heaps: 5 }
if (options.rounds) effort.rounds = Number(options.rounds)

const loadBefore = loadavg()[0]
const machine =
  `Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model.trim()}, ` +
  (pinned ? 'service and candidates each on a core of their own' : 'no cores bound: taskset is not there')
console.log(`${machine}\nload before: ${loadBefore.toFixed(2)}; ratios are to ${baseline}`)
console.log(
  `medians of ${effort.rounds} rounds of ${effort.millis} ms a candidate, in brackets the range of eight rounds of ten;\n` +
    'other work on the machine only ever adds: where the ranges are wide, the least CPU says most',
)

const bench = await startBench(names)
const measured = []
for (const row of chosen) {
  for (const width of widths.filter(each => rows[row].widths?.includes(each) ?? true)) {
    const results = await bench.measure(row, width, effort)
    if (results.length === 0) continue
    const figures = figuresOf(results)
    measured.push({ row, title: rows[row].title, width, figures })
    console.log(
      `\n${rows[row].title}, ${width} ${rows[row].parallel ? 'requests ' : ''}in flight${note(figures)}`,
    )
    console.table(tableOf(figures))
  }
}
bench.stop()

/** Ratios are to the first candidate that can do the row; a service without a break holds back the fastest. */
function note([first, ...rest]) {
  const base = first.name === baseline ? '' : ` (ratios are to ${first.name})`
  const held = [first, ...rest].filter(({ serverBusy }) => serverBusy > 0.9).map(({ name }) => name)
  return `${base}${held.length > 0 ? `; the service holds back ${held.join(', ')}: see CPU` : ''}`
}

const goals = heldAgainstGoals(measured)
if (goals.length > 0) {
  console.log('\nGoals')
  console.table(
    goals.map(({ of, ratio, wanted, isHeld }) => ({
      of,
      ratio: ratio.toFixed(2),
      wanted,
      held: isHeld ? 'yes' : 'NO',
    })),
  )
}
const loadAfter = loadavg()[0]
console.log(`load after: ${loadAfter.toFixed(2)}`)

// A part of the bench does not replace the chart and the figures of the whole, unless it is told where to write.
const isWhole = !options.quick && !options.policies && !options.rows && !options.candidates && !options.widths
if (isWhole || options.out) {
  const place = options.out
    ? new URL(`file://${options.out.replace(/\/?$/, '/')}`)
    : new URL('./', import.meta.url)
  const drawn = measured.find(({ row, width }) => row === 'get' && width === 64) ?? measured[0]
  writeFileSync(new URL('chart.svg', place), chart(drawn, machine))
  writeFileSync(
    new URL('results.json', place),
    `${JSON.stringify({ machine, loadBefore, loadAfter, effort, goals, measured }, null, 2)}\n`,
  )
}
