// How cost grows with guises, targets, methods and chains of classes, and what each import costs. `node --expose-gc bench/growth.js`
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Client, createClient, Get, Param, Responses, remote } from '../dist/index.js'
import { declare } from './candidates/guise.js'
import { median } from './figures.js'
import { Member, member } from './work.js'

const ROUNDS = 11
const CALLS = 20_000
const IN_FLIGHT = 64

const body = Buffer.from(JSON.stringify(member))
const headers = { 'content-type': 'application/json', 'content-length': String(body.length) }
const controller = {
  rawHeaders: [],
  aborted: false,
  reason: null,
  paused: false,
  abort() {},
  pause() {},
  resume() {},
}

/** Answers at once, without a network: what is measured is guise's own work. */
const dispatcher = {
  dispatch(_options, handler) {
    setImmediate(() => {
      handler.onRequestStart(controller, {})
      handler.onResponseStart(controller, 200, headers, 'OK')
      handler.onResponseData(controller, body)
      handler.onResponseEnd(controller, {})
    })
    return true
  },
}

const options = { dispatcher, circuitBreaker: true }

/** A class with so many routes, at the end of a chain of so many classes, each with its share of them. */
function declared(methods, depth = 1) {
  let Class = class {}
  for (let level = 0; level < depth; level++) {
    Class = class extends Class {}
    for (let i = level; i < Math.max(methods, depth); i += depth) {
      const name = `byId${i}`
      Class.prototype[name] = id => remote(id)
      declare(Class, name, [Get(`/${i}/{id}`), Responses({ 200: Member })], [Param('id')])
    }
    Client({ name: 'member', path: '/api/members' })(Class)
  }
  return Class
}

/** So many guises of one class, each with a service of its own or all of them with the same one. */
const guises = (count, url) => {
  const Class = declared(1)
  const made = Array.from({ length: count }, (_, i) => createClient(Class, { url: url(i), ...options }))
  return made.map(each => () => each.byId0(7))
}

const methods = (count, depth) => {
  const made = createClient(declared(count, depth), { url: 'http://one.test', ...options })
  return Array.from({ length: Math.max(count, depth ?? 1) }, (_, i) => () => made[`byId${i}`](7))
}

const cases = {
  ...Object.fromEntries(
    [1, 100, 10_000].flatMap(n => [
      [`${n} guises, one target`, () => guises(n, () => 'http://one.test')],
      [`${n} guises, ${n} targets`, () => guises(n, i => `http://service-${i}.test`)],
      [`${n} methods of one class`, () => methods(n)],
    ]),
  ),
  ...Object.fromEntries([1, 10, 50].map(n => [`50 methods, ${n} classes deep`, () => methods(50, n)])),
}

function heapUsed() {
  globalThis.gc()
  globalThis.gc()
  return process.memoryUsage().heapUsed
}

/** Microseconds of CPU a call, each call through the next of `calls`. */
async function load(calls) {
  let next = 0
  const before = process.cpuUsage()
  const worker = async () => {
    while (next < CALLS) await calls[next++ % calls.length]()
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
  const { user, system } = process.cpuUsage(before)
  return (user + system) / CALLS
}

async function growth() {
  // What all guises share is loaded and compiled before anything is weighed.
  await load(guises(1, () => 'http://warm.test'))
  const made = Object.entries(cases).map(([name, make]) => {
    const before = heapUsed()
    const start = performance.now()
    const calls = make()
    const millis = performance.now() - start
    return { name, calls, millis, bytes: heapUsed() - before, cpu: [] }
  })
  // Once through all of them: what a first call makes is not a call's cost.
  for (const { calls } of made) for (const call of calls) await call()
  for (let round = 0; round < ROUNDS; round++)
    for (let turn = 0; turn < made.length; turn++) {
      const each = made[(round + turn) % made.length]
      each.cpu.push(await load(each.calls))
    }
  const [one] = made
  console.log('\nGrowth: one client process, a dispatcher that answers at once')
  console.table(
    made.map(({ name, calls, millis, bytes, cpu }) => ({
      case: name,
      'made in us each': ((millis * 1000) / calls.length).toFixed(0),
      'KiB each': (bytes / 1024 / calls.length).toFixed(1),
      'CPU us a call': median(cpu).toFixed(1),
      'least CPU us': Math.min(...cpu).toFixed(1),
      'calls/s a core': Math.round(1e6 / median(cpu)),
      'x CPU': median(cpu.map((us, round) => us / one.cpu[round])).toFixed(2),
    })),
  )
}

const root = new URL('../', import.meta.url)
const { exports } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))
/** The doors of the package that are built. */
const entries = Object.keys(exports).filter(entry => existsSync(new URL(exports[entry].default ?? '-', root)))
const doors = entries.map(entry => `guise${entry.slice(1)}`)

/** What a fresh process pays for imports: milliseconds, MiB of heap and of resident memory. */
function importCost(names) {
  const script = `
    const weigh = () => { gc(); return process.memoryUsage() }
    const before = weigh(), start = performance.now()
    ${names.map(name => `await import('${name}')`).join('\n')}
    const millis = performance.now() - start, after = weigh()
    console.log(JSON.stringify([millis, after.heapUsed - before.heapUsed, after.rss - before.rss]))`
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--expose-gc', '--input-type=module', '--eval', script],
    { cwd: fileURLToPath(root), encoding: 'utf8' },
  )
  if (!stdout) throw new Error(`${names} cannot be imported: ${stderr}`)
  return JSON.parse(stdout)
}

/** A door is opened after `guise`, so that its line tells what it adds. */
function imports() {
  const candidates = [
    ['undici'],
    ['zod'],
    ['undici', 'zod'],
    ['guise'],
    ...doors.slice(1).map(door => ['guise', door]),
  ]
  const costs = candidates.map(() => [])
  for (let round = 0; round <= ROUNDS; round++)
    for (const [i, names] of candidates.entries()) {
      const cost = importCost(names)
      // The first round fills the file system's cache.
      if (round > 0) costs[i].push(cost)
    }
  const ofBoth = 2
  console.log(`\nImports: fresh processes, medians of ${ROUNDS}, taking turns`)
  console.table(
    candidates.map((names, i) => ({
      import: names.join(' + '),
      ms: median(costs[i].map(([millis]) => millis)).toFixed(1),
      'least ms': Math.min(...costs[i].map(([millis]) => millis)).toFixed(1),
      'x undici + zod': median(costs[i].map(([millis], round) => millis / costs[ofBoth][round][0])).toFixed(
        2,
      ),
      'heap MiB': (median(costs[i].map(([, heap]) => heap)) / 2 ** 20).toFixed(1),
      'RSS MiB': (median(costs[i].map(([, , rss]) => rss)) / 2 ** 20).toFixed(1),
    })),
  )
}

imports()
if (!process.argv.includes('--imports')) await growth()
