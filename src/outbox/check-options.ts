/** The check of an outbox's options and of its targets': every number is bounded, and a wrong one refused at once. */
import { z } from 'zod'
import { DeclarationError, type Mistake } from '../errors/index.js'
import { ownOf } from '../policy/settings.js'
import { secretMistake } from '../signing/index.js'
import { DELIVERY_DEFAULTS, type Delivery, type DeliveryOptions, type OutboxOptions } from './options.js'
import { MOST_ATTEMPTS } from './store.js'

const SECOND = 1000
const MINUTE = 60 * SECOND
const DAY = 24 * 60 * MINUTE

const whole = (least: number, most: number) =>
  z.int('must be a whole number').min(least, `must be at least ${least}`).max(most, `must be at most ${most}`)
const oneOf = <const V extends readonly [string, ...string[]]>(...values: V) =>
  z.enum(values, `must be ${values.map(value => `'${value}'`).join(' or ')}`)

const secret = z.string('must be a string').superRefine((value, context) => {
  const message = secretMistake(value)
  if (message !== undefined) context.addIssue({ code: 'custom', message })
})

const deliveryShape = {
  maxAttempts: whole(1, MOST_ATTEMPTS).optional(),
  replayAttempts: whole(1, MOST_ATTEMPTS).optional(),
  expiresAfter: whole(SECOND, 7 * DAY).optional(),
  schedule: z
    .array(whole(0, 7 * DAY), 'must be a list of milliseconds')
    .min(1, 'must hold at least one wait')
    .max(MOST_ATTEMPTS, `must not hold more than ${MOST_ATTEMPTS} waits`)
    .optional(),
  concurrency: whole(1, 100).optional(),
  maxBodyBytes: whole(1, 16 * 1024 * 1024).optional(),
  afterDead: oneOf('skip', 'block').optional(),
  parkOn: z.array(whole(400, 599), 'must be a list of statuses').optional(),
  credentials: oneOf('refuse', 'omit').optional(),
  signing: z
    .strictObject(
      {
        secrets: z.array(secret, 'must be a list of secrets').min(1, 'must hold at least one secret').max(10),
      },
      'must be { secrets }',
    )
    .optional(),
}

const isFunction = (value: unknown): boolean => typeof value === 'function'
const hasAll = (value: unknown, names: readonly string[]): boolean =>
  typeof value === 'object' &&
  value !== null &&
  names.every(name => isFunction((value as Record<string, unknown>)[name]))

/** Names stand in databases, on command lines and in logs. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/
export const nameMistake = (name: unknown): string | undefined =>
  typeof name === 'string' && NAME.test(name)
    ? undefined
    : 'must be a name of 1 to 64 letters, digits, dots, dashes and underscores'

const name = z.unknown().superRefine((value, context) => {
  const message = nameMistake(value)
  if (message !== undefined) context.addIssue({ code: 'custom', message })
})

const outboxSchema = z.strictObject({
  ...deliveryShape,
  store: z.custom(
    value => hasAll(value, ['open', 'record', 'claim', 'settle', 'reap', 'close']),
    'must be a store: memoryStore(), sqliteStore(db), openSqlite(file) or postgresStore(pool)',
  ),
  name: name.optional(),
  pollInterval: whole(10, MINUTE).optional(),
  retention: z
    .strictObject(
      { done: whole(0, 365 * DAY).optional(), dead: whole(0, 365 * DAY).optional() },
      'must be { done, dead }',
    )
    .optional(),
  onDead: z.custom(isFunction, 'must be a function').optional(),
  onError: z.custom(isFunction, 'must be a function').optional(),
  clock: z
    .custom(value => hasAll(value, ['now', 'wallNow', 'setTimeout', 'clearTimeout']), 'must be a Clock')
    .optional(),
})

function mistakes(error: z.ZodError, where: string): Mistake[] {
  return error.issues.flatMap(issue =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map(key => ({ rule: `there is no option ${[...issue.path, key].join('.')}`, where }))
      : [{ rule: `${issue.path.join('.')} ${issue.message}`, where }],
  )
}

/** @throws DeclarationError that lists every mistake. */
export function checkOutbox<Tx>(options: OutboxOptions<Tx>): OutboxOptions<Tx> {
  const where = 'createOutbox(options)'
  if (typeof options !== 'object' || options === null)
    throw new DeclarationError('createOutbox', [
      { rule: 'the options are missing; give at least { store }', where },
    ])
  const own = ownOf(options)
  const result = outboxSchema.safeParse(own)
  if (!result.success) throw new DeclarationError('createOutbox', mistakes(result.error, where))
  return own
}

const DELIVERY_NAMES = new Set(Object.keys(deliveryShape))
/** What a client has and a delivery has not, and why. */
const NOT_HERE: Readonly<Record<string, string>> = {
  retry: 'retry is no option of an outbox: maxAttempts and schedule say how often and when',
  fallback: 'fallback is no option of an outbox: nobody waits for the answer',
  handBack: 'handBack is no option of an outbox: nobody waits for the answer',
  methods: 'methods is no option of an outbox: say it by decorators, or for all routes',
  allowOrigins: 'allowOrigins is no option of an outbox: a message goes to its target',
  clock: 'clock is an option of createOutbox, for all targets',
}

/** A target's options, taken apart; what is wrong is added to `found`. */
export function splitTarget(
  options: unknown,
  base: DeliveryOptions,
  where: string,
  found: Mistake[],
): {
  readonly delivery: Delivery
  readonly client: Record<string, unknown>
  readonly orderKey: Record<string, unknown>
} {
  const client: Record<string, unknown> = Object.create(null)
  const said: Record<string, unknown> = Object.create(null)
  const { orderKey = {}, target: _name, ...rest } = ownOf((options ?? {}) as Record<string, unknown>)
  for (const [key, value] of Object.entries(rest)) {
    const refusal = Object.hasOwn(NOT_HERE, key) ? NOT_HERE[key] : undefined
    if (refusal !== undefined) found.push({ rule: refusal, where })
    else if (DELIVERY_NAMES.has(key)) said[key] = value
    else client[key] = value
  }
  const result = z.strictObject(deliveryShape).safeParse(said)
  if (!result.success) found.push(...mistakes(result.error, where))
  if (typeof orderKey !== 'object' || orderKey === null)
    found.push({ rule: 'orderKey must be an object of functions, by the names of routes', where })
  return { delivery: withDefaults(base, said), client, orderKey: orderKey as Record<string, unknown> }
}

function withDefaults(...layers: readonly DeliveryOptions[]): Delivery {
  const merged: Record<string, unknown> = { ...DELIVERY_DEFAULTS }
  for (const layer of layers)
    for (const key of Object.keys(DELIVERY_DEFAULTS)) {
      const value = Object.hasOwn(layer, key) ? layer[key as keyof DeliveryOptions] : undefined
      if (value !== undefined) merged[key] = value
    }
  return merged as unknown as Delivery
}
