// Class chains: a subclass never changes its parent (a fault of ts-retrofit), and replaces members whole.
import {
  Body,
  Client,
  contractOf,
  createClient,
  Get,
  Header,
  Headers,
  HttpError,
  Param,
  Post,
  Put,
  Query,
  Responses,
  Retry,
  remote,
  returns,
  Timeout,
  text,
  throws,
} from 'guise'
import { mockTransport } from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { mistakesOf } from './support.js'

class Down extends HttpError {}
class Gone extends HttpError {}

@Client({ name: 'grand', path: '/grand' })
@Headers({ 'X-Grand': 'grand', 'x-both': 'grand', accept: 'a/grand' })
@Responses({ 404: throws(Gone), '5xx': throws(Down), default: throws(Down) })
class Grand {
  @Get('/{id}')
  @Headers({ 'x-route': 'grand' })
  byId(@Param('id') id: number): Promise<unknown> {
    return remote(id)
  }
  @Get('/plain')
  plain(): Promise<unknown> {
    return remote()
  }
  @Get('/ordinary')
  ordinary(): Promise<string> {
    return remote()
  }
}

class Middle extends Grand {
  own() {
    return 'own'
  }
}

@Client({ path: '/child' })
@Headers({ 'X-BOTH': 'child', 'x-child': 'child' })
@Responses({ 404: throws(Down) })
@Timeout(100)
class Child extends Middle {
  @Put('/other/{key}')
  override byId(@Param('key') key: number): Promise<unknown> {
    return remote(key)
  }
  override async ordinary() {
    return 'not remote'
  }
  @Post()
  @Responses({ 201: text(), 404: returns('none') })
  added(@Body() body: unknown): Promise<string> {
    return remote(body)
  }
}

@Client({ name: 'sibling' })
@Headers({ 'x-both': 'sibling' })
class Sibling extends Grand {}

const headersIn = (Class: typeof Grand, method: string) =>
  Object.fromEntries(
    (contractOf(Class).methods[method]?.headers ?? []).map(({ name, value }) => [name, value.join('')]),
  )

describe('a parent', () => {
  it('is as it was, whatever its subclasses say', async () => {
    contractOf(Child)
    contractOf(Sibling)
    expect(headersIn(Grand, 'byId')).toEqual({
      'x-grand': 'grand',
      'x-both': 'grand',
      accept: 'a/grand',
      'x-route': 'grand',
    })
    const { name, path, methods } = contractOf(Grand)
    expect({ name, path, routes: Object.keys(methods) }).toEqual({
      name: 'grand',
      path: '/grand',
      routes: ['byId', 'plain', 'ordinary'],
    })
    expect(methods.byId).toMatchObject({ id: 'Grand.byId', verb: 'GET', template: '/grand/{id}' })
    expect(methods.plain?.responses.get(404)).toMatchObject([{ kind: 'throws' }])
    expect(methods.plain?.responses.get(404)).not.toBe(contractOf(Child).methods.plain?.responses.get(404))
    expect(methods.plain?.policies).toEqual([])
  })

  it("sends what it sent before, from a client made before or after its subclass's", async () => {
    const transport = mockTransport()
    const options = { url: 'http://service.test', transport }
    const before = createClient(Grand, options)
    const child = createClient(Child, options)
    const sibling = createClient(Sibling, options)
    const after = createClient(Grand, options)
    await before.byId(1)
    await child.byId(2)
    await sibling.byId(3)
    await after.byId(4)
    const sent = transport.requests.map(request => [request.method, request.path, request.headers['x-both']])
    expect(sent).toEqual([
      ['GET', '/grand/1', 'grand'],
      ['PUT', '/child/other/2', 'child'],
      ['GET', '/grand/3', 'sibling'],
      ['GET', '/grand/4', 'grand'],
    ])
  })
})

