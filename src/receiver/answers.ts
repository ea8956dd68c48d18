/** The answers that are not the handler's own, and what of the handler's is kept. */
import type { StoredAnswer } from './store.js'

/** An answer to a request. */
export interface Answer {
  readonly status: number
  /** By names in any case. */
  readonly headers: Readonly<Record<string, string | number | readonly string[] | undefined>>
  /** Default: empty. */
  readonly body?: Uint8Array | undefined
  /** Whether the body has left already, in pieces, but for its end: too much of it to be held back and remembered. */
  readonly streamed?: boolean
}

/** An answer and whose it is: the handler's, one from the store, or a refusal. */
export interface GivenAnswer extends Answer {
  readonly from: 'handler' | 'store' | 'receiver'
}

const titles = {
  'body-too-large': [413, 'The body is larger than this route takes.'],
  'body-encoded': [415, 'The body must come without a content encoding.'],
  'body-malformed': [400, 'The body is not what its content type says.'],
  'signature-invalid': [401, 'The request is not signed as it must be.'],
  'timestamp-out-of-tolerance': [401, 'The timestamp of the signature is too far from the time here.'],
  'loop-detected': [508, 'The notification went through too many services: it goes in a circle.'],
  'notify-header-invalid': [400, 'A header of the notification is not a whole number, or too large.'],
  'idempotency-key-missing': [400, 'The header Idempotency-Key is missing.'],
  'idempotency-key-invalid': [400, 'The Idempotency-Key must be 1 to 255 visible ASCII characters.'],
  'idempotency-key-reused': [422, 'The Idempotency-Key was used before, for another request.'],
  'in-progress': [409, 'A request with this Idempotency-Key is being handled.'],
  'store-unavailable': [503, 'Whether this request was handled before cannot be told now.'],
  'handler-failed': [500, 'The handler failed.'],
  'raw-body-missing': [
    500,
    'A parser has read the body already: mount deduplicate in front of it, or keep the bytes as request.rawBody.',
  ],
} as const satisfies Record<string, readonly [number, string]>

/** The codes of refusals, as they stand in the answers' bodies. */
export type RefusalCode = keyof typeof titles

const extra: Partial<Record<RefusalCode, Record<string, string>>> = {
  'in-progress': { 'retry-after': '1', 'idempotency-status': 'in-progress' },
  'store-unavailable': { 'retry-after': '5' },
}

/** A refusal as problem details (RFC 9457). It depends on the code alone, so that it tells nothing else. */
export function refusal(code: RefusalCode): GivenAnswer {
  const [status, title] = titles[code]
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...extra[code] },
    body: Buffer.from(JSON.stringify({ title, status, code })),
    from: 'receiver',
  }
}

/** What may be kept and given again: it speaks of the body, and is nobody's credential. */
const KEPT = ['content-type', 'content-encoding', 'content-language', 'etag', 'last-modified', 'location']
/** Larger bodies are not kept: a receipt is small. */
export const MOST_KEPT = 64 * 1024

/** What is kept of an answer. Without its body the headers that describe that go as well. */
export function keptOf({ status, headers, body = new Uint8Array(), streamed = false }: Answer): StoredAnswer {
  const small = !streamed && body.length <= MOST_KEPT
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase()
    if (value === undefined || !KEPT.includes(lower)) continue
    if (small || lower === 'location') kept[lower] = Array.isArray(value) ? value.join(', ') : String(value)
  }
  return { status, headers: kept, body: small ? body : undefined }
}

/** The handler's answer of an earlier time. */
export function replay({ status, headers, body }: StoredAnswer, id: string): GivenAnswer {
  return {
    status,
    headers: { ...headers, 'idempotent-replayed': 'true', 'notify-receipt': receipt(id, 'replayed') },
    body,
    from: 'store',
  }
}

/** The value of `Notify-Receipt`: what has become of the notification, once that is durable. */
export function receipt(id: string, state: 'processed' | 'replayed' | 'accepted'): string {
  // Most ids are tokens; another one is quoted, so that it cannot pass itself off as a state.
  const value = /^[\w.:~+-]+$/.test(id) ? id : `"${id.replaceAll('\\', '\\\\')}"`
  return `id=${value}; state=${state}`
}
