// A soak of the outbox: senders and receiver are killed at random, and nothing is lost, doubled or out of order. Run
// `npm run build` first.
//
//   node test/soak/outbox.js --store sqlite
//   node test/soak/outbox.js --store postgres --workers 8 --messages 1000 --kills 20
//
// Each process is killed with SIGKILL so many times while messages are recorded and delivered to three services that
// answer 20 % of the requests wrongly. `--dedupe sqlite` does without PostgreSQL at the receiver: what holds then is the
// unique key of the effect. Prints figures; exits with 1 if a rule is broken or the time (`--limit`, seconds) is over.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { check } from './outbox/check.js'
import { idOf, TARGETS } from './outbox/events.js'
import { Haunted } from './outbox/process.js'
import { randomOf } from './outbox/random.js'
import { hasPostgres, openEffects, openStore, withSchema } from './outbox/stores.js'

const started = performance.now()
const text = value => ({ type: 'string', default: String(value) })
const { values } = parseArgs({
  options: {
    store: text('sqlite'),
    dedupe: { type: 'string' },
    workers: { type: 'string' },
    messages: text(1000),
    kills: text(20),
    faults: text(0.2),
    seed: text(Date.now() % 1_000_000),
    limit: text(900),
  },
})
const { store, seed } = values
const there = await hasPostgres()
const dedupe = values.dedupe ?? (there ? 'postgres' : 'sqlite')
if (![store, dedupe].every(one => one === 'sqlite' || (one === 'postgres' && there))) {
  console.error('--store and --dedupe are sqlite or postgres, and postgres needs one at 127.0.0.1:5432')
  process.exit(1)
}
const [messages, kills, faults] = [values.messages, values.kills, values.faults].map(Number)
const workers = Number(values.workers ?? (store === 'postgres' ? 8 : 1))
const limit = Number(values.limit) * 1000
if (![messages, workers, limit].every(number => number >= 1) || !(kills >= 0 && faults >= 0 && faults < 1)) {
  console.error('--messages, --workers, --kills and --limit are numbers, and --faults is from 0 to below 1')
  process.exit(1)
}
/** How long a process works, at the most, before it is killed; in milliseconds. */
const LONGEST_LIFE = 4_000
const MOST_ASKED = 8

const directory = mkdtempSync(join(tmpdir(), 'guise-soak-'))
const schema = `guise_soak_${process.pid}_${Date.now().toString(36)}`
const port = await freePort()
const settings = {
  ...{ store, dedupe, seed, faults, port, schema },
  url: `http://127.0.0.1:${port}`,
  outboxFile: join(directory, 'outbox.db'),
  effectsFile: join(directory, 'effects.db'),
  log: join(directory, 'arrivals.log'),
  concurrency: Math.max(2, Math.floor(16 / workers)),
}
/** Outside of the range that connections take theirs from: it must be free again after each kill. */
async function freePort() {
  for (let tries = 0; tries < 50; tries++) {
    const candidate = 20_000 + Math.floor(Math.random() * 10_000)
    const server = createServer()
    const free = await new Promise(resolve => {
      server.once('error', () => resolve(false))
      server.listen(candidate, '127.0.0.1', () => server.close(() => resolve(true)))
    })
    if (free) return candidate
  }
  throw new Error('no port is free')
}

const random = randomOf(seed)
const broken = []
const acknowledged = new Set()
const queue = Array.from({ length: messages }, (_, number) => number)
let repeated = 0
let refused = 0
let again = 0
const processes = []
const senders = []
const totalKills = () => processes.reduce((sum, one) => sum + one.kills, 0)

/** Recording goes on as long as processes are killed: with each kill some more may be recorded. */
function feed() {
  const share = kills === 0 ? 1 : (totalKills() + 1) / (kills * processes.length)
  const allowed = Math.min(messages, Math.ceil(messages * share))
  for (const sender of senders) {
    while (sender.isReady && sender.outstanding.size < MOST_ASKED && queue.length > 0) {
      const asked = senders.reduce((sum, { outstanding }) => sum + outstanding.size, 0)
      if (acknowledged.size + asked >= allowed) return
      sender.say(queue.shift())
    }
  }
}

const events = {
  random,
  hear(message) {
    const { number, id, duplicate, refused: why } = message
    if (number !== undefined && why !== undefined) {
      refused++
      queue.unshift(number)
    } else if (number !== undefined) {
      if (id !== idOf(seed, number)) broken.push(`another id was acknowledged: ${id}`)
      acknowledged.add(id)
      if (duplicate) repeated++
    }
    feed()
  },
  // What it has not acknowledged is asked of another one, under the same id.
  ended(left) {
    again += left.length
    queue.unshift(...left)
    feed()
  },
  crashed: what => broken.push(`a process ended by itself: ${what}`),
}

