// The options of createClient: every mistake is named, with a hint where there is one, and all at once.
import { createClient, DeclarationError, Get, Param, Query, Responses, remote, text } from 'guise'
import { mockTransport } from 'guise/testing'
import { describe, expect, it } from 'vitest'

class Members {
  @Get('/{id}') @Responses({ 200: text() }) byId(@Param('id') id: number): Promise<string> {
    return remote(id)
  }
  @Get() @Responses({ 200: text() }) list(@Query('q') q?: string): Promise<string> {
    return remote(q)
  }
}

const url = 'http://h'
const dispatcher = { dispatch: () => true }

/** The rules that the options break. */
function mistakes(options: unknown, Class: new () => object = Members): string[] {
  try {
    createClient(Class, options as never)
  } catch (error) {
    expect(error).toBeInstanceOf(DeclarationError)
    const { mistakes: found, message } = error as DeclarationError
    for (const { where } of found) expect(where).toBe('createClient(Members, options)')
    for (const { rule } of found) expect(message).toContain(`\n  ${rule}\n`)
    return found.map(({ rule }) => rule)
  }
  return []
}

describe('one mistake', () => {
  it.each<[string, unknown, string | RegExp]>([
    ['no options', undefined, 'the options are missing; give at least { url }'],
    ['null', null, 'the options are missing; give at least { url }'],
    ['a string for the options', 'http://h', 'the options are missing; give at least { url }'],
    ['no url', {}, /^url must be a URL/],
    ['a url that is none', { url: 'member-svc' }, 'url must be an absolute http or https URL'],
    ['a url without a scheme', { url: 'member-svc:8080' }, 'url must have // after its scheme'],
    ['a relative url', { url: '/api' }, 'url must be an absolute http or https URL'],
    ['another scheme', { url: 'ftp://h' }, 'url must be an http or https URL'],
    [
      'row 15: a query in the url',
      { url: 'http://h/?a=1' },
      'url must not hold a query; declare it in the template',
    ],
    [
      'row 15: an empty query',
      { url: 'http://h/?' },
      'url must not hold a query; declare it in the template',
    ],
    ['row 15: a fragment', { url: 'http://h/#a' }, 'url must not hold a fragment'],
    ['row 15: credentials', { url: 'http://u:p@h' }, 'url must not hold credentials; use a header'],
    ['row 12: a backslash', { url: 'http://h\\@e' }, /^url must not hold a backslash/],
    ['row 12: white space', { url: ' http://h' }, /^url must not hold a backslash, white space/],
    ['row 12: port 0', { url: 'http://h:0' }, 'url must not have the port 0'],
    ['a number as url', { url: 8080 }, /^url must be a URL/],
    ['an unknown option', { url, foo: 1 }, 'there is no option foo'],
    ['a misspelled option', { url, timeouts: 5 }, 'there is no option timeouts; did you mean timeout?'],
    [
      'another misspelled one',
      { url, baseUrl: 5, header: {} },
      'there is no option header; did you mean headers?',
    ],
    [
      'an unknown method',
      { url, methods: { byIt: {} } },
      'no route is named methods.byIt; did you mean byId?',
    ],
    ['a method far from all', { url, methods: { xxxxxx: {} } }, 'no route is named methods.xxxxxx'],
    [
      'an unknown option of a method',
      { url, methods: { byId: { timeuot: 5 } } },
      'there is no option methods.byId.timeuot; did you mean timeout?',
    ],
    ['a timeout of 0', { url, timeout: 0 }, /^timeout must be /],
    ['a negative one', { url, timeout: { total: -1 } }, /^timeout/],
    ['one that is no number', { url, timeout: { attempt: '5s' } }, /^timeout/],
    ['NaN', { url, timeout: Number.NaN }, /^timeout must be /],
    ['longer than timers can be', { url, timeout: 2 ** 31 }, /^timeout must be /],
    ['an unknown phase', { url, timeout: { headers: 5 } }, /timeout/],
    ['a timeout of a method', { url, methods: { byId: { timeout: 0 } } }, /^methods\.byId\.timeout must be /],
    ['a header that is no string', { url, headers: { a: 5 } }, 'headers.a must be a string'],
    [
      'row 1: a control character',
      { url, headers: { a: 'x\n' } },
      /^headers\.a must not hold a control character/,
    ],
    ['row 2: a header beyond ASCII', { url, headers: { a: 'é' } }, /^headers\.a must be ASCII in a header/],
    ['row 3: a name that is none', { url, headers: { 'a b': 'x' } }, /^headers\.a b "a b" is no header name/],
    [
      'row 5: framing',
      { url, headers: { 'Content-Length': '1' } },
      /content-length belongs to the connection/,
    ],
    ['row 5: a proxy header', { url, headers: { 'proxy-foo': '1' } }, /proxy-foo belongs to the connection/],
    ['no connections', { url, connections: 0 }, 'connections must be at least 1'],
    ['half a connection', { url, connections: 1.5 }, 'connections must be a whole number'],
    ['too many connections', { url, connections: 1e6 }, /^connections must be at most 10[,]?000$/],
    ['a dispatcher that is none', { url, dispatcher: {} }, 'dispatcher must be an undici Dispatcher'],
    ['a transport that is none', { url, transport: fetch }, 'transport must be a Transport'],
    ['no bytes', { url, maxResponseBytes: 0 }, 'maxResponseBytes must be at least 1'],
    [
      'endless bytes',
      { url, maxResponseBytes: Number.POSITIVE_INFINITY },
      /^maxResponseBytes must be a whole number/,
    ],
    ['a bad origin', { url, allowOrigins: ['h'] }, 'allowOrigins.0 must be an absolute http or https URL'],
  ])('%s', (_, options, expected) => {
    const found = mistakes(options)
    expect(found).toContainEqual(typeof expected === 'string' ? expected : expect.stringMatching(expected))
    expect(found).toHaveLength(options && typeof options === 'object' && 'baseUrl' in options ? 2 : 1)
  })

  it('all of them at once', () => {
    const found = mistakes({
      url: 'ftp://h',
      timeout: -1,
      conections: 5,
      maxResponseBytes: 0,
      headers: { a: '\n', b: '\0' },
      methods: { byIt: {}, list: { timeout: 'x' } },
    })
    expect(found).toHaveLength(8)
    expect(found.map(rule => rule.split(' ')[0]).sort()).toEqual(
      [
        'headers.a',
        'headers.b',
        'maxResponseBytes',
        'methods.list.timeout',
        'no',
        'there',
        'timeout',
        'url',
      ].sort(),
    )
  })
})

