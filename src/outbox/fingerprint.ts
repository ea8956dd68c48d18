/** Whether two messages are the same, and whether a stored one is what was recorded. */
import { createHash } from 'node:crypto'
import type { ClaimedDelivery } from './store.js'

export function fingerprintOf(verb: string, path: string, body: Uint8Array | null): string {
  const hash = createHash('sha256').update(JSON.stringify([verb, path, body === null]))
  return (body === null ? hash : hash.update(body)).digest('base64url')
}

/** Names and values in turn of a stored message; `undefined` if it is not what was recorded. */
export function headersOf({
  verb,
  path,
  headers,
  body,
  fingerprint,
}: Pick<ClaimedDelivery, 'verb' | 'path' | 'headers' | 'body' | 'fingerprint'>): string[] | undefined {
  if (fingerprintOf(verb, path, body) !== fingerprint) return undefined
  try {
    const list: unknown = JSON.parse(headers)
    const whole = Array.isArray(list) && list.length % 2 === 0 && list.every(one => typeof one === 'string')
    return whole ? list : undefined
  } catch {
    return undefined
  }
}
