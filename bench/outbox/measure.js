// The three parts of the bench of the outbox: recording, draining, and a start with a backlog. Candidates take turns.
import { setTimeout as sleep } from 'node:timers/promises'
import { median } from '../figures.js'
import { Process } from '../harness.js'
import { CORES, candidates, parts } from './work.js'

/** Milliseconds that one step may take before the bench gives up. */
const PATIENCE = 60_000
/** Messages of a backlog that are recorded at a time. */
const STEP = 10_000
/** Rounds that a part makes, however short the time is: with the load of a test suite beside it a round takes long. */
const LEAST_ROUNDS = 2

/** Milliseconds on a clock that all processes of the machine share. */
const now = () => Number(process.hrtime.bigint()) / 1e6

export class Bench {
  #there
  #settings
  /** With their ids. */
  #children = new Map()
  #receiver

  /** @param there the services that are there; `settings`: the run's name and its SQLite file. */
  constructor(there, settings) {
    this.#there = there
    this.#settings = settings
  }

  async open() {
    const { child, ready } = await this.#process('./outbox/receiver.js')
    this.#receiver = child
    this.#settings.url = ready.url
  }

  /** Ends all processes; one that is too busy to hear of it is killed. */
  async stop() {
    const pids = [...this.#children.values()]
    for (const child of [...this.#children.keys()]) this.#end(child)
    for (const end = now() + 2_000; now() < end && pids.some(isAlive); ) await sleep(20)
    for (const pid of pids.filter(isAlive)) process.kill(pid, 'SIGKILL')
  }

  async #process(file, env) {
    const child = new Process(file, { core: CORES, env })
    this.#children.set(child, undefined)
    const ready = await child.ready
    this.#children.set(child, ready.pid)
    return { child, ready }
  }

  #end(child) {
    child.stop()
    this.#children.delete(child)
  }

  async #child(name) {
    const settings = JSON.stringify({ ...this.#settings, ...candidates[name], name })
    const { child } = await this.#process('./outbox/child.js', { BENCH_SETTINGS: settings })
    return child
  }

  #able = name => candidates[name].needs.every(need => this.#there[need])

  /** Of each candidate, for each width, slices with the latency of each call. */
  async enqueue({ widths, rounds, millis, deadline }) {
    const able = []
    for (const name of parts.enqueue.filter(this.#able)) {
      const child = await this.#child(name)
      await ask(child, 'open', { make: true })
      await ask(child, 'slice', { width: 16, millis: millis * 2 })
      able.push({ name, child })
    }
    const measured = []
    for (const [index, width] of widths.entries()) {
      const results = able.map(({ name }) => ({ name, slices: [], heaps: [] }))
      for (const { child } of able) await ask(child, 'clear')
      const share = deadline - (widths.length - 1 - index) * ((deadline - performance.now()) / widths.length)
      await inTurn(able, rounds, share, async ({ child }, which) => {
        results[which].slices.push({ ...(await ask(child, 'slice', { width, millis })), server: 0 })
      })
      measured.push({ width, results })
    }
    for (const { child } of able) await this.#close(child, true)
    return measured
  }

  /** Of each candidate and number of workers, how long it took to deliver and acknowledge what had been recorded. */
  async drain({ rounds, millis, warmups, deadline }) {
    const able = []
    for (const [name, numbers] of Object.entries(parts.drain)) {
      if (!this.#able(name)) continue
      const children = await Promise.all(
        Array.from({ length: Math.max(...numbers) }, () => this.#child(name)),
      )
      for (const [n, child] of children.entries()) await ask(child, 'open', { make: n === 0 })
      for (const workers of numbers) {
        const team = children.slice(0, workers)
        // The first rounds warm it up, and tell how many messages take about as long as they shall.
        const least = 200 * workers
        let count = least
        for (let warm = 0; warm < warmups; warm++) {
          const { time } = await this.#drainOnce(team, count)
          count = Math.min(10_000, Math.max(least, Math.round((count / time) * millis)))
        }
        able.push({ name: `${name}, ${workers} worker${workers > 1 ? 's' : ''}`, team, count })
      }
    }
    const results = able.map(({ name, count }) => ({ name, messages: count, slices: [], heaps: [] }))
    await inTurn(able, rounds, deadline, async ({ team, count }, which) => {
      results[which].slices.push(await this.#drainOnce(team, count))
    })
    for (const child of new Set(able.flatMap(({ team }) => team))) await this.#close(child, true)
    return results
  }

  async #drainOnce(team, count) {
    await ask(team[0], 'clear')
    await ask(team[0], 'fill', { count })
    await ask(this.#receiver, 'reset')
    await Promise.all(team.map(child => ask(child, 'prepare')))
    const arrived = ask(this.#receiver, 'until', { count })
    const begin = now()
    await Promise.all(team.map(child => ask(child, 'start')))
    await arrived
    for (const end = begin + PATIENCE; ; await sleep(1)) {
      const left = await Promise.all(team.map(child => ask(child, 'unsettled')))
      if (left.every(each => each.count === 0)) break
      if (now() > end) throw new Error('all messages have arrived, but not all were acknowledged in time')
    }
    const time = now() - begin
    const stopped = await Promise.all(team.map(child => ask(child, 'stop')))
    const { received } = await ask(this.#receiver, 'count')
    const cpu = stopped.reduce((sum, each) => sum + each.cpu, 0)
    return { count, time, cpu, again: received - count, latencies: [], server: 0 }
  }

  /** Of each candidate and size, the time from a start until the first message arrived, and memory after some more. */
  async backlog({ sizes, rounds, deadline }) {
    const able = []
    for (const name of parts.backlog.filter(this.#able)) {
      const owner = await this.#child(name)
      await ask(owner, 'open', { make: true })
      able.push({ name, owner })
    }
    const measured = []
    for (const size of sizes) {
      const results = able.map(({ name }) => ({ name, starts: [] }))
      const isLarge = size > 1000
      const refill = async owner => {
        await ask(owner, 'clear')
        // In steps, each of which is done in time on a busy machine.
        for (let left = size; left > 0; left -= STEP)
          await ask(owner, 'fill', { count: Math.min(left, STEP) })
      }
      if (isLarge) for (const { owner } of able) await refill(owner)
      await inTurn(able, rounds, deadline, async ({ name, owner }, which) => {
        if (!isLarge) await refill(owner)
        results[which].starts.push(await this.#startOnce(name, Math.min(size, 1000)))
      })
      measured.push({ size, results })
    }
    for (const { owner } of able) await this.#close(owner, true)
    return measured
  }

  async #startOnce(name, count) {
    const child = await this.#child(name)
    await ask(this.#receiver, 'reset')
    const arrived = ask(this.#receiver, 'until', { count })
    const { startedAt, rss } = await ask(child, 'boot')
    const { firstAt, lastAt } = await arrived
    const memory = await ask(child, 'memory')
    await ask(child, 'stop')
    await this.#close(child)
    const first = firstAt - startedAt
    return {
      first,
      some: lastAt - startedAt,
      grown: memory.rss - rss,
      heap: memory.heapUsed,
      most: memory.most,
    }
  }

  async #close(child, clear = false) {
    if (clear) await ask(child, 'clear')
    await ask(child, 'close')
    this.#end(child)
  }
}

function isAlive(pid) {
  try {
    return pid !== undefined && process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Rounds in which another one goes first each time; fewer where the time is over. */
async function inTurn(able, rounds, deadline, act) {
  for (let round = 0; round < rounds; round++) {
    if (round >= LEAST_ROUNDS && performance.now() > deadline) return
    for (let turn = 0; turn < able.length; turn++) {
      const which = (round + turn) % able.length
      await act(able[which], which)
    }
  }
}

async function ask(child, command, options) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${command} took longer than ${PATIENCE / 1000} s`)), PATIENCE)
  })
  try {
    return (await Promise.race([child.ask({ command, ...options }), late])).result
  } finally {
    clearTimeout(timer)
  }
}

/** What a start took, with the range in which eight of ten rounds lie left to the results file. */
export const startOf = ({ name, starts }) => ({
  name,
  rounds: starts.length,
  firstMillis: median(starts.map(({ first }) => first)),
  leastMillis: Math.min(...starts.map(({ first }) => first)),
  mostMillis: Math.max(...starts.map(({ first }) => first)),
  grownBytes: median(starts.map(({ grown }) => grown)),
  heapBytes: median(starts.map(({ heap }) => heap)),
  mostBytes: median(starts.map(({ most }) => most)),
})
