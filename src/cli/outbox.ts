/** `guise outbox`: an operator's view of a store, and what he may do to what is in it. */
import { parseArgs } from 'node:util'
import type { ActResult, OperatorAct, OutboxStore } from '../outbox/store.js'
import { type CliIo, CommandError, UsageError } from './io.js'
import { deadTable, describeDelivery, statsTable, withoutQuery } from './outbox-text.js'
import { durationOf, printable } from './text.js'

const OPTIONS = {
  json: { type: 'boolean' },
  target: { type: 'string' },
  after: { type: 'string' },
  limit: { type: 'string' },
  actor: { type: 'string' },
  reason: { type: 'string' },
  'expires-in': { type: 'string' },
  schema: { type: 'string' },
} as const

type OptionName = keyof typeof OPTIONS
type Values = { readonly [K in OptionName]?: string | boolean | undefined }

/** What an action works with. */
interface Work {
  readonly store: OutboxStore
  readonly args: readonly string[]
  readonly io: CliIo
  readonly json: boolean
  readonly text: (name: OptionName) => string | undefined
}

interface Action {
  /** Names of its arguments, for messages; `...` where there may be several. */
  readonly args: '' | '<id>' | '<ids...>' | '<target>'
  readonly options: readonly OptionName[]
  /** Refuses what is wrong before the store is opened. */
  readonly check?: (work: Omit<Work, 'store'>) => unknown
  readonly run: (work: Work) => Promise<number>
}

const actions: Readonly<Record<string, Action>> = {
  stats: { args: '', options: [], run: stats },
  dead: { args: '', options: ['target', 'after', 'limit'], check: pageOf, run: dead },
  show: { args: '<id>', options: [], run: show },
  replay: {
    args: '<ids...>',
    options: ['target', 'actor', 'reason', 'expires-in'],
    check: work => [actOf(work), expiryOf(work)],
    run: work => act(work, one => work.store.replay({ ...one, expiresAt: one.now + expiryOf(work) })),
  },
  cancel: {
    args: '<ids...>',
    options: ['target', 'actor', 'reason'],
    check: actOf,
    run: work => act(work, one => work.store.cancel(one)),
  },
  pause: { args: '<target>', options: ['actor', 'reason'], check: actOf, run: work => hold(work, 'pause') },
  resume: { args: '<target>', options: ['actor', 'reason'], check: actOf, run: work => hold(work, 'resume') },
}

export async function outbox(args: readonly string[], io: CliIo): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS })
  const [url, name, ...rest] = positionals
  const names = Object.keys(actions).join(', ')
  if (url === undefined) throw new UsageError(`outbox needs a store and an action: ${names}`)
  const action = name !== undefined && Object.hasOwn(actions, name) ? actions[name] : undefined
  if (action === undefined) {
    // Not quoted unless it is a word: it may be the URL, with all that it holds, in the wrong place.
    const word = name !== undefined && /^[\w-]{1,40}$/.test(name) ? ` ${name}` : ' of that name'
    const what = name === undefined ? 'outbox needs an action' : `outbox has no action${word}`
    throw new UsageError(`${what}; there are ${names}`)
  }
  checkUse(name as string, action, values, rest)
  const text = (option: OptionName) => values[option] as string | undefined
  const work = { args: [...new Set(rest)], io, json: values.json === true, text }
  action.check?.(work)
  const opened = await io.openStore(url, { cwd: io.cwd, schema: values.schema })
  try {
    await opened.store.open()
    return await action.run({ ...work, store: opened.store })
  } finally {
    await opened.close()
  }
}

function checkUse(name: string, { args, options }: Action, values: Values, rest: readonly string[]): void {
  for (const option of Object.keys(values) as OptionName[]) {
    if (!['json', 'schema', ...options].includes(option)) throw new UsageError(`${name} takes no --${option}`)
  }
  const least = args === '' ? 0 : 1
  const most = args === '<ids...>' ? Number.POSITIVE_INFINITY : least
  if (rest.length < least) throw new UsageError(`${name} needs ${args}`)
  if (rest.length > most) throw new UsageError(`${name} takes ${args === '' ? 'no argument' : `one ${args}`}`)
}

async function stats({ store, io, json }: Work): Promise<number> {
  const all = (await store.stats()).toSorted((a, b) => (a.target < b.target ? -1 : 1))
  io.out(json ? asJson(all) : statsTable(all, io.now()))
  return 0
}

