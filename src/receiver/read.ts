/** Reads what a request says of itself, in the order of the checks: signature, hops, key; and names its route. */
import { createHash } from 'node:crypto'
import { verifyWebhook } from '../signing/index.js'
import { type GivenAnswer, type RefusalCode, refusal } from './answers.js'
import type { Settings } from './options.js'

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

/** A request as it came. */
export interface ReceivedRequest {
  readonly method: string
  /** Path and query, as the request line has them. */
  readonly path: string
  /** By names in lower case. */
  readonly headers: Headers
  /** The bytes as they came. */
  readonly body: Uint8Array
  /** The framework's own request, for the option `sender`. */
  readonly raw?: unknown
}

/** What a request says of itself, checked. */
export interface Reading {
  readonly id: string
  readonly sender: string
  readonly hops: number
  readonly seq: number | undefined
  /** Seconds since 1970. */
  readonly expires: number | undefined
}

/** Visible ASCII; as a quoted string (RFC 9651), as the draft of Idempotency-Key writes it, or bare, as most do. */
const KEY = /^(?:([!#-~]{1,255})|"([!#-[\]-~]{1,255})")$/
const MOST_HOPS = 8
const SAFE = ['GET', 'HEAD', 'OPTIONS', 'TRACE']

/** Whether a request is none of our business: it brings no key and needs none. What must be signed always is. */
export function passes(
  { method, headers }: Pick<ReceivedRequest, 'method' | 'headers'>,
  settings: Settings,
): boolean {
  if (settings.signature !== undefined || headers['idempotency-key'] !== undefined) return false
  return !settings.required || SAFE.includes(method.toUpperCase())
}

/** Checks a request up to its key; the answer, if it fails. */
export function read(request: ReceivedRequest, settings: Settings): Reading | GivenAnswer {
  const { headers, body } = request
  if (body.length > settings.maxBodyBytes) return refusal('body-too-large')
  const sender = settings.sender(request) ?? ''
  const signed = signedId(request, sender, settings)
  if ('refused' in signed) return refusal(signed.refused)

  const hops = whole(headers, 'notify-hops', 4)
  const seq = whole(headers, 'notify-seq', 15)
  const expires = whole(headers, 'notify-expires', 10)
  if (Number.isNaN(hops) || Number.isNaN(seq) || Number.isNaN(expires))
    return refusal('notify-header-invalid')
  if ((hops ?? 0) > MOST_HOPS) return refusal('loop-detected')

  const header = one(headers, 'idempotency-key')
  if (header === undefined && signed.id === undefined) return refusal('idempotency-key-missing')
  const match = header === undefined ? undefined : KEY.exec(header)
  if (match === null) return refusal('idempotency-key-invalid')
  const id = match === undefined ? signed.id : (match[1] ?? match[2])
  // The signature covers its own id only: under another key the same message could be sent, and handled, once more.
  if (id === undefined || (signed.id !== undefined && signed.id !== id)) return refusal('signature-invalid')
  return { id, sender, hops: hops ?? 0, seq, expires }
}

/** The id that the signature vouches for; `undefined` where none is asked for. */
function signedId(
  { headers, body }: ReceivedRequest,
  sender: string,
  { signature, clock }: Settings,
): { readonly id: string | undefined } | { readonly refused: RefusalCode } {
  if (signature === undefined) return { id: undefined }
  const secrets = signature.secretsOf(sender)
  const { tolerance } = signature
  // Without secrets of the sender the work is done all the same, with a secret that nobody has.
  const verified = verifyWebhook(headers, body, {
    secrets: secrets ?? signature.decoy,
    now: clock.wallNow(),
    tolerance,
  })
  if (verified.ok) return { id: verified.id }
  const late = verified.reason === 'timestamp-out-of-tolerance'
  return { refused: late ? verified.reason : 'signature-invalid' }
}

/** A header's whole number of at most so many digits; NaN for anything else, `undefined` for none. */
function whole(headers: Headers, name: string, digits: number): number | undefined {
  const value = one(headers, name)
  if (value === undefined) return undefined
  return value.length <= digits && /^\d+$/.test(value) ? Number(value) : Number.NaN
}

/** A header that came twice is joined as HTTP has it, and no header of ours looks like that. */
function one(headers: Headers, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' || value === undefined ? value : value.join(', ')
}

const hashOf = (...parts: readonly (string | Uint8Array)[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('base64url')
}

/** What must be the same when a request is made again. The list ends where the body begins, whatever is in it. */
export function fingerprintOf({ method, path, headers, body }: ReceivedRequest): string {
  return hashOf(JSON.stringify([method, path, one(headers, 'content-type') ?? '']), body)
}

/** The key within its route and sender, so that no sender is given what another was answered. */
export function scopedKey({ method, path }: ReceivedRequest, { sender, id }: Reading): string {
  return hashOf(JSON.stringify([method, routeOf(path), sender, id]))
}

/**
 * The path in one of the many ways to write it. The signature covers no path, so one who has seen a message could send
 * it to `/Notify/` instead of `/notify`: to the framework the same route, and so here, where it is another request for
 * the same key.
 */
function routeOf(path: string): string {
  let pathname = path.split('?', 1)[0] as string
  try {
    pathname = new URL(pathname.replace(/^[\\/]+/, '/'), 'http://h').pathname
    pathname = decodeURIComponent(pathname)
  } catch {
    // What cannot be decoded stays as it is.
  }
  return pathname
    .replace(/[\\/]+/g, '/')
    .replace(/\/$/, '')
    .toLowerCase()
}
