// Standard Webhooks, both ways against its own package, and all that must not pass.
import { createHmac, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { signWebhook, verifyWebhook } from 'guise/receiver'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const other = `whsec_${Buffer.alloc(24, 9).toString('base64')}`
const now = 1_700_000_000_000
const timestamp = now / 1000
const body = '{"a":1}'
const signed = () => ({ ...signWebhook({ id: 'msg_1', timestamp, body, secrets: secret }) })
const text = fc.uint8Array({ maxLength: 50 }).map(bytes => Buffer.from(bytes).toString())
const latin1 = fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes).toString('latin1'))
const verify = (headers: Record<string, string | string[] | undefined>, raw: string | Uint8Array = body) =>
  verifyWebhook(headers, raw, { secrets: [secret], now })
const reason = (headers: Record<string, string | string[] | undefined>, raw?: string | Uint8Array) => {
  const result = verify(headers, raw)
  return result.ok ? 'ok' : result.reason
}

describe('the package standardwebhooks', () => {
  const seconds = Math.floor(Date.now() / 1000)

  it('verifies what is signed here', () => {
    fc.assert(
      fc.property(text, fc.uint8Array({ minLength: 24, maxLength: 64 }), (message, key) => {
        const secrets = `whsec_${Buffer.from(key).toString('base64')}`
        const headers = signWebhook({ id: 'msg_x', timestamp: seconds, body: message, secrets })
        new Webhook(secrets).verify(message, { ...headers }, { jsonParse: false })
      }),
      { numRuns: 30 },
    )
  })

  it('signs what is verified here', () => {
    fc.assert(
      fc.property(text, message => {
        const headers = {
          'webhook-id': 'msg_x',
          'webhook-timestamp': String(seconds),
          'webhook-signature': new Webhook(secret).sign('msg_x', new Date(seconds * 1000), message),
        }
        expect(verifyWebhook(headers, Buffer.from(message), { secrets: secret })).toEqual({
          ok: true,
          id: 'msg_x',
          timestamp: seconds,
        })
      }),
    )
  })
})

it('signs by the definition of the standard', () => {
  const mac = createHmac('sha256', Buffer.alloc(32, 7)).update(`msg_1.${timestamp}.${body}`).digest('base64')
  expect(signed()).toEqual({
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(timestamp),
    'webhook-signature': `v1,${mac}`,
  })
  expect(verify(signed())).toEqual({ ok: true, id: 'msg_1', timestamp })
})

it('signs with the first secret and verifies by any', () => {
  const headers = { ...signWebhook({ id: 'msg_1', timestamp, body, secrets: [secret, other] }) }
  expect(verifyWebhook(headers, body, { secrets: [other, secret], now }).ok).toBe(true)
  expect(verifyWebhook(headers, body, { secrets: [other], now })).toEqual({
    ok: false,
    reason: 'signature-mismatch',
  })
})

it('takes bytes that are no text', () => {
  const bytes = Buffer.from([0, 255, 254, 128])
  const headers = { ...signWebhook({ id: 'a', timestamp, body: bytes, secrets: secret }) }
  expect(verify(headers, bytes).ok).toBe(true)
  expect(verify(headers, bytes.toString()).ok).toBe(false)
})