async function dead(work: Work): Promise<number> {
  const { store, io, json, text } = work
  const page = pageOf(work)
  const rows = await store.list({ state: 'dead', target: text('target'), ...page })
  const next = rows.length < page.limit ? null : (rows.at(-1)?.seq ?? null)
  if (json) io.out(asJson({ rows: rows.map(withoutQuery), next }))
  else io.out(deadTable(rows, io.now()) + (next === null ? '' : `there may be more: --after ${next}\n`))
  return 0
}

async function show({ store, io, json, args }: Work): Promise<number> {
  const [id] = args as [string]
  const rows = await store.find(id)
  if (rows.length === 0) throw new CommandError(`there is no message ${printable(id)}`)
  io.out(json ? asJson(rows.map(withoutQuery)) : rows.map(row => describeDelivery(row, io.now())).join('\n'))
  return 0
}

/** Does something to messages, and says what became of each. */
async function act(work: Work, run: (act: OperatorAct) => Promise<ActResult[]>): Promise<number> {
  const { io, json, args } = work
  const results = await run({ ids: args, target: work.text('target'), ...actOf(work) })
  const known = new Set(results.map(({ id }) => id))
  const lost = args
    .filter(id => !known.has(id))
    .map(id => ({ id, target: null, outcome: 'not-found' as const }))
  const all = [...results, ...lost]
  const words = {
    done: 'done',
    unfit: 'left alone: it is not in the state for it',
    'used-up': 'left alone: it was replayed as often as may be',
    'not-found': 'there is no such message',
  }
  const lines = all.map(
    one =>
      `${printable(one.id)}${one.target === null ? '' : ` to ${printable(one.target)}`}: ${words[one.outcome]}\n`,
  )
  io.out(json ? asJson(all) : lines.join(''))
  return all.every(({ outcome }) => outcome === 'done') ? 0 : 1
}

async function hold(work: Work, how: 'pause' | 'resume'): Promise<number> {
  const { store, io, json, args } = work
  const [target] = args as [string]
  const known = (await store.stats()).map(one => one.target)
  if (!known.includes(target)) {
    const names =
      known.length === 0 ? 'none has been sent to' : `there are ${known.map(printable).join(', ')}`
    throw new CommandError(`there is no target ${printable(target)}; ${names}`)
  }
  await store[how](target, actOf(work))
  const paused = how === 'pause'
  io.out(json ? asJson({ target, paused }) : `${printable(target)} is ${paused ? 'paused' : 'resumed'}\n`)
  return 0
}

/** Who does it and why; it is written down. */
function actOf({ text, io }: Omit<Work, 'store'>): Pick<OperatorAct, 'actor' | 'reason' | 'now'> {
  const said = (name: 'actor' | 'reason'): string => {
    const value = text(name)?.trim() ?? ''
    if (value === '')
      throw new UsageError(
        `--${name} must say ${name === 'actor' ? 'who does it' : 'why'}: it is written down`,
      )
    return value
  }
  return { actor: said('actor'), reason: said('reason'), now: io.now() }
}

function pageOf({ text }: Omit<Work, 'store'>): {
  readonly after: number | undefined
  readonly limit: number
} {
  const whole = (name: 'after' | 'limit', most: number): number | undefined => {
    const value = text(name)
    if (value === undefined) return undefined
    const number = /^\d{1,16}$/.test(value) ? Number(value) : -1
    const least = name === 'limit' ? 1 : 0
    if (number < least || number > most)
      throw new UsageError(`--${name} must be a whole number from ${least} to ${most}`)
    return number
  }
  return { after: whole('after', Number.MAX_SAFE_INTEGER), limit: whole('limit', 1_000) ?? 50 }
}

const SECOND = 1_000
const DAY = 86_400_000

/** Milliseconds that a replayed message has. */
function expiryOf({ text }: Omit<Work, 'store'>): number {
  const milliseconds = durationOf(text('expires-in') ?? '24h')
  if (milliseconds === undefined || milliseconds < SECOND || milliseconds > 7 * DAY)
    throw new UsageError('--expires-in must be a time like 90s, 30m, 24h or 7d, and at most 7d')
  return milliseconds
}

const asJson = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`
