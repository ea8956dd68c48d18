// Multipart bodies: names, boundaries and streams, parsed back by Node's own parser (reliability 4.2, row 49).
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { recorded, unreadOf } from './support.js'
import { entriesOf, fileOf, send, typeWithBoundary, Upload } from './uploads.js'

describe('streams', () => {
  it('are not buffered: nothing is read before the body is', async () => {
    let read = 0
    const source = async function* () {
      read++
      yield 'first '
      read++
      yield Buffer.from('second')
    }
    const request = await unreadOf(Upload, client => client.two(source(), Readable.from(['third'])))
    expect(read).toBe(0)
    expect(request.body).not.toBeInstanceOf(Uint8Array)
    const [, type = ''] = request.headers
    expect(type).toMatch(typeWithBoundary)
    const body = await buffer(Readable.from(request.body as AsyncIterable<Uint8Array>))
    const form = await new Response(body, { headers: { 'content-type': type } }).formData()
    expect(read).toBe(2)
    expect(form.get('a')).toBe('first second')
    expect(await fileOf(form, 'b').text()).toBe('third')
  })

  it('are what keeps a body from being one piece that can be sent again', async () => {
    const request = await unreadOf(Upload, client => client.two('x', new Uint8Array(3)))
    expect(request.body).toBeInstanceOf(Uint8Array)
  })
})

describe('row 49: what could end a name, a header or a part', () => {
  const hostile = [
    'a"; filename="x',
    'a\r\nX-Evil: 1',
    'a\n',
    'a\r',
    '\r\n\r\n--',
    'é"\u{1f600}',
    '%22%0D',
    '\\',
    ';',
  ]

  it.each(hostile)(
    'names and file names like %j arrive as they are, line breaks of names as CRLF',
    async name => {
      const { form, raw } = await send(client => client.map({ [name]: 'value', file: new File(['x'], name) }))
      const unescaped = (value: string) => value.replaceAll('%22', '"').replaceAll('%0D', '\r')
      expect([...form.keys()].map(unescaped)).toEqual([
        unescaped(name.replace(/\r\n|\r|\n/g, '\r\n')),
        'file',
      ])
      expect(unescaped(fileOf(form, 'file').name)).toBe(unescaped(name))
      expect(raw).not.toContain('\nX-Evil')
      expect(raw.split('\r\n').filter(line => line.startsWith('Content-Disposition'))).toHaveLength(2)
    },
  )

  it('the boundary is another one for each call, and no value can hold it', async () => {
    const { client, transport } = recorded(Upload)
    for (let i = 0; i < 50; i++) await client.one('x')
    const types = transport.requests.map(request => request.headers['content-type'])
    expect(new Set(types).size).toBe(50)
    const first = String(types[0]).split('boundary=')[1]
    const { form } = await send(client => client.two(`\r\n--${first}--\r\n`, 'b'))
    expect([...form.keys()]).toEqual(['a', 'b'])
  })

  it('the type that holds the boundary is sent, whatever the declaration, a parameter or the call says', async () => {
    const { form } = await send(client =>
      client.declared('x', 'multipart/form-data; boundary=own', { headers: { 'Content-Type': 'text/x' } }),
    )
    expect(entriesOf(form)).toEqual([['a', 'x']])
  })

  it('any text arrives as it went in', async () => {
    const text = fc.string({ unit: 'grapheme' })
    const property = fc.asyncProperty(
      fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 4 }),
      async pairs => {
        const entries = new Map(pairs.map(([name, value]) => [name.replace(/[\r\n%]/g, ''), value]))
        const { form } = await send(client => client.map(entries))
        expect(entriesOf(form)).toEqual([...entries])
      },
    )
    await fc.assert(property)
  })
})
