// Cookies, bearer tokens and idempotency keys (reliability 4.2, row 46); a header of one call stays in that call.
import fc from 'fast-check'
import {
  Bearer,
  Call,
  type CallOptions,
  Cookie,
  DeclarationError,
  Get,
  Header,
  HeaderMap,
  Headers,
  IdempotencyKey,
  Idempotent,
  Param,
  Post,
  remote,
} from 'guise'
import { describe, expect, it } from 'vitest'
import { BASE, CANARY, recorded, refused, sentHeaders } from './support.js'

@Headers({ 'x-class': 'class', authorization: 'Basic class', cookie: 'c=0', 'x-var': '{v}' })
class Secrets {
  @Get()
  cookies(
    @Param('v') v?: string,
    @Cookie('a') a?: unknown & string,
    @Cookie('b') b?: string,
  ): Promise<unknown> {
    return remote(v, a, b)
  }
  @Get()
  bearer(@Param('v') v?: string, @Bearer() token?: string | null): Promise<unknown> {
    return remote(v, token)
  }
  @Post()
  key(@Param('v') v?: string, @IdempotencyKey() key?: string): Promise<unknown> {
    return remote(v, key)
  }
  @Post()
  @Idempotent()
  once(@Param('v') v?: string, @IdempotencyKey() key?: string): Promise<unknown> {
    return remote(v, key)
  }
  @Get()
  mixed(
    @Param('v') v?: string,
    @Header('x-own') own?: string,
    @HeaderMap() map?: Record<string, string | undefined>,
    @Bearer() token?: string,
    @Cookie('s') session?: string,
    @Call() options?: CallOptions,
  ): Promise<unknown> {
    return remote(v, own, map, token, session, options)
  }
}

describe('@Cookie', () => {
  const cookie = async (a?: unknown, b?: string) =>
    (await sentHeaders(Secrets, client => client.cookies('v', a as string, b))).cookie

  it('adds to the declared cookies; undefined, null and [] add nothing', async () => {
    expect(await cookie()).toBe('c=0')
    expect(await cookie('1', '')).toBe('c=0; a=1; b=')
    expect(await cookie(null, 'x=y')).toBe('c=0; b=x=y')
    expect(await cookie([], 'b')).toBe('c=0; b=b')
    expect(await cookie(0)).toBe('c=0; a=0')
  })

  it.each([
    ...[';', ',', ' ', '"', '\\', '\r\n', '\0', '\x7f', 'é', '\t'].map(piece => `${CANARY}${piece}x`),
    [CANARY, CANARY],
    { a: CANARY },
    '\ud800',
    Symbol(CANARY),
  ])('refuses %o, which would end it or begin another', async value => {
    const call = (client: Secrets) => client.cookies('v', value as string)
    await refused(Secrets, call, { method: 'Secrets.cookies', parameter: 2, rule: /^must/ })
  })
})

describe('@Bearer', () => {
  const bearer = async (token: unknown) =>
    (await sentHeaders(Secrets, client => client.bearer('v', token as string))).authorization

  it.each(['t.0k-e~n/+=', 'Bearer t.0k-e~n/+=', 'bearer  t.0k-e~n/+=', 'BEARER Bearer bearer t.0k-e~n/+='])(
    'sends the scheme once for %j',
    async token => {
      expect(await bearer(token)).toBe('Bearer t.0k-e~n/+=')
    },
  )

  it('takes a token that only begins like the scheme as it is', async () => {
    expect(await bearer('bearertoken')).toBe('Bearer bearertoken')
  })

  it('removes the header for undefined and null', async () => {
    expect(await bearer(undefined)).toBeUndefined()
    expect(await bearer(null)).toBeUndefined()
  })

  it.each([
    ...[
      '',
      ' ',
      'Bearer',
      'Bearer ',
      'bearer Bearer',
      `${CANARY}\r\nx: y`,
      `a ${CANARY}`,
      `${CANARY}\t`,
      `é${CANARY}`,
    ],
    ...[7, [CANARY], { [CANARY]: 1 }, Symbol(CANARY), new Date(0)],
  ])('refuses %o', async token => {
    const call = (client: Secrets) => client.bearer('v', token as string)
    const rule = /^must be a (?:string|token of visible ASCII characters)$/
    await refused(Secrets, call, { method: 'Secrets.bearer', parameter: 2, rule })
  })
})

