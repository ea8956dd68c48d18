// Mistakes in `@Headers`, on classes and methods (reliability 4.2, rows 1 to 6).
import { contractOf, Get, Headers, Param, remote } from 'guise'
import { describe, expect, it } from 'vitest'
import { mistakesOf } from './support.js'

describe('rows 1 to 6: declared headers', () => {
  const ASCII = 'must be ASCII in a header; encode it first (RFC 8187)'
  const CONTROL = 'must not hold a control character in a header'
  it.each([
    [{ 'x y': '1' }, '"x y" is no header name (RFC 9110, section 5.1)'],
    [{ '': '1' }, '"" is no header name (RFC 9110, section 5.1)'],
    [{ 'x:': '1' }, '"x:" is no header name (RFC 9110, section 5.1)'],
    [{ HOST: '1' }, 'the header host belongs to the connection'],
    [{ 'Proxy-Authorization': '1' }, 'the header proxy-authorization belongs to the connection'],
    [{ 'X-A': 'é' }, `the value of the header x-a ${ASCII}`],
    [{ 'X-A': 'a\nb' }, `the value of the header x-a ${CONTROL}`],
    [{ 'X-A': '\x7f' }, `the value of the header x-a ${CONTROL}`],
    [{ 'X-A': 7 }, 'the value of the header x-a must be a string'],
    [{ 'X-A': undefined }, 'the value of the header x-a must be a string'],
    [{ 'X-A': Object.create(null) }, 'the value of the header x-a must be a string'],
    [{ 'Content-Type': 'hello, world!' }, 'the value of the header content-type is no media type'],
    [{ 'X-A': '1', 'x-a': '2' }, 'the header x-a stands twice in @Headers'],
    [{}, '@Headers is empty'],
  ])('%o on a class and on a method', (headers, rule) => {
    @Headers(headers as Record<string, string>)
    class H {
      @Get()
      @Headers(headers as Record<string, string>)
      m(): Promise<unknown> {
        return remote()
      }
    }
    expect(mistakesOf(H)).toEqual([
      [rule, 'H'],
      [rule, 'H.m'],
    ])
  })

  it('names are told in lower case, values as text and variables in turn', () => {
    class V {
      @Get()
      @Headers({ 'X-A': 'a {b} {c}{d.e} {', 'Content-Type': '{b}' })
      m(@Param('b') b: string, @Param('c') c: string, @Param('d.e') d: string): Promise<unknown> {
        return remote(b, c, d)
      }
    }
    expect(contractOf(V).methods.m?.headers).toEqual([
      { name: 'x-a', value: ['a ', { variable: 'b' }, ' ', { variable: 'c' }, { variable: 'd.e' }, ' {'] },
      { name: 'content-type', value: [{ variable: 'b' }] },
    ])
  })
})
