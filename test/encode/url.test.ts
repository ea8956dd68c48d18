// Where a request goes: `@Url()` and allowOrigins (reliability 4.2, row 12), base URLs (row 15), `url` as a function.
import {
  Body,
  Client,
  createClient,
  DeclarationError,
  Get,
  Param,
  Post,
  Query,
  remote,
  type TargetCall,
  Url,
} from 'guise'
import { mockTransport } from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { BASE, CANARY, recorded, refused, requestOf } from './support.js'

@Client({ name: 'linked', path: '/api' })
class Linked {
  @Get()
  follow(@Url() url: string | URL, @Query('page') page?: number): Promise<unknown> {
    return remote(url, page)
  }
  @Post()
  post(@Body() body: unknown, @Url() url: string): Promise<unknown> {
    return remote(body, url)
  }
  @Get('/items/{id}{?q}')
  item(@Param('id') id: string, @Param('q') q?: string): Promise<unknown> {
    return remote(id, q)
  }
}

const allowOrigins = ['http://other.test:8080/ignored', new URL('https://secure.test')]
const follow = async (url: string | URL, page?: number) => {
  const { origin, path } = await requestOf(Linked, client => client.follow(url, page), { allowOrigins })
  return origin + path
}

describe('@Url()', () => {
  it.each([
    ['http://service.test/x', 'http://service.test/x'],
    ['HTTP://SERVICE.TEST:80/x', 'http://service.test/x'],
    ['http://other.test:8080/x?y=1#frag', 'http://other.test:8080/x?y=1'],
    ['https://secure.test', 'https://secure.test/'],
    ['/x/../y', 'http://service.test/y'],
    ['x', 'http://service.test/base/x'],
    ['?p=1', 'http://service.test/base/?p=1'],
    ['', 'http://service.test/base/'],
    ['//service.test/x', 'http://service.test/x'],
    ['http://service.test/é?é', 'http://service.test/%C3%A9?%C3%A9'],
    ['?', 'http://service.test/base/'],
  ])('takes %j as %s', async (url, sent) => {
    expect(await follow(url)).toBe(sent)
  })

  it('takes a URL object, and adds what @Query says', async () => {
    expect(await follow(new URL('http://service.test/x'), 2)).toBe('http://service.test/x?page=2')
    expect(await follow(new URL('http://service.test/x?a=1'), 2)).toBe('http://service.test/x?a=1&page=2')
  })

  it('leaves verb and body alone', async () => {
    const request = await requestOf(Linked, client => client.post({ a: 1 }, '/x'))
    expect(request).toMatchObject({ method: 'POST', path: '/x', body: { a: 1 } })
  })
})

describe('row 12: URLs that lead elsewhere', () => {
  const refuse = (url: unknown, rule: string) =>
    refused(
      Linked,
      c => c.follow(url as string),
      { method: 'Linked.follow', parameter: 1, rule },
      { allowOrigins },
    )
  const ORIGIN = "must not leave the client's origin; name the other one in allowOrigins"
  const HIDDEN = 'must not hold a backslash, white space or a control character'
  const SLASHES = 'must have // after its scheme'
  const SCHEME = 'must be an http or https URL'

  it.each([
    [`http://${CANARY}.test`, ORIGIN],
    [`//${CANARY}.test`, ORIGIN],
    ['https://service.test', ORIGIN],
    ['http://service.test:81', ORIGIN],
    ['http://secure.test', ORIGIN],
    ['http://service.test.', ORIGIN],
    [`http://service.test.${CANARY}`, ORIGIN],
    [`http://${CANARY}service.test`, ORIGIN],
    ['http://127.1', ORIGIN],
    ['http://2130706433', ORIGIN],
    ['http://0177.0.0.1', ORIGIN],
    ['http://0x7f.1', ORIGIN],
    ['http://[::ffff:169.254.169.254]', ORIGIN],
    ['http://ѕervice.test', ORIGIN],
    ['http:///evil.test/', ORIGIN],
    [`\\\\${CANARY}.test`, HIDDEN],
    [`/\\${CANARY}.test`, HIDDEN],
    ['http://service.test\\@evil.test', HIDDEN],
    ['ht\ttp://evil.test', HIDDEN],
    ['//evil\n.test', HIDDEN],
    [' http://service.test', HIDDEN],
    ['/x\0', HIDDEN],
    ['http:evil', SLASHES],
    ['http:/evil', SLASHES],
    [`data:text/plain,${CANARY}`, SLASHES],
    [`javascript:${CANARY}`, SLASHES],
    ['unix:/var/run/docker.sock', SLASHES],
    ['file:///etc/passwd', SCHEME],
    ['ws://service.test', SCHEME],
    ['ftp://service.test', SCHEME],
    [`http://user:${CANARY}@service.test/`, 'must not hold credentials; use a header'],
    ['http://service.test@evil.test/', 'must not hold credentials; use a header'],
    ['http://:p@service.test/', 'must not hold credentials; use a header'],
    ['http://service.test:0/', 'must not have the port 0'],
    [`http://service.test:${CANARY}`, 'must be a valid URL'],
    ['http://', 'must be a valid URL'],
    ['http://[::1', 'must be a valid URL'],
    [undefined, 'must be a string or a URL'],
    [null, 'must be a string or a URL'],
    [7, 'must be a string or a URL'],
    [{ href: CANARY, toString: () => BASE }, 'must be a string or a URL'],
  ])('refuses %o', async (url, rule) => {
    await refuse(url, rule)
  })

  it('allows no other origin by default, and only the origins that stand in the list', async () => {
    const refusal = { method: 'Linked.follow', parameter: 1, rule: ORIGIN }
    await refused(Linked, client => client.follow('http://other.test:8080/'), refusal)
    const own = ['http://other.test:8080']
    await refused(Linked, client => client.follow('https://secure.test/'), refusal, { allowOrigins: own })
  })
})

