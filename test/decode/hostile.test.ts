// JSON that is valid and meant to do harm: keys that poison prototypes, depth, size.
import fc from 'fast-check'
import { type DecodeError, type ResponseTable, ResponseValidationError } from 'guise'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { call, rejection } from './support.js'

const any: ResponseTable = { 200: z.unknown() }
const decode = (body: string, table = any) =>
  call(table, { headers: { 'content-type': 'application/json' }, body })

/** A deep merge as careless as those that have had advisories. */
function merge(target: object, source: unknown): object {
  for (const [key, value] of Object.entries(source as object)) {
    const known: unknown = Reflect.get(target, key)
    const inner = typeof known === 'object' || typeof known === 'function' ? known : undefined
    if (typeof value === 'object' && value !== null && inner) merge(inner, value)
    else Reflect.set(target, key, value)
  }
  return target
}

/** What must come out: the same data, less the two kinds of keys. */
function model(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(model)
  const kept = Object.entries(value).filter(
    ([key, member]) =>
      key !== '__proto__' &&
      !(
        key === 'constructor' &&
        typeof member === 'object' &&
        member !== null &&
        Object.hasOwn(member, 'prototype')
      ),
  )
  return Object.fromEntries(kept.map(([key, member]) => [key, model(member)]))
}

