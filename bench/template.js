/** Expansion of templates, parsed beforehand: guise against url-template. Run `npm run build` first. */
import { pathToFileURL } from 'node:url'
import { parseTemplate as theirs } from 'url-template'

// Another build can be measured: `node bench/template.js /tmp/build/template/index.js`.
const door = process.argv[2]
  ? pathToFileURL(process.argv[2])
  : new URL('../dist/template/index.js', import.meta.url)
const { parseTemplate: ours } = await import(door.href)

const rounds = 15
const roundMillis = 60

const cases = [
  ['/api/members/{memberId}', { memberId: 4711 }],
  ['/api/members/{memberId}', { memberId: 'anna lee' }],
  ['/api/members/{memberId}/activities/{activityId}', { memberId: 4711, activityId: 'a-17' }],
  ['/search{?q,page,size}', { q: 'uri', page: 2, size: 50 }],
  ['/search{?q,page,size}', { q: 'uri templates & more', page: 2, size: 50 }],
  ['{/path*}{?list*}', { path: ['a', 'b', 'c'], list: ['red', 'green', 'blue'] }],
  ['/files/{+path}{?keys*}', { path: 'home/x/y.txt', keys: { semi: ';', dot: '.', comma: ',' } }],
  ['/health', {}],
]

let sink = 0

/** Nanoseconds for each expansion, over about `millis` milliseconds. */
function time(expand, values, millis) {
  const batch = 2000
  let count = 0
  const start = process.hrtime.bigint()
  const end = start + BigInt(millis) * 1_000_000n
  let now = start
  while (now < end) {
    for (let i = 0; i < batch; i++) sink += expand(values).charCodeAt(1)
    count += batch
    now = process.hrtime.bigint()
  }
  return Number(now - start) / count
}

const median = numbers => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]

const table = []
for (const [text, values] of cases) {
  const pair = [ours(text).expand, theirs(text).expand]
  if (pair[0](values) !== pair[1](values)) throw new Error(`the two disagree on ${text}`)
  for (const expand of pair) time(expand, values, roundMillis * 2)
  const times = [[], []]
  // The two take turns, and take turns at going first, so that the machine's moods meet both.
  for (let round = 0; round < rounds; round++) {
    for (const which of round % 2 === 0 ? [0, 1] : [1, 0]) {
      times[which].push(time(pair[which], values, roundMillis))
    }
  }
  const ratios = times[1].map((theirTime, round) => theirTime / times[0][round])
  table.push({
    template: text,
    values: JSON.stringify(values),
    'guise ns': Math.round(median(times[0])),
    'url-template ns': Math.round(median(times[1])),
    ratio: median(ratios).toFixed(1),
    'ratio min-max': `${Math.min(...ratios).toFixed(1)}-${Math.max(...ratios).toFixed(1)}`,
  })
}

console.log(`Node ${process.version}, ${rounds} rounds of ${roundMillis} ms each, medians`)
console.table(table)
if (sink === 0) throw new Error('nothing was expanded')
