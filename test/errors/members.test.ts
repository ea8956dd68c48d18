// What all errors of the family have in common, and what those of a response hold.
import { inspect } from 'node:util'
import { ConnectionError, DeclarationError, DecodeError, HttpError } from 'guise'
import { describe, expect, it } from 'vitest'

const call = { client: 'members', method: 'Members.byId', request: { method: 'GET', url: 'http://h/m/{id}' } }

describe('any error of the family', () => {
  it('has the cause that it was given, and none otherwise', () => {
    const cause = { any: 'thing' }
    expect(new ConnectionError({ cause }).cause).toBe(cause)
    expect(new HttpError({ status: 500, cause }).cause).toBe(cause)
    expect(Object.hasOwn(new ConnectionError(), 'cause')).toBe(false)
    expect(inspect(new ConnectionError({ cause }))).toContain("[cause]: { any: 'thing' }")
  })

  it('names more than one mistake', () => {
    const mistakes = ['a', 'b'].map(rule => ({ rule, where: `at ${rule}` }))
    const error = new DeclarationError('X', mistakes)
    expect(error.message).toBe('X has 2 mistakes:\n  a\n    at at a\n  b\n    at at b')
    expect(error.mistakes).toEqual(mistakes)
  })

  it('counts one attempt and none', () => {
    const messageOf = (attempts: number) => new ConnectionError({ ...call, attempts }).message
    expect(messageOf(1)).toMatch(/\(GET http:\/\/h\/m\/\{id\}, 1 attempt\)$/)
    expect(messageOf(0)).toMatch(/, nothing was sent\)$/)
  })
})

describe('an error of a response', () => {
  it('gives headers, body and text to whoever asks, made when asked for', () => {
    const asked: string[] = []
    const made =
      <T>(name: string, value: T) =>
      () => {
        asked.push(name)
        return value
      }
    const error = new HttpError({
      status: 500,
      headers: made('headers', new Headers({ a: 'b' })),
      body: made('body', { c: 1 }),
      text: made('text', '{"c":1}'),
    })
    expect([inspect(error), String(error), JSON.stringify(error), error.stack].join()).not.toContain('"c"')
    expect(asked).toEqual([])
    expect([error.headers.get('a'), error.body, error.text]).toEqual(['b', { c: 1 }, '{"c":1}'])
    expect(asked).toEqual(['headers', 'body', 'text'])
  })

  it('takes them as values too, and has empty ones without', () => {
    const error = new DecodeError({ status: 200, headers: new Headers({ a: 'b' }), body: [1], text: '[1' })
    expect([error.headers.get('a'), error.body, error.text]).toEqual(['b', [1], '[1'])
    const empty = new HttpError({ status: 500 })
    expect([[...empty.headers], empty.body, empty.text]).toEqual([[], undefined, ''])
  })
})
