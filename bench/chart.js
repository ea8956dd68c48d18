// The chart of the README: one bar for each candidate, as an SVG that is readable on light and dark pages.
import { candidates } from './candidates/index.js'

const BAR = 18
const GAP = 8
const LEFT = 190
const RIGHT = 130
const WIDTH = 760
const TOP = 62

const escaped = text => text.replace(/[&<>]/g, sign => `&#${sign.charCodeAt(0)};`)

const does = name => (candidates[name]?.does ? ` (${candidates[name].does})` : '')

/** A row of the bench, the fastest first; the thin line is the range in which eight of ten rounds lie. */
export function chart({ title, width, figures }, note) {
  const bars = figures.toSorted((a, b) => b.speed.median - a.speed.median)
  const most = Math.max(...bars.map(({ speed }) => speed.p90))
  const scale = (WIDTH - LEFT - RIGHT) / most
  const height = TOP + bars.length * (BAR + GAP) + 26
  const x = value => (LEFT + value * scale).toFixed(1)
  const lines = bars.map(({ name, speed, callsPerSecond }, i) => {
    const y = TOP + i * (BAR + GAP)
    const middle = y + BAR / 2
    const kind = name.startsWith('guise') ? 'guise' : name.startsWith('hand-wired') ? 'hand' : 'other'
    return [
      `<g><title>${escaped(`${name}${does(name)}; ${Math.round(callsPerSecond)} calls/s`)}</title>`,
      `<text x="${LEFT - 8}" y="${middle + 4}" text-anchor="end">${escaped(name)}</text>`,
      `<rect class="${kind}" x="${LEFT}" y="${y}" width="${(speed.median * scale).toFixed(1)}" height="${BAR}" rx="2"/>`,
      `<path class="spread" d="M${x(speed.p10)} ${middle}H${x(speed.p90)}"/>`,
      `<text x="${(Number(x(speed.p90)) + 8).toFixed(1)}" y="${middle + 4}">${speed.median.toFixed(2)}x</text></g>`,
    ].join('')
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}">
<style>
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 16px; font-weight: 600 }
  .note { font-size: 11px; fill: #57606a }
  .guise { fill: #1f883d } .hand { fill: #bc4c00 } .other { fill: #8c959f }
  .spread { stroke: #24292f; stroke-width: 1.5 } .one { stroke: #57606a; stroke-dasharray: 3 3 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .note { fill: #9198a1 } .spread { stroke: #e6edf3 } .one { stroke: #9198a1 }
    .guise { fill: #3fb950 } .hand { fill: #db6d28 } .other { fill: #6e7681 }
  }
</style>
<text class="title" x="12" y="24">${escaped(`${title}, ${width} in flight: calls per second`)}</text>
<text class="note" x="12" y="44">${escaped(`relative to ${figures[0].name}; more is better`)}</text>
<path class="one" d="M${x(1)} ${TOP - 6}V${height - 26}"/>
${lines.join('\n')}
<text class="note" x="12" y="${height - 8}">${escaped(note)}</text>
</svg>
`
}
