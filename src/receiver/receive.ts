/** The receiver without any framework: from a request and its handler to an answer, each key handled once. */
import { runInContext } from '../context/index.js'
import {
  type Answer,
  type GivenAnswer,
  keptOf,
  type RefusalCode,
  receipt,
  refusal,
  replay,
} from './answers.js'
import type { Notification } from './notification.js'
import { LEAST_TTL, MOST_TTL, type Settings } from './options.js'
import { fingerprintOf, passes, type ReceivedRequest, read, scopedKey } from './read.js'
import type { Claim, Claimed } from './store.js'

/** Handles a notification; `undefined` for a request that is none, as it has no key and needs none. */
export type Handle = (notification: Notification | undefined) => Promise<Answer>
/** A request and its handler, to the answer to give. Rejects as the handler does, after its claim is released. */
export type Receive = (request: ReceivedRequest, handle: Handle) => Promise<GivenAnswer>

/** Two clocks may differ by five minutes each. */
const SKEW = 600_000
/** Answers that say "later", not "done". */
const AGAIN = [408, 425, 429]

export function receiverOf(settings: Settings): Receive {
  const refuse = (code: RefusalCode): GivenAnswer => {
    settings.report({ name: 'dedupe_refused', code })
    return refusal(code)
  }

  return async (request, handle) => {
    if (passes(request, settings)) return { ...(await handle(undefined)), from: 'handler' }
    const reading = read(request, settings)
    if ('status' in reading) {
      settings.report({ name: 'dedupe_refused', code: codeOf(reading) })
      return reading
    }
    const fingerprint = fingerprintOf(request)
    const run = async (tx: unknown): Promise<Answer> => {
      const { id, sender, hops, seq, expires } = reading
      const until = expires === undefined ? undefined : expires * 1000
      // What the handler notifies others of is one hop further on.
      return runInContext({ hops: hops + 1 }, () => handle({ id, sender, hops, seq, expires: until, tx }))
    }

    let claim: Claim
    try {
      const ttl = ttlOf(reading.expires, settings)
      claim = await claimed(settings, { key: scopedKey(request, reading), fingerprint, ttl })
    } catch (error) {
      settings.report({ name: 'dedupe_store_failed', step: 'claim', error })
      return settings.failOpen ? { ...(await run(undefined)), from: 'handler' } : refuse('store-unavailable')
    }
    if (claim.state === 'running') return refuse('in-progress')
    if (claim.state === 'done') {
      if (claim.fingerprint !== fingerprint) return refuse('idempotency-key-reused')
      settings.report({ name: 'dedupe_replayed' })
      return replay(claim.answer, reading.id)
    }
    const answer = await handled(claim, run, settings)
    if (!isFinal(answer.status, settings)) {
      await released(claim, settings)
      return { ...answer, from: 'handler' }
    }
    const finished = await finish(claim, answer, settings)
    if (finished) {
      const state = answer.status === 202 ? 'accepted' : 'processed'
      return {
        ...answer,
        headers: { ...answer.headers, 'notify-receipt': receipt(reading.id, state) },
        from: 'handler',
      }
    }
    // With the transaction the effects are gone as well. Without one they are there, and saying that they are not would
    // only bring the next attempt about; the receipt, which says that we remember, is left out.
    return claim.tx === undefined ? { ...answer, from: 'handler' } : refuse('store-unavailable')
  }
}

/** At least as long as the sender may still send it, by clocks that differ. */
function ttlOf(expires: number | undefined, { ttl, clock }: Settings): number {
  if (expires === undefined) return ttl
  return Math.min(MOST_TTL, Math.max(LEAST_TTL, Math.ceil(expires * 1000 - clock.wallNow() + SKEW)))
}

/** A handler's 4xx says that nothing was done, so that the same notification may succeed when its cause is mended. */
function isFinal(status: number, { storeClientErrors }: Settings): boolean {
  if (status >= 400) return storeClientErrors && status < 500 && !AGAIN.includes(status)
  return true
}

async function claimed(
  settings: Settings,
  request: { readonly key: string; readonly fingerprint: string; readonly ttl: number },
): Promise<Claim> {
  const { store, lease, report } = settings
  const claiming = Promise.resolve().then(() => store.claim({ ...request, lease, report }))
  try {
    return await inTime(claiming, settings)
  } catch (error) {
    // One that comes too late is nobody's.
    claiming.then(late => (late.state === 'claimed' ? late.release() : undefined)).catch(() => {})
    throw error
  }
}

async function handled(
  claim: Claimed,
  run: (tx: unknown) => Promise<Answer>,
  settings: Settings,
): Promise<Answer> {
  try {
    return await run(claim.tx)
  } catch (error) {
    await released(claim, settings)
    throw error
  }
}

async function released(claim: Claimed, settings: Settings): Promise<void> {
  try {
    await inTime(claim.release(), settings)
  } catch (error) {
    settings.report({ name: 'dedupe_store_failed', step: 'release', error })
  }
}

async function finish(claim: Claimed, answer: Answer, settings: Settings): Promise<boolean> {
  const kept = keptOf(answer)
  if (kept.body === undefined) settings.report({ name: 'dedupe_answer_too_large' })
  try {
    const ours = await inTime(claim.finish(kept), settings)
    if (!ours) settings.report({ name: 'dedupe_lease_lost' })
    return ours
  } catch (error) {
    settings.report({ name: 'dedupe_store_failed', step: 'finish', error })
    return false
  }
}

/** A store that does not answer is down. */
function inTime<T>(promise: Promise<T>, { clock, storeTimeout }: Settings): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(
      () => reject(new Error(`the store has not answered within ${storeTimeout} ms`)),
      storeTimeout,
    )
    promise.then(resolve, reject).finally(() => clock.clearTimeout(timer))
  })
}

const codeOf = ({ body }: Answer): string => JSON.parse(Buffer.from(body ?? '').toString()).code
