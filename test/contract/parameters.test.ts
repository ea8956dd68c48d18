// Mistakes in parameters and their bindings: the exact words of each, and the place.
import {
  Body,
  Call,
  type CallOptions,
  Cookie,
  contractOf,
  Field,
  Get,
  Header,
  Headers,
  Param,
  Post,
  Query,
  QueryMap,
  remote,
} from 'guise'
import { describe, expect, it } from 'vitest'
import { mistakesOf } from './support.js'

const any = (...args: unknown[]): Promise<unknown> => remote(...args)

describe('one binding for each parameter', () => {
  it('none, two, or the same twice', () => {
    class B {
      @Get('/{a}')
      none(@Param('a') a: string, b: string, c: number): Promise<unknown> {
        return any(a, b, c)
      }
      @Get('/{a}')
      two(@Param('a') @Query('b') a: string): Promise<unknown> {
        return any(a)
      }
      @Get()
      twice(
        @Query('q') a: string,
        @Query('q') b: string,
        @Header('X-A') c: string,
        @Header('x-a') d: string,
      ): Promise<unknown> {
        return any(a, b, c, d)
      }
      @Post()
      kinds(
        @QueryMap() a: object & Record<string, string>,
        @QueryMap() b: Record<string, string>,
        @Call() c: CallOptions,
        @Call() d: CallOptions,
        @Body() e: string,
        @Body() f: string,
      ): Promise<unknown> {
        return any(a, b, c, d, e, f)
      }
    }
    const NONE = 'the parameter has no decorator; add @Param, @Query, @Header, @Body, ...'
    expect(mistakesOf(B)).toEqual([
      [NONE, 'B.none, parameter 2'],
      [NONE, 'B.none, parameter 3'],
      ["the parameter has two bindings, @Query('b') and @Param('a')", 'B.two, parameter 1'],
      ["@Query('q') is already bound by parameter 1", 'B.twice, parameter 2'],
      ["@Header('x-a') is already bound by parameter 3", 'B.twice, parameter 4'],
      ['@QueryMap() is already bound by parameter 1', 'B.kinds, parameter 2'],
      ['@Call() is already bound by parameter 3', 'B.kinds, parameter 4'],
      ['@Body() is already bound by parameter 5', 'B.kinds, parameter 6'],
    ])
  })

  it('each name is its own: the same name may stand in different places', () => {
    class Same {
      @Post('/{a}')
      m(
        @Param('a') a: string,
        @Query('a') b: string,
        @Header('a') c: string,
        @Cookie('a') d: string,
        @Field('a') e: string,
      ): Promise<unknown> {
        return any(a, b, c, d, e)
      }
    }
    const parameters = contractOf(Same).methods.m?.parameters.map(({ index, label }) => [index, label])
    expect(parameters).toEqual([
      [0, "@Param('a')"],
      [1, "@Query('a')"],
      [2, "@Header('a')"],
      [3, "@Cookie('a')"],
      [4, "@Field('a')"],
    ])
  })

  it('a parameter with a default value, and those after it, cannot be seen without a decorator', () => {
    class Defaults {
      @Get()
      m(@Query('a') a: string, b = 1, c = 2): Promise<unknown> {
        return any(a, b, c)
      }
    }
    expect(contractOf(Defaults).methods.m?.parameters).toHaveLength(1)
  })
})

describe('names', () => {
  it('are there, and can be sent (rows 3 and 5)', () => {
    class N {
      @Post()
      empty(@Query('') a: string, @Cookie('') b: string, @Field('') c: string): Promise<unknown> {
        return any(a, b, c)
      }
      @Get()
      bad(
        @Header('a b') a: string,
        @Header('a:') b: string,
        @Header('Content-Length') c: string,
        @Cookie('a=b') d: string,
        @Cookie('host') e: string,
      ): Promise<unknown> {
        return any(a, b, c, d, e)
      }
    }
    expect(mistakesOf(N)).toEqual([
      ["@Query('') has no name", 'N.empty, parameter 1'],
      ["@Cookie('') has no name", 'N.empty, parameter 2'],
      ["@Field('') has no name", 'N.empty, parameter 3'],
      ['"a b" is no header name (RFC 9110, section 5.1)', 'N.bad, parameter 1'],
      ['"a:" is no header name (RFC 9110, section 5.1)', 'N.bad, parameter 2'],
      ['the header content-length belongs to the connection', 'N.bad, parameter 3'],
      ['"a=b" is no cookie name (RFC 6265, section 4.1.1)', 'N.bad, parameter 4'],
    ])
  })
})

