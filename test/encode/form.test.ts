// Forms: `@Field` and `@FieldMap` as application/x-www-form-urlencoded, by the rules of `@Query`.
import { Field, FieldMap, Headers, Post, remote } from 'guise'
import { describe, expect, it } from 'vitest'
import { CANARY, refused, requestOf, type Scalar } from './support.js'

class Form {
  @Post('/login')
  login(
    @Field('user name') user?: Scalar | readonly Scalar[],
    @FieldMap() rest?: Record<string, Scalar | readonly Scalar[]> | ReadonlyMap<string, Scalar> | null,
    @Field('tags', { style: 'csv' }) tags?: readonly string[],
  ): Promise<unknown> {
    return remote(user, rest, tags)
  }
  @Post()
  @Headers({ 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' })
  declared(@Field('a') a?: string): Promise<unknown> {
    return remote(a)
  }
  @Post()
  styles(
    @Field('s', { style: 'ssv' }) ssv: readonly string[],
    @Field('p', { style: 'pipes' }) pipes: readonly string[],
    @Field('b', { style: 'brackets' }) brackets: readonly string[],
  ): Promise<unknown> {
    return remote(ssv, pipes, brackets)
  }
}

const bodyOf = async (call: (client: Form) => Promise<unknown>) => {
  const { raw } = await requestOf(Form, call)
  expect(raw.body).toBeTypeOf('string')
  return raw.body as string
}

describe('fields', () => {
  it('are decoded by a server as they went in, in the order of the parameters', async () => {
    const value = 'a&b=c+d %\r\né\u{1f600}'
    const body = await bodyOf(client =>
      client.login(value, { [value]: value, list: ['x', 'y'] }, ['p,q', 'r']),
    )
    expect([...new URLSearchParams(body)]).toEqual([
      ['user name', value],
      [value, value],
      ['list', 'x'],
      ['list', 'y'],
      ['tags', 'p,q,r'],
    ])
    expect(body).toContain('tags=p%2Cq,r')
  })

  it('keep 0, false and the empty text, and leave out undefined, null and []', async () => {
    const map = { zero: 0, no: false, empty: '', none: undefined, nil: null, list: [] }
    expect(await bodyOf(client => client.login(0, map))).toBe('user%20name=0&zero=0&no=false&empty=')
    expect(await bodyOf(client => client.login(undefined, new Map([['a', 1]])))).toBe('a=1')
  })

  it('write lists by their style', async () => {
    const lists = ['a b', 'c|d']
    expect(await bodyOf(client => client.styles(lists, lists, lists))).toBe(
      's=a%20b%20c%7Cd&p=a%20b%7Cc%7Cd&b%5B%5D=a%20b&b%5B%5D=c%7Cd',
    )
  })

  it('are a form even where none has a value, and a path without a query', async () => {
    const request = await requestOf(Form, client => client.login(undefined, null))
    expect(request).toMatchObject({ method: 'POST', path: '/base/login', raw: { body: '' } })
    expect(request.headers).toEqual({ 'content-type': 'application/x-www-form-urlencoded' })
  })

  it('leave a declared content type alone', async () => {
    const { 'content-type': type } = (await requestOf(Form, client => client.declared('x'))).headers
    expect(type).toBe('application/x-www-form-urlencoded; charset=utf-8')
  })
})

describe('refused fields', () => {
  it('row 14: more than 1,000 values', async () => {
    const many = Array.from({ length: 1001 }, () => CANARY)
    const field = { method: 'Form.login', parameter: 1, rule: 'must not hold more than 1000 elements' }
    await refused(Form, client => client.login(many), field)
    const map = { method: 'Form.login', parameter: 2, rule: 'must not hold more than 1000 values' }
    await refused(Form, client => client.login('x', { many }), map)
  })

  const refusal = { method: 'Form.login' }
  it.each([
    [{ a: CANARY }, /^must be text or a list of text, not an object/],
    [`${CANARY}\udc00`, 'must not hold a lone surrogate'],
    [Number.NEGATIVE_INFINITY, 'must be a finite number, not -Infinity'],
  ])('@Field refuses %o', async (value, rule) => {
    await refused(Form, client => client.login(value as string), { ...refusal, parameter: 1, rule })
  })

  it.each([
    [CANARY, 'must be a record'],
    [[CANARY], 'must be a record'],
    [new URLSearchParams({ a: CANARY }), 'must be a record, not another collection'],
    [{ a: { [CANARY]: 1 } }, /^must be text or a list of text, not an object/],
  ])('@FieldMap refuses %o', async (value, rule) => {
    await refused(Form, client => client.login('x', value as never), { ...refusal, parameter: 2, rule })
  })
})
