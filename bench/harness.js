// Runs candidates in turn, round after round, in one process, so that a noisy machine hurts all of them alike.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Starts the service; `stop` ends it. */
export async function startServer() {
  const child = fork(fileURLToPath(new URL('./server.js', import.meta.url)))
  const [port] = await once(child, 'message')
  return { url: `http://127.0.0.1:${port}`, stop: () => child.disconnect() }
}

/** Keeps `width` calls in flight until `count` are done; resolves to calls per second. */
async function load(call, count, width) {
  let left = count
  const worker = async () => {
    while (left-- > 0) await call()
  }
  const start = process.hrtime.bigint()
  await Promise.all(Array.from({ length: width }, worker))
  return count / (Number(process.hrtime.bigint() - start) / 1e9)
}

const median = values => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

/**
 * Measures candidates (name -> function), the first of which is the baseline. Each round runs all of them, in an
 * order that turns; a ratio is made within a round, and its median and spread over the rounds are returned.
 */
export async function compare(candidates, { count = 4000, width = 64, rounds = 11 } = {}) {
  const names = Object.keys(candidates)
  for (const name of names) await load(candidates[name], count, width)
  const speeds = Object.fromEntries(names.map(name => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round) % names.length]
      speeds[name].push(await load(candidates[name], count, width))
    }
  }
  return names.map(name => {
    const ratios = speeds[name].map((speed, round) => speed / speeds[names[0]][round])
    return {
      name,
      'calls/s': Math.round(median(speeds[name])),
      ratio: median(ratios).toFixed(2),
      spread: `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`,
    }
  })
}
