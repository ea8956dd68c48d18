// Mistakes in response tables: the exact words of each, and the place.
import {
  bytes,
  contractOf,
  HttpError,
  nothing,
  Post,
  Responses,
  remote,
  reply,
  returns,
  stream,
  text,
  throws,
} from 'guise'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { mistakesOf } from './support.js'

const schema = z.string()
const table = (responses: Record<string, unknown>) => {
  class R {
    @Post()
    @(Responses(responses as never) as unknown as MethodDecorator)
    m(): Promise<unknown> {
      return remote()
    }
  }
  return R
}

it.each(['6xx', '1xx', '2XX', '199', '600', '20', 'ok', '200.5', ' 200'])('refuses the key %j', key => {
  const rule = `'${key}' is no key of a response table: use a status from 200 to 599, '2xx' to '5xx' or 'default'`
  expect(mistakesOf(table({ [key]: schema }))).toEqual([[rule, 'R.m']])
})

it.each([
  [null, 'is neither a schema nor returns, throws, reply, text, ...'],
  ['text', 'is neither a schema nor returns, throws, reply, text, ...'],
  [{ '~standard': {} }, 'is neither a schema nor returns, throws, reply, text, ...'],
  [HttpError, 'is neither a schema nor returns, throws, reply, text, ...'],
  [[schema, 7], 'is neither a schema nor returns, throws, reply, text, ...'],
])('refuses the entry %o', (entry, rule) => {
  expect(mistakesOf(table({ 200: entry }))).toEqual([
    [`the entry at 200 of the response table ${rule}`, 'R.m'],
  ])
})

it.each([
  ['throws', throws(HttpError, {} as never)],
  ['the headers of reply', reply(schema, { headers: {} as never })],
])('refuses what is no schema in %s', (_, entry) => {
  const rule = 'holds a schema that is none; it must implement Standard Schema, as zod does'
  expect(mistakesOf(table({ 200: entry }))).toEqual([
    [`the entry at 200 of the response table ${rule}`, 'R.m'],
  ])
})

it('refuses lists that are empty, have an entry that is never reached, or hold a stream', () => {
  expect(mistakesOf(table({ 200: [] }))).toEqual([['the list at 200 of the response table is empty', 'R.m']])
  const never =
    'an entry in the list at 2xx of the response table takes every body, so those after it are never reached'
  for (const all of [returns(1), text(), bytes(), nothing(), throws(HttpError)]) {
    expect(mistakesOf(table({ '2xx': [all, schema] }))).toEqual([[never, 'R.m']])
  }
  const tried = 'a stream cannot be tried: the list at default of the response table must not hold stream()'
  expect(mistakesOf(table({ default: [schema, stream()] }))).toEqual([[tried, 'R.m']])
  const list = [throws(HttpError, schema), reply(schema), schema, text()]
  expect(contractOf(table({ 200: list })).methods.m?.responses.get(200)).toHaveLength(4)
})

it('refuses on a class all but throws(...)', () => {
  const wrong = { 200: schema, '4xx': throws(HttpError), 404: [throws(HttpError, schema), returns(null)] }
  @(Responses(wrong as never) as unknown as ClassDecorator)
  class C extends table({}) {}
  expect(mistakesOf(C)).toEqual([
    ['the response table of a class may only hold throws(...); see 200', 'C'],
    ['the response table of a class may only hold throws(...); see 404', 'C'],
  ])
})
