/** What a fallback gets, what its own failures become, and an instance of the class in its place. */
import {
  type ClientOptions,
  createClient,
  describe as described,
  fallbackTo,
  Get,
  HttpError,
  Param,
  Responses,
  remote,
  returns,
  throws,
} from 'guise'
import { testClock } from 'guise/testing'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { bad, off, run, type Step, service, timedOut, url } from './support.js'

const Member = z.object({ id: z.number() })
type Member = z.infer<typeof Member>
class Down extends HttpError {}

class Members {
  @Get('/{id}')
  @Responses({ 200: Member, 404: returns(null), '5xx': throws(Down) })
  byId(@Param('id') id: number): Promise<Member | null> {
    return remote(id)
  }
  @Get('/')
  @Responses({ 200: Member.array(), '5xx': throws(Down) })
  all(): Promise<Member[]> {
    return remote()
  }
}

function members(fallback: NonNullable<ClientOptions<Members>['fallback']>, ...steps: readonly Step[]) {
  const clock = testClock()
  const client = createClient(Members, { ...off, url, clock, transport: service(clock, ...steps), fallback })
  return { client, outcome: (call: Promise<unknown>) => run(clock, call) }
}

describe('gets', () => {
  test('the error that the caller would get, and the arguments', async () => {
    const seen: unknown[][] = []
    const byId = (...args: [error: unknown, id: number]) => {
      seen.push(args)
      return { id: args[1] }
    }
    const { client, outcome } = members({ byId }, bad)
    expect(await outcome(client.byId(7))).toEqual({ value: { id: 7 } })
    expect(seen[0]?.[0]).toBeInstanceOf(Down)
    expect(seen[0]?.[0]).toMatchObject({ attempts: 1, method: 'Members.byId' })
    expect(seen[0]?.slice(1)).toEqual([7])
  })

  test('itself as this', async () => {
    const cache = {
      kept: { id: 1 },
      byId() {
        return this.kept
      },
    }
    const { client, outcome } = members(cache as object, bad)
    expect(await outcome(client.byId(1))).toEqual({ value: { id: 1 } })
  })
})

describe('its own failure is what the caller gets', () => {
  const own = new RangeError('no plan B')
  test.each([
    [
      'thrown',
      () => {
        throw own
      },
    ],
    ['as a rejection', () => Promise.reject(own)],
  ])('%s', async (_how, byId) => {
    const { client, outcome } = members({ byId }, bad)
    expect(await outcome(client.byId(7))).toEqual({ error: own })
  })
})

test('a method without one gets the real error, unwrapped', async () => {
  const { client, outcome } = members({ byId: () => null }, bad, timedOut)
  expect(await outcome(client.all())).toMatchObject({ error: { name: 'Down', status: 500 } })
  expect((await outcome(client.all())) as { error: unknown }).toMatchObject({
    error: { code: 'GUISE_TIMEOUT' },
  })
})

test('a success is not its business', async () => {
  const { client, outcome } = members({ byId: () => ({ id: 0 }) }, { status: 404 })
  expect(await outcome(client.byId(7))).toEqual({ value: null })
})

describe('an instance of the class', () => {
  class Cached extends Members {
    readonly known = new Map([[7, { id: 7 }]])
    override async byId(id: number) {
      return this.known.get(id) ?? null
    }
  }

  test('answers with its methods, which get the arguments alone and know their fields', async () => {
    const { client, outcome } = members(fallbackTo(new Cached()), bad)
    expect(await outcome(client.byId(7))).toEqual({ value: { id: 7 } })
    expect(await outcome(client.byId(8))).toEqual({ value: null })
  })

  test('has no say where it overrides nothing: the real error is not hidden', async () => {
    const { client, outcome } = members(fallbackTo(new Cached()), bad)
    expect(await outcome(client.all())).toMatchObject({ error: { name: 'Down', status: 500 } })
    const chains = described(client).methods.map(({ chain }) => chain[0]?.policy)
    expect(chains).toEqual(['fallback', 'total timeout'])
  })

  test('may be an object without a class: it gets the arguments alone, too', async () => {
    const { client, outcome } = members(fallbackTo({ byId: async (id: number) => ({ id }) }) as never, bad)
    expect(await outcome(client.byId(7))).toEqual({ value: { id: 7 } })
  })

  test('may be another client', async () => {
    const clock = testClock()
    const json = { 'content-type': 'application/json' }
    const other = createClient(Members, {
      url,
      clock,
      transport: service(clock, { headers: json, body: '{"id":9}' }),
    })
    const { client, outcome } = members(fallbackTo(other), bad)
    expect(await outcome(client.byId(7))).toEqual({ value: { id: 9 } })
  })
})

test('what every object has by birth is no fallback', async () => {
  class Odd {
    @Get('/x') hasOwnProperty(): Promise<unknown> {
      return remote()
    }
  }
  const clock = testClock()
  const odd = createClient(Odd as never, {
    ...off,
    url,
    clock,
    transport: service(clock, bad),
    fallback: {},
  }) as Odd
  // biome-ignore lint/suspicious/noPrototypeBuiltins: it is a route of that name
  expect(await run(clock, odd.hasOwnProperty())).toMatchObject({ error: { status: 500 } })
})
