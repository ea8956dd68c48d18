// Query parameters: @Query, its styles and its default (reliability 4.2, row 14).
import { Get, Query, remote } from 'guise'
import { describe, expect, it } from 'vitest'
import { CANARY, type Listed, pairsOf, pathOf, refused } from './support.js'

class Search {
  @Get('/s')
  one(@Query('q') q: Listed): Promise<unknown> {
    return remote(q)
  }
  @Get('/s')
  odd(@Query('a b&c=é[]') q: Listed): Promise<unknown> {
    return remote(q)
  }
  @Get('/s')
  fallback(
    @Query('size', { default: 20 }) size?: number | null,
    @Query('none', { default: 0 }) none?: number,
    @Query('empty', { default: '' }) empty?: string,
    @Query('no', { default: false }) no?: boolean,
  ): Promise<unknown> {
    return remote(size, none, empty, no)
  }
  @Get('/s')
  csv(@Query('l', { style: 'csv' }) l: Listed): Promise<unknown> {
    return remote(l)
  }
  @Get('/s')
  ssv(@Query('l', { style: 'ssv' }) l: Listed): Promise<unknown> {
    return remote(l)
  }
  @Get('/s')
  pipes(@Query('l', { style: 'pipes' }) l: Listed): Promise<unknown> {
    return remote(l)
  }
  @Get('/s')
  brackets(@Query('l', { style: 'brackets' }) l: Listed): Promise<unknown> {
    return remote(l)
  }
  @Get('/s')
  deep(@Query('f', { style: 'deepObject' }) f: object | null | undefined): Promise<unknown> {
    return remote(f)
  }
}

const refuse = (
  call: (client: Search) => Promise<unknown>,
  method: string,
  rule: string | RegExp,
  parameter = 1,
) => refused(Search, call, { method: `Search.${method}`, parameter, rule })

describe('@Query', () => {
  const one = (q: unknown) => pathOf(Search, client => client.one(q as Listed))

  it.each([
    [undefined, '/s'],
    [null, '/s'],
    [[], '/s'],
    [[null, undefined], '/s'],
    ['', '/s?q='],
    [0, '/s?q=0'],
    [false, '/s?q=false'],
    [1e21, '/s?q=1000000000000000000000'],
    [10n, '/s?q=10'],
    [new Date(0), '/s?q=1970-01-01T00%3A00%3A00.000Z'],
    [['', null, 0], '/s?q=&q=0'],
    [['a', 'b'], '/s?q=a&q=b'],
    ['a&b=c#d+e f/?', '/s?q=a%26b%3Dc%23d%2Be%20f%2F%3F'],
    ['\0\r\n', '/s?q=%00%0D%0A'],
    ['é\u{1f600}', '/s?q=%C3%A9%F0%9F%98%80'],
    ['%41', '/s?q=%2541'],
  ])('row 14: writes %o as %s', async (value, path) => {
    expect(await one(value)).toBe(path)
  })

  it('row 14: encodes its name', async () => {
    expect(await pairsOf(Search, client => client.odd('x'))).toEqual([['a b&c=é[]', 'x']])
  })

  it.each([
    [{ a: CANARY }, "must be text or a list of text, not an object; style: 'deepObject' writes objects"],
    [
      new Map([[CANARY, 1]]),
      "must be text or a list of text, not an object; style: 'deepObject' writes objects",
    ],
    [[[CANARY]], /^holds an element that must be/],
    [`${CANARY}\ud800`, 'must not hold a lone surrogate'],
    [Number.NaN, 'must be a finite number, not NaN'],
    [Symbol(CANARY), /not a symbol$/],
  ])('row 14: refuses %o', async (value, rule) => {
    await refuse(client => client.one(value as never), 'one', rule)
  })

  it('row 14: takes 1,000 elements and no more', async () => {
    const many = Array.from({ length: 1001 }, () => CANARY)
    const rule = 'must not hold more than 1000 elements'
    await refuse(client => client.one(many), 'one', rule)
    expect((await one(many.slice(1))).split('&')).toHaveLength(1000)
  })

  it('sends the default for undefined only, be it 0, empty or false', async () => {
    expect(await pathOf(Search, client => client.fallback())).toBe('/s?size=20&none=0&empty=&no=false')
    expect(await pathOf(Search, client => client.fallback(0, 1, 'x', true))).toBe(
      '/s?size=0&none=1&empty=x&no=true',
    )
    expect(await pathOf(Search, client => client.fallback(null))).toBe('/s?none=0&empty=&no=false')
  })
})