describe('row 46: idempotency keys', () => {
  const key = async (value?: string) =>
    (await sentHeaders(Secrets, client => client.key('v', value)))['idempotency-key']

  it('are 1 to 255 visible ASCII characters; undefined sends none', async () => {
    for (const good of ['k', "!#$%&'()*+,-./:;<=>?@[]^_`{|}~", 'k'.repeat(255)])
      expect(await key(good)).toBe(good)
    expect(await key()).toBeUndefined()
    expect(await key(null as never)).toBeUndefined()
  })

  it.each([
    ...[
      '',
      'k'.repeat(256),
      `"${CANARY}"`,
      `${CANARY}\\`,
      `${CANARY}\r\n`,
      `${CANARY} x`,
      `${CANARY}é`,
      `${CANARY}\0`,
    ],
    ...[7, [CANARY], { [CANARY]: 1 }, Symbol(CANARY)],
  ])('refuses %o', async value => {
    const call = (client: Secrets) => client.key('v', value as string)
    const rule = 'must be 1 to 255 visible ASCII characters, without quotes and backslashes'
    await refused(Secrets, call, { method: 'Secrets.key', parameter: 2, rule })
  })

  it('@Idempotent() makes one for each call that brings none', async () => {
    const { client, transport } = recorded(Secrets)
    for (const own of [undefined, undefined, 'own']) await client.once('v', own)
    const [first, second, third] = transport.requests.map(request => request.headers['idempotency-key'])
    expect(first).toMatch(/^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/)
    expect(second).not.toBe(first)
    expect(third).toBe('own')
  })
})

describe('host', () => {
  it('row 5: is for the options of the guise', async () => {
    const sent = await sentHeaders(Secrets, client => client.bearer(), { headers: { Host: 'other.test' } })
    expect(sent.host).toBe('other.test')
    class Hosted {
      @Get()
      get(@Header('Host') host: string): Promise<unknown> {
        return remote(host)
      }
    }
    expect(() => recorded(Hosted)).toThrow(DeclarationError)
    expect(() => recorded(Hosted)).toThrow('the header host belongs to the connection')
  })
})

describe('a header of one call never shows in the next (a fault of ts-retrofit)', () => {
  const fixed = { 'x-class': 'class', authorization: 'Basic class', cookie: 'c=0' }
  const text = fc.option(fc.constantFrom('a', 'b'), { nil: undefined })
  const names = fc.constantFrom('x-class', 'X-Own', 'x-guise', 'Cookie', 'authorization', 'x-new')
  const call = fc.record({
    v: text,
    own: text,
    map: fc.dictionary(names, text, { maxKeys: 2 }).filter(distinct),
    token: text,
    session: text,
    options: fc.dictionary(names, text, { maxKeys: 2 }).filter(distinct),
  })

  it('in any sequence of calls, also with refused ones between', async () => {
    const { client, transport } = recorded(Secrets, { headers: { 'x-guise': 'guise' } })
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 5 }), async calls => {
        for (const { v, own, map, token, session, options } of calls) {
          await expect(client.bearer(v, 'bad token')).rejects.toThrow('@Bearer()')
          transport.reset()
          await client.mixed(v, own, map, token, session, { headers: options })
          const wanted = new Map<string, string | undefined>(Object.entries({ ...fixed, 'x-guise': 'guise' }))
          wanted.set('x-var', v).set('x-own', own)
          for (const [name, value] of Object.entries(map)) wanted.set(name.toLowerCase(), value)
          wanted.set('authorization', token && `Bearer ${token}`)
          const others = wanted.get('cookie')
          if (session !== undefined) wanted.set('cookie', others ? `${others}; s=${session}` : `s=${session}`)
          for (const [name, value] of Object.entries(options)) wanted.set(name.toLowerCase(), value)
          const present = [...wanted].filter(([, value]) => value !== undefined)
          expect(transport.request.headers).toEqual(Object.fromEntries(present))
        }
        transport.reset()
        await client.bearer(undefined, 't')
        expect(transport.request.headers).toEqual({
          ...fixed,
          'x-guise': 'guise',
          authorization: 'Bearer t',
        })
        expect(transport.request.origin + transport.request.path).toBe(BASE)
      }),
    )
  })
})

const distinct = (record: Readonly<Record<string, unknown>>): boolean =>
  new Set(Object.keys(record).map(name => name.toLowerCase())).size === Object.keys(record).length
