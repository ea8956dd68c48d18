// From slices to figures: medians, spreads, ratios within a round, and the goals they are held against.
export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
}

export const median = values => quantile(values, 0.5)

/** A median with the range in which eight of ten rounds lie. */
const spread = values => ({ median: median(values), p10: quantile(values, 0.1), p90: quantile(values, 0.9) })

const speedOf = ({ count, time }) => (count / time) * 1000
const cpuOf = ({ count, cpu }) => cpu / count

/**
 * The figures of a row. A ratio is made within each round, of two slices a second or so apart, and its median taken
 * after: what the machine does in the meantime hits both. `speed` and `cpu` are relative to the first candidate.
 */
export function figuresOf(results) {
  const [base] = results
  return results.map(({ name, slices, heaps }) => {
    const against = of => spread(slices.map((slice, round) => of(slice) / of(base.slices[round])))
    const latencies = slices.flatMap(slice => slice.latencies)
    const heap = heaps.length > 0 ? median(heaps) : undefined
    return {
      name,
      callsPerSecond: median(slices.map(speedOf)),
      cpuMicros: median(slices.map(cpuOf)),
      leastCpuMicros: Math.min(...slices.map(cpuOf)),
      heapBytes: heap,
      p50Millis: median(latencies),
      p99Millis: quantile(latencies, 0.99),
      speed: against(speedOf),
      cpu: against(cpuOf),
      heap: heap && base.heaps.length > 0 ? heap / median(base.heaps) : undefined,
      serverBusy: median(slices.map(slice => slice.server)),
      rounds: slices.map(slice => ({ speed: speedOf(slice), cpu: cpuOf(slice) })),
    }
  })
}

/** A row as `console.table` shows it. */
export const tableOf = figures =>
  figures.map(each => ({
    candidate: each.name,
    'calls/s': Math.round(each.callsPerSecond),
    'x calls/s': factor(each.speed),
    'CPU us': each.cpuMicros.toFixed(1),
    'x CPU': factor(each.cpu),
    'least CPU us': each.leastCpuMicros.toFixed(1),
    'heap KiB': each.heapBytes === undefined ? '' : (each.heapBytes / 1024).toFixed(1),
    'p50 ms': each.p50Millis.toFixed(2),
    'p99 ms': each.p99Millis.toFixed(2),
    'server busy': `${Math.round(each.serverBusy * 100)} %`,
  }))

const factor = ({ median, p10, p90 }) => `${median.toFixed(2)} (${p10.toFixed(2)}-${p90.toFixed(2)})`

const ARMED = 'guise, fully armed'
const REQUEST = 'pool.request + body.json()'
const goal = (row, width, measure, other, bound) => ({ row, width, measure, other, bound })

/** `speed` must reach its bound, `cpu` and `heap` must not exceed it. */
const goals = [
  goal('get', 64, 'speed', REQUEST, 1.15),
  goal('get', 64, 'speed', 'bare dispatch', 0.9),
  goal('get', 1, 'speed', REQUEST, 1.05),
  goal('get', 1, 'speed', 'bare dispatch', 0.9),
  goal('get', 64, 'speed', 'hand-wired', 2.5),
  goal('get', 64, 'speed', 'hand-wired, tuned', 1.5),
  goal('get', 64, 'speed', 'hand-wired on axios', 8),
  goal('get', 64, 'heap', REQUEST, 0.85),
  goal('failing', 64, 'cpu', 'hand-wired', 1),
  goal('refused', 1, 'cpu', 'hand-wired', 1),
]

/** The goals of the rows that were measured, each ratio again made within the rounds. */
export function heldAgainstGoals(measured) {
  const held = goals.flatMap(({ row, width, measure, other, bound }) => {
    const figures = measured.find(each => each.row === row && each.width === width)?.figures ?? []
    const ours = figures.find(({ name }) => name === ARMED)
    const theirs = figures.find(({ name }) => name === other)
    if (!ours || !theirs) return []
    const ratio =
      measure === 'heap'
        ? ours.heapBytes / theirs.heapBytes
        : median(ours.rounds.map((round, i) => round[measure] / theirs.rounds[i][measure]))
    if (!Number.isFinite(ratio)) return []
    const isHeld = measure === 'speed' ? ratio >= bound : ratio <= bound
    const wanted = `${measure === 'speed' ? 'at least' : 'at most'} ${bound}`
    return [{ of: `${row}, ${width} in flight: ${measure} against ${other}`, ratio, wanted, isHeld }]
  })
  return [...held, ...measured.map(aheadOfOthers).filter(Boolean)]
}

/** In each row the fastest of all that are not undici itself, the stacks made by hand included. */
function aheadOfOthers({ row, width, figures }) {
  const ours = figures.find(({ name }) => name === ARMED)
  const peers = figures.filter(
    ({ name }) => !name.startsWith('guise') && name !== REQUEST && !name.startsWith('bare dispatch'),
  )
  if (!ours || peers.length === 0) return undefined
  const best = peers.reduce((a, b) => (a.callsPerSecond > b.callsPerSecond ? a : b))
  const ratio = median(ours.rounds.map((round, i) => round.speed / best.rounds[i].speed))
  const of = `${row}, ${width} in flight: speed against the best of the others, ${best.name}`
  return { of, ratio, wanted: 'more than 1', isHeld: ratio > 1 }
}