describe('row 15: the base URL', () => {
  const item = async (url: string | URL) => {
    const { origin, path } = await requestOf(Linked, client => client.item('a/b', 'c d'), { url })
    return origin + path
  }

  it.each([
    ['http://h', 'http://h'],
    ['http://h/', 'http://h'],
    ['http://h/base', 'http://h/base'],
    ['http://h/base/', 'http://h/base'],
    ['http://h/base//', 'http://h/base'],
    ['http://h//', 'http://h'],
    ['http://h:80/a/../b/%C3%A9/', 'http://h/b/%C3%A9'],
    ['https://h:8443/base', 'https://h:8443/base'],
    [new URL('HTTP://[::1]:8080/base/'), 'http://[::1]:8080/base'],
  ])('%s is kept in front of every path as %s', async (url, prefix) => {
    expect(await item(url)).toBe(`${prefix}/api/items/a%2Fb?q=c%20d`)
  })

  it.each([
    ['http://h?', 'must not hold a query; declare it in the template'],
    [`http://h/base?key=${CANARY}`, 'must not hold a query; declare it in the template'],
    ['http://h#', 'must not hold a fragment'],
    ['http://h/base#x', 'must not hold a fragment'],
    [`http://user:${CANARY}@h`, 'must not hold credentials; use a header'],
    ['http://user@h', 'must not hold credentials; use a header'],
    ['h:8080', 'must have // after its scheme'],
    ['/base', 'must be an absolute http or https URL'],
    ['', 'must be an absolute http or https URL'],
    ['//h', 'must be an absolute http or https URL'],
    ['http://h//x', 'must not have a path that begins with //'],
    ['ftp://h', 'must be an http or https URL'],
    ['http://h:0', 'must not have the port 0'],
    ['http:\\\\h', 'must not hold a backslash, white space or a control character'],
    ['http://h/a\nb', 'must not hold a backslash, white space or a control character'],
  ])('refuses %j when the client is made', (url, rule) => {
    const make = () => createClient(Linked, { url, transport: mockTransport() })
    expect(make).toThrow(DeclarationError)
    expect(make).toThrow(`  url ${rule}\n    at createClient(Linked, options)`)
    expect(make).not.toThrow(CANARY)
  })

  it.each([undefined, null, 7, {}, [], ['ftp://h']])('refuses %o', url => {
    expect(() => createClient(Linked, { url: url as string, transport: mockTransport() })).toThrow(
      /^ {2}url(?:\.0)? must /m,
    )
  })

  it('refuses an origin that is none in allowOrigins', () => {
    for (const origin of ['evil', 'ftp://h', 'http://u:p@h', 7 as never]) {
      expect(() => recorded(Linked, { allowOrigins: [origin] })).toThrow(/^ {2}allowOrigins\.0 must /m)
    }
  })
})

describe('url as a function', () => {
  it('is asked for each call, told of which, and may answer at once or later', async () => {
    const asked: TargetCall[] = []
    const urls = ['http://one/a/', new URL('http://two'), 'http://one/a/']
    const { client, transport } = recorded(Linked, {
      url: call => {
        asked.push(call)
        const url = urls[asked.length - 1] as string
        return asked.length === 2 ? Promise.resolve(url) : url
      },
    })
    for (const id of ['1', '2', '3']) await client.item(id)
    await client.follow('/x').catch(() => undefined)
    expect(transport.requests.map(({ origin, path }) => origin + path)).toEqual([
      'http://one/a/api/items/1',
      'http://two/api/items/2',
      'http://one/a/api/items/3',
    ])
    expect(asked[0]).toEqual({ client: 'linked', method: 'Linked.item' })
    expect(asked[3]).toEqual({ client: 'linked', method: 'Linked.follow' })
  })

  it('what it throws is what the caller gets, and nothing is sent', async () => {
    const fault = new Error('no such service')
    for (const url of [
      () => Promise.reject(fault),
      () => {
        throw fault
      },
    ]) {
      const { client, transport } = recorded(Linked, { url })
      await expect(client.item('1')).rejects.toBe(fault)
      expect(transport.requests).toEqual([])
    }
  })

  it.each([undefined, null, 'h:1', 'ftp://h', `http://u:${CANARY}@h`, `http://h?k=${CANARY}`, 'http://h:0'])(
    'row 15: a bad answer is refused, unseen in the error: %s',
    async url => {
      const { client, transport } = recorded(Linked, { url: () => url as string })
      const error = await client.item('1').catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(Error)
      expect(String(error)).toMatch(/must (?:be|have|not)/)
      expect(String(error)).not.toContain(CANARY)
      expect(transport.requests).toEqual([])
    },
  )
})
