// Multipart bodies: what each kind of value becomes, parsed back by Node's own parser (RFC 7578).
import { describe, expect, it } from 'vitest'
import { CANARY, refused } from './support.js'
import { entriesOf, fileOf, type Parts, send, Upload } from './uploads.js'

describe('values', () => {
  it.each([
    ['text é\r\n--x', 'text é\r\n--x'],
    ['', ''],
    [0, '0'],
    [10n, '10'],
    [false, 'false'],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
  ])('%o is a text part without a type', async (value, text) => {
    const { form, raw } = await send(client => client.one(value))
    expect(entriesOf(form)).toEqual([['a', text]])
    expect(raw.toLowerCase()).not.toContain('content-type')
  })

  it('a list makes several parts of one name; null and undefined make none', async () => {
    const { form } = await send(client => client.two(['x', null as never, 1, undefined as never], null))
    expect(entriesOf(form)).toEqual([
      ['a', 'x'],
      ['a', '1'],
    ])
  })

  it('bytes, an ArrayBuffer and a Blob are sent as they are, with their type', async () => {
    const bytes = new Uint8Array([0, 13, 10, 45, 45, 255])
    const values = [bytes, bytes.buffer, new Blob([bytes])]
    for (const value of values) {
      const { raw } = await send(client => client.one(value))
      expect(raw).toContain('\r\nContent-Type: application/octet-stream\r\n\r\n\0\r\n--\xff\r\n--guise-')
    }
    const { raw } = await send(client => client.one(new Blob(['x'], { type: 'image/png' })))
    expect(raw).toContain('\r\nContent-Type: image/png\r\n\r\nx\r\n')
  })

  it('a File brings its name and type; those of @Part win', async () => {
    const file = new File(['content'], 'own.png', { type: 'image/png' })
    const { form } = await send(client => client.two(file, [file, 'text']))
    expect(fileOf(form, 'a')).toMatchObject({ name: 'own.png', type: 'image/png', size: 7 })
    const declared = form.getAll('b') as File[]
    expect(declared.map(({ name, type }) => [name, type])).toEqual(Array(2).fill(['b.txt', 'text/x-b; v=1']))
    expect(await declared[1]?.text()).toBe('text')
  })

  it('an object is JSON where its part has a JSON type, and refused elsewhere', async () => {
    const { raw } = await send(client => client.json([{ n: 1 }, 'text']))
    expect(raw).toContain('Content-Type: application/vnd.a+json\r\n\r\n{"n":1}\r\n')
    expect(raw).toContain('Content-Type: application/vnd.a+json\r\n\r\ntext\r\n')
    const refusal = { method: 'Upload.one', parameter: 1 }
    const rule = "is an object, and its part has no JSON type; say @Part(name, { type: 'application/json' })"
    await refused(Upload, client => client.one({ a: CANARY }), { ...refusal, rule })
    const map = new Map([[CANARY, 1]])
    const lossy = 'cannot be written as JSON: it is a Map'
    await refused(Upload, client => client.json(map), { method: 'Upload.json', parameter: 1, rule: lossy })
  })

  it.each([
    [`${CANARY}\ud800`, 'must not hold a lone surrogate'],
    [Number.NaN, 'must be a finite number, not NaN'],
    [Symbol(CANARY), /not a symbol$/],
    [() => CANARY, /not a function$/],
    [new Blob([CANARY], { type: CANARY }), 'has a type that is no media type'],
  ])('refuses %o', async (value, rule) => {
    const call = (client: Upload) => client.one(value as string)
    await refused(Upload, call, { method: 'Upload.one', parameter: 1, rule })
    const map = (client: Upload) => client.map({ ok: 1, bad: ['x', value as string] })
    await refused(Upload, map, { method: 'Upload.map', parameter: 1, rule })
  })
})

describe('@PartMap', () => {
  it('makes a part of each member, and of each element of a list', async () => {
    const { form } = await send(client =>
      client.map({ 'a b': 'x', list: [1, 2], none: undefined, f: new File(['y'], 'f') }),
    )
    expect(entriesOf(form)).toEqual([
      ['a b', 'x'],
      ['list', '1'],
      ['list', '2'],
      ['f', '[object File]'],
    ])
    expect(fileOf(form, 'f').name).toBe('f')
    expect(entriesOf((await send(client => client.map(new Map([['m', 1]])))).form)).toEqual([['m', '1']])
  })

  it.each([CANARY, [CANARY], new FormData(), new Set([CANARY])])('refuses %o', async value => {
    const call = (client: Upload) => client.map(value as never)
    await refused(Upload, call, { method: 'Upload.map', parameter: 1, rule: /^must be a record/ })
  })
})

describe('a body without parts', () => {
  it.each([undefined, null, [], [null]])('is refused: %o', async value => {
    const refusal = { parameter: undefined, rule: 'a multipart body needs at least one part' }
    await refused(Upload, client => client.one(value as Parts), { method: 'Upload.one', ...refusal })
    await refused(Upload, client => client.map({ a: value as Parts }), { method: 'Upload.map', ...refusal })
    await refused(Upload, client => client.map(null), { method: 'Upload.map', ...refusal })
  })
})
