// Runs the candidates against one service, each in a process of its own, in short slices that take turns.
import { fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { rows } from './work.js'

const fileOf = name => fileURLToPath(new URL(name, import.meta.url))

/** Whether processes can be bound to cores: the service gets one for itself, and all candidates share another. */
export const pinned = availableParallelism() > 1 && spawnSync('taskset', ['-c', '0,1', 'true']).status === 0

/** A process that answers each message with one message. */
export class Process {
  #child

  constructor(file, { core, env = {}, flags = [] }) {
    this.#child = fork(fileOf(file), [], {
      env: { ...process.env, ...env },
      ...(pinned
        ? { execPath: 'taskset', execArgv: ['-c', String(core), process.execPath, ...flags] }
        : { execArgv: flags }),
    })
    this.ready = this.#next()
  }

  async ask(message = {}) {
    this.#child.send(message)
    return this.#next()
  }

  async #next() {
    const gone = new AbortController()
    const ended = once(this.#child, 'exit', { signal: gone.signal }).then(([code]) => {
      throw new Error(`a process of the bench ended with ${code}`)
    })
    const [answer] = await Promise.race([once(this.#child, 'message', { signal: gone.signal }), ended])
    ended.catch(() => {})
    gone.abort()
    if (answer.error) throw new Error(answer.error)
    return answer
  }

  stop() {
    if (this.#child.connected) this.#child.disconnect()
  }
}

/** Starts the service and a process for each candidate; `measure` runs a row, `stop` ends them all. */
export async function startBench(names) {
  const server = new Process('./server.js', { core: 0 })
  const { urls } = await server.ready
  const start = async name => {
    const client = new Process('./client.js', {
      core: 1,
      env: { BENCH_CANDIDATE: name, BENCH_URLS: urls.join(' ') },
      // See `heap` in client.js.
      flags: ['--expose-gc', '--min-semi-space-size=16'],
    })
    await client.ready
    return [name, client]
  }
  const clients = new Map(await Promise.all(names.map(start)))
  return {
    measure: (row, width, effort) => measure(server, clients, row, width, effort),
    stop: () => {
      for (const process of [server, ...clients.values()]) process.stop()
    },
  }
}

const ask = async (client, command, options) => (await client.ask({ command, ...options })).result

/** All figures of a row at a width: for each candidate that can do it, a list of slices, one for each round. */
async function measure(server, clients, row, inFlight, { rounds, millis, warmup, heaps: samples }) {
  const width = Math.ceil(inFlight / (rows[row].parallel ?? 1))
  const able = []
  for (const [name, client] of clients) {
    const { supported } = await ask(client, 'prepare', { row })
    if (!supported) continue
    await checkRequests(server, client, name, row)
    await ask(client, 'warm', { row, width, ...warmup })
    able.push({ name, client, slices: [], heaps: [] })
  }
  for (let round = 0; round < rounds; round++) {
    // Another goes first in each round, and the moods of the machine meet all of them.
    for (let turn = 0; turn < able.length; turn++) {
      const { client, slices } = able[(round + turn) % able.length]
      const before = await server.ask()
      const slice = await ask(client, 'slice', { row, width, millis })
      const after = await server.ask()
      // The server's CPU includes the lead-in, so it is taken by the request, and put over the time of the slice.
      const served = after.requests - before.requests
      const perRequest = served > 0 ? (after.cpu - before.cpu) / served : 0
      slices.push({ ...slice, server: (perRequest * rows[row].requests * slice.count) / (slice.time * 1000) })
    }
  }
  for (const { client, heaps } of able) await measureHeap(client, row, width, heaps, samples)
  return able.map(({ name, slices, heaps }) => ({ name, slices, heaps }))
}

/** One call: its answer is checked where it is made, the requests that it sends are counted here. */
async function checkRequests(server, client, name, row) {
  const before = await server.ask()
  await ask(client, 'once', { row }).catch(error => {
    throw new Error(`${name}, row ${row}: ${error.message}`)
  })
  const after = await server.ask()
  const sent = after.requests - before.requests
  if (sent !== rows[row].requests) throw new Error(`${name}, row ${row}: ${sent} requests for one call`)
}

/** So many samples without a collection between; fewer calls a sample until they fit into the young generation. */
async function measureHeap(client, row, width, heaps, samples) {
  let count = 400
  for (let tries = 0; tries < 4 * samples && heaps.length < samples; tries++) {
    const { bytes, collected } = await ask(client, 'heap', { row, width, count })
    if (collected || bytes <= 0) count = Math.max(10, Math.round(count * 0.7))
    else heaps.push(bytes)
  }
}