describe('does not pass', () => {
  it('one flipped bit anywhere', () => {
    const mac = Buffer.from(signed()['webhook-signature'].slice(3), 'base64')
    const flip = (bytes: Buffer, bit: number) => {
      const copy = Buffer.from(bytes)
      copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7))
      return copy
    }
    for (let bit = 0; bit < 256; bit++)
      expect(reason({ ...signed(), 'webhook-signature': `v1,${flip(mac, bit).toString('base64')}` })).toBe(
        'signature-mismatch',
      )
    for (let bit = 0; bit < body.length * 8; bit++)
      expect(reason(signed(), flip(Buffer.from(body), bit))).toBe('signature-mismatch')
    for (const name of ['webhook-id', 'webhook-timestamp'] as const) {
      const bytes = Buffer.from(signed()[name], 'latin1')
      for (let bit = 0; bit < bytes.length * 8; bit++)
        expect(reason({ ...signed(), [name]: flip(bytes, bit).toString('latin1') })).toMatch(
          /signature-mismatch|header-malformed/,
        )
    }
  })

  it.each([
    ['a message of another id', { 'webhook-id': 'msg_2' }, 'signature-mismatch'],
    [
      'version 0',
      { 'webhook-signature': signed()['webhook-signature'].replace('v1', 'v0') },
      'signature-mismatch',
    ],
    [
      'version 2',
      { 'webhook-signature': signed()['webhook-signature'].replace('v1', 'v2') },
      'signature-mismatch',
    ],
    [
      'an asymmetric version',
      { 'webhook-signature': signed()['webhook-signature'].replace('v1', 'v1a') },
      'signature-mismatch',
    ],
    ['an empty list', { 'webhook-signature': '' }, 'signature-mismatch'],
    ['a version alone', { 'webhook-signature': 'v1,' }, 'signature-mismatch'],
    [
      'a tab for a space',
      { 'webhook-signature': `v1,AAAA\t${signed()['webhook-signature']}` },
      'signature-mismatch',
    ],
    [
      'a space within',
      { 'webhook-signature': signed()['webhook-signature'].replace(',', ', ') },
      'signature-mismatch',
    ],
    [
      'no padding',
      { 'webhook-signature': signed()['webhook-signature'].replace('=', '') },
      'signature-mismatch',
    ],
    ['more padding', { 'webhook-signature': `${signed()['webhook-signature']}=` }, 'signature-mismatch'],
    ['base64url', { 'webhook-signature': `v1,${'-_'.repeat(21)}A=` }, 'signature-mismatch'],
    [
      'a short digest',
      { 'webhook-signature': `v1,${Buffer.alloc(31).toString('base64')}` },
      'signature-mismatch',
    ],
    ['unicode', { 'webhook-signature': `v1,${'\u00e9'.repeat(43)}=` }, 'signature-mismatch'],
    ['an id with a dot', { 'webhook-id': 'msg.1' }, 'header-malformed'],
    ['an id with a quote', { 'webhook-id': '"msg_1"' }, 'header-malformed'],
    ['an empty id', { 'webhook-id': '' }, 'header-malformed'],
    ['an id of 256 characters', { 'webhook-id': 'x'.repeat(256) }, 'header-malformed'],
    ['a timestamp 1e9', { 'webhook-timestamp': '1e9' }, 'header-malformed'],
    ['a timestamp -1', { 'webhook-timestamp': '-1' }, 'header-malformed'],
    ['a timestamp of 2^53', { 'webhook-timestamp': String(2 ** 53) }, 'header-malformed'],
    ['a timestamp with a space', { 'webhook-timestamp': ` ${timestamp}` }, 'header-malformed'],
    ['a timestamp in hex', { 'webhook-timestamp': '0x10' }, 'header-malformed'],
    ['no timestamp', { 'webhook-timestamp': '' }, 'header-malformed'],
    ['two ids', { 'webhook-id': ['msg_1', 'msg_1'] }, 'header-malformed'],
    ['a missing id', { 'webhook-id': undefined }, 'header-missing'],
    ['a missing timestamp', { 'webhook-timestamp': undefined }, 'header-missing'],
    ['a missing signature', { 'webhook-signature': undefined }, 'header-missing'],
  ])('%s', (_, changed, expected) => {
    expect(reason({ ...signed(), ...changed })).toBe(expected)
  })

  it('JSON that was parsed and written again', () => {
    const spaced = '{ "a": 1 }'
    const headers = { ...signWebhook({ id: 'msg_1', timestamp, body: spaced, secrets: secret }) }
    expect(reason(headers, spaced)).toBe('ok')
    expect(reason(headers, JSON.stringify(JSON.parse(spaced)))).toBe('signature-mismatch')
  })

  it('the eleventh signature', () => {
    const wrong = Array.from({ length: 1000 }, () => `v1,${randomBytes(32).toString('base64')}`)
    const at = (place: number) => ({
      ...signed(),
      'webhook-signature': wrong.toSpliced(place, 1, signed()['webhook-signature']).join(' '),
    })
    expect(reason(at(9))).toBe('ok')
    expect(reason(at(10))).toBe('signature-mismatch')
  })

  it('a timestamp out of the tolerance, but not one within', () => {
    const at = (milliseconds: number, tolerance?: number) => {
      const result = verifyWebhook(signed(), body, {
        secrets: secret,
        now: now + milliseconds,
        ...(tolerance === undefined ? {} : { tolerance }),
      })
      return result.ok ? 'ok' : result.reason
    }
    expect([at(300_000), at(-300_000), at(60_000, 60_000)]).toEqual(['ok', 'ok', 'ok'])
    expect([at(300_001), at(-300_001), at(60_001, 60_000)]).toEqual(
      Array(3).fill('timestamp-out-of-tolerance'),
    )
    // One without a secret is not told how far the clock is off.
    const late = { ...signed(), 'webhook-timestamp': '1', 'webhook-signature': 'v1,x' }
    expect(reason(late)).toBe('signature-mismatch')
  })
})

