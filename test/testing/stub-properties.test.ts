// Whatever a client of the class sends, the stub reads the same; whatever a handler returns, the client gets the same.
import fc from 'fast-check'
import {
  ArgumentError,
  Bearer,
  Cookie,
  createClient,
  Delete,
  Field,
  FieldMap,
  Get,
  Header,
  Param,
  Patch,
  Put,
  Query,
  QueryMap,
  remote,
} from 'guise'
import { type StubHandlers, type StubServer, stub } from 'guise/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

type Texts = Record<string, string>

class Service {
  @Get('/path/{a}/{b,c}{.label}{/segments*}{;m,list*}')
  path(
    @Param('a') a: string,
    @Param('b') b: string,
    @Param('c') c: string,
    @Param('label') label: string | undefined,
    @Param('segments') segments: string[] | undefined,
    @Param('m') m: string | undefined,
    @Param('list') list: string[] | undefined,
  ): Promise<unknown> {
    return remote(a, b, c, label, segments, m, list)
  }

  @Get('/items/{id}')
  item(@Param('id') id: string): Promise<unknown> {
    return remote(id)
  }

  @Delete('/records{/record*}')
  records(@Param('record') record: Texts): Promise<unknown> {
    return remote(record)
  }

  @Get('/template?v=1&literal=-{x}{&q,tags*}{&filter*}')
  template(
    @Param('x') x: string | undefined,
    @Param('q') q: string | undefined,
    @Param('tags') tags: string[] | undefined,
    @Param('filter') filter: Texts | undefined,
  ): Promise<unknown> {
    return remote(x, q, tags, filter)
  }

  @Get('/query')
  query(
    @Query('one') one: string | undefined,
    @Query('more') more: string[],
    @Query('csv', { style: 'csv' }) csv: string[],
    @Query('brackets', { style: 'brackets' }) brackets: string[],
    @Query('deep', { style: 'deepObject' }) deep: object,
    @QueryMap() rest: Texts,
  ): Promise<unknown> {
    return remote(one, more, csv, brackets, deep, rest)
  }

  @Put('/headers')
  headers(
    @Header('x-one') one: string,
    @Cookie('sid') sid: string,
    @Bearer() token: string,
  ): Promise<unknown> {
    return remote(one, sid, token)
  }

  @Patch('/form')
  form(
    @Field('one') one: string,
    @Field('csv', { style: 'csv' }) csv: string[],
    @FieldMap() rest: Texts,
  ): Promise<unknown> {
    return remote(one, csv, rest)
  }
}

type Name = 'path' | 'item' | 'records' | 'template' | 'query' | 'headers' | 'form'

let server: StubServer<Service>
let client: Service & AsyncDisposable
let seen: { readonly route: string; readonly call: Record<string, unknown> } | undefined

beforeAll(async () => {
  const names: Name[] = ['path', 'item', 'records', 'template', 'query', 'headers', 'form']
  const handlers = names.map(name => [
    name,
    (call: object) => {
      seen = { route: name, call: { ...call } }
    },
  ])
  server = await stub(Service, Object.fromEntries(handlers) as StubHandlers<Service>)
  client = createClient(Service, { url: server.url, retry: false })
})

afterAll(async () => {
  await client[Symbol.asyncDispose]()
  await server.close()
})

/** The call must reach its handler with what `expected` holds. Arguments that guise refuses are not sent at all. */
async function reaches(route: Name, args: readonly unknown[], expected: object): Promise<void> {
  seen = undefined
  try {
    await (client[route] as (...args: readonly unknown[]) => Promise<unknown>)(...args)
  } catch (error) {
    fc.pre(!(error instanceof ArgumentError))
    throw error
  }
  expect(seen).toMatchObject({ route })
  const { call } = seen as unknown as { call: Record<string, unknown> }
  expect(Object.fromEntries(Object.keys(expected).map(key => [key, call[key]]))).toEqual(expected)
}

