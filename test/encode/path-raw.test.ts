// Values that may hold several segments, {+path} and { encoded: true }: what they cannot do (reliability 4.2, row 11).
import { contractOf } from 'guise'
import { describe, expect, it } from 'vitest'
import { Files, raw } from './files.js'
import { CANARY, pathOf, refused, requestOf } from './support.js'

const DOTS = 'must not make a . or .. segment in the path'
const SLASHES = 'must not make the path begin with //'
const NUL = 'must not hold a NUL character in the path'

const refuse = (method: keyof Files & string, x: string, rule: string) =>
  refused(Files, client => (client[method] as (x: string) => Promise<unknown>)(x), {
    method: `Files.${method}`,
    parameter: 1,
    rule,
  })

describe.each(raw)('row 11: a value that keeps its slashes, %s', method => {
  const write = (x: unknown) => pathOf(Files, client => client[method](x as string))

  it.each([
    ['a/b/c.txt', 'a/b/c.txt'],
    ['a%2Fb', 'a%2Fb'],
    ['100%', '100%25'],
    ['a b/é', 'a%20b/%C3%A9'],
    ['.hidden/..x/x..', '.hidden/..x/x..'],
    ['http://evil.test/', 'http://evil.test/'],
    ['a//b', 'a//b'],
    ['a?b#c', 'a%3Fb%23c'],
    ['a;v=1', 'a;v=1'],
    [7, '7'],
  ])('writes %j as %s', async (value, written) => {
    expect(await write(value)).toBe(`/files/${written}`)
  })

  it.each([
    '.',
    '..',
    'a/..',
    '../a',
    'a/../b',
    'a/./b',
    '%2e',
    '%2E%2e',
    '.%2e',
    '%252e%252e',
    '%25252e%25252e',
    '%25%32%65.',
    '%%32e%%32e',
    'a%2f..%2fb',
    'a%252f..%252fb',
    '..\\a',
    '..%5ca',
    '..%255ca',
    '..?',
    '..#',
    '..%3Fx',
    '..%2523',
    '..;x',
    '.%09.',
    '.%250a.',
    '..%20',
    '..%0D%20',
  ])('refuses the dot segment of %s, also after one and two decodings', async value => {
    await refuse(method, value, DOTS)
    await refuse(method, `${CANARY}/${value}`, DOTS)
  })

  it.each(['\0', 'a%00', 'a%2500'])('refuses the NUL of %j', async value => {
    await refuse(method, value, NUL)
  })

  it.each([undefined, '', '\ud800', Number.NaN, {}, Symbol(CANARY)])('refuses %o', async value => {
    const call = (client: Files) => client[method](value as string)
    await refused(Files, call, { method: `Files.${method}`, parameter: 1, rule: /./ })
  })
})

describe('row 11: what begins the path', () => {
  it.each(['//evil.test', '/%2Fevil.test', '/\\evil.test', '%2F%2Fevil.test', '/%255cevil.test', '/%09/x'])(
    'refuses the leading // of %s',
    value => refuse('bare', value, SLASHES).then(() => undefined),
  )

  it('takes one slash, and puts it in front of a value that has none where nothing stands before', async () => {
    const bare = (x: string) =>
      requestOf(Files, client => client.bare(x), { url: 'http://service.test' }).then(({ path }) => path)
    expect(await bare('/a/b')).toBe('/a/b')
    expect(await bare('a/b')).toBe('/a/b')
    await refuse('bare', '..', DOTS)
  })
})

describe('row 11: several values in one segment', () => {
  it('refuses a dot segment that no value holds alone, and names the one that completes it', async () => {
    const refusal = { method: 'Files.mixed', rule: DOTS }
    const twice = (client: Files) => client.mixed('%25', '2e', 'x')
    await refused(Files, twice, { ...refusal, parameter: 2 })
    await refused(Files, client => client.mixed('a', 'v1.2', '%2e'), { ...refusal, parameter: 3 })
  })

  it('takes an encoded-looking value of a plain variable as data, beside one that keeps its slashes', async () => {
    expect(await pathOf(Files, client => client.mixed('a', '%2e/..', 'b/c'))).toBe('/files/a%252e%2F../b/c')
    const list = ['%2e', '/..'] as never
    expect(await pathOf(Files, client => client.mixed('a', list, 'b/c'))).toBe('/files/a%252e,%2F../b/c')
  })

  it('lets a dot pass that is no segment of its own', async () => {
    expect(await pathOf(Files, client => client.joined('.'))).toBe('/files/v.')
    expect(await pathOf(Files, client => client.joined('..'))).toBe('/files/v..')
  })
})

describe('encoded values in a query', () => {
  it('row 14: keep their triplets and cannot end their parameter or the query', async () => {
    expect(await pathOf(Files, client => client.query('a%20b&c=1#d', 'x/y:z#f'))).toBe(
      '/search?q=a%20b%26c=1%23d&r=x/y:z%23f',
    )
  })

  it('are text: a list cannot be encoded already', async () => {
    const call = (client: Files) => client.query([CANARY] as never, 'y')
    const rule = 'must be text if it is encoded'
    await refused(Files, call, { method: 'Files.query', parameter: 1, rule })
  })

  it('are told apart by the contract', () => {
    const [first, second] = contractOf(Files).methods.query?.parameters ?? []
    expect(first?.binding).toEqual({ kind: 'param', name: 'x', encoded: true })
    expect(second?.binding).toEqual({ kind: 'param', name: 'y', encoded: false })
  })
})
