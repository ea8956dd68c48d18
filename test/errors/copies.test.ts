// instanceof across two copies of the package, and for classes of the user's own.
import * as guise from 'guise'
import { createClient, Get, GuiseError, HttpError, Responses, remote, throws } from 'guise'
import { mockTransport } from 'guise/testing'
import { beforeAll, describe, expect, it, vi } from 'vitest'

let other: typeof guise

beforeAll(async () => {
  vi.resetModules()
  other = await import('guise')
})

type Family = typeof guise
const make: readonly [keyof Family & string, (copy: Family) => Error][] = [
  ['DeclarationError', copy => new copy.DeclarationError('X', [])],
  ['ArgumentError', copy => new copy.ArgumentError({ rule: 'r' })],
  ['ConnectionError', copy => new copy.ConnectionError()],
  ['TimeoutError', copy => new copy.TimeoutError({ phase: 'total' })],
  ['HttpError', copy => new copy.HttpError({ status: 500 })],
  ['DecodeError', copy => new copy.DecodeError({ status: 200 })],
  ['ResponseValidationError', copy => new copy.ResponseValidationError({ status: 200, issues: [] })],
  ['CircuitOpenError', copy => new copy.CircuitOpenError()],
  ['BulkheadFullError', copy => new copy.BulkheadFullError()],
]
const named = (copy: Family, name: string) => Reflect.get(copy, name) as new (...args: never[]) => Error
/** The names of the classes of a copy that take the error for theirs. */
const takenBy = (copy: Family, error: unknown) =>
  make.map(([name]) => name).filter(name => error instanceof named(copy, name))

describe('two copies of the package', () => {
  it('are two', () => {
    expect(other.HttpError).not.toBe(HttpError)
    expect(other.HttpError.prototype).not.toBe(HttpError.prototype)
  })

  it.each(make)("know each other's %s, and take it for nothing else", (name, create) => {
    for (const [mine, yours] of [
      [guise, other],
      [other, guise],
    ] as const) {
      const error = create(mine)
      expect(takenBy(yours, error)).toEqual([name])
      expect(takenBy(mine, error)).toEqual([name])
      expect(error instanceof yours.GuiseError).toBe(true)
    }
  })

  it("know a subclass of the other's class, as its parent only", () => {
    class Down extends other.HttpError {}
    const error = new Down({ status: 503 })
    expect([error instanceof HttpError, error instanceof GuiseError, error instanceof Down]).toEqual([
      true,
      true,
      true,
    ])
    expect(takenBy(guise, error)).toEqual(['HttpError'])
  })

  it("let a client of one reject with the other's class", async () => {
    class Down extends other.HttpError {}
    class Api {
      @Get('/p') @Responses({ 503: throws(Down) }) get(): Promise<void> {
        return remote()
      }
    }
    const transport = mockTransport({ status: 503 })
    const client = createClient(Api, { url: 'http://h', transport, retry: false })
    const error = await client.get().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(Down)
    expect(error).toBeInstanceOf(HttpError)
    expect(error).toMatchObject({ name: 'Down', status: 503, method: 'Api.get' })
  })
})

describe("a user's own subclasses", () => {
  class Down extends HttpError {}
  class Away extends HttpError {}
  class FarAway extends Away {}

  it('are not taken for one another, nor their parent for them', () => {
    const [down, away, far] = [Down, Away, FarAway].map(Class => new Class({ status: 500 }))
    const seen = [down, away, far, new HttpError({ status: 500 })].map(error =>
      [Down, Away, FarAway, HttpError].filter(Class => error instanceof Class).map(({ name }) => name),
    )
    expect(seen).toEqual([
      ['Down', 'HttpError'],
      ['Away', 'HttpError'],
      ['Away', 'FarAway', 'HttpError'],
      ['HttpError'],
    ])
  })

  it('may have the name of a class of the family', () => {
    class TimeoutError extends HttpError {}
    const error = new TimeoutError({ status: 504 })
    expect(error.name).toBe('TimeoutError')
    expect(error instanceof guise.TimeoutError).toBe(false)
    expect(new guise.TimeoutError({ phase: 'total' }) instanceof TimeoutError).toBe(false)
  })

  it.each([
    undefined,
    null,
    5,
    'HttpError',
    {},
    [],
    () => {},
    new Error('HttpError'),
    { code: 'GUISE_HTTP' },
  ])('are not found in %s', value => {
    expect([value instanceof HttpError, value instanceof GuiseError, value instanceof Down]).toEqual([
      false,
      false,
      false,
    ])
  })
})
