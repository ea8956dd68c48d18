/** A call as it is recorded: encoded, checked, and free of credentials; and how it is read again. */
import { randomBytes } from 'node:crypto'
import { forwarded } from '../call/forward.js'
import { type Context, currentContext } from '../context/context.js'
import { ArgumentError } from '../errors/index.js'
import type { HttpRequest } from '../http/index.js'
import { isSecret } from '../redact.js'
import { fingerprintOf } from './fingerprint.js'
import type { OutboxRoute } from './registry.js'
import type { NewDelivery } from './store.js'
import { waitBefore } from './verdict.js'

/** Services that a notification may go through; the next one would be a circle. */
export const MOST_HOPS = 8

const KEY = 'idempotency-key'

/** `msg_` and a UUID of version 7 (RFC 9562, section 5.7): sorted by time, and never derived from what happened. */
export function newId(now: number): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(Math.max(0, Math.floor(now)) % 2 ** 48, 0, 6)
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x70
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  const groups = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)]
  return `msg_${groups.join('-')}`
}

/** What all deliveries of one call have in common. */
export interface Draft {
  readonly route: OutboxRoute
  readonly request: HttpRequest
  readonly args: readonly unknown[]
}

/** Encodes a call as in a client, against no address: that is known only when it is sent. */
export async function draft(route: OutboxRoute, args: readonly unknown[]): Promise<Draft> {
  const { encoder, registration } = route
  const prefix = `/${registration.target.name}`
  const request = await encoder.encode(args, { origin: 'outbox:', prefix })
  return { route, request: { ...request, path: request.path.slice(prefix.length) }, args }
}

/** The id that the caller gave by `@IdempotencyKey()` or a header; the key that `@Idempotent()` made is none. */
export function givenId({ route, request: { headers }, args }: Draft): string | undefined {
  const { idempotent, parameters } = route.method.contract
  const given = parameters.some(
    ({ binding, index }) => binding.kind === 'idempotency-key' && args[index] != null,
  )
  if (idempotent && !given) return undefined
  const at = headers.findIndex((name, index) => index % 2 === 0 && name === KEY)
  return at < 0 ? undefined : headers[at + 1]
}

/** @throws ArgumentError if it cannot be recorded. */
export function deliveryOf(
  { route, request, args }: Draft,
  { id, now, random }: { readonly id: string; readonly now: number; readonly random: () => number },
): NewDelivery {
  const { registration, method } = route
  const { delivery, target } = registration
  const context = currentContext()
  const refuse = (rule: string): never => {
    const { client, id: name } = method.contract
    throw new ArgumentError({ rule, client, method: name })
  }
  if (delivery.signing !== undefined && id.includes('.'))
    refuse('the idempotency key must not hold a dot where messages are signed (Standard Webhooks)')
  const body = bytesOf(request, delivery.maxBodyBytes, refuse)
  const hops = context?.hops ?? 0
  return {
    id,
    target: target.name,
    method: method.contract.id,
    verb: request.method,
    path: request.path,
    headers: JSON.stringify(storable(request.headers, registration, context, refuse)),
    body,
    fingerprint: fingerprintOf(request.method, request.path, body),
    orderKey: orderKeyOf(route, args, refuse),
    blocks: delivery.afterDead === 'block',
    hops,
    createdAt: now,
    nextAttemptAt: now + waitBefore(1, delivery.schedule, random),
    expiresAt: now + delivery.expiresAfter,
    maxAttempts: delivery.maxAttempts,
    replayAttempts: delivery.replayAttempts,
    dead: hops > MOST_HOPS ? 'loop' : null,
  }
}

function bytesOf({ body }: HttpRequest, most: number, refuse: (rule: string) => never): Uint8Array | null {
  if (body === null) return null
  if (typeof body !== 'string' && !(body instanceof Uint8Array))
    return refuse('a stream cannot be recorded; give the body as a string or as bytes')
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  if (bytes.byteLength > most)
    return refuse(`the body of ${bytes.byteLength} bytes is larger than maxBodyBytes (${most})`)
  return bytes
}

/** What may stand in a database: the message's own headers, and what the request being served hands on. */
function storable(
  headers: readonly string[],
  { delivery, forward }: OutboxRoute['registration'],
  context: Context | undefined,
  refuse: (rule: string) => never,
): string[] {
  const kept: string[] = []
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string
    if (name === KEY) continue
    if (!isSecret(name)) kept.push(name, headers[i + 1] as string)
    else if (delivery.credentials === 'refuse')
      refuse(
        `the header ${name} is a credential, which is never stored; bring it by \`use\` for each attempt, and say credentials: 'omit'`,
      )
  }
  if (context === undefined) return kept
  return [...kept, ...forwarded(['traceparent', ...forward], context.headers, kept)]
}

function orderKeyOf(
  { orderKey }: OutboxRoute,
  args: readonly unknown[],
  refuse: (rule: string) => never,
): string | null {
  const key = orderKey?.(...args)
  if (key === undefined || key === null) return null
  if (typeof key === 'string' && key.length >= 1 && key.length <= 255 && !key.includes('\0')) return key
  return refuse('orderKey must return a text of 1 to 255 characters, or undefined')
}
