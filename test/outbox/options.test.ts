/** Options that are wrong are refused when they are given, all at once; nothing takes an unbounded number. */
import { Client, DeclarationError, Post, remote, Url } from 'guise'
import { createOutbox, memoryStore } from 'guise/outbox'
import { describe, expect, test } from 'vitest'
import { Activity, url } from './support.js'

const mistakesOf = (act: () => unknown): string[] => {
  try {
    act()
  } catch (error) {
    if (error instanceof DeclarationError)
      return error.mistakes.map(({ rule, where }) => `${rule} @ ${where}`)
    throw error
  }
  return []
}
const store = memoryStore()
const outbox = (options: object) => mistakesOf(() => createOutbox({ store, ...options } as never))
const client = (options: object) =>
  mistakesOf(() => createOutbox({ store }).client(Activity, { url, ...options } as never))

describe('of an outbox', () => {
  test.each<[object, string]>([
    [
      { store: undefined },
      'store must be a store: memoryStore(), sqliteStore(db), openSqlite(file) or postgresStore(pool)',
    ],
    [
      { store: {} },
      'store must be a store: memoryStore(), sqliteStore(db), openSqlite(file) or postgresStore(pool)',
    ],
    [{ maxAttempts: 26 }, 'maxAttempts must be at most 25'],
    [{ maxAttempts: 0 }, 'maxAttempts must be at least 1'],
    [{ maxAttempts: -1 }, 'maxAttempts must be at least 1'],
    [{ maxAttempts: Number.POSITIVE_INFINITY }, 'maxAttempts must be a whole number'],
    [{ maxAttempts: Number.NaN }, 'maxAttempts must be a whole number'],
    [{ maxAttempts: '3' }, 'maxAttempts must be a whole number'],
    [{ replayAttempts: 26 }, 'replayAttempts must be at most 25'],
    [{ expiresAfter: 604_800_001 }, 'expiresAfter must be at most 604800000'],
    [{ expiresAfter: 999 }, 'expiresAfter must be at least 1000'],
    [{ expiresAfter: Number.POSITIVE_INFINITY }, 'expiresAfter must be a whole number'],
    [{ schedule: [] }, 'schedule must hold at least one wait'],
    [{ schedule: Array(26).fill(1) }, 'schedule must not hold more than 25 waits'],
    [{ schedule: [-1] }, 'schedule.0 must be at least 0'],
    [{ schedule: 5 }, 'schedule must be a list of milliseconds'],
    [{ concurrency: 101 }, 'concurrency must be at most 100'],
    [{ maxBodyBytes: 16_777_217 }, 'maxBodyBytes must be at most 16777216'],
    [{ afterDead: 'stop' }, "afterDead must be 'skip' or 'block'"],
    [{ parkOn: [200] }, 'parkOn.0 must be at least 400'],
    [{ credentials: 'store' }, "credentials must be 'refuse' or 'omit'"],
    [{ pollInterval: 9 }, 'pollInterval must be at least 10'],
    [{ pollInterval: 60_001 }, 'pollInterval must be at most 60000'],
    [{ retention: { done: -1 } }, 'retention.done must be at least 0'],
    [{ name: 'a b' }, 'name must be a name of 1 to 64 letters, digits, dots, dashes and underscores'],
    [{ onDead: 7 }, 'onDead must be a function'],
    [{ clock: {} }, 'clock must be a Clock'],
    [{ retries: 3 }, 'there is no option retries'],
    [{ signing: { secrets: [] } }, 'signing.secrets must hold at least one secret'],
  ])('%j', (options, rule) => {
    expect(outbox(options)).toEqual([`${rule} @ createOutbox(options)`])
  })

  test('none at all', () => {
    expect(mistakesOf(() => createOutbox(undefined as never))).toEqual([
      'the options are missing; give at least { store } @ createOutbox(options)',
    ])
  })

  test('several mistakes are told together', () => {
    expect(outbox({ maxAttempts: 0, pollInterval: 1, x: 1 })).toHaveLength(3)
  })

  test('a wrong secret is not shown', () => {
    const [mistake] = outbox({ signing: { secrets: ['c4n4ry'] } })
    expect(mistake).toContain('signing.secrets.0')
    expect(mistake).not.toContain('c4n4ry')
  })

  test('what a polluted prototype brings is no option', () => {
    Object.defineProperty(Object.prototype, 'maxAttempts', {
      value: 99,
      configurable: true,
      enumerable: true,
      writable: true,
    })
    try {
      expect(outbox({})).toEqual([])
    } finally {
      Reflect.deleteProperty(Object.prototype, 'maxAttempts')
    }
  })
})