it('never throws for what the network brings', () => {
  const value = fc.oneof(latin1, fc.constant(undefined), fc.array(latin1))
  fc.assert(
    fc.property(value, value, value, fc.uint8Array(), (id, at, signature, raw) => {
      const headers = { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature }
      expect(verifyWebhook(headers, raw, { secrets: secret, now }).ok).toBe(false)
    }),
  )
})

describe('mistakes of the caller', () => {
  it.each([
    ['no prefix', Buffer.alloc(32).toString('base64'), 'must be "whsec_"'],
    ['23 bytes', `whsec_${Buffer.alloc(23).toString('base64')}`, 'of 23'],
    ['65 bytes', `whsec_${Buffer.alloc(65).toString('base64')}`, 'of 65'],
    ['no padding', `whsec_${Buffer.alloc(32).toString('base64').replace('=', '')}`, 'padding'],
    ['base64url', `whsec_${'-_'.repeat(16)}`, 'base64'],
    ['bits left over', `whsec_${'A'.repeat(42)}B=`, 'base64'],
    ['a line break', `${secret}\n`, 'base64'],
    ['nothing', '', 'base64'],
    ['no text', 7 as never, 'base64'],
  ])('a secret with %s throws and is not shown', (_, bad, told) => {
    const sign = () => signWebhook({ id: 'a', timestamp, body, secrets: [secret, bad] })
    expect(sign).toThrow(/^secret 2 must/)
    expect(sign).toThrow(told)
    expect(sign).toThrow(TypeError)
    const verified = () => verifyWebhook({}, body, { secrets: [bad] })
    expect(verified).toThrow(/^secret 1 must/)
    for (const run of [sign, verified]) {
      try {
        run()
      } catch (error) {
        if (bad !== '') expect(String(error)).not.toContain(String(bad).slice(6, 20) || bad)
      }
    }
  })

  it('no secrets, a bad id, a bad timestamp and a parsed body throw', () => {
    expect(() => signWebhook({ id: 'a', timestamp, body, secrets: [] })).toThrow('at least one secret')
    for (const id of ['', 'a.b', 'a b', '\u00e9', 'x'.repeat(256), 'a\r\nb'])
      expect(() => signWebhook({ id, timestamp, body, secrets: secret })).toThrow('webhook id')
    for (const bad of [Date.now(), -1, 1.5, Number.NaN])
      expect(() => signWebhook({ id: 'a', timestamp: bad, body, secrets: secret })).toThrow('whole seconds')
    expect(() => verifyWebhook(signed(), { a: 1 } as never, { secrets: secret })).toThrow('as it came')
  })
})
