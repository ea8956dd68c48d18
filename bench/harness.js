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

/** Keeps `width` calls in flight until `count` are done; calls per second, and microseconds of CPU a call. */
async function load(call, count, width) {
  let left = count
  const worker = async () => {
    while (left-- > 0) await call()
  }
  const start = process.hrtime.bigint()
  const cpuBefore = process.cpuUsage()
  await Promise.all(Array.from({ length: width }, worker))
  const cpu = process.cpuUsage(cpuBefore)
  return {
    speed: count / (Number(process.hrtime.bigint() - start) / 1e9),
    cpu: (cpu.user + cpu.system) / count,
  }
}

const median = values => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

/**
 * Measures candidates (name -> function), the first of which is the baseline. Each round runs all of them, in an
 * order that turns; a ratio is made within a round, and its median and spread over the rounds are returned. The service
 * has a core for itself but is slower than the fastest candidates: then the CPU a call tells them apart, not the speed.
 */
export async function compare(candidates, { count = 4000, width = 64, rounds = 11 } = {}) {
  const names = Object.keys(candidates)
  for (const name of names) await load(candidates[name], count, width)
  const runs = Object.fromEntries(names.map(name => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round) % names.length]
      runs[name].push(await load(candidates[name], count, width))
    }
  }
  return names.map(name => {
    const of = key => runs[name].map((run, round) => run[key] / runs[names[0]][round][key])
    const spread = ratios => `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`
    return {
      name,
      'calls/s': Math.round(median(runs[name].map(({ speed }) => speed))),
      ratio: median(of('speed')).toFixed(2),
      spread: spread(of('speed')),
      'CPU us': median(runs[name].map(({ cpu }) => cpu)).toFixed(1),
      'CPU ratio': median(of('cpu')).toFixed(2),
      'CPU spread': spread(of('cpu')),
    }
  })
}