/** JSON text; the characters of keys are escaped where `escapes` says so. */
function write(value: unknown, escapes: Iterator<boolean>): string {
  if (Array.isArray(value)) return `[${value.map(member => write(member, escapes)).join()}]`
  if (!(value instanceof Map)) return JSON.stringify(value)
  const key = (name: string) =>
    [...name]
      .map(char => (escapes.next().value ? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}` : char))
      .join('')
  return `{${[...value].map(([name, member]) => `"${key(name)}":${write(member, escapes)}`).join()}}`
}

const names = ['__proto__', 'constructor', 'prototype', 'polluted', 'toString', 'then', 'a', '__proto', '']
const { tree } = fc.letrec(tie => ({
  tree: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    fc.oneof(
      fc.boolean(),
      fc.constant(null),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.string(),
    ),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.constantFrom(...names), tie('tree')), { maxLength: 5 })
      .map(members => new Map(members as [string, unknown][])),
  ),
}))

function ownKeysOf(root: unknown): Set<PropertyKey> {
  const keys = new Set<PropertyKey>()
  const visit = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return
    for (const key of Reflect.ownKeys(value)) {
      keys.add(key)
      visit(Object.getOwnPropertyDescriptor(value, key)?.value)
    }
  }
  visit(root)
  return keys
}

describe('row 31: keys that poison a prototype', () => {
  afterEach(() => {
    for (const name of ['polluted', 'admin']) Reflect.deleteProperty(Object.prototype, name)
  })

  it('are dropped at any depth, however written, and all other data stays', async () => {
    await fc.assert(
      fc.asyncProperty(tree, fc.infiniteStream(fc.boolean()), async (value, escapes) => {
        const text = write(value, escapes)
        for (const table of [any, {}]) {
          const decoded = await decode(text, table)
          expect(ownKeysOf(decoded).has('__proto__')).toBe(false)
          expect(decoded).toEqual(model(JSON.parse(text)))
          merge({}, { decoded })
          merge(() => {}, { decoded })
        }
        expect(Reflect.get({}, 'polluted')).toBeUndefined()
        expect(Object.getPrototypeOf({})).toBe(Object.prototype)
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    '{"__proto__":{"admin":true}}',
    '{"a":[{"__proto__":{"admin":true}}]}',
    '{"\\u005f_proto__":{"admin":true}}',
    '{"\\u005F\\u005F\\u0070roto\\u005f_":{"admin":true}}',
    '{"constructor":{"prototype":{"admin":true}}}',
    '{"c\\u006fnstructor":{"prototype":{"admin":true}}}',
    '{"constructor":{"protot\\u0079pe":{"admin":true}}}',
    '{"__proto__":{"__proto__":{"admin":true}}}',
    '{"a":{"constructor":{"a":1,"prototype":{"admin":true}}}}',
    '{"__proto__":{"a":1},"__proto__":{"admin":true}}',
  ])('%s poisons nothing, merged or not', async text => {
    const decoded = await decode(text)
    expect(JSON.stringify(decoded)).not.toContain('admin')
    merge({}, decoded)
    expect(Reflect.get({}, 'admin')).toBeUndefined()
  })

  it('stay out of what a loose schema copies', async () => {
    const loose = { 200: z.looseObject({ a: z.looseObject({}) }) }
    const decoded = (await decode('{"__proto__":{"admin":1},"a":{"__proto__":{"admin":1}}}', loose)) as {
      a: object
    }
    for (const object of [decoded, decoded.a]) {
      expect(Object.getPrototypeOf(object)).toBe(Object.prototype)
      expect(Reflect.get(object, 'admin')).toBeUndefined()
    }
  })

  it('are told from data that only looks like them', async () => {
    expect(await decode('"__proto__"')).toBe('__proto__')
    const data = {
      constructor: 'Ferrari',
      prototype: { a: 1 },
      list: ['__proto__', '"constructor"'],
      proto__: 1,
      nested: { constructor: { name: 'x' } },
    }
    expect(await decode(JSON.stringify(data))).toEqual(data)
  })
})

describe('row 35: depth and size', () => {
  const deep = (count: number, open: string, close: string, inner = '1') =>
    open.repeat(count) + inner + close.repeat(count)
  const depthOf = (value: unknown): number => {
    let depth = 0
    for (let at = value; typeof at === 'object' && at !== null; depth++) [at] = Object.values(at)
    return depth
  }

  it.each([
    ['lists', '[', ']'],
    ['objects', '{"a":', '}'],
    ['lists with a suspect key', '[{"constructor":', '}]'],
  ])('reads 100,000 nested %s', async (_, open, close) => {
    const depth = depthOf(await decode(deep(100_000, open, close)))
    expect(depth).toBe(open.length > 5 ? 200_000 : 100_000)
  })

  it('drops a key at the bottom of 100,000 objects', async () => {
    const text = deep(100_000, '{"a":', '}', '{"__proto__":{"admin":1}}')
    expect(depthOf(await decode(text))).toBe(100_001)
  })

  it('refuses depth that is not closed, and a schema that recurses into it', async () => {
    const open = await rejection<DecodeError>(decode('['.repeat(3_000_000)))
    expect(open.message).toContain('its body is no valid JSON')
    const error = await rejection<ResponseValidationError>(decode(deep(100_000, '[', ']'), { 200: z.json() }))
    expect(error).toBeInstanceOf(ResponseValidationError)
    expect(error.issues).toEqual([{ path: [], message: 'the schema threw an error' }])
  })

  it('reads 200,000 keys, a suspect one among them', async () => {
    const keys = Array.from({ length: 200_000 }, (_, i) => `"k${i}":${i}`)
    const decoded = (await decode(`{${keys.join()},"__proto__":1}`)) as Record<string, number>
    expect(Object.keys(decoded)).toHaveLength(200_000)
    expect(decoded.k199999).toBe(199_999)
  })

  it('reads a list longer than a call can have arguments, a suspect key in it', async () => {
    const decoded = (await decode(`[${'{},'.repeat(200_000)}{"__proto__":1}]`)) as object[]
    expect(decoded).toHaveLength(200_001)
    expect(decoded.at(-1)).toEqual({})
  })

  it.each(['1e9999', `${'9'.repeat(100_000)}`, `-1${'0'.repeat(400)}`])(
    'leaves a number beyond all bounds to the schema',
    async text => {
      expect(Math.abs((await decode(text)) as number)).toBe(Number.POSITIVE_INFINITY)
      await expect(decode(text, { 200: z.number() })).rejects.toThrow(ResponseValidationError)
    },
  )
})
