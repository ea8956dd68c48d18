// What a client wrote by a template, the stub reads by the same template: over a socket, through the public face.
import { createClient, Get, Param, Query, QueryMap, remote } from 'guise'
import { answer, type StubCall, stub } from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { closing } from '../client/support.js'

/** A class with one route, whose parameters are the template's variables in the order given. */
function classOf(template: string, names: readonly string[], encoded = false) {
  class Probe {
    call(..._values: readonly unknown[]): Promise<unknown> {
      return remote()
    }
  }
  for (const [index, name] of names.entries())
    Param(name, { encoded })(Probe.prototype as never, 'call' as never, index as never)
  Get(template)(Probe.prototype as never, 'call' as never)
  return Probe
}

interface Read {
  readonly path: string | undefined
  readonly params: StubCall['params']
}

/** What the stub reads of a call with these values. */
async function read(
  template: string,
  values: Readonly<Record<string, unknown>>,
  encoded?: boolean,
): Promise<Read> {
  const Probe = classOf(template, Object.keys(values), encoded)
  let params: StubCall['params'] = {}
  await using server = await stub(Probe, {
    call: call => {
      params = call.params
    },
  })
  await closing(createClient(Probe, { url: server.url })).call(...Object.values(values))
  return { path: server.requests[0]?.path, params }
}

describe('the values of a template come back as they were', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['/{id}', { id: '7' }, '/7'],
    ['/{id}', { id: 'a/b c?d#e%2F&ü' }, '/a%2Fb%20c%3Fd%23e%252F%26%C3%BC'],
    ['{id}', { id: 'no-slash' }, '/no-slash'],
    ['/{a}-{b}', { a: 'x', b: 'y' }, '/x-y'],
    ['/{a,b}', { a: '1', b: '2' }, '/1,2'],
    ['/{list}', { list: ['a', 'b,c'] }, '/a,b%2Cc'],
    ['/{list*}', { list: ['a', 'b'] }, '/a,b'],
    ['/{record*}', { record: { a: '1', 'b=c': '' } }, '/a=1,b%3Dc='],
    ['/{a,list*,z}', { a: '1', list: ['2', '3'], z: '4' }, '/1,2,3,4'],
    ['/{+path}/raw', { path: 'a/b:c,d' }, '/a/b:c,d/raw'],
    ['/{+path}', { path: 'what?no#yes' }, '/what%3Fno%23yes'],
    ['/{+list*}', { list: ['a', 'b/c'] }, '/a,b/c'],
    ['/file{.ext}', { ext: 'txt' }, '/file.txt'],
    ['/{name}{.ext}', { name: 'file', ext: 'tar.gz' }, '/file.tar.gz'],
    ['/file{.a,b}', { a: '1', b: '2' }, '/file.1.2'],
    ['/file{.ext*}', { ext: ['tar', 'gz'] }, '/file.tar.gz'],
    ['{/a,b}', { a: 'x/y', b: 'z' }, '/x%2Fy/z'],
    ['/in{/path*}/edit', { path: ['a', 'b', 'c'] }, '/in/a/b/c/edit'],
    ['/in{/path*}{.ext}', { path: ['a', 'b'], ext: 'txt' }, '/in/a/b.txt'],
    ['/in{/record*}', { record: { a: '1', b: '2' } }, '/in/a=1/b=2'],
    ['/at{;x,y}', { x: '1;2', y: '' }, '/at;x=1%3B2;y'],
    ['/at{;list*}', { list: ['a', 'b'] }, '/at;list=a;list=b'],
    ['/at{;x,record*}', { x: '0', record: { a: '1', b: '' } }, '/at;x=0;a=1;b'],
    ['{?q,empty}', { q: 'a+b c', empty: '' }, '/?q=a%2Bb%20c&empty='],
    ['/s{?list}', { list: ['a', 'b,c'] }, '/s?list=a,b%2Cc'],
    ['/s{?list*}', { list: ['a'] }, '/s?list=a'],
    ['/s{?page,filter*}', { page: '1', filter: { a: '1', __proto__x: '2' } }, '/s?page=1&a=1&__proto__x=2'],
    ['/s?v=2{&q}', { q: 'x' }, '/s?v=2&q=x'],
    ['/s?sort=-{field}', { field: 'name' }, '/s?sort=-name'],
    ['/s?path={+path}', { path: 'a/b+c' }, '/s?path=a/b+c'],
    ['/s?empty={e}', { e: '' }, '/s?empty='],
    ['/s?{name}={value}', { name: 'a', value: 'b=c' }, '/s?a=b%3Dc'],
    ['/s?x={x}{&x}', { x: 'a' }, '/s?x=a&x=a'],
    ['/{id}/again/{id}{?id}', { id: '7' }, '/7/again/7?id=7'],
  ])('%s', async (template, values, path) => {
    expect(await read(template, values)).toEqual({ path, params: values })
  })

  it.each<[string, Record<string, unknown>, string, Record<string, unknown>]>([
    ['an undefined one is not there', { a: undefined, b: 'x' }, '/s{?a,b}', { b: 'x' }],
    ['nor in a path', { a: undefined }, '/s{/a}', {}],
    [
      'a list of one is text, unless it is exploded',
      { a: ['x'], b: ['x'] },
      '/s{?a,b*}',
      { a: 'x', b: ['x'] },
    ],
    [
      'a record that is not exploded is a list',
      { a: { b: '1', c: '2' } },
      '/s{?a}',
      { a: ['b', '1', 'c', '2'] },
    ],
    [
      'numbers, dates and booleans are text',
      { a: 7, b: new Date(0), c: true },
      '/{a}/{b}/{c}',
      { a: '7', b: '1970-01-01T00:00:00.000Z', c: 'true' },
    ],
    ['of a prefix that alone is known', { a: 'abcdef' }, '/{a:3}', { a: 'abc' }],
    ['and the whole where it stands too', { a: 'abcdef' }, '/{a:1}/{a}', { a: 'abcdef' }],
  ])('%s', async (_, values, template, params) => {
    expect((await read(template, values)).params).toEqual(params)
  })

  it('one that is declared as encoded keeps its triplets', async () => {
    const { path, params } = await read('/in/{path}/x', { path: 'a/b%2Fc d' }, true)
    expect([path, params]).toEqual(['/in/a/b%2Fc%20d/x', { path: 'a/b%2Fc%20d' }])
  })
})