async function rowsOf(outbox) {
  const rows = []
  for (const state of ['pending', 'in-flight', 'delivered', 'dead', 'cancelled'])
    for (let after = 0, page; page === undefined || page.length === 1000; after = page.at(-1)?.seq ?? 0) {
      page = await outbox.list({ state, after, limit: 1000 })
      rows.push(...page)
    }
  return rows
}

const arrivals = () =>
  readFileSync(settings.log, 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => line.split(' '))
    .map(([at, target, id]) => ({ at: Number(at), target, id }))

const open = stats => stats.reduce((sum, { pending, inFlight }) => sum + pending + inFlight, 0)

async function run() {
  const outbox = openStore(settings)
  const effects = await openEffects(settings)
  try {
    await outbox.store.open()
    processes.push(new Haunted('./receiver.js', settings, events))
    for (let n = 0; n < workers; n++) senders.push(new Haunted('./sender.js', settings, events))
    processes.push(...senders)
    const haunting = Promise.all(processes.map(one => one.haunt(kills, LONGEST_LIFE)))
    let killing = true
    void haunting.then(() => {
      killing = false
    })
    while (killing || acknowledged.size < messages || open(await outbox.store.stats()) > 0) {
      if (performance.now() - started > limit) {
        broken.push(`the time is over: ${totalKills()} kills, ${acknowledged.size} acknowledged`)
        break
      }
      if (broken.length > 0) break
      await sleep(250)
      feed()
    }
    const quietFrom = arrivals().length
    // What has ended is sent no more, though all senders are there, and the receiver too.
    await sleep(3_000)
    const found = {
      acknowledged,
      rows: await rowsOf(outbox.store),
      arrivals: arrivals(),
      effects: await effects.all(),
    }
    if (found.arrivals.length > quietFrom) broken.push('something was sent after all had ended')
    broken.push(...check(found))
    show(found, await effects.runs())
  } finally {
    await Promise.all(processes.map(one => one.stop()))
    await Promise.all([outbox.end(), effects.end()])
  }
}

function show({ rows, arrivals: all, effects }, runs) {
  const dead = rows.filter(({ state }) => state === 'dead')
  const counts = list => list.reduce((sum, { sends }) => sum + sends, 0)
  const pairs = new Set(all.map(({ id, target }) => `${id} ${target}`)).size
  const distinct = new Set(effects.map(({ id, target }) => `${id} ${target}`)).size
  const perTarget = TARGETS.map(target => `${effects.filter(one => one.target === target).length} ${target}`)
  const seconds = ((performance.now() - started) / 1000).toFixed(0)
  const [receiver] = processes
  console.log(
    `store ${store}, ${workers} sender(s); receiver's keys and effects in ${dedupe}; seed ${seed}; ${seconds} s`,
  )
  console.log(
    `kills: ${senders.reduce((sum, one) => sum + one.kills, 0)} of senders, ${receiver?.kills} of the receiver`,
  )
  console.log(
    `acknowledged: ${acknowledged.size} messages; recorded: ${rows.length / TARGETS.length}; asked again after a kill: ${again}, of which recorded already: ${repeated}; refused by the store: ${refused}`,
  )
  console.log(`delivered: ${rows.length - dead.length}; dead: ${dead.length}`, reasons(dead))
  console.log(
    `sends counted: ${counts(rows)}; arrived: ${all.length}, of ${pairs} deliveries; the most of one: ${Math.max(...rows.map(({ sends }) => sends))}; bound: ${rows.length * 10}`,
  )
  console.log(
    `effects: ${effects.length} (${perTarget.join(', ')}); distinct: ${distinct}${runs === undefined ? '' : `; handler ran ${runs} times`}`,
  )
}

const reasons = dead =>
  Object.fromEntries(
    [...new Set(dead.map(({ reason }) => reason))].map(reason => [
      reason,
      dead.filter(row => row.reason === reason).length,
    ]),
  )

for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => broken.push(`it was ended by ${signal}`))
// Nothing of it outlives the limit, whatever hangs.
const guard = setTimeout(() => {
  for (const one of processes) one.end()
  console.error('BROKEN: it did not end')
  process.exit(1)
}, limit + 60_000)
guard.unref()
try {
  await withSchema(`create schema ${schema}`).catch(error => {
    if (store === 'postgres' || dedupe === 'postgres') throw error
  })
  await run()
} finally {
  if (there) await withSchema(`drop schema if exists ${schema} cascade`)
  rmSync(directory, { recursive: true, force: true })
}
for (const one of broken.slice(0, 20)) console.error(`BROKEN: ${one}`)
if (broken.length > 20) console.error(`BROKEN: and ${broken.length - 20} more`)
console.log(broken.length === 0 ? 'all rules hold' : `${broken.length} rules are broken`)
process.exitCode = broken.length > 0 ? 1 : 0
