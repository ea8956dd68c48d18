/** The secrets of Standard Webhooks: read strictly, and never shown, not even in the error about a bad one. */

const FORM = /^whsec_([A-Za-z0-9+/]+={0,2})$/
const LEAST = 24
const MOST = 64

/** One secret, or several while one is being replaced: the newest first. Each is `whsec_` and base64 of 24 to 64 bytes. */
export type WebhookSecrets = string | readonly string[]

/**
 * The keys of secrets, in their order.
 *
 * @throws TypeError for a secret of another form or length; its message tells which one, and never what it is.
 */
export function keysOf(secrets: WebhookSecrets): [Buffer, ...Buffer[]] {
  const list: readonly unknown[] = Array.isArray(secrets) ? secrets : [secrets]
  const [first, ...older] = list.map((secret, index) => {
    const mistake = secretMistake(secret)
    if (mistake !== undefined) throw new TypeError(`secret ${index + 1} ${mistake}`)
    return decoded(secret) as Buffer
  })
  if (first === undefined) throw new TypeError('secrets must hold at least one secret, the newest first')
  return [first, ...older]
}

/** Why this is no secret, without a word of what it is; `undefined` if it is one. */
export function secretMistake(secret: unknown): string | undefined {
  const key = decoded(secret)
  if (key === undefined) return 'must be "whsec_" and then base64 with its padding'
  if (key.length < LEAST || key.length > MOST)
    return `must be base64 of ${LEAST} to ${MOST} bytes; it is of ${key.length}`
  return undefined
}

/** Node's decoder skips what is not base64, and bits that the padding leaves over: only what encodes back is taken. */
function decoded(secret: unknown): Buffer | undefined {
  const base64 = typeof secret === 'string' ? FORM.exec(secret)?.[1] : undefined
  if (base64 === undefined) return undefined
  const bytes = Buffer.from(base64, 'base64')
  return bytes.toString('base64') === base64 ? bytes : undefined
}
