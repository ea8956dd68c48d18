// Request headers: what a caller can put into them, and what is refused (reliability 4.2, rows 1 to 6).
import { Call, type CallOptions, Get, Header, HeaderMap, Headers, Param, remote } from 'guise'
import { describe, expect, it } from 'vitest'
import { CANARY, refused, sentHeaders } from './support.js'

type Scalar = string | number | bigint | boolean | Date | null | undefined
type Value = Scalar | readonly Scalar[]
type HeaderRecord = Record<string, Value> | ReadonlyMap<string, Value> | null | undefined

class Plain {
  @Get()
  one(@Header('X-One') x: Value): Promise<unknown> {
    return remote(x)
  }
  @Get()
  authorized(@Header('Authorization') x: Value): Promise<unknown> {
    return remote(x)
  }
  @Get()
  map(@HeaderMap() map: HeaderRecord): Promise<unknown> {
    return remote(map)
  }
  @Get()
  @Headers({ 'x-t': 'a {v}, {w}', 'if-range': '{v}', 'x-braces': '{not a name} {}' })
  template(@Param('v') v?: Value, @Param('w') w?: Value): Promise<unknown> {
    return remote(v, w)
  }
  @Get()
  options(@Call() options?: CallOptions): Promise<unknown> {
    return remote(options)
  }
}

const CONTROL = 'must not hold a control character in a header'
const ASCII = 'must be ASCII in a header; encode it first (RFC 8187)'
const NAME = 'holds a name that is no header name, or that belongs to the connection'

/** The three ways in which an argument becomes a header. */
const ways: readonly [string, (client: Plain, value: unknown) => Promise<unknown>][] = [
  ['one', (client, value) => client.one(value as Value)],
  ['map', (client, value) => client.map({ 'x-one': value } as HeaderRecord)],
  ['template', (client, value) => client.template(value as Value, 'w')],
  ['options', (client, value) => client.options({ headers: { 'x-one': value as string } })],
]

describe.each(ways)('row 1, 2 and 4: values, by %s', (method, call) => {
  it.each([
    ['\r', CONTROL],
    ['\n', CONTROL],
    ['\0', CONTROL],
    ['\x01', CONTROL],
    ['\x1f', CONTROL],
    ['\x7f', CONTROL],
    ['\r\nx-evil: 1', CONTROL],
    ['\x80', ASCII],
    ['é', ASCII],
    ['\u0100', ASCII],
    ['\u{1f600}', ASCII],
    ['\ud800', 'must not hold a lone surrogate'],
  ])('refuses a value with %j', async (piece, rule) => {
    for (const value of [piece, `${CANARY}${piece}`, `${piece}${CANARY}`, `a${piece}b`]) {
      await refused(Plain, client => call(client, value), { method: `Plain.${method}`, parameter: 1, rule })
    }
  })

  it.each([
    [{ toString: () => `${CANARY}\r\n` } as object, /must be .* not (?:an object|a function)$/],
    [{ a: CANARY }, 'must be text or a list of text, not an object'],
    [new Map([[CANARY, 1]]), 'must be text or a list of text, not an object'],
    [Object(CANARY), /^must be .* list.* not an(?:other)? object$/],
    [Symbol(CANARY), /not a symbol$/],
    [() => CANARY, /not a function$/],
    [Number.NaN, 'must be a finite number, not NaN'],
    [new Date(Number.NaN), 'must be a valid date'],
  ])('row 4: refuses %o', async (value, rule) => {
    await refused(Plain, client => call(client, value), { method: `Plain.${method}`, parameter: 1, rule })
  })
})

