/** The grammar: what a template is made of, and what is none. */
import { describe, expect, it } from 'vitest'
import { type Expression, parse, TemplateError } from '../../src/template/parse.js'

const spec = (name: string, explode = false, prefix?: number) => ({ name, explode, prefix })

function errorOf(text: string): TemplateError {
  try {
    parse(text)
  } catch (error) {
    if (error instanceof TemplateError) return error
    throw error
  }
  throw new Error(`"${text}" was accepted`)
}

describe('a template', () => {
  it('is read into literals and expressions in their order', () => {
    expect(parse('/users{/id}/files{?q,page}')).toEqual([
      '/users',
      { text: '{/id}', operator: '/', variables: [spec('id')] },
      '/files',
      { text: '{?q,page}', operator: '?', variables: [spec('q'), spec('page')] },
    ])
  })

  it('may be empty, or have no expression', () => {
    expect(parse('')).toEqual([])
    expect(parse('/health')).toEqual(['/health'])
  })

  it('is frozen to the last variable', () => {
    const parts = parse('a{x}')
    const expression = parts[1] as Expression
    for (const part of [parts, expression, expression.variables, expression.variables[0]]) {
      expect(part).toBeDefined()
      expect(Object.isFrozen(part)).toBe(true)
    }
  })

  it.each(['', '+', '#', '.', '/', ';', '?', '&'])('knows the operator "%s"', operator => {
    expect(parse(`{${operator}x}`)).toEqual([{ text: `{${operator}x}`, operator, variables: [spec('x')] }])
  })

  it('knows the modifiers of a variable', () => {
    expect(parse('{list*,text:3,long:9999}')).toEqual([
      {
        text: '{list*,text:3,long:9999}',
        operator: '',
        variables: [spec('list', true), spec('text', false, 3), spec('long', false, 9999)],
      },
    ])
  })

  it.each(['a', 'A9', '_', '42', 'last.name', 'a.b.c', 'Some%20Thing', '%C3%9f', 'a.%41'])(
    'takes %s for the name of a variable',
    name => {
      expect(parse(`{${name}}`)).toEqual([{ text: `{${name}}`, operator: '', variables: [spec(name)] }])
    },
  )
})

describe('a literal', () => {
  it('keeps unreserved and reserved characters', () => {
    const text = "AZaz09-._~:/?#[]@!$&'()*+,;="
    expect(parse(text)).toEqual([text])
  })

  it('keeps percent-triplets and encodes a lone percent sign', () => {
    expect(parse('%2f%2F 100% %zz %4')).toEqual(['%2f%2F%20100%25%20%25zz%20%254'])
  })

  it('is encoded as UTF-8 where a URI cannot hold it', () => {
    expect(parse('"<>\\^`|\n é한😀')).toEqual(['%22%3C%3E%5C%5E%60%7C%0A%20%C3%A9%ED%95%9C%F0%9F%98%80'])
  })

  it('may have a colon, which makes no variable outside braces', () => {
    expect(parse('/vars/:var')).toEqual(['/vars/:var'])
  })
})

describe('a malformed template is refused', () => {
  const name = 'a variable name is made of letters, digits, "_", "." and percent-triplets, not'
  const modifier = 'a variable takes one modifier: ":" with a length, or "*"'
  const length = 'a prefix length is a number from 1 to 9999'
  const cases: [template: string, rule: string, offset: number][] = [
    ['/a{id', 'a brace is not closed', 2],
    ['{', 'a brace is not closed', 0],
    ['/a}', 'a brace is closed that was not opened', 2],
    ['{a}}', 'a brace is closed that was not opened', 3],
    ['a}{b}', 'a brace is closed that was not opened', 1],
    ['x{a{b}}', 'a brace is not closed before the next is opened', 1],
    ['{}', 'an expression names at least one variable', 1],
    ['{?}', 'an expression names at least one variable', 2],
    ['{a,}', 'a variable name is missing', 3],
    ['{a,,b}', 'a variable name is missing', 3],
    ['{?,a}', 'a variable name is missing', 2],
    ['{*}', 'a variable name is missing', 1],
    ['{:3}', 'a variable name is missing', 1],
    ['{=a}', 'the operator "=" is reserved and has no meaning', 1],
    ['{,a}', 'the operator "," is reserved and has no meaning', 1],
    ['{!a}', 'the operator "!" is reserved and has no meaning', 1],
    ['{@a}', 'the operator "@" is reserved and has no meaning', 1],
    ['{|a}', 'the operator "|" is reserved and has no meaning', 1],
    ['{??a}', `${name} "?"`, 2],
    ['{$a}', `${name} "$"`, 1],
    ['/{user-dir}', `${name} "-"`, 6],
    ['{a[]}', `${name} "["`, 2],
    ['{~a}', `${name} "~"`, 1],
    ['{a+}', `${name} "+"`, 2],
    ['{a b}', `${name} " "`, 2],
    ['{a, b}', `${name} " "`, 3],
    ['{?a=1}', `${name} "="`, 3],
    ['{é}', `${name} "é"`, 1],
    ['{😀}', `${name} "😀"`, 1],
    ['{a..b}', 'a dot in a variable name stands between two other characters', 2],
    ['{a.}', 'a dot in a variable name stands between two other characters', 2],
    ['{..a}', 'a dot in a variable name stands between two other characters', 2],
    ['{%4}', 'a "%" in a variable name is followed by two hexadecimal digits', 1],
    ['{a%zz}', 'a "%" in a variable name is followed by two hexadecimal digits', 2],
    ['{a:}', length, 2],
    ['{a:0}', length, 2],
    ['{a:03}', length, 2],
    ['{a:10000}', length, 2],
    ['{a:-1}', length, 2],
    ['{a:x}', length, 2],
    ['{a:3*}', modifier, 4],
    ['{a*:3}', modifier, 3],
    ['{a**}', modifier, 3],
    ['{a:3:3}', modifier, 4],
    ['{a:3x}', `${name} "x"`, 4],
    ['/\ud800{a}', 'a lone surrogate is no character', 1],
    ['{a\udfff}', `${name} "\udfff"`, 2],
  ]
  for (const [template, rule, offset] of cases) {
    it(`${JSON.stringify(template)}: ${rule}`, () => {
      const error = errorOf(template)
      expect(error.offset).toBe(offset)
      expect(error.message.startsWith(`${rule} (offset ${offset}, in "`)).toBe(true)
    })
  }

  it('with an error that shows the expression and is a SyntaxError', () => {
    const error = errorOf('/users/{user-dir}/files')
    expect(error).toBeInstanceOf(SyntaxError)
    expect(error.name).toBe('TemplateError')
    expect(error.stack).toMatch(/^TemplateError: /)
    expect(error.message).toBe(`${name} "-" (offset 12, in "{user-dir}")`)
  })

  it('with a message of bounded length', () => {
    expect(errorOf(`{${'a'.repeat(1e6)}`).message.length).toBeLessThan(200)
  })
})