describe('variables', () => {
  it('unbound ones, and bindings of none, with the nearest name', () => {
    class V {
      @Get('/{memberId}{?page}')
      @Headers({ 'x-tenant': '{tenant}' })
      m(
        @Param('memberld') a: string,
        @Param('PAGE') b: number,
        @Param('zzzzzzzz') c: string,
      ): Promise<unknown> {
        return any(a, b, c)
      }
      @Get('/fixed')
      none(@Param('x') x: string): Promise<unknown> {
        return any(x)
      }
    }
    const add = (name: string) => `add a parameter with @Param('${name}')`
    expect(mistakesOf(V)).toEqual([
      ['the template has no {memberld}; did you mean {memberId}?', 'V.m, parameter 1'],
      ['the template has no {PAGE}; did you mean {page}?', 'V.m, parameter 2'],
      ['the template has no {zzzzzzzz}', 'V.m, parameter 3'],
      [`nothing binds {memberId} of the template; ${add('memberId')}`, 'V.m'],
      [`nothing binds {page} of the template; ${add('page')}`, 'V.m'],
      [`nothing binds {tenant} of the header x-tenant; ${add('tenant')}`, 'V.m'],
      ['the template has no {x}', 'V.none, parameter 1'],
    ])
  })

  it.each([
    ['{member}', 'membr', true],
    ['{memberId}', 'meberID', true],
    ['{memberId}{id}', 'memberid', true],
    ['{memberId}', 'memberNumber', false],
    ['{abcdef}', 'abcxyz', false],
    ['{abcdefghi}', 'abcdefxyz', true],
  ])('a hint for %s and %s: %s', (template, name, hinted) => {
    class H {
      @Get(template)
      m(@Param(name) a: string): Promise<unknown> {
        return any(a)
      }
    }
    const [rule = ''] = mistakesOf(H)[0] ?? []
    expect(rule.startsWith(`the template has no {${name}}`)).toBe(true)
    expect(rule.endsWith(`; did you mean ${template.split('}')[0]}}?`)).toBe(hinted)
  })

  it('an encoded one stands alone in its expression', () => {
    const encoded = (template: string) => {
      class E {
        @Get(template)
        m(@Param('x', { encoded: true }) x: string, @Param('y') y: string): Promise<unknown> {
          return any(x, y)
        }
      }
      return E
    }
    for (const text of ['{x,y}', '{/x}', '{;x}', '{.x}', '{?x}', '{x*}', '{x:3}', '{+x,y}']) {
      const template = text.includes('y') ? `/a${text}` : `/a${text}{&y}`
      const rule = `an encoded @Param must stand alone in its expression, as {name}, not in ${text}`
      expect(mistakesOf(encoded(template))).toEqual([[rule, 'E.m']])
    }
    for (const good of ['/{x}/{y}', '/{+x}{?y}', '/a?q={x}&y={y}'])
      expect(contractOf(encoded(good)).methods.m?.verb).toBe('GET')
  })

  it('a query parameter that the template writes itself', () => {
    class Q {
      @Get('/a?fixed=1&v={v}{&w,list*}')
      m(
        @Query('fixed') a: string,
        @Query('v') b: string,
        @Query('w') c: string,
        @Query('list') d: string,
        @Query('other') e: string,
        @Param('v') v: string,
        @Param('w') w: string,
        @Param('list') list: string[],
      ): Promise<unknown> {
        return any(a, b, c, d, e, v, w, list)
      }
    }
    const rule = (name: string) =>
      `the template writes the query parameter ${name} already; bind it with @Param, or take it out`
    expect(mistakesOf(Q)).toEqual(
      ['fixed', 'v', 'w', 'list'].map((name, i) => [rule(name), `Q.m, parameter ${i + 1}`]),
    )
  })
})