const anyText = fc.string({ unit: 'grapheme' })
const text = fc.oneof(
  anyText,
  fc.string({ unit: 'binary-ascii' }),
  fc.constantFrom('a,b', '%2F', 'a=b&c', '../x', '+', ';', ' '),
)
/** A path has no empty values; a dot segment is refused and not sent. */
const pathText = text.filter(one => one !== '' && !one.includes('\0'))
const opt = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined })
const many = (one: fc.Arbitrary<string>) => fc.array(one, { minLength: 2, maxLength: 4 })
/** Names that belong to nobody else. */
const own = fc.string({ unit: 'grapheme', minLength: 1 }).map(name => `~${name}`)
const record = fc.dictionary(own, text, { minKeys: 1, maxKeys: 3 }).map(entries => ({ ...entries }))
const present = (values: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(values).filter(([, one]) => one !== undefined))

const RUNS = { numRuns: 150 }

describe('what a client sends is what the handler reads', () => {
  it('in a path', () => {
    const values = fc.record({
      a: pathText,
      b: pathText,
      // A dot is not encoded, so that one before a label looks like the label's.
      c: pathText.filter(one => !one.includes('.')),
      label: opt(pathText),
      segments: opt(many(pathText)),
      m: opt(text.filter(one => !one.includes('\0'))),
      list: opt(many(pathText)),
    })
    const reached = (one: object) => reaches('path', Object.values(one), { params: present({ ...one }) })
    return fc.assert(fc.asyncProperty(values, reached), RUNS)
  })

  it('in a segment', () =>
    fc.assert(
      fc.asyncProperty(pathText, id => reaches('item', [id], { params: { id } })),
      RUNS,
    ))

  it('in a record', () =>
    fc.assert(
      fc.asyncProperty(record, one => reaches('records', [one], { params: { record: one } })),
      RUNS,
    ))

  it('in the query of a template', () =>
    fc.assert(
      fc.asyncProperty(opt(text), opt(text), opt(many(text)), opt(record), async (x, q, tags, filter) => {
        // An exploded list without elements leaves its name to the record.
        await reaches('template', [x, q, tags ?? ['only'], filter], {
          params: present({ x, q, tags: tags ?? ['only'], filter }),
        })
      }),
      RUNS,
    ))

  it('in a query', () =>
    fc.assert(
      fc.asyncProperty(
        opt(text),
        many(text),
        fc.array(text, { minLength: 1 }),
        fc.array(text, { minLength: 1 }),
        record,
        record,
        async (one, more, csv, brackets, flat, rest) => {
          const keys = Object.entries(flat).filter(([key]) => !/[[\]]/.test(key))
          const deep = { '~': 'x', inner: Object.fromEntries(keys), ...Object.fromEntries(keys) }
          if (keys.length === 0) Reflect.deleteProperty(deep, 'inner')
          const query = present({ one, more, csv, brackets, deep, ...rest })
          await reaches('query', [one, more, csv, brackets, deep, rest], { query, params: {} })
        },
      ),
      RUNS,
    ))

  it('in headers', () => {
    const visible = fc.string({ unit: fc.constantFrom(...'aZ09-._~+/='), minLength: 1 })
    const header = fc.string({ unit: 'grapheme-ascii' }).map(one => one.trim())
    return fc.assert(
      fc.asyncProperty(header, visible, visible, async (one, sid, token) => {
        const sent = token.replace(/^(bearer)+/i, '') || 't'
        await reaches('headers', [one, sid, sent], { bearer: sent, cookies: { sid } })
        expect(seen?.call.headers).toMatchObject({ 'x-one': one })
      }),
      RUNS,
    )
  })

  it('in a form', () =>
    fc.assert(
      fc.asyncProperty(text, fc.array(text, { minLength: 1 }), record, (one, csv, rest) =>
        reaches('form', [one, csv, rest], { body: { one, csv, ...rest } }),
      ),
      RUNS,
    ))
})
