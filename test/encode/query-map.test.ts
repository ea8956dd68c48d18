// @QueryMap and what a template writes into the query; what a server decodes is what went in (reliability 4.2, row 14).
import fc from 'fast-check'
import { Get, Param, Query, QueryMap, remote } from 'guise'
import { describe, expect, it } from 'vitest'
import { CANARY, type Listed, pairsOf, pathOf, refused, type Scalar } from './support.js'

class Search {
  @Get('/s')
  one(@Query('q') q: Listed): Promise<unknown> {
    return remote(q)
  }
  @Get('/s')
  map(
    @QueryMap() map: Record<string, Listed> | ReadonlyMap<string, Listed> | null | undefined,
  ): Promise<unknown> {
    return remote(map)
  }
  @Get('/s?fixed=1&a={a}&b={b}-{c}{&d,e*}#{f}')
  template(
    @Param('a') a?: Scalar,
    @Param('b') b?: Scalar,
    @Param('c') c?: Scalar,
    @Param('d') d?: Listed,
    @Param('e') e?: Record<string, Scalar> | readonly Scalar[],
    @Query('z') z?: Scalar,
  ): Promise<unknown> {
    return remote(a, b, c, d, e, z)
  }
  @Get('{?list*,cut:2}')
  expressions(@Param('list') list?: readonly Scalar[], @Param('cut') cut?: Scalar): Promise<unknown> {
    return remote(list, cut)
  }
}

const refuse = (
  call: (client: Search) => Promise<unknown>,
  method: string,
  rule: string | RegExp,
  parameter = 1,
) => refused(Search, call, { method: `Search.${method}`, parameter, rule })

describe('@QueryMap', () => {
  const map = (value: unknown) => pathOf(Search, client => client.map(value as never))

  it('keeps 0, false and the empty text, leaves out undefined, null and [] (a fault of ts-retrofit)', async () => {
    const value = { n: 0, f: false, e: '', u: undefined, x: null, l: [], m: [1, null, 2], d: new Date(0) }
    expect(await map(value)).toBe('/s?n=0&f=false&e=&m=1&m=2&d=1970-01-01T00%3A00%3A00.000Z')
  })

  it('takes a Map, an object without a prototype and an object of a class; null and undefined are no parameters', async () => {
    class Page {
      size = 1
      get pages() {
        return 2
      }
    }
    expect(await map(new Map([['a b', 1]]))).toBe('/s?a%20b=1')
    expect(await map(Object.assign(Object.create(null), { a: 1 }))).toBe('/s?a=1')
    expect(await map(new Page())).toBe('/s?size=1')
    for (const none of [null, undefined, {}]) expect(await map(none)).toBe('/s')
  })

  it('row 14: takes names like __proto__ as they are, and nothing from a prototype', async () => {
    const own = JSON.parse('{"__proto__":"1","constructor":"2"}')
    expect(await map(own)).toBe('/s?__proto__=1&constructor=2')
    expect(await map(Object.create({ inherited: CANARY }))).toBe('/s')
  })

  it('row 14: takes 1,000 values and no more, lists counted', async () => {
    const entries = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`${CANARY}${i}`, 1]))
    expect((await map(entries(1000))).split('&')).toHaveLength(1000)
    const rule = 'must not hold more than 1000 values'
    await refuse(client => client.map(entries(1001)), 'map', rule)
    await refuse(client => client.map({ a: Array(999).fill(1), b: [1, 2] }), 'map', rule)
  })

  it.each([
    [CANARY, 'must be a record'],
    [[CANARY], 'must be a record'],
    [new Date(0), 'must be a record'],
    [new Set([CANARY]), 'must be a record, not another collection'],
    [new URLSearchParams({ a: CANARY }), 'must be a record, not another collection'],
    [new Headers({ a: CANARY }), 'must be a record, not another collection'],
    [{ a: { [CANARY]: 1 } }, /^must be text or a list of text, not an object/],
    [new Map([[{}, CANARY]]), /not an object$/],
  ])('refuses %o', async (value, rule) => {
    await refuse(client => client.map(value as never), 'map', rule)
  })
})

describe('a query in the template', () => {
  it('leaves out a literal pair whose variables are all undefined, and a fragment', async () => {
    expect(await pathOf(Search, client => client.template())).toBe('/s?fixed=1')
    expect(await pathOf(Search, client => client.template('', null, 'c'))).toBe('/s?fixed=1&a=&b=-c')
  })

  it('writes its own parameters first, then those of @Query', async () => {
    const call = (client: Search) => client.template('a&x=1', 0, false, ['d', 'd2'], { 'e&': 'f=' }, 'z')
    expect(await pathOf(Search, call)).toBe('/s?fixed=1&a=a%26x%3D1&b=0-false&d=d,d2&e%26=f%3D&z=z')
  })

  it('{?list*} repeats its name; {?cut:2} takes text only, and the error names the parameter', async () => {
    expect(await pathOf(Search, client => client.expressions(['a', 'b'], 'xyz'))).toBe(
      '?list=a&list=b&cut=xy',
    )
    expect(await pathOf(Search, client => client.expressions([]))).toBe('')
    const rule = 'must be a single value, for the template takes a prefix of it'
    await refuse(client => client.expressions([], [CANARY] as never), 'expressions', rule, 2)
  })

  it('row 14: takes 1,000 elements and no more', async () => {
    const many = Array.from({ length: 1001 }, () => CANARY)
    await refuse(client => client.expressions(many), 'expressions', 'must not hold more than 1000 values')
  })
})

it('row 14: what a server decodes is what went in', async () => {
  const text = fc.string({ unit: 'grapheme' })
  const record = fc.dictionary(
    fc.string({ unit: 'grapheme' }),
    fc.oneof(text, fc.array(text, { minLength: 1 })),
  )
  await fc.assert(
    fc.asyncProperty(record, text, async (members, q) => {
      const wanted = Object.entries(members).flatMap(([name, value]) =>
        [value].flat().map(one => [name, one]),
      )
      const map = await pairsOf(Search, client => client.map(members))
      expect(map ?? []).toEqual(wanted)
      expect(await pairsOf(Search, client => client.one(q))).toEqual([['q', q]])
      expect(await pairsOf(Search, client => client.template(q, undefined, q))).toEqual([
        ['fixed', '1'],
        ['a', q],
        ['b', `-${q}`],
      ])
    }),
  )
})
