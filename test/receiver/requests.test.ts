// What a request says of itself: keys, scope, fingerprint, bounds; through the receiver without a framework.
import fc from 'fast-check'
import { currentContext, runInContext } from 'guise/context'
import {
  type ClaimRequest,
  type DeduplicateOptions,
  deduplicate,
  memoryDedupe,
  type ReceivedRequest,
  signWebhook,
} from 'guise/receiver'
import { testClock } from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { codeOf } from './support.js'

const HOUR = 3_600_000
const now = 1_700_000_000_000
const secret = (byte: number) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`

/** Sends to a receiver with a handler that counts. */
function receiver(options: Partial<DeduplicateOptions> = {}) {
  let runs = 0
  const { receive } = deduplicate({ store: memoryDedupe(), ...options })
  const send = async (headers: ReceivedRequest['headers'] = {}, rest: Partial<ReceivedRequest> = {}) => {
    const before = runs
    const request = { method: 'POST', path: '/n', body: Buffer.from('b'), ...rest }
    const answer = await receive(
      { ...request, headers: { 'idempotency-key': 'k', ...headers } },
      async () => {
        runs++
        return { status: 200, headers: {}, body: Buffer.from(`run ${runs}`) }
      },
    )
    return {
      answer,
      status: answer.status,
      ran: runs > before,
      code: runs > before ? undefined : told(answer),
    }
  }
  const told = (answer: { body?: Uint8Array | undefined }) => {
    try {
      return codeOf(answer)
    } catch {
      return undefined
    }
  }
  return send
}

describe('keys', () => {
  it('takes 1 to 255 visible characters, and a quoted one as the same', async () => {
    const send = receiver()
    expect((await send({ 'idempotency-key': 'abc' })).ran).toBe(true)
    expect((await send({ 'idempotency-key': '"abc"' })).ran).toBe(false)
    for (const key of ['!', '~', 'x'.repeat(255), `"${'x'.repeat(254)}"`, "a'b;c=d,e", 'a\\b'])
      expect([key, (await send({ 'idempotency-key': key })).status]).toEqual([key, 200])
  })

  it.each([
    '',
    ' ',
    'a b',
    'x'.repeat(256),
    `"${'x'.repeat(256)}"`,
    '"',
    '""',
    '"abc',
    'abc"',
    'a"b',
    '"a"b"',
    '"a\\"',
    'a\r\nb',
    'a\n',
    'a\u0000',
    'a\u007f',
    '\u00e9',
    '\u{1f600}',
    'k, k',
  ])('refuses %j', async key => {
    const result = await receiver()({ 'idempotency-key': key })
    expect([result.status, result.code, result.ran]).toEqual([400, 'idempotency-key-invalid', false])
  })

  it('refuses two of them', async () => {
    expect((await receiver()({ 'idempotency-key': ['k', 'k'] })).code).toBe('idempotency-key-invalid')
  })

  it('takes a key if and only if it is what the rule says', async () => {
    const send = receiver()
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes).toString('latin1')),
        async key => {
          const bare = /^"(.*)"$/s.exec(key)?.[1]
          const visible = (text: string) =>
            [...text].every(char => char > ' ' && char < '\u007f' && char !== '"')
          const good =
            bare === undefined
              ? visible(key) && key.length > 0 && key.length < 256
              : visible(bare) && !bare.includes('\\') && bare.length > 0 && bare.length < 256
          expect((await send({ 'idempotency-key': key })).status === 200).toBe(good)
        },
      ),
    )
  })

  it('quotes an id in the receipt that could pass itself off as a state', async () => {
    const send = receiver()
    const { answer } = await send({ 'idempotency-key': 'a;state=x\\' })
    expect(answer.headers['notify-receipt']).toBe('id="a;state=x\\\\"; state=processed')
  })
})

describe('the headers of a notification', () => {
  it.each([
    ['notify-hops', '-1'],
    ['notify-hops', '1e9'],
    ['notify-hops', ''],
    ['notify-hops', '1, 1'],
    ['notify-hops', '99999'],
    ['notify-expires', 'soon'],
    ['notify-expires', '17000000000'],
    ['notify-seq', '1.5'],
    ['notify-seq', '9'.repeat(16)],
  ])('%s: %j is refused', async (name, value) => {
    const result = await receiver()({ [name]: value })
    expect([result.status, result.code]).toEqual([400, 'notify-header-invalid'])
  })

  it('gives the handler the next hop, and leaves the rest of the context as it was', async () => {
    const { receive } = deduplicate({ store: memoryDedupe() })
    const headers = { 'x-request-id': '1' }
    const request = { method: 'POST', path: '/', headers: { 'idempotency-key': 'k', 'notify-hops': '3' } }
    let seen: unknown
    await runInContext({ headers }, () =>
      receive({ ...request, body: Buffer.alloc(0) }, async () => {
        seen = currentContext()
        return { status: 200, headers: {} }
      }),
    )
    expect(seen).toMatchObject({ hops: 4, headers })
  })
})

describe('the order of the checks', () => {
  it('is size, signature, hops, key', async () => {
    const clock = testClock({ wallNow: now })
    const send = receiver({ maxBodyBytes: 1, signature: { secrets: secret(1) }, clock })
    const signed = signWebhook({ id: 'k', timestamp: now / 1000, body: 'b', secrets: secret(1) })
    const bad = { 'notify-hops': '9', 'idempotency-key': 'a b' }
    expect((await send(bad, { body: Buffer.from('bb') })).code).toBe('body-too-large')
    expect((await send(bad)).code).toBe('signature-invalid')
    expect((await send({ ...signed, ...bad })).code).toBe('loop-detected')
    expect((await send({ ...signed, 'idempotency-key': 'a b' })).code).toBe('idempotency-key-invalid')
    expect((await send({ ...signed })).ran).toBe(true)
  })
})

describe('the scope of a key', () => {
  it('is the route: the same message goes to two', async () => {
    const send = receiver()
    expect((await send({}, { path: '/a' })).ran).toBe(true)
    expect((await send({}, { path: '/b' })).ran).toBe(true)
    expect((await send({}, { path: '/b', method: 'PUT' })).ran).toBe(true)
    expect((await send({}, { path: '/a' })).ran).toBe(false)
  })

  it.each(['/A', '/a/', '//a', '/%61', '/a?x=1', '/./a', '/b/../a', 'http://h/a', '\\a', '/a#x'])(
    'is not left by writing the path as %s',
    async path => {
      const send = receiver()
      await send({}, { path: '/a' })
      expect([(await send({}, { path })).status]).toEqual([422])
    },
  )

  it('bears a path that cannot be decoded', async () => {
    for (const path of ['/%', '/%ff', '//', '', '?x', 'http://', '*']) {
      const send = receiver()
      expect([(await send({}, { path })).ran, (await send({}, { path })).ran]).toEqual([true, false])
    }
  })

  it('is the sender: one does not see what another was answered', async () => {
    const send = receiver({ sender: ({ headers }) => headers['x-from'] as string | undefined })
    const one = await send({ 'x-from': 'one' })
    const two = await send({ 'x-from': 'two' })
    expect([one.ran, two.ran]).toEqual([true, true])
    const again = await send({ 'x-from': 'one' })
    expect(again.answer.body).toEqual(one.answer.body)
    expect((await send({})).ran).toBe(true)
  })

  it('has no place where sender and key could be mistaken for each other', async () => {
    const send = receiver({ sender: ({ headers }) => headers['x-from'] as string })
    expect((await send({ 'x-from': 'a', 'idempotency-key': 'bc' })).ran).toBe(true)
    expect((await send({ 'x-from': 'ab', 'idempotency-key': 'c' })).ran).toBe(true)
  })
})

describe('signatures', () => {
  const clock = testClock({ wallNow: now })
  const signed = (byte: number, id = 'k') => ({
    ...signWebhook({ id, timestamp: now / 1000, body: 'b', secrets: secret(byte) }),
    'idempotency-key': id as string | undefined,
  })

  it('are checked by the secrets of the sender; one that is not known is refused as any other', async () => {
    const sender = ({ headers }: ReceivedRequest) => headers['x-from'] as string | undefined
    const secrets = (name: string) => ({ one: secret(1), two: [secret(2), secret(3)] })[name]
    const send = receiver({ sender, signature: { secrets }, clock })
    expect((await send({ ...signed(1), 'x-from': 'one' })).ran).toBe(true)
    expect((await send({ ...signed(3), 'x-from': 'two' })).ran).toBe(true)
    const other = await send({ ...signed(1), 'x-from': 'two' })
    const unknown = await send({ ...signed(1), 'x-from': 'three' })
    const nobody = await send(signed(1))
    expect(other.code).toBe('signature-invalid')
    expect([unknown.answer, nobody.answer]).toEqual([other.answer, other.answer])
  })

  it('bring the key, if there is no other', async () => {
    const send = receiver({ signature: { secrets: secret(1) }, clock })
    expect((await send({ ...signed(1), 'idempotency-key': undefined })).ran).toBe(true)
    expect((await send(signed(1))).ran).toBe(false)
    expect((await send({ ...signed(1), 'idempotency-key': 'k2' })).code).toBe('signature-invalid')
    expect((await send({ ...signed(1), 'idempotency-key': '"k"' })).status).toBe(200)
  })

  it('are asked for of a GET as well', async () => {
    const send = receiver({ signature: { secrets: secret(1) }, required: false, clock })
    const none = await send({ 'idempotency-key': undefined }, { method: 'GET' })
    expect([none.status, none.ran]).toEqual([401, false])
  })
})

it('lets a GET without a key through, each time', async () => {
  const send = receiver()
  for (const method of ['GET', 'HEAD', 'OPTIONS', 'get'])
    for (let i = 0; i < 2; i++)
      expect((await send({ 'idempotency-key': undefined }, { method })).ran).toBe(true)
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'QUERY'])
    expect((await send({ 'idempotency-key': undefined }, { method })).code).toBe('idempotency-key-missing')
})

it('remembers at least as long as the sender may send: expires - now + 10 minutes, within 1 hour and 8 days', async () => {
  const asked: ClaimRequest[] = []
  const inner = memoryDedupe()
  const store = {
    claim: (request: ClaimRequest) => {
      asked.push(request)
      return inner.claim(request)
    },
  }
  const clock = testClock({ wallNow: now })
  const send = receiver({ store, clock, lease: 5_000 })
  let key = 0
  const ttlFor = async (seconds: number | undefined) => {
    const expires = seconds === undefined ? undefined : String(now / 1000 + seconds)
    await send({ 'idempotency-key': `k${key++}`, 'notify-expires': expires })
    return asked.at(-1)?.ttl
  }
  expect(await ttlFor(undefined)).toBe(24 * HOUR)
  expect(await ttlFor(3 * 3600)).toBe(3 * HOUR + 600_000)
  expect(await ttlFor(3000)).toBe(HOUR)
  expect(await ttlFor(3001)).toBe(HOUR + 1000)
  expect(await ttlFor(-1e6)).toBe(HOUR)
  expect(await ttlFor(8 * 24 * 3600)).toBe(8 * 24 * HOUR)
  expect(await ttlFor(9e9 - now / 1000)).toBe(8 * 24 * HOUR)
  expect(asked[0]?.lease).toBe(5_000)
  // Neither key nor sender can be read in what a store keeps.
  for (const { key: kept, fingerprint } of asked) expect(`${kept}${fingerprint}`).toMatch(/^[\w-]{86}$/)
  await send({ 'idempotency-key': 'last' })
  const other = receiver({ store, clock, ttl: 2 * HOUR })
  await other({ 'idempotency-key': 'other' })
  expect(asked.at(-1)?.ttl).toBe(2 * HOUR)
})

it('rejects as the handler does, and releases the key before', async () => {
  const events: unknown[] = []
  const { receive } = deduplicate({ store: memoryDedupe(), onEvent: event => events.push(event) })
  const request = { method: 'POST', path: '/', headers: { 'idempotency-key': 'k' }, body: Buffer.alloc(0) }
  const failure = new Error('mine')
  await expect(receive(request, () => Promise.reject(failure))).rejects.toBe(failure)
  const thrown = receive(request, () => {
    throw failure
  })
  await expect(thrown).rejects.toBe(failure)
  for (const from of ['handler', 'store']) {
    const answer = await receive(request, async () => ({ status: 204, headers: {} }))
    expect([answer.status, answer.from, answer.body?.length ?? 0]).toEqual([204, from, 0])
  }
  expect(events).toEqual([{ name: 'dedupe_replayed' }])
})

describe('options', () => {
  it.each([
    [{ store: undefined }, 'needs a store'],
    [{ lease: 0 }, 'lease must be a whole number from 100'],
    [{ lease: Number.POSITIVE_INFINITY }, 'lease'],
    [{ ttl: 1000 }, 'ttl must be a whole number from 3600000'],
    [{ ttl: 9 * 24 * HOUR }, 'ttl'],
    [{ maxBodyBytes: -1 }, 'maxBodyBytes'],
    [{ storeTimeout: 1.5 }, 'storeTimeout'],
    [{ failOpen: 'yes' }, 'failOpen must be true or false'],
    [{ required: 1 }, 'required'],
    [{ sender: 'x' }, 'sender must be a function'],
    [{ onEvent: {} }, 'onEvent must be a function'],
    [{ signature: { secrets: 'whsec_c2hvcnQ=' } }, 'secret 1 must be base64 of 24 to 64 bytes'],
    [{ signature: { secrets: [] } }, 'at least one secret'],
    [{ signature: { secrets: secret(1), tolerance: 300 } }, 'tolerance must be a whole number from 1000'],
    [{ leese: 1 }, 'has no option leese'],
  ])('%j is refused', (options, told) => {
    expect(() =>
      deduplicate({ store: memoryDedupe(), ...(options as object) } as DeduplicateOptions),
    ).toThrow(told)
  })

  it('a failing onEvent changes nothing', async () => {
    const send = receiver({
      onEvent: () => {
        throw new Error('counter')
      },
    })
    await send()
    expect((await send()).status).toBe(200)
    expect((await send({}, { body: Buffer.from('other') })).status).toBe(422)
  })
})
