/** Signs and verifies messages by Standard Webhooks v1: HMAC-SHA256 over id, timestamp and the exact bytes of the body. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { keysOf, type WebhookSecrets } from './secrets.js'

/** Visible ASCII but for the quote, which Idempotency-Key knows as its own, and the dot, which parts what is signed. */
const ID = /^[!#-\-/-~]{1,255}$/
/** Digits and nothing else: `1e9`, `-1` and `0x10` are numbers to JavaScript and no timestamps. */
const TIMESTAMP = /^\d{1,10}$/
/** A digest of 32 bytes in base64; of the last character two bits are over, and must be 0. */
const SIGNATURE = /^v1,([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)$/
/** More signatures than anybody has secrets would only be work for us. */
const MOST_SIGNATURES = 10
const TOLERANCE = 300_000

/** What is signed. */
export interface WebhookMessage {
  /** The message's id, the same on each attempt: 1 to 255 visible ASCII characters without `.` and `"`. */
  readonly id: string
  /** Seconds since 1970, of this attempt: a message is signed anew each time it is sent. */
  readonly timestamp: number
  /** The body as it leaves, before any compression. */
  readonly body: string | Uint8Array
  /** The newest, first of the list, signs. */
  readonly secrets: WebhookSecrets
}

/** The headers of a signed message. */
export interface WebhookHeaders {
  readonly 'webhook-id': string
  readonly 'webhook-timestamp': string
  readonly 'webhook-signature': string
}

/**
 * Signs a message by Standard Webhooks v1 (https://www.standardwebhooks.com), for one attempt.
 *
 * @param message `timestamp` is in seconds since 1970; the first of `secrets` signs.
 * @returns the three headers to send with the body.
 * @throws TypeError for a bad id, timestamp or secret; the secret is not in the message.
 *
 * @example
 * const headers = signWebhook({ id: 'msg_1', timestamp: Math.floor(Date.now() / 1000), body, secrets: [secret] })
 * await fetch(url, { method: 'POST', headers, body })
 */
export function signWebhook({ id, timestamp, body, secrets }: WebhookMessage): WebhookHeaders {
  if (!ID.test(id))
    throw new TypeError('a webhook id must be 1 to 255 visible ASCII characters without "." and quotes')
  const seconds = String(timestamp)
  if (!TIMESTAMP.test(seconds))
    throw new TypeError('a webhook timestamp must be whole seconds since 1970, in at most 10 digits')
  const [newest] = keysOf(secrets)
  return {
    'webhook-id': id,
    'webhook-timestamp': seconds,
    'webhook-signature': `v1,${digestOf(newest, id, seconds, body).toString('base64')}`,
  }
}

/** How to verify. */
export interface VerifyWebhookOptions {
  /** A signature by any of them is good. */
  readonly secrets: WebhookSecrets
  /** Milliseconds since 1970. Default: the system's clock. */
  readonly now?: number
  /** Milliseconds that the timestamp may be off, into the past and the future. Default: 300,000. */
  readonly tolerance?: number
}

/** What came of verifying. A message whose signature does not match is told nothing of its timestamp. */
export type WebhookVerification =
  | { readonly ok: true; readonly id: string; readonly timestamp: number }
  | {
      readonly ok: false
      readonly reason:
        | 'header-missing'
        | 'header-malformed'
        | 'signature-mismatch'
        | 'timestamp-out-of-tolerance'
    }

/**
 * Verifies a message signed by Standard Webhooks v1. What comes from the network never makes it throw. The signature does
 * not cover method and path, so endpoints that must not take each other's messages need secrets of their own; and within
 * the tolerance a message can be sent again, which only a memory of ids can tell (`deduplicate`).
 *
 * @param headers by names in lower case, as Node gives them.
 * @param rawBody the bytes as they came: JSON that was parsed and written again is another body.
 * @param options `now` and `tolerance` are in milliseconds.
 * @throws TypeError for a bad secret or a body that is no bytes: mistakes of the caller, not of the sender.
 *
 * @example
 * const verified = verifyWebhook(request.headers, rawBody, { secrets: [newSecret, oldSecret] })
 * if (!verified.ok) return response.writeHead(401).end()
 */
export function verifyWebhook(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  rawBody: string | Uint8Array,
  { secrets, now = Date.now(), tolerance = TOLERANCE }: VerifyWebhookOptions,
): WebhookVerification {
  const keys = keysOf(secrets)
  if (typeof rawBody !== 'string' && !(rawBody instanceof Uint8Array))
    throw new TypeError(
      'verifyWebhook needs the body as it came, in bytes or as text, not what a parser made of it',
    )
  const [id, timestamp, signatures] = [
    headers['webhook-id'],
    headers['webhook-timestamp'],
    headers['webhook-signature'],
  ]
  if (id === undefined || timestamp === undefined || signatures === undefined)
    return { ok: false, reason: 'header-missing' }
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signatures !== 'string')
    return { ok: false, reason: 'header-malformed' }
  if (!ID.test(id) || !TIMESTAMP.test(timestamp)) return { ok: false, reason: 'header-malformed' }

  const given = digestsIn(signatures)
  let matches = false
  // Every key with every signature: the time that it takes tells nothing of which one was right.
  for (const key of keys) {
    const expected = digestOf(key, id, timestamp, rawBody)
    for (const digest of given) if (timingSafeEqual(expected, digest)) matches = true
  }
  if (!matches) return { ok: false, reason: 'signature-mismatch' }
  const seconds = Number(timestamp)
  if (Math.abs(now - seconds * 1000) > tolerance) return { ok: false, reason: 'timestamp-out-of-tolerance' }
  return { ok: true, id, timestamp: seconds }
}

/** The digests of the signatures that are of our version and well formed: each has 32 bytes. */
function digestsIn(signatures: string): Buffer[] {
  return signatures.split(' ', MOST_SIGNATURES).flatMap(signature => {
    const base64 = SIGNATURE.exec(signature)?.[1]
    return base64 === undefined ? [] : [Buffer.from(base64, 'base64')]
  })
}

const digestOf = (key: Buffer, id: string, timestamp: string, body: string | Uint8Array): Buffer =>
  createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest()