describe('options that are right', () => {
  it.each<[string, object]>([
    ['a URL', { url: new URL('http://h:8080/base/') }],
    ['a function', { url: () => url }],
    [
      'undefined where a value may stand',
      { url, timeout: undefined, headers: undefined, methods: undefined },
    ],
    ['methods with nothing to say', { url, methods: { byId: {}, list: undefined } }],
    ['a dispatcher', { url, dispatcher }],
    ['the longest timeout', { url, timeout: 2 ** 31 - 1 }],
    ['a host header', { url, headers: { Host: 'other' } }],
    ['options without a prototype', Object.assign(Object.create(null), { url })],
    ['options of a class', Object.assign(new (class Config {})(), { url })],
    ['frozen ones', Object.freeze({ url, headers: Object.freeze({ a: 'b' }) })],
  ])('%s', (_, options) => {
    expect(mistakes(options)).toEqual([])
  })

  it.each([
    ['http://h', 'http://h', '/5'],
    ['http://h/', 'http://h', '/5'],
    ['http://h/base', 'http://h', '/base/5'],
    ['http://h/base//', 'http://h', '/base/5'],
    ['HTTP://H:80/a%20b/', 'http://h', '/a%20b/5'],
    ['https://[::1]:8443', 'https://[::1]:8443', '/5'],
  ])('row 15: a url %s keeps its path in front', async (base, origin, path) => {
    const transport = mockTransport()
    await createClient(Members, { url: base, transport }).byId(5)
    expect([transport.request.origin, transport.request.path]).toEqual([origin, path])
  })

  it('headers go with every request, under those of the declaration', async () => {
    const transport = mockTransport()
    const client = createClient(Members, { url, transport, headers: { 'X-Guise': '1', Host: 'v.host' } })
    await client.list()
    expect(transport.request.headers).toEqual({ 'x-guise': '1', host: 'v.host' })
  })

  it('are read once: what becomes of them later does not matter', async () => {
    const transport = mockTransport()
    const options = { url, transport, headers: { a: '1' }, methods: { byId: { timeout: 7_000 } } }
    const client = createClient(Members, options)
    options.headers.a = '2'
    options.methods.byId.timeout = -1
    await client.byId(1)
    expect(transport.request.headers.a).toBe('1')
    expect(transport.requests[0]?.options.timeout).toBeLessThanOrEqual(7_000)
  })
})

describe('a url function', () => {
  it('is asked for each call, with the names of service and method', async () => {
    const asked: object[] = []
    const transport = mockTransport()
    const client = createClient(Members, {
      url: call => {
        asked.push(call)
        return asked.length === 1 ? 'http://a/x' : new URL('https://b')
      },
      transport,
    })
    await client.byId(1)
    await client.list()
    expect(asked).toEqual([
      { client: 'Members', method: 'Members.byId' },
      { client: 'Members', method: 'Members.list' },
    ])
    expect(transport.requests.map(({ origin, path }) => origin + path)).toEqual([
      'http://a/x/1',
      'https://b/',
    ])
  })

  it('rejects the call with its own error, and sends nothing', async () => {
    const lost = new Error('no such service')
    const transport = mockTransport()
    for (const fail of [
      () => Promise.reject(lost),
      () => Promise.resolve().then(() => Promise.reject(lost)),
    ]) {
      const client = createClient(Members, { url: fail, transport })
      await expect(client.byId(1)).rejects.toBe(lost)
    }
    const thrower = createClient(Members, {
      url: () => {
        throw lost
      },
      transport,
    })
    await expect(thrower.byId(1)).rejects.toBe(lost)
    expect(transport.requests).toEqual([])
  })

  it.each(['ftp://h', 'nowhere', 'http://u:CANARY@h', ''])('rejects the call if it returns %j', async bad => {
    const transport = mockTransport()
    const call = createClient(Members, { url: async () => bad, transport }).byId(1)
    const error = await call.catch((thrown: Error) => thrown)
    expect(String(error)).toMatch(/must (not hold credentials|be an)/)
    expect(String(error)).not.toContain('CANARY')
    expect(transport.requests).toEqual([])
  })
})
