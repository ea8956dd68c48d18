// How values are written into the path, and which are refused (reliability 4.2, rows 7 to 11 and 16).
import { Get, Param, remote } from 'guise'
import { describe, expect, it } from 'vitest'
import { CANARY, pathOf, refused, requestOf } from './support.js'

class Items {
  @Get('/items/{x}/end')
  one(@Param('x') x: string): Promise<unknown> {
    return remote(x)
  }
  @Get('/v{x}')
  joined(@Param('x') x: string): Promise<unknown> {
    return remote(x)
  }
  @Get('/{a}{b}/{c}')
  three(@Param('a') a: string, @Param('b') b: string, @Param('c') c: string): Promise<unknown> {
    return remote(a, b, c)
  }
  @Get('{x}')
  bare(@Param('x') x: string): Promise<unknown> {
    return remote(x)
  }
  @Get('/cut/{x:2}')
  cut(@Param('x') x: string): Promise<unknown> {
    return remote(x)
  }
  @Get('/all{/x*}')
  segments(@Param('x') x?: readonly string[] | string): Promise<unknown> {
    return remote(x)
  }
  @Get('/matrix{;m}{;n*}')
  matrix(@Param('m') m?: string, @Param('n') n?: Record<string, string>): Promise<unknown> {
    return remote(m, n)
  }
  @Get('/file{.x}')
  label(@Param('x') x?: string): Promise<unknown> {
    return remote(x)
  }
}

const one = (x: unknown) => pathOf(Items, client => client.one(x as string))
const refuse = (x: unknown, rule: string | RegExp) =>
  refused(Items, client => client.one(x as string), { method: 'Items.one', parameter: 1, rule })

const DOTS = 'must not make a . or .. segment in the path'
const MISSING = 'is missing; a variable of the path needs a value'
const EMPTY = 'must not be empty in the path'
const NUL = 'must not hold a NUL character in the path'
const TEXT = 'must be a string, a number, a bigint, a boolean or a Date, not'

describe('rows 7 and 8: a value is one segment and nothing but a segment', () => {
  it.each([
    ['.', DOTS],
    ['..', DOTS],
    ['', EMPTY],
    ['\0', NUL],
    [`${CANARY}\0`, NUL],
  ])('refuses %j', async (value, rule) => {
    await refuse(value, rule)
  })

  it.each([
    ['a/../b', 'a%2F..%2Fb'],
    ['../..', '..%2F..'],
    ['a/b', 'a%2Fb'],
    ['a\\b', 'a%5Cb'],
    ['..\\', '..%5C'],
    ['%2e%2e', '%252e%252e'],
    ['%2F', '%252F'],
    ['?x', '%3Fx'],
    ['#y', '%23y'],
    [';p', '%3Bp'],
    ['..;p', '..%3Bp'],
    [' ', '%20'],
    ['é', '%C3%A9'],
    ['\u{1f600}', '%F0%9F%98%80'],
    ['\r\nx', '%0D%0Ax'],
    ['...', '...'],
    ['$&', '%24%26'],
    ['__proto__', '__proto__'],
  ])('writes %j as %s', async (value, written) => {
    expect(await one(value)).toBe(`/items/${written}/end`)
  })

  it('sees a dot segment that two values make together, and names the one that completes it', async () => {
    const call = (client: Items) => client.three('.', '.', 'v1.2')
    await refused(Items, call, { method: 'Items.three', parameter: 2, rule: DOTS })
  })

  it('names the guilty parameter, not an earlier one that has a dot too', async () => {
    const call = (client: Items) => client.three('v1.2', 'b.c', '..')
    await refused(Items, call, { method: 'Items.three', parameter: 3, rule: DOTS })
  })

  it('lets dots pass that make no segment', async () => {
    expect(await pathOf(Items, client => client.joined('.'))).toBe('/v.')
    expect(await pathOf(Items, client => client.three('.', 'a', 'b..'))).toBe('/.a/b..')
  })

  it('refuses a dot segment that only the slash in front of a bare template makes', async () => {
    const refusal = { method: 'Items.bare', parameter: 1, rule: DOTS }
    await refused(Items, client => client.bare('..'), refusal, { url: 'http://service.test' })
    expect((await requestOf(Items, client => client.bare('x'), { url: 'http://service.test' })).path).toBe(
      '/x',
    )
  })

  it('refuses a dot segment that a prefix of the value makes, and a list where one is taken', async () => {
    await refused(Items, client => client.cut('..x'), { method: 'Items.cut', parameter: 1, rule: DOTS })
    const rule = 'must be a single value, for the template takes a prefix of it'
    const list = [CANARY] as never
    await refused(Items, client => client.cut(list), { method: 'Items.cut', parameter: 1, rule })
    expect(await pathOf(Items, client => client.cut('\u{1f600}bc'))).toBe('/cut/%F0%9F%98%80b')
  })
})

describe('row 9: lone surrogates', () => {
  it.each(['\ud800', `${CANARY}\udc00x`])('refuses %j and names the parameter', async value => {
    const error = await refuse(value, 'must not hold a lone surrogate')
    expect(error.message).toContain("@Param('x')")
  })
})