describe('row 4 and 6: what is written', () => {
  const written = async (value: unknown) => (await sentHeaders(Plain, c => c.one(value as Value)))['x-one']

  it.each([
    ['', ''],
    [' !~\t"\\', ' !~\t"\\'],
    [0, '0'],
    [1e21, '1000000000000000000000'],
    [false, 'false'],
    [10n, '10'],
    [new Date(0), 'Thu, 01 Jan 1970 00:00:00 GMT'],
    [['a', null, 1, true], 'a, 1, true'],
    [undefined, undefined],
    [null, undefined],
    [[], undefined],
  ])('%o as %j', async (value, text) => {
    expect(await written(value)).toBe(text)
  })

  it('row 4: an element of a list is checked as the whole is', async () => {
    const refusal = { method: 'Plain.one', parameter: 1 }
    await refused(Plain, c => c.one(['a', `${CANARY}\r\n`]), { ...refusal, rule: CONTROL })
    await refused(Plain, c => c.one([['a']] as never), { ...refusal, rule: /^holds an element that/ })
  })

  it('row 6: a header that can hold one value only refuses a list, however it is set', async () => {
    const rule = 'must be one value, for the header holds no list'
    const list = ['a', CANARY]
    const cases: [string, (client: Plain) => Promise<unknown>][] = [
      ['authorized', client => client.authorized(list)],
      ['map', client => client.map({ 'Content-Type': list })],
      ['map', client => client.map({ cookie: list })],
      ['template', client => client.template(list)],
      ['options', client => client.options({ headers: { 'user-agent': list as never } })],
    ]
    for (const [method, call] of cases)
      await refused(Plain, call, { method: `Plain.${method}`, parameter: 1, rule })
    expect(await sentHeaders(Plain, client => client.authorized(['a']))).toEqual({ authorization: 'a' })
  })
})

describe('rows 3, 5 and 6: names that a caller brings', () => {
  const owned = [
    'Host',
    'content-length',
    'Transfer-Encoding',
    'connection',
    'Keep-Alive',
    'upgrade',
    'TE',
    'trailer',
  ]
  const names = ['', ' ', 'a b', 'a:', ':path', 'é', 'a\r\nb', '"a"', 'a/b', `${CANARY} `, `proxy-${CANARY}`]
  const more = ['expect', 'HTTP2-Settings', 'Proxy-Authorization', 'proxy-connection']

  it.each([...names, ...owned, ...more])('refuses the name %j', async name => {
    const headers = { 'x-ok': '1', [name]: CANARY }
    const map = (client: Plain) => client.map(headers)
    await refused(Plain, map, { method: 'Plain.map', parameter: 1, rule: NAME })
    const options = (client: Plain) => client.options({ headers })
    await refused(Plain, options, { method: 'Plain.options', parameter: 1, rule: NAME })
  })

  it('row 6: refuses one name twice, in different case', async () => {
    const rule = 'holds a header twice, in different case'
    const headers = { 'x-a': CANARY, 'X-A': CANARY }
    await refused(Plain, client => client.map(headers), { method: 'Plain.map', parameter: 1, rule })
    await refused(Plain, c => c.options({ headers }), { method: 'Plain.options', parameter: 1, rule })
  })

  it('refuses what is no record, and collections whose members it would not see', async () => {
    const values = [CANARY, [CANARY], new Set([CANARY]), new globalThis.Headers({ a: CANARY })]
    for (const value of values) {
      const rule = /^must be a record/
      await refused(Plain, c => c.map(value as never), { method: 'Plain.map', parameter: 1, rule })
    }
    expect(await sentHeaders(Plain, client => client.map(new Map([['X-A', 'b']])))).toEqual({ 'x-a': 'b' })
    for (const none of [null, undefined, {}]) expect(await sentHeaders(Plain, c => c.map(none))).toEqual({})
  })
})

describe('header templates', () => {
  it('hold text and variables; braces around anything else are text', async () => {
    expect(await sentHeaders(Plain, client => client.template('x y/z%', 7))).toEqual({
      'x-t': 'a x y/z%, 7',
      'if-range': 'x y/z%',
      'x-braces': '{not a name} {}',
    })
  })

  it('are left out where a variable has no value', async () => {
    expect(await sentHeaders(Plain, client => client.template('v'))).toEqual({
      'if-range': 'v',
      'x-braces': '{not a name} {}',
    })
  })
})
