// contractOf is frozen and made once; a client is an instance of its class: fields, constructor, ordinary methods.
import {
  Bearer,
  Client,
  contractOf,
  createClient,
  DeclarationError,
  Get,
  Header,
  Headers,
  Param,
  Post,
  Query,
  Responses,
  Retry,
  remote,
  reply,
  returns,
  text,
} from 'guise'
import { mockTransport } from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const Member = z.object({ id: z.number() })
const patience = { retries: 1, on: [503], budget: { ratio: 1 } }

@Client({ name: 'members', path: '/api' })
@Headers({ 'x-tenant': 'a {tenant}' })
@Retry(patience)
class Members {
  static readonly shared = 'static'
  readonly made: string
  calls = 0
  #secret = 'private'

  constructor() {
    this.made = `by ${new.target.name}`
  }

  @Get('/{id}{?page,tags*}&fixed={id}')
  @Responses({ 200: [reply(Member), Member], 404: returns(null) })
  byId(
    @Param('tenant') tenant: string,
    @Param('id') id: number,
    @Param('page') page?: number,
    @Param('tags') tags?: string[],
    @Query('q') q?: string,
  ): Promise<unknown> {
    return remote(tenant, id, page, tags, q)
  }
  @Get('/health')
  @Responses({ 200: text() })
  health!: (tenant: string) => Promise<string>

  /** An ordinary method. */
  async twice(id: number) {
    this.calls++
    return [await this.byId('t', id), await this.byId('t', id), this.#secret]
  }
}

class Property {
  @Get('/health')
  @Responses({ 200: text() })
  health!: () => Promise<string>
}

const client = () => {
  const transport = mockTransport({ status: 404 })
  return { transport, members: createClient(Ready, { url: 'http://service.test', transport }) }
}

/** The property form has no parameters that could bind the variable of the class's header. */
class Ready extends Members {
  @Get('/health')
  @Headers({ 'X-Tenant': 'none' })
  @Responses({ 200: text() })
  declare health: () => Promise<string>
}

describe('contractOf', () => {
  it('is made once for each class', () => {
    expect(contractOf(Ready)).toBe(contractOf(Ready))
    expect(contractOf(Ready)).not.toBe(contractOf(Property))
  })

  it("is frozen, all of it that is not the developer's own", () => {
    const seen = new Set<unknown>()
    const unfrozen: string[] = []
    const visit = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null || seen.has(value)) return
      seen.add(value)
      if ((value as object) === Member) return
      if (!Object.isFrozen(value)) unfrozen.push(path)
      if (value instanceof Map) for (const [key, entry] of value) visit(entry, `${path}.${String(key)}`)
      for (const [key, member] of Object.entries(value)) visit(member, `${path}.${key}`)
    }
    visit(contractOf(Ready), 'contract')
    expect(unfrozen).toEqual([])
    expect(seen.size).toBeGreaterThan(40)
    expect([Member, patience, patience.on].some(Object.isFrozen)).toBe(false)
    patience.retries = 2
    expect(contractOf(Ready).methods.byId?.policies[0]?.options).toMatchObject({ retry: { retries: 1 } })
  })

  it('cannot be changed by a trick on its Map', () => {
    const responses = contractOf(Ready).methods.byId?.responses as Map<number, never>
    expect(() => responses.set(500, undefined as never)).toThrow(TypeError)
    expect(() => responses.delete(404)).toThrow(TypeError)
    expect(() => responses.clear()).toThrow(TypeError)
    expect([...responses.keys()]).toEqual([200, 404])
  })

  it('tells path and query of a template apart, and has no prototype among its methods', () => {
    const { methods } = contractOf(Ready)
    expect(Object.getPrototypeOf(methods)).toBeNull()
    const { path, query } = methods.byId?.route ?? { path: [], query: [] }
    expect(path).toMatchObject(['/api/', { text: '{id}' }])
    expect(query).toMatchObject([
      { named: true, parts: [{ text: '{?page,tags*}' }] },
      { named: false, parts: ['fixed=', { text: '{id}' }] },
    ])
  })

  it('names a route like a member of every object without harm', () => {
    class Odd {
      @Get('/1')
      hasOwnProperty(): never & Promise<unknown> {
        return remote()
      }
      @Get('/2')
      constructorOf(): Promise<unknown> {
        return remote()
      }
    }
    expect(Object.keys(contractOf(Odd).methods)).toEqual(['hasOwnProperty', 'constructorOf'])
  })
})

describe('a client', () => {
  it('is an instance of its class and of its parents', () => {
    const { members } = client()
    expect(members).toBeInstanceOf(Ready)
    expect(members).toBeInstanceOf(Members)
    expect(Object.getPrototypeOf(members)).toBe(Ready.prototype)
    expect(Ready.shared).toBe('static')
  })

  it('has what the constructor and the fields made, private ones included', async () => {
    const { members, transport } = client()
    expect(members.made).toBe('by Ready')
    expect(await members.twice(7)).toEqual([null, null, 'private'])
    expect(members.calls).toBe(1)
    expect(transport.requests.map(({ path }) => path)).toEqual(Array(2).fill('/api/7?fixed=7'))
  })

  it("shows no routes and keeps its own state apart from another client's", async () => {
    const { members } = client()
    const { members: other } = client()
    await members.twice(1)
    expect(Object.keys(members).sort()).toEqual(['calls', 'made'])
    expect([members.calls, other.calls]).toEqual([1, 0])
  })

  it('can be awaited and returned from an async function: it is no promise', async () => {
    const { members } = client()
    const awaited = await Promise.resolve(members)
    expect(awaited).toBe(members)
    expect('then' in members).toBe(false)
  })

  it('has routes of the property form', async () => {
    const transport = mockTransport({ body: 'well' })
    const health = createClient(Property, { url: 'http://service.test', transport })
    expect(await health.health()).toBe('well')
    expect(transport.request.path).toBe('/health')
    expect(health.health.name).toBe('health')
  })

  it('leaves the class as it was: without a guise, a route says what is missing', () => {
    client()
    expect(() => new Ready().byId('t', 7)).toThrow(DeclarationError)
    expect(() => new Ready().byId('t', 7)).toThrow(
      'make a client with createClient(Class, { url }) and call that',
    )
    expect(new Property().health).toBeUndefined()
  })

  it('is refused where the constructor needs what nobody gives it', () => {
    class Needy {
      readonly length: number
      constructor(text: string) {
        this.length = text.length
      }
      @Post()
      m(@Bearer() token: string, @Header('x') x: string): Promise<unknown> {
        return remote(token, x)
      }
    }
    const make = () =>
      createClient(Needy as never, { url: 'http://service.test', transport: mockTransport() })
    expect(make).toThrow(
      'the constructor threw TypeError; it is called with no arguments\n    at new Needy()',
    )
  })
})