describe('row 10: values that are no strings', () => {
  it.each([
    [undefined, MISSING],
    [null, MISSING],
    [[], MISSING],
    [{}, MISSING],
    [Number.NaN, 'must be a finite number, not NaN'],
    [Number.POSITIVE_INFINITY, 'must be a finite number, not Infinity'],
    [Number.NEGATIVE_INFINITY, 'must be a finite number, not -Infinity'],
    [Symbol(CANARY), `${TEXT} a symbol`],
    [() => CANARY, `${TEXT} a function`],
    [{ id: CANARY }, 'must be text or a list of text in the path, not an object'],
    [new Map([['id', CANARY]]), 'must be text or a list of text in the path, not an object'],
    [{ toString: (): string => CANARY }, /^holds a member that must be a string/],
    [[[CANARY]], /^holds an element that must be .* not a list$/],
    [[CANARY, ''], EMPTY],
    [[''], EMPTY],
    [[`${CANARY}\0`], NUL],
    [new Date(Number.NaN), 'must be a valid date'],
    [new Set([CANARY]), 'must be a plain object, a Map, a list or a Date, not another object'],
    [Object(CANARY), 'must be a plain object, a Map, a list or a Date, not another object'],
  ] satisfies [unknown, string | RegExp][])('refuses %o', async (value, rule) => {
    await refuse(value, rule)
  })

  it.each([
    [0, '0'],
    [-0, '0'],
    [7, '7'],
    [-1.5, '-1.5'],
    [1e21, '1000000000000000000000'],
    [1.5e-7, '0.00000015'],
    [12345678901234567890n, '12345678901234567890'],
    [false, 'false'],
    [true, 'true'],
    [new Date(0), '1970-01-01T00%3A00%3A00.000Z'],
    [['a,b', 1, null, 'c'], 'a%2Cb,1,c'],
  ])('writes %o in plain text', async (value, written) => {
    expect(await one(value)).toBe(`/items/${written}/end`)
  })
})

describe('expressions that write their own separators', () => {
  const segments = (x?: readonly string[] | string) => pathOf(Items, client => client.segments(x))
  const refuseSegments = (x: readonly string[] | string, rule: string) =>
    refused(Items, client => client.segments(x), { method: 'Items.segments', parameter: 1, rule })

  it('{/list*} writes one segment for each element, each encoded, and none for no element', async () => {
    expect(await segments(['a/b', 'c d', '%2e'])).toBe('/all/a%2Fb/c%20d/%252e')
    expect(await segments('a')).toBe('/all/a')
    expect(await segments(undefined)).toBe('/all')
    expect(await segments([])).toBe('/all')
  })

  it.each([
    [['a', '..'], DOTS],
    [['.'], DOTS],
    ['..', DOTS],
    [['a', '', CANARY], EMPTY],
    ['', EMPTY],
    [[CANARY, '\0'], NUL],
  ])('{/list*} refuses %j', async (value, rule) => {
    await refuseSegments(value, rule)
  })

  it('row 14 of lists in a path: refuses more than 1,000 elements', async () => {
    const many = Array.from({ length: 1001 }, () => CANARY)
    await refuseSegments(many, 'must not hold more than 1000 values')
    expect((await segments(many.slice(1))).split('/')).toHaveLength(1002)
  })

  it('{;m} keeps the name of an empty value, leaves out an undefined one and encodes what would end it', async () => {
    expect(await pathOf(Items, client => client.matrix('', { a: 'x;y=z', 'b/c': '..' }))).toBe(
      '/matrix;m;a=x%3By%3Dz;b%2Fc=..',
    )
    expect(await pathOf(Items, client => client.matrix())).toBe('/matrix')
  })

  it('{.x} writes an extension, which may hold dots but not be empty', async () => {
    expect(await pathOf(Items, client => client.label('tar.gz'))).toBe('/file.tar.gz')
    expect(await pathOf(Items, client => client.label())).toBe('/file')
    await refused(Items, client => client.label(''), { method: 'Items.label', parameter: 1, rule: EMPTY })
  })
})

describe('a path that no value changes', () => {
  class Fixed {
    @Get('')
    root(): Promise<unknown> {
      return remote()
    }
    @Get('/')
    slash(): Promise<unknown> {
      return remote()
    }
    @Get('/a b/é/%41')
    literal(): Promise<unknown> {
      return remote()
    }
    @Get('/page#top')
    fragment(): Promise<unknown> {
      return remote()
    }
  }
  it('row 16: is written as declared, what no URI may hold encoded, a fragment never sent', async () => {
    expect(await pathOf(Fixed, client => client.root())).toBe('')
    expect(await pathOf(Fixed, client => client.slash())).toBe('/')
    expect(await pathOf(Fixed, client => client.literal())).toBe('/a%20b/%C3%A9/%41')
    expect(await pathOf(Fixed, client => client.fragment())).toBe('/page')
    expect((await requestOf(Fixed, client => client.root(), { url: 'http://service.test' })).path).toBe('/')
  })
})