describe('of a target', () => {
  const where = 'outbox.client(Activity, options)'
  test.each<[object, string]>([
    [
      { retry: { retries: 3 } },
      'retry is no option of an outbox: maxAttempts and schedule say how often and when',
    ],
    [{ fallback: {} }, 'fallback is no option of an outbox: nobody waits for the answer'],
    [{ handBack: ['x-a'] }, 'handBack is no option of an outbox: nobody waits for the answer'],
    [{ allowOrigins: [] }, 'allowOrigins is no option of an outbox: a message goes to its target'],
    [{ methods: {} }, 'methods is no option of an outbox: say it by decorators, or for all routes'],
    [{ forward: ['authorization'] }, 'forward must not hold authorization: credentials are not stored'],
    [{ target: '../x' }, 'target must be a name of 1 to 64 letters, digits, dots, dashes and underscores'],
    [{ orderKey: { creatd: () => 'x' } }, 'orderKey.creatd names no route'],
    [{ orderKey: { created: 'x' } }, "orderKey.created must be a function of the route's arguments"],
    [{ orderKey: 7 }, 'orderKey must be an object of functions, by the names of routes'],
    [{ maxAttempts: 26 }, 'maxAttempts must be at most 25'],
    [{ url: 'ftp://x' }, 'url must be an http or https URL'],
    [{ timout: 7 }, 'there is no option timout; did you mean timeout?'],
  ])('%j', (options, rule) => {
    expect(client(options)).toEqual([`${rule} @ ${where}`])
  })

  test('several mistakes are told together, whatever part they belong to', () => {
    expect(client({ maxAttempts: 0, url: 'x', retry: false })).toHaveLength(3)
  })

  test('a class whose calls choose their own URL', () => {
    @Client({ name: 'anywhere' })
    class Anywhere {
      @Post()
      x(@Url() to: string): Promise<void> {
        return remote(to)
      }
    }
    expect(mistakesOf(() => createOutbox({ store }).client(Anywhere, { url }))).toEqual([
      'Anywhere.x takes its URL with @Url(), and a message goes to its target only @ outbox.client(Anywhere, options)',
    ])
  })

  test('left out for a class that is not known', () => {
    expect(
      mistakesOf(() =>
        createOutbox({ store })
          .within({} as never)
          .client(Activity),
      ),
    ).toEqual([
      'the options are missing: the class was not given to this outbox before @ outbox.client(Activity, options)',
    ])
  })

  test('left out for a class with several targets', () => {
    const made = createOutbox({ store })
    made.group(Activity, { targets: { activity: url, ads: 'http://ads' } })
    expect(mistakesOf(() => made.client(Activity))).toEqual([
      'the class is registered for several targets (activity, ads); use group(), or give the options @ outbox.client(Activity, options)',
    ])
  })

  test('a group tells the mistakes of all its targets', () => {
    const targets = { a: 'localhost:80', b: 'ftp://x', c: 'http://user:pw@h' }
    expect(mistakesOf(() => createOutbox({ store }).group(Activity, { targets }))).toHaveLength(3)
  })

  test('a group of nobody', () => {
    expect(mistakesOf(() => createOutbox({ store }).group(Activity, { targets: {} }))).toEqual([
      'targets must name at least one service @ outbox.group(Activity, options)',
    ])
  })
})

test.each([0, 1001, 1.5, Number.NaN])('a page of %d', async limit => {
  await expect(createOutbox({ store: memoryStore() }).dead({ limit })).rejects.toThrow(
    'limit must be a whole number from 1 to 1,000',
  )
})

test.each([0, 604_800_001, Number.POSITIVE_INFINITY])('a replay for %d ms', async expiresAfter => {
  const act = { actor: 'operator', reason: 'mended', expiresAfter }
  await expect(createOutbox({ store: memoryStore() }).replay(['x'], act)).rejects.toThrow(
    'expiresAfter must be from 1,000 milliseconds to 7 days',
  )
})
