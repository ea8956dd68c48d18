// Mistakes in routes, templates and paths: the exact words of each, and the place.
import {
  Bearer,
  Client,
  type ClientDeclaration,
  contractOf,
  Delete,
  Get,
  Http,
  Options,
  Responses,
  remote,
  text,
  Url,
} from 'guise'
import { describe, expect, it } from 'vitest'
import { mistakesOf } from './support.js'

const withTemplate = (template: string) => {
  class T {
    @Get(template)
    m(): Promise<unknown> {
      return remote()
    }
  }
  return T
}
const withPath = (declaration: ClientDeclaration, template = '/m') => {
  @Client(declaration)
  class P extends withTemplate(template) {}
  return P
}

const BEGIN = 'must be empty or begin with /, ?, # or {'
const ABSOLUTE = 'must not be an absolute URL; give that to createClient as url'
const HIDDEN = 'must not hold a backslash or a control character, nor begin with //'
const DOTS = 'must not hold a . or .. segment'
const PERCENT = 'must not hold a % that two hexadecimal digits do not follow; write %25'

describe('row 16: paths and templates', () => {
  it.each([
    ['x', BEGIN],
    ['&x', BEGIN],
    ['.x', BEGIN],
    ['http://evil.test/x', ABSOLUTE],
    ['mailto:x', ABSOLUTE],
    ['//x', HIDDEN],
    ['/a\\b', HIDDEN],
    ['/a\nb', HIDDEN],
    ['/a\0', HIDDEN],
    ['/a\x7f', HIDDEN],
    ['/a/../b', DOTS],
    ['/.', DOTS],
    ['/%2e%2E/a', DOTS],
    ['/.%2e', DOTS],
    ['/%zz', PERCENT],
    ['/100%', PERCENT],
    [7, 'must be a string'],
    [null, 'must be a string'],
    [{}, 'must be a string'],
  ])('refuses %j as template and as path of @Client', (path, rule) => {
    expect(mistakesOf(withTemplate(path as string))).toEqual([[`the template ${rule}`, 'T.m']])
    const ofClass = mistakesOf(withPath({ path: path as string }))
    expect(ofClass).toContainEqual([`the path of @Client ${rule}`, 'P'])
  })

  it.each([
    '',
    '/',
    '/a',
    '/a/',
    '/a//b',
    '/.a/a./..a',
    '/%41',
    '?a=1',
    '/a?b=/../c',
    '#top',
    '/a b',
    '/é',
    '/a:b@c',
  ])('takes the template %j', template => {
    expect(contractOf(withTemplate(template)).methods.m?.template).toBe(template)
  })

  it.each(['/a?b=1', '/a#b', '/a{?b}', '/a{&b}', '/a{#b}'])(
    'refuses the path %s of @Client, for it has a query',
    path => {
      const rule = 'the path of @Client must not hold a query or a fragment'
      expect(mistakesOf(withPath({ path }))).toContainEqual([rule, 'P'])
    },
  )

  it('refuses a path and a template that begin with // only together', () => {
    const rule = 'the path of @Client and the template must not begin with // together'
    expect(mistakesOf(withPath({ path: '/' }))).toEqual([[rule, 'P.m']])
    expect(contractOf(withPath({ path: '/a/' })).methods.m?.template).toBe('/a//m')
    expect(contractOf(withPath({ path: '/' }, '')).methods.m?.template).toBe('/')
  })

  it.each([
    ['/{', 'a brace is not closed (offset 1, in "{")'],
    ['/a}', 'a brace is closed that was not opened (offset 2, in "/a}")'],
    ['/{}', 'an expression names at least one variable (offset 2, in "{}")'],
    [
      '/{a b}',
      'a variable name is made of letters, digits, "_", "." and percent-triplets, not " " (offset 3, in "{a b}")',
    ],
    ['/{=a}', 'the operator "=" is reserved and has no meaning (offset 2, in "{=a}")'],
    ['/{a:0}', 'a prefix length is a number from 1 to 9999 (offset 3, in "{a:0}")'],
  ])('refuses the malformed template %s', (template, rule) => {
    expect(mistakesOf(withTemplate(template))).toEqual([[rule, 'T.m']])
  })

  it.each(['/a{?q}/b', '/a{?q}b=1', '{?q}{q}', '/a?x=1{&q}/b'])(
    'refuses %s: text after the query would be a parameter',
    template => {
      const [rule] = template.match(/\{[?&]q\}/) ?? []
      expect(mistakesOf(withTemplate(template))).toContainEqual([
        `what follows ${rule} in the template must begin with & or #`,
        'T.m',
      ])
    },
  )

  it.each(['/a{?q}&b=1', '/a{?q}{&q}', '/a{?q}#b', '/a{?q}'])('takes %s', template => {
    const mistakes = mistakesOf(withTemplate(template))
    expect(mistakes).toEqual([["nothing binds {q} of the template; add a parameter with @Param('q')", 'T.m']])
  })
})

