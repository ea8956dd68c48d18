/** What a store of seen keys does: it gives each key to one handler at a time, and remembers how that one answered. */

/** An answer as a store keeps it. */
export interface StoredAnswer {
  readonly status: number
  /** By names in lower case; only those that may be given to the sender once more. */
  readonly headers: Readonly<Record<string, string>>
  /** `undefined`: there was more of it than is kept. */
  readonly body: Uint8Array | undefined
}

/** What a store is asked. */
export interface ClaimRequest {
  /** A hash of route, sender and key: 43 characters of base64url. */
  readonly key: string
  /** A hash of the request, kept with the answer. */
  readonly fingerprint: string
  /** Milliseconds after which the claim of a handler that has not ended is open to others. */
  readonly lease: number
  /** Milliseconds that the answer is to be remembered. */
  readonly ttl: number
  /** Takes what an operator ought to know. */
  readonly report: (event: DedupeEvent) => void
}

/** A key that is ours: exactly one of `finish` and `release` is called, once. */
export interface Claimed {
  readonly state: 'claimed'
  /** What the handler does its work with, if the store commits that work together with the answer. */
  readonly tx?: unknown
  /**
   * Remembers the answer, durably, and commits `tx`.
   *
   * @returns `false` if the lease ran out and another handler took the key, so that nothing was remembered.
   */
  finish(answer: StoredAnswer): Promise<boolean>
  /** Gives the key up, as if it had never been seen, and rolls `tx` back. */
  release(): Promise<void>
}

/** The answer of a store: ours to handle, being handled, or handled before. */
export type Claim =
  | Claimed
  | { readonly state: 'running' }
  | { readonly state: 'done'; readonly fingerprint: string; readonly answer: StoredAnswer }

/** A memory of keys. It rejects when it cannot tell: then nothing is handled. */
export interface DedupeStore {
  claim(request: ClaimRequest): Promise<Claim>
}

/** What an operator ought to know; `name` is fit for a counter. Nothing in it is a key, a header or a body. */
export type DedupeEvent =
  /** A request was answered without its handler: `code` as in the answer. */
  | { readonly name: 'dedupe_refused'; readonly code: string }
  /** A stored answer was given once more. */
  | { readonly name: 'dedupe_replayed' }
  /** The store failed or took too long. After a failed `finish` or `release` the key is taken until its lease runs out. */
  | {
      readonly name: 'dedupe_store_failed'
      readonly step: 'claim' | 'finish' | 'release' | 'clean-up'
      readonly error: unknown
    }
  /** A handler took longer than its lease, and another may have handled the same key meanwhile. */
  | { readonly name: 'dedupe_lease_lost' }
  /** The store has forgotten everything (a restart without persistence, a flush): duplicates are possible. */
  | { readonly name: 'dedupe_store_epoch_changed' }
  /** The memory was full, and the answer used longest ago was forgotten before its time. */
  | { readonly name: 'dedupe_store_evicted' }
  /** Only the status of an answer was kept, since there was too much of the rest. */
  | { readonly name: 'dedupe_answer_too_large' }

/** An answer as text, for stores that keep text. */
export function packAnswer(fingerprint: string, { status, headers, body }: StoredAnswer): string {
  const base64 = body === undefined ? undefined : Buffer.from(body).toString('base64')
  return JSON.stringify({ fingerprint, status, headers, body: base64 })
}

/** @throws Error for a text that {@link packAnswer} has not made. */
export function unpackAnswer(text: string): Extract<Claim, { state: 'done' }> {
  let packed: Record<string, unknown>
  try {
    packed = JSON.parse(text)
  } catch {
    throw new Error('the store holds an answer that is not JSON')
  }
  const { fingerprint, status, headers, body } = packed
  if (typeof fingerprint !== 'string' || typeof status !== 'number' || typeof headers !== 'object')
    throw new Error('the store holds an answer that lacks its fingerprint, status or headers')
  return {
    state: 'done',
    fingerprint,
    answer: {
      status,
      headers: headers as Record<string, string>,
      body: typeof body === 'string' ? Buffer.from(body, 'base64') : undefined,
    },
  }
}
