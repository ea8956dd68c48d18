// What must hold when the soak is over: each rule that does not, in one sentence.
import { isPoison, keyOf, MAX_ATTEMPTS, numberOf, TARGETS } from './events.js'

const nameOf = ({ id, target }) => `${id} ${target}`

function countBy(list) {
  const counts = new Map()
  for (const one of list) counts.set(nameOf(one), (counts.get(nameOf(one)) ?? 0) + 1)
  return counts
}

/**
 * @param run `acknowledged`: ids; `rows`: all that is recorded; `arrivals`: all requests that the receiver logged, in
 *   their order; `effects`: all that it did.
 */
export function check({ acknowledged, rows, arrivals, effects }) {
  const broken = []
  const claim = (holds, what) => holds || broken.push(what)
  const sent = countBy(arrivals)
  const done = countBy(effects)
  const known = new Map(rows.map(row => [nameOf(row), row]))

  claim(
    rows.length === acknowledged.size * TARGETS.length,
    `${acknowledged.size} acknowledged, ${rows.length} deliveries recorded`,
  )
  for (const id of acknowledged)
    for (const target of TARGETS) claim(known.has(`${id} ${target}`), `lost: ${id} ${target}`)
  for (const name of [...sent.keys(), ...done.keys()])
    claim(known.has(name), `never recorded, and yet it came: ${name}`)

  for (const row of rows) {
    const { id, target, state, sends, attempts, maxAttempts, orderKey } = row
    const name = nameOf(row)
    const number = numberOf(id)
    const [came = 0, effect = 0] = [sent.get(name), done.get(name)]
    claim(acknowledged.has(id), `recorded, and never acknowledged: ${name}`)
    claim(orderKey === (keyOf(number) ?? null), `another order key: ${name}`)
    claim(state === 'delivered' || state === 'dead', `not ended but ${state}: ${name}`)
    claim(came <= sends, `came ${came} times, and ${sends} sends are counted: ${name}`)
    claim(sends === attempts && attempts <= MAX_ATTEMPTS, `${sends} sends, ${attempts} attempts: ${name}`)
    claim(maxAttempts === MAX_ATTEMPTS, `maxAttempts has changed: ${name}`)
    claim(effect <= 1, `done ${effect} times: ${name}`)
    if (state === 'delivered') claim(effect === 1, `delivered, and not done: ${name}`)
    if (isPoison(number, target)) claim(state === 'dead' && effect === 0, `poison was ${state}: ${name}`)
    if (state === 'dead') claim(diedRightly(row), `dead, ${row.reason} after ${attempts} attempts: ${name}`)
  }
  const delivered = rows.filter(({ state }) => state === 'delivered').length
  claim(
    delivered > rows.length / 2,
    `only ${delivered} of ${rows.length} were delivered: the rest says little`,
  )
  for (const { at, ...arrival } of arrivals) {
    const { state, reason, lastErrorAt } = known.get(nameOf(arrival)) ?? {}
    // Of what was exhausted by a crash nobody wrote down when it died; that it is sent no more, `quiet` says.
    if (state === 'dead' && reason === 'rejected')
      claim(at <= lastErrorAt, `sent when dead: ${nameOf(arrival)}`)
  }
  return [...broken, ...outOfOrder(arrivals, known)]
}

const diedRightly = ({ id, target, reason, attempts }) =>
  isPoison(numberOf(id), target)
    ? reason === 'rejected' || (reason === 'exhausted' && attempts === MAX_ATTEMPTS)
    : reason === 'exhausted' && attempts === MAX_ATTEMPTS

/** First arrivals of one target and key come in the order of recording. */
function outOfOrder(arrivals, known) {
  const last = new Map()
  const seen = new Set()
  const broken = []
  for (const arrival of arrivals) {
    const row = known.get(nameOf(arrival))
    if (row === undefined || row.orderKey === null || seen.has(nameOf(row))) continue
    seen.add(nameOf(row))
    const key = `${row.target} ${row.orderKey}`
    if (row.seq < (last.get(key) ?? 0)) broken.push(`out of order: ${nameOf(row)} of ${key}`)
    last.set(key, Math.max(row.seq, last.get(key) ?? 0))
  }
  return broken
}
