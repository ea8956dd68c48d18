// What createClient returns: an instance of the declared class, and nothing more than its class.
import {
  Body,
  circuitsOf,
  close,
  createClient,
  DeclarationError,
  describe as describeClient,
  Get,
  Param,
  Post,
  Responses,
  remote,
  text,
} from 'guise'
import { mockTransport } from 'guise/testing'
import { describe, expect, it, vi } from 'vitest'

class Base {
  @Get('/base') @Responses({ 200: text() }) inherited(): Promise<string> {
    return remote()
  }
}

class Members extends Base {
  readonly made = new Date(0)
  #secret = 42
  prefix = 'member '

  @Get('/{id}') @Responses({ 200: text() }) byId(@Param('id') id: number): Promise<string> {
    return remote(id)
  }

  @Get('/health') @Responses({ 200: text() }) health!: () => Promise<string>

  @Post() @Responses({ 200: text() }) create(@Body() name: string): Promise<string> {
    return remote(name)
  }

  /** Ordinary: it uses fields, private ones too, and calls a route. */
  async nameOf(id: number): Promise<string> {
    return `${this.prefix}${await this.byId(id)} ${this.#secret}`
  }

  get answer(): number {
    return this.#secret
  }
}

const make = (...answers: { body: string }[]) => {
  const transport = mockTransport(answers)
  return { transport, client: createClient(Members, { url: 'http://h', transport }) }
}

describe('a client', () => {
  it('is an instance of its class, with its fields, getters and private members', () => {
    const { client } = make()
    expect(client).toBeInstanceOf(Members)
    expect(client).toBeInstanceOf(Base)
    expect(client.constructor).toBe(Members)
    expect([client.made, client.prefix, client.answer]).toEqual([new Date(0), 'member ', 42])
  })

  it('shows no route when it is listed, spread, inspected or written as JSON', () => {
    const { client } = make()
    expect(Object.keys(client).sort()).toEqual(['made', 'prefix'])
    expect(JSON.stringify(client)).toBe('{"made":"1970-01-01T00:00:00.000Z","prefix":"member "}')
    expect(Object.keys({ ...client }).sort()).toEqual(['made', 'prefix'])
    const found: string[] = []
    for (const name in client) found.push(name)
    expect(found.sort()).toEqual(['made', 'prefix'])
  })

  it('has routes of its own with their names: methods, properties and inherited ones', async () => {
    const { client, transport } = make({ body: 'ok' })
    for (const name of ['byId', 'health', 'create', 'inherited'] as const) {
      expect(client[name].name).toBe(name)
      expect(Object.getOwnPropertyDescriptor(client, name)).toMatchObject({
        writable: true,
        configurable: true,
        enumerable: false,
      })
    }
    await client.health()
    await client.inherited()
    expect(transport.requests.map(({ path }) => path)).toEqual(['/health', '/base'])
  })

  it('is no promise, and may be awaited and returned from an async function', async () => {
    const { client } = make()
    expect('then' in client).toBe(false)
    expect(await client).toBe(client)
  })

  it('keeps its routes when they are taken off it', async () => {
    const { client } = make({ body: 'a' })
    const { byId } = client
    expect(await byId(1)).toBe('a')
    expect(await Promise.all([1, 2].map(client.byId))).toEqual(['a', 'a'])
  })

  it('lets its own methods call its routes, and a spy stand in for them', async () => {
    const { client, transport } = make({ body: 'kim' })
    expect(await client.nameOf(7)).toBe('member kim 42')
    const spy = vi.spyOn(client, 'byId').mockResolvedValue('spied')
    expect(await client.nameOf(8)).toBe('member spied 42')
    expect(spy).toHaveBeenCalledExactlyOnceWith(8)
    spy.mockRestore()
    expect(await client.nameOf(9)).toBe('member kim 42')
    expect(transport.requests.map(({ path }) => path)).toEqual(['/7', '/9'])
  })

  it('lets a spy watch a route without standing in for it', async () => {
    const { client } = make({ body: 'kim' })
    const spy = vi.spyOn(client, 'byId')
    expect(await client.byId(1)).toBe('kim')
    expect(spy).toHaveBeenCalledWith(1)
  })

  it('leaves its class as it was: another client and the class itself know nothing of it', async () => {
    const [one, two] = [make({ body: 'one' }).client, make({ body: 'two' }).client]
    vi.spyOn(one, 'byId').mockResolvedValue('spied')
    expect([await one.byId(1), await two.byId(1)]).toEqual(['spied', 'two'])
    expect(one.byId).not.toBe(two.byId)
    expect(() => new Members().byId(1)).toThrow(DeclarationError)
  })

  it('rejects, and never throws, for a bad argument', async () => {
    const { client } = make()
    const call = client.byId(undefined as never)
    await expect(call).rejects.toMatchObject({ code: 'GUISE_ARGUMENT', method: 'Members.byId' })
  })
})

class Broken {
  constructor() {
    throw new RangeError('secret')
  }
  @Get() get(): Promise<void> {
    return remote()
  }
}

class Needy {
  readonly size: number
  constructor(...[config]: [] | [{ size: number }]) {
    this.size = (config as { size: number }).size
  }
  @Get() get(): Promise<void> {
    return remote()
  }
}

describe('a class that cannot be made', () => {
  it.each<[string, new () => object, string]>([
    ['its constructor throws', Broken, 'the constructor threw RangeError; it is called with no arguments'],
    ['its constructor needs an argument', Needy, 'the constructor threw TypeError; it is called with no'],
  ])('is told where %s', (_, Class, mistake) => {
    expect(() => createClient(Class, { url: 'http://h' })).toThrow(mistake)
    expect(() => createClient(Class, { url: 'http://h' })).not.toThrow('secret')
  })

  it('has no route, or is none', () => {
    class Empty {}
    expect(() => createClient(Empty, { url: 'http://h' })).toThrow('the class has no route')
    expect(() => createClient({} as never, { url: 'http://h' })).toThrow('must be a class')
  })
})

describe.each([
  ['close', close],
  ['describe', describeClient],
  ['circuitsOf', circuitsOf],
] as const)('%s()', (name, act) => {
  it.each([{}, new Members(), () => {}])('refuses what is no client: %s', async other => {
    const outcome = (async () => await act(other))()
    await expect(outcome).rejects.toThrow(new TypeError(`${name}() takes a client that createClient made`))
  })
})