describe('styles of a list', () => {
  const list = ['a,b', 'c d|e', '']
  it.each([
    ['csv', '/s?l=a%2Cb,c%20d%7Ce,', '/s?l=x'],
    ['ssv', '/s?l=a%2Cb%20c%20d%7Ce%20', '/s?l=x'],
    ['pipes', '/s?l=a%2Cb%7Cc%20d%7Ce%7C', '/s?l=x'],
    ['brackets', '/s?l%5B%5D=a%2Cb&l%5B%5D=c%20d%7Ce&l%5B%5D=', '/s?l%5B%5D=x'],
  ] as const)('%s', async (style, many, single) => {
    expect(await pathOf(Search, client => client[style](list))).toBe(many)
    expect(await pathOf(Search, client => client[style](['x']))).toBe(single)
    expect(await pathOf(Search, client => client[style]('x'))).toBe(single)
    expect(await pathOf(Search, client => client[style]([]))).toBe('/s')
    expect(await pathOf(Search, client => client[style](undefined))).toBe('/s')
  })
})

describe('deepObject', () => {
  const deep = (f: unknown) => pairsOf(Search, client => client.deep(f as object))
  const nested = (depth: number): unknown => (depth === 0 ? CANARY : { k: nested(depth - 1) })

  it('writes nested objects, lists and Maps, and leaves out what has no value', async () => {
    const value = {
      a: { b: 0, c: [1, 'x'] },
      'd]=&': '',
      e: null,
      f: undefined,
      g: new Map([['h', true]]),
      i: {},
    }
    expect(await deep(value)).toEqual([
      ['f[a][b]', '0'],
      ['f[a][c][0]', '1'],
      ['f[a][c][1]', 'x'],
      ['f[d]=&]', ''],
      ['f[g][h]', 'true'],
    ])
    expect(await deep({})).toBeUndefined()
    expect(await deep(null)).toBeUndefined()
    expect(await deep({ at: new Date(0) })).toEqual([['f[at]', '1970-01-01T00:00:00.000Z']])
  })

  it('row 14: takes five levels and no sixth, a cycle included', async () => {
    expect(await deep(nested(5))).toEqual([['f[k][k][k][k][k]', CANARY]])
    const rule = 'must not be nested deeper than 5 levels'
    await refuse(client => client.deep(nested(6) as object), 'deep', rule)
    const wide = { list: Array.from({ length: 1001 }, () => CANARY) }
    await refuse(client => client.deep(wide), 'deep', 'must not hold more than 1000 values')
    const cycle: Record<string, unknown> = { name: CANARY }
    cycle.self = cycle
    await refuse(client => client.deep(cycle), 'deep', rule)
  })

  it.each([
    [CANARY, 'must be an object'],
    [new Date(0), 'must be an object'],
    [{ a: () => CANARY }, /not a function$/],
    [{ a: new Set([CANARY]) }, 'must be a record, not another collection'],
    [new URLSearchParams({ a: CANARY }), 'must be a record, not another collection'],
    [{ [`${CANARY}\ud800`]: 1 }, 'must not hold a lone surrogate'],
  ])('row 14: refuses %o', async (value, rule) => {
    await refuse(client => client.deep(value as object), 'deep', rule)
  })
})