describe('a subclass', () => {
  it('inherits path, name, headers and tables, and replaces what it names', () => {
    const { name, path, methods } = contractOf(Child)
    expect({ name, path }).toEqual({ name: 'grand', path: '/child' })
    expect(headersIn(Child, 'plain')).toEqual({
      'x-grand': 'grand',
      'x-both': 'child',
      accept: 'a/grand',
      'x-child': 'child',
    })
    expect([...(methods.added?.responses.keys() ?? [])]).toEqual([404, '5xx', 'default', 201])
    expect(methods.added?.responses.get(404)).toEqual([{ kind: 'value', value: 'none' }])
    const [entry] = methods.plain?.responses.get('5xx') ?? []
    expect(entry).toBe(contractOf(Grand).methods.plain?.responses.get('5xx')?.[0])
    expect(methods.plain?.policies).toEqual([{ from: 'class', options: { timeout: 100 } }])
  })

  it('without decorators is its parent under another name', () => {
    const { name, path, methods } = contractOf(Middle)
    expect({ name, path }).toEqual({ name: 'grand', path: '/grand' })
    expect(Object.keys(methods)).toEqual(['byId', 'plain', 'ordinary'])
    expect(methods.byId?.id).toBe('Middle.byId')
  })

  it('with a name and no path keeps the path', () => {
    const { name, path } = contractOf(Sibling)
    expect({ name, path }).toEqual({ name: 'sibling', path: '/grand' })
  })

  it('without any name has its own', () => {
    class Nameless {
      @Get()
      m(): Promise<unknown> {
        return remote()
      }
    }
    class NamelessChild extends Nameless {}
    expect(contractOf(Nameless).name).toBe('Nameless')
    expect(contractOf(NamelessChild).name).toBe('NamelessChild')
  })

  it("replaces a route whole: nothing of the parent's decorators is left on it", () => {
    const route = contractOf(Child).methods.byId
    expect(route).toMatchObject({ verb: 'PUT', template: '/child/other/{key}' })
    expect(route?.parameters.map(({ label }) => label)).toEqual(["@Param('key')"])
    expect(headersIn(Child, 'byId')).not.toHaveProperty('x-route')
  })

  it('makes an ordinary method of a route by an undecorated one', async () => {
    const transport = mockTransport()
    const child = createClient(Child, { url: 'http://service.test', transport })
    expect(contractOf(Child).methods.ordinary).toBeUndefined()
    expect(await child.ordinary()).toBe('not remote')
    expect(child.own()).toBe('own')
    expect(transport.requests).toEqual([])
  })

  it("can call its parent's method only through the client, and make a route again of an ordinary method", () => {
    class Again extends Child {
      @Get('/again')
      override ordinary(): Promise<string> {
        return remote()
      }
    }
    expect(contractOf(Again).methods.ordinary?.template).toBe('/child/again')
    expect(contractOf(Child).methods.ordinary).toBeUndefined()
  })

  it('does not inherit decorators of a parameter to a method that it declares anew', () => {
    class Forgot extends Grand {
      @Get('/{id}')
      override byId(id: number): Promise<unknown> {
        return remote(id)
      }
    }
    expect(mistakesOf(Forgot)).toEqual([
      ['the parameter has no decorator; add @Param, @Query, @Header, @Body, ...', 'Forgot.byId, parameter 1'],
      ["nothing binds {id} of the template; add a parameter with @Param('id')", 'Forgot.byId'],
    ])
  })

  it('needs its variables bound where a header of its parent names one', () => {
    @Headers({ authorization: 'Bearer {token}' })
    class Secured {
      @Get()
      first(@Param('token') token: string): Promise<unknown> {
        return remote(token)
      }
    }
    class More extends Secured {
      @Get('/2')
      @Headers({ Authorization: 'Basic x' })
      second(): Promise<unknown> {
        return remote()
      }
      @Get('/3')
      third(@Query('q') q: string, @Header('authorization') own: string): Promise<unknown> {
        return remote(q, own)
      }
    }
    const rule = "nothing binds {token} of the header authorization; add a parameter with @Param('token')"
    expect(mistakesOf(More)).toEqual([[rule, 'More.third']])
  })
})

it('policies of a chain stand one upon the other, the eldest first', () => {
  @Retry(false)
  class Patient extends Child {
    @Get('/x')
    @Timeout({ total: 7 })
    m(): Promise<unknown> {
      return remote()
    }
  }
  expect(contractOf(Patient).methods.m?.policies).toEqual([
    { from: 'class', options: { timeout: 100 } },
    { from: 'class', options: { retry: false } },
    { from: 'method', options: { timeout: { total: 7 } } },
  ])
})
