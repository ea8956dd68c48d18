/** The options of `deduplicate`: their meaning, their defaults, and the check that none is wrong. */
import { randomBytes } from 'node:crypto'
import { type Clock, MAX_TIMER, systemClock } from '../clock.js'
import { keysOf, type WebhookSecrets } from '../signing/index.js'
import type { ReceivedRequest } from './read.js'
import type { DedupeEvent, DedupeStore } from './store.js'

/** How `deduplicate` works. All durations are in milliseconds. */
export interface DeduplicateOptions {
  /** Where seen keys are remembered: `postgresDedupe`, `redisDedupe`, or `memoryDedupe` for one process. */
  readonly store: DedupeStore
  /**
   * Takes signed requests only, by Standard Webhooks. `secrets` may depend on the sender; one without any is refused.
   * `tolerance`: how far the timestamp may be off; default 300,000. Then the key is the signed id.
   */
  readonly signature?: {
    readonly secrets: WebhookSecrets | ((sender: string) => WebhookSecrets | undefined)
    readonly tolerance?: number
  }
  /** Who sent it, by something that can be trusted: senders do not see each other's keys. Default: all are one. */
  readonly sender?: (request: ReceivedRequest) => string | undefined
  /** Whether a request that changes something is refused without a key. Default: true. */
  readonly required?: boolean
  /** How long a handler may take before its key is open to another attempt. Default: 60,000. */
  readonly lease?: number
  /** How long an answer is remembered if the sender does not say when it gives up. Default: 24 hours. */
  readonly ttl?: number
  /** The largest body that is read. Default: 1,048,576 bytes. */
  readonly maxBodyBytes?: number
  /** How long the store may take to answer. Default: 5,000. */
  readonly storeTimeout?: number
  /** Whether the handler runs while the store is down: for handlers that only read. Default: false, 503. */
  readonly failOpen?: boolean
  /** Whether 4xx answers (but 408, 425, 429) are remembered: a sender cannot mend them then. Default: false. */
  readonly storeClientErrors?: boolean
  /** Takes what an operator ought to know, for a counter or a log. */
  readonly onEvent?: (event: DedupeEvent) => void
  /** For tests: where the time comes from. */
  readonly clock?: Clock
}

/** The options, complete. */
export interface Settings {
  readonly store: DedupeStore
  readonly signature:
    | {
        readonly secretsOf: (sender: string) => WebhookSecrets | undefined
        readonly decoy: string
        readonly tolerance: number
      }
    | undefined
  readonly sender: (request: ReceivedRequest) => string | undefined
  readonly required: boolean
  readonly lease: number
  readonly ttl: number
  readonly maxBodyBytes: number
  readonly storeTimeout: number
  readonly failOpen: boolean
  readonly storeClientErrors: boolean
  readonly report: (event: DedupeEvent) => void
  readonly clock: Clock
}

export const HOUR = 3_600_000
/** A key is remembered at least and at most so long, whatever a sender says. */
export const LEAST_TTL = HOUR
export const MOST_TTL = 8 * 24 * HOUR

const NAMES: readonly string[] = [
  'store',
  'signature',
  'sender',
  'required',
  'lease',
  'ttl',
  'maxBodyBytes',
  'storeTimeout',
  'failOpen',
  'storeClientErrors',
  'onEvent',
  'clock',
]

/** @throws TypeError or RangeError for an option that is unknown or wrong; no secret is in the message. */
export function settingsOf(options: DeduplicateOptions): Settings {
  const unknown = Object.keys(options).find(name => !NAMES.includes(name))
  if (unknown !== undefined)
    throw new TypeError(`deduplicate has no option ${unknown}; there are ${NAMES.join(', ')}`)
  const own: DeduplicateOptions = Object.assign(Object.create(null), options)
  const { store, signature, sender, onEvent, clock = systemClock } = own
  if (typeof store?.claim !== 'function')
    throw new TypeError(
      'deduplicate needs a store: memoryDedupe(), redisDedupe(client) or postgresDedupe(pool)',
    )
  for (const [name, value] of Object.entries({ sender, onEvent }))
    if (value !== undefined && typeof value !== 'function')
      throw new TypeError(`deduplicate: ${name} must be a function`)
  return {
    store,
    signature: signature === undefined ? undefined : signatureOf(signature),
    sender: sender ?? (() => undefined),
    required: flag(own, 'required', true),
    lease: whole(own, 'lease', 60_000, 100, MAX_TIMER),
    ttl: whole(own, 'ttl', 24 * HOUR, LEAST_TTL, MOST_TTL),
    maxBodyBytes: whole(own, 'maxBodyBytes', 1_048_576, 0, 1_073_741_824),
    storeTimeout: whole(own, 'storeTimeout', 5_000, 1, MAX_TIMER),
    failOpen: flag(own, 'failOpen', false),
    storeClientErrors: flag(own, 'storeClientErrors', false),
    report: event => {
      try {
        onEvent?.(event)
      } catch {
        // A counter that fails does not undo what has been handled.
      }
    },
    clock,
  }
}

function signatureOf({ secrets, tolerance }: NonNullable<DeduplicateOptions['signature']>) {
  // A bad secret is seen when the service starts, not when the first message comes.
  if (typeof secrets !== 'function') keysOf(secrets)
  return {
    secretsOf: typeof secrets === 'function' ? secrets : () => secrets,
    decoy: `whsec_${randomBytes(32).toString('base64')}`,
    // Under a second is seconds taken for milliseconds.
    tolerance: whole({ tolerance }, 'tolerance', 300_000, 1_000, 24 * HOUR),
  }
}

function whole<K extends string>(
  options: { readonly [name in K]?: number | undefined },
  name: K,
  byDefault: number,
  least: number,
  most: number,
): number {
  const value = options[name] ?? byDefault
  if (!Number.isInteger(value) || value < least || value > most)
    throw new RangeError(`deduplicate: ${name} must be a whole number from ${least} to ${most}`)
  return value
}

function flag<K extends string>(
  options: { readonly [name in K]?: boolean | undefined },
  name: K,
  byDefault: boolean,
): boolean {
  const value = options[name] ?? byDefault
  if (typeof value !== 'boolean') throw new TypeError(`deduplicate: ${name} must be true or false`)
  return value
}
