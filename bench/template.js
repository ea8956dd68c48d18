/** Expansion of templates that were parsed beforehand, guise against url-template. */

import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseTemplate as theirs } from 'url-template'

// Another build can be measured: `node bench/template.js ../other-build/template`.
const build = process.argv[2] ? pathToFileURL(`${process.argv[2]}/`) : builtHere()

/** The modules of the room one by one, which the package's build does not have. */
function builtHere() {
  const dir = mkdtempSync(`${tmpdir()}/guise-template-`)
  const root = fileURLToPath(new URL('..', import.meta.url))
  spawnSync('npx', ['tsc', '-p', 'tsconfig.build.json', '--outDir', dir], { cwd: root })
  return pathToFileURL(`${dir}/template/`)
}
const { parseTemplate: ours } = await import(new URL('index.js', build).href)
const { compile } = await import(new URL('compile.js', build).href)
const { prepare } = await import(new URL('prepare.js', build).href)
const { parse } = await import(new URL('parse.js', build).href)

const rounds = 15
const roundMillis = 50

const cases = [
  ['/health', {}],
  ['/api/members/{memberId}', { memberId: 4711 }],
  ['/api/members/{memberId}', { memberId: 'anna lee' }],
  ['/api/members/{memberId}/activities/{activityId}', { memberId: 4711, activityId: 'a-17' }],
  ['/search{?q,page,size}', { q: 'uri', page: 2, size: 50 }],
  ['/search{?q,page,size}', { q: 'uri templates & more', page: 2, size: 50 }],
  ['{/path*}{?list*}', { path: ['a', 'b', 'c'], list: ['red', 'green', 'blue'] }],
  ['/files/{+path}{?keys*}', { path: 'home/x/y.txt', keys: { semi: ';', dot: '.', comma: ',' } }],
]

/** The compiled function alone, which guise's calls use: its values are prepared beforehand. */
function compiled(text, values) {
  const names = Object.keys(values)
  const expand = compile(parse(text), name => names.indexOf(name))
  const slots = names.map(name => prepare(values[name]))
  return () => expand(slots)
}

let sink = 0

/** Nanoseconds for each expansion, over about `millis` milliseconds. */
function time(expand, values, millis) {
  const batch = 2000
  const start = process.hrtime.bigint()
  const end = start + BigInt(millis) * 1_000_000n
  let count = 0
  let now = start
  while (now < end) {
    // To ask for a character makes V8 join a concatenated string, which whoever sends it would have to do.
    for (let i = 0; i < batch; i++) sink += expand(values).charCodeAt(1)
    count += batch
    now = process.hrtime.bigint()
  }
  return Number(now - start) / count
}

const median = numbers => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]
const ratio = (theirTimes, ourTimes) => {
  const ratios = theirTimes.map((theirTime, round) => theirTime / ourTimes[round])
  return `${median(ratios).toFixed(1)} (${Math.min(...ratios).toFixed(1)}-${Math.max(...ratios).toFixed(1)})`
}

const table = []
for (const [text, values] of cases) {
  const contestants = [ours(text).expand, compiled(text, values), theirs(text).expand]
  const results = new Set(contestants.map(expand => expand(values)))
  if (results.size > 1) throw new Error(`the contestants disagree on ${text}: ${[...results].join(' ')}`)
  for (const expand of contestants) time(expand, values, roundMillis * 2)
  const times = contestants.map(() => [])
  for (let round = 0; round < rounds; round++) {
    // Each goes first in turn, so that the machine's moods meet all of them.
    for (let turn = 0; turn < contestants.length; turn++) {
      const which = (round + turn) % contestants.length
      times[which].push(time(contestants[which], values, roundMillis))
    }
  }
  const [expandTimes, compiledTimes, theirTimes] = times
  table.push({
    template: text,
    values: JSON.stringify(values),
    'expand ns': Math.round(median(expandTimes)),
    'compiled ns': Math.round(median(compiledTimes)),
    'url-template ns': Math.round(median(theirTimes)),
    'x expand': ratio(theirTimes, expandTimes),
    'x compiled': ratio(theirTimes, compiledTimes),
  })
}

console.log(
  `Node ${process.version}; medians of ${rounds} rounds of ${roundMillis} ms; ratios with their least and greatest`,
)
console.table(table)
if (sink === 0) throw new Error('nothing was expanded')