describe('what no expansion makes is no request of the route', () => {
  it.each<[string, string[], string]>([
    ['/{id}/again/{id}', ['id'], '/7/again/8'],
    ['/{id}{?id}', ['id'], '/7?id=8'],
    ['/{a,b}', ['a', 'b'], '/1'],
    ['/s?sort=-{field}', ['field'], '/s?sort=name'],
    ['{/a,b}', ['a', 'b'], '/x/y/z'],
    ['/at{;x}', ['x'], '/at;y=1'],
    ['/s{?x}{&r*}', ['x', 'r'], '/t?x=1'],
    ['/{id}', ['id'], '//7'],
    ['/{id}', ['id'], '/7/'],
    ['/a.b', [], '/aXb'],
  ])('%s', async (template, names, path) => {
    await using server = await stub(classOf(template, names), { call: () => answer(200) })
    expect((await fetch(server.url + path)).status).toBe(404)
    expect(server.mistakes.splice(0)).toMatchObject([{ kind: 'route', request: `GET ${path}` }])
  })
})

describe('other clients than guise', () => {
  class Search {
    @Get('/search?v=2{&q,flag}')
    search(
      @Param('q') q: string,
      @Param('flag') flag?: string,
      @Query('ssv', { style: 'ssv' }) ssv?: string[],
      @Query('pipes', { style: 'pipes' }) pipes?: string[],
      @Query('in', { style: 'brackets' }) list?: string[],
      @Query('deep', { style: 'deepObject' }) deep?: object,
    ): Promise<unknown> {
      return remote(q, flag, ssv, pipes, list, deep)
    }
  }

  it.each([
    ['q=a+b&v=2', { q: 'a b' }, {}],
    ['v=2&q=1&q=2', { q: ['1', '2'] }, {}],
    ['v=2&q=100%', { q: '100%' }, {}],
    ['v=2&flag&&', { flag: '' }, {}],
    ['v=2&ssv=a+b&pipes=a|b&in[]=x', {}, { ssv: ['a', 'b'], pipes: ['a', 'b'], in: ['x'] }],
    ['v=2&deep[a][b]=1&deep[a][c]=2&deep[d]=3', {}, { deep: { a: { b: '1', c: '2' }, d: '3' } }],
    [
      'v=2&deep[a]=1&deep[a][b]=2&deep[__proto__][x]=3',
      {},
      { deep: JSON.parse('{"a":{"b":"2"},"__proto__":{"x":"3"}}') },
    ],
    ['v=2&unknown=1&unknown=2', {}, { unknown: ['1', '2'] }],
  ])('are read too: %s', async (query, params, others) => {
    const calls: StubCall[] = []
    await using server = await stub(Search, { search: call => void calls.push(call as StubCall) })
    expect((await fetch(`${server.url}/search?${query}`)).status).toBe(204)
    expect(calls).toMatchObject([{ params, query: others }])
    expect(Object.keys(calls[0]?.params ?? {})).toEqual(Object.keys(params))
  })

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['/one?known=1&other=2', { filter: { other: '2' } }, { known: '1' }],
    ['/open?known=1&other=2', {}, { known: '1', other: '2' }],
    ['/two?other=2', {}, { other: '2' }],
    ['/two?a=1&other=2', { a: ['1'], b: { other: '2' } }, {}],
  ])(
    'what is not known is the only exploded record, unless a @QueryMap takes it: %s',
    async (path, params, query) => {
      class Loose {
        @Get('/one{?filter*}')
        one(@Param('filter') filter: object, @Query('known') known: string): Promise<unknown> {
          return remote(filter, known)
        }
        @Get('/open{?filter*}')
        open(@Param('filter') filter: object, @QueryMap() rest: Record<string, string>): Promise<unknown> {
          return remote(filter, rest)
        }
        @Get('/two{?a*,b*}')
        two(@Param('a') a: string[], @Param('b') b: string[]): Promise<unknown> {
          return remote(a, b)
        }
      }
      const calls: unknown[] = []
      const keep = (call: object) => void calls.push(call)
      await using server = await stub(Loose, { one: keep, open: keep, two: keep })
      await fetch(server.url + path)
      expect(calls).toMatchObject([{ params, query }])
      expect(Object.keys((calls[0] as StubCall).params)).toEqual(Object.keys(params))
    },
  )

  it('must send the literal query', async () => {
    await using server = await stub(Search, { search: () => answer(204) })
    for (const path of ['/search?q=1', '/search?v=3&q=1', '/search']) {
      expect([path, (await fetch(server.url + path)).status]).toEqual([path, 404])
    }
    server.mistakes.splice(0)
  })
})
