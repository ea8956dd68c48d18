/** What the errors of a mock say: the call, what was expected, what came. */
import type { MethodContract } from '../contract/index.js'
import type { ArgumentError } from '../errors/index.js'
import { TransportFailure } from '../http/index.js'
import type { Issue } from '../schema/standard.js'
import type { Behaviour, MockCall, Once, Subject } from './mock-call.js'
import { MockError } from './mock-error.js'
import type { Misfit } from './mock-results.js'
import { masked, maskedArguments, show } from './show.js'

/** `returns({ id: 7 })` */
export function describeBehaviour(behaviour: Behaviour): string {
  switch (behaviour.kind) {
    case 'returns':
      return `returns(${show(behaviour.value)})`
    case 'rejects':
      return `rejects(${behaviour.error.name})`
    case 'respond': {
      const { outcome } = behaviour
      return `respond(${outcome instanceof TransportFailure ? outcome.message : show(outcome)})`
    }
    case 'implement':
      return 'implement(fn)'
  }
}

const MOST_LINES = 20

const lines = (all: readonly string[]): string => {
  const left = all.length - MOST_LINES
  const cut = left > 0 ? [`... ${left} more`, ...all.slice(left)] : all
  return cut.map(line => `\n  ${line}`).join('')
}

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`

/** A call that nothing answers. */
export function unexpectedCall(
  { id, name }: Subject,
  call: MockCall,
  calls: readonly MockCall[],
  onces: number,
): MockError {
  const shown = id.slice(0, id.length - name.length) + call.shown
  const why =
    onces === 0
      ? `nothing is set up for ${name}`
      : `its ${plural(onces, 'once() answer')} ${onces === 1 ? 'is' : 'are'} used up`
  const log = calls.map((one, index) => `${index + 1}. ${one.shown}  <- ${one.by ?? 'nothing'}`)
  const before = calls.length > 1 ? lines(log) : ''
  const ways = `${name}.returns(value), .respond({ status, body }), .rejects(error) or .implement(fn)`
  return new MockError(`${shown} was not expected: ${why}${before}\nTell the mock what to do: ${ways}`, {
    expected: calls.filter(one => one !== call).map(one => one.shown),
    actual: calls.map(one => one.shown),
  })
}

/** Answers for one call that no call came for. */
export function unusedOnce({ id }: Subject, onces: readonly Once[]): MockError {
  const unused = onces.filter(({ usedBy }) => usedBy === undefined).length
  const all = onces.map(({ behaviour }, index) => `${index + 1}. once().${describeBehaviour(behaviour)}`)
  const log = onces.map(({ usedBy }, index) => `${all[index]}  <- ${usedBy?.shown ?? 'not used'}`)
  const count = `${unused} of ${plural(onces.length, 'once() answer')} ${unused === 1 ? 'was' : 'were'} not used`
  return new MockError(`${id}: ${count}${lines(log)}`, {
    expected: all,
    actual: all.filter((_, index) => onces[index]?.usedBy !== undefined),
  })
}

/** All answers were used, but not in the order in which they were set. */
export function wrongOrder(
  className: string,
  set: readonly MockCall[],
  used: readonly MockCall[],
): MockError {
  const expected = set.map(({ shown }) => shown)
  const actual = used.map(({ shown }) => shown)
  const log = [`set:  ${expected.join(', ')}`, `came: ${actual.join(', ')}`]
  return new MockError(
    `${className}: the calls came in another order than their once() answers were set in${lines(log)}`,
    {
      expected,
      actual,
    },
  )
}

/** A result that no answer of the service could lead to. */
export function wrongResult(
  { id, name }: Subject,
  value: unknown,
  misfits: readonly Misfit[],
  call?: MockCall,
): MockError {
  const given = show(value)
  const what =
    call === undefined
      ? `${id}.returns(${given})`
      : `${id.slice(0, id.length - name.length)}${call.shown} was answered with ${given} by ${call.by}`
  const reasons = misfits.map(({ status, issues }) => `${status}: ${issues.map(sentence).join('; ')}`)
  const advice = `To see what the caller makes of a broken answer, use ${name}.respond({ status, body })`
  return new MockError(
    `${what}: the declared responses can never lead to this value${lines(reasons)}\n${advice}`,
    {
      expected: pinned(masked(value), nearestMisfit(misfits)),
      actual: masked(value),
    },
  )
}

/** An argument that the real client would refuse too. */
export function wrongArgument(
  contract: MethodContract,
  call: MockCall,
  args: readonly unknown[],
  error: ArgumentError,
): MockError {
  const { parameter, rule, issues } = error
  const index = parameter === undefined ? undefined : parameter - 1
  const label = contract.parameters.find(one => one.index === index)?.label
  const where = index === undefined ? '' : `parameter ${index + 1}, ${label}: `
  const shown = contract.id.slice(0, contract.id.length - contract.name.length) + call.shown
  const actual = maskedArguments(contract, args)
  const at = issues.length > 0 ? issues : [{ path: [], message: rule }]
  const here = index === undefined ? [] : at.map(issue => ({ ...issue, path: [index, ...issue.path] }))
  return new MockError(
    `${shown} has a wrong argument: ${where}${rule}\nThe call rejects with ArgumentError, as it does in production`,
    {
      expected: pinned(maskedArguments(contract, args), here),
      actual,
    },
  )
}

const sentence = ({ path, message }: Issue): string =>
  path.length === 0 ? message : `${path.join('.')}: ${message}`

/** The entry that takes the most of the value: its issues are within it. */
function nearestMisfit(misfits: readonly Misfit[]): readonly Issue[] {
  const depth = ({ issues }: Misfit) => Math.min(...issues.map(({ path }) => path.length))
  const [first] = [...misfits].sort((a, b) => depth(b) - depth(a) || a.issues.length - b.issues.length)
  return first?.issues ?? []
}

/** The value as it came, with what is wrong standing where it is wrong, so that a diff shows these places only. */
export function pinned(value: unknown, issues: readonly Issue[]): unknown {
  let root = value
  for (const { path, message } of issues) {
    const note = `<${message}>`
    const last = path.at(-1)
    if (last === undefined) {
      root = note
      continue
    }
    let parent = root
    for (const step of path.slice(0, -1)) parent = isObject(parent) ? Reflect.get(parent, step) : undefined
    if (isObject(parent)) Reflect.set(parent, last, note)
  }
  return root
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