describe('routes', () => {
  it('a class without one', () => {
    class Empty {
      ordinary() {}
    }
    expect(mistakesOf(Empty)).toEqual([
      ['the class has no route; declare one with @Get, @Post, ...', 'Empty'],
    ])
    expect(mistakesOf(class {})).toEqual([
      ['the class has no route; declare one with @Get, @Post, ...', 'anonymous class'],
    ])
  })

  it.each([undefined, null, 7, 'x', {}, () => undefined, Math.max.bind(Math)])('%o is no class', value => {
    expect(mistakesOf(value as never)).toEqual([['the first argument must be a class', 'its making']])
  })

  it('two routes on a method, or decorators without a route', () => {
    class Two {
      @Get('/a')
      @Http('DELETE', '/b')
      both(): Promise<unknown> {
        return remote()
      }
      @Responses({ 200: text() })
      none(@Bearer() token: string): Promise<string> {
        return remote(token)
      }
    }
    expect(mistakesOf(Two)).toEqual([
      ['the method has 2 routes (@Delete, @Get)', 'Two.both'],
      ['the method has decorators but no route; add @Get, @Post, ...', 'Two.none'],
    ])
  })

  it.each([
    ['get', '"get" is no HTTP method; write it in capitals'],
    ['', '"" is no HTTP method; write it in capitals'],
    ['GET /', '"GET /" is no HTTP method; write it in capitals'],
    ['G\r\n', String.raw`"G\r\n" is no HTTP method; write it in capitals`],
    ['CONNECT', 'CONNECT cannot be a route'],
    ['TRACE', 'TRACE cannot be a route'],
  ])('the verb %j', (verb, rule) => {
    class V {
      @Http(verb)
      m(): Promise<unknown> {
        return remote()
      }
    }
    expect(mistakesOf(V)).toEqual([[rule, 'V.m']])
  })

  it('each verb has its decorator; @Http takes the others', () => {
    class Verbs {
      @Options()
      options(): Promise<unknown> {
        return remote()
      }
      @Delete('/x')
      drop(): Promise<unknown> {
        return remote()
      }
      @Http('VERSION-CONTROL')
      other(): Promise<unknown> {
        return remote()
      }
    }
    const verbs = Object.values(contractOf(Verbs).methods).map(({ verb }) => verb)
    expect(verbs).toEqual(['OPTIONS', 'DELETE', 'VERSION-CONTROL'])
  })

  it('a template beside @Url()', () => {
    @Client({ path: '/api/{ignored}' })
    class U {
      @Get('/x')
      bad(@Url() url: string): Promise<unknown> {
        return remote(url)
      }
      @Get()
      good(@Url() url: string): Promise<unknown> {
        return remote(url)
      }
    }
    expect(mistakesOf(U)).toEqual([
      ['@Url() gives the whole URL, so the template must be empty', 'U.bad, parameter 1'],
    ])
  })
})
