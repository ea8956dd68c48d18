// Mistakes of a whole class: decorators that stand twice, members that cannot be routes; and all mistakes at once.
import {
  Body,
  Client,
  createClient,
  DeclarationError,
  Get,
  Headers,
  HttpError,
  Param,
  Post,
  Query,
  Responses,
  Retry,
  remote,
  Timeout,
  text,
  throws,
} from 'guise'
import { mockTransport } from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { mistakesOf } from './support.js'

const twice = (decorator: unknown) => decorator as ClassDecorator & MethodDecorator

describe('decorators that stand twice', () => {
  it('on a class and on a method', () => {
    @Client()
    @Client({ name: 'two' })
    @Headers({ a: '1' })
    @Headers({ b: '1' })
    @Responses({ 404: throws(HttpError) })
    @Responses({ 405: throws(HttpError) })
    @Retry(false)
    @Retry({ retries: 1 })
    class C {
      @Get()
      @Headers({ c: '1' })
      @Headers({ d: '1' })
      @Responses({ 200: text() })
      @Responses({ 404: throws(HttpError) })
      @Timeout(1)
      @Timeout({ total: 0 })
      m(): Promise<string> {
        return remote()
      }
    }
    expect(mistakesOf(C).sort()).toEqual(
      [
        ['@Client stands twice on the class', 'C'],
        ['@Headers stands twice on the class; write one', 'C'],
        ['@Responses stands twice on the class; write one', 'C'],
        ['@Retry stands twice', 'C'],
        ['@Headers stands twice on the method; write one', 'C.m'],
        ['@Responses stands twice on the method; write one', 'C.m'],
        ['@Timeout stands twice', 'C.m'],
        ['timeout.total must be at least 1', 'C.m'],
      ].sort(),
    )
  })

  it('a mistake is told of the class that makes it, once, also by its subclass', () => {
    @Headers({})
    class Parent {
      @Get()
      m(): Promise<unknown> {
        return remote()
      }
    }
    class Child extends Parent {}
    expect(mistakesOf(Parent)).toEqual([['@Headers is empty', 'Parent']])
    expect(mistakesOf(Child)).toEqual([['@Headers is empty', 'Parent']])
  })

  it('a class without a name is told as such', () => {
    @Headers({ 'a b': '1' })
    class Anonymous {
      @Get('x')
      m(): Promise<unknown> {
        return remote()
      }
    }
    Object.defineProperty(Anonymous, 'name', { value: '' })
    expect(mistakesOf(Anonymous)).toEqual([
      ['"a b" is no header name (RFC 9110, section 5.1)', 'anonymous class'],
      ['the template must be empty or begin with /, ?, # or {', 'anonymous class.m'],
    ])
  })
})

describe('row 34: members that cannot be routes', () => {
  it('reserved names', () => {
    class Reserved {
      @Get()
      toJSON(): Promise<unknown> {
        return remote()
      }
      @Get()
      toString(): never {
        return remote()
      }
      @Get()
      valueOf(): Promise<object> {
        return remote()
      }
      @twice(Get())
      async ['__proto__'](): Promise<unknown> {
        return remote()
      }
      @Get()
      prototype(): Promise<unknown> {
        return remote()
      }
      @Get()
      // biome-ignore lint/suspicious/noThenProperty: it is the mistake
      then(): Promise<unknown> {
        return remote()
      }
    }
    const names = ['toJSON', 'toString', 'valueOf', '__proto__', 'prototype', 'then']
    expect(mistakesOf(Reserved)).toEqual(
      names.map(name => [`a route must not be named ${name}`, `Reserved.${name}`]),
    )
  })

  it("a member named then, as a method, as a getter, or a parent's", () => {
    class Method {
      @Get()
      m(): Promise<unknown> {
        return remote()
      }
      // biome-ignore lint/suspicious/noThenProperty: it is the mistake
      then() {}
    }
    class Getter {
      @Get()
      m(): Promise<unknown> {
        return remote()
      }
      // biome-ignore lint/suspicious/noThenProperty: it is the mistake
      get then() {
        return () => undefined
      }
    }
    class Child extends Method {}
    for (const Class of [Method, Getter, Child]) {
      expect(mistakesOf(Class)).toEqual([
        ['a member named then would make the client a promise', `${Class.name}.then`],
      ])
    }
  })

  it('symbols and static members', () => {
    const symbol = Symbol('secret')
    class Odd {
      @Get()
      m(): Promise<unknown> {
        return remote()
      }
      @Get()
      async [symbol](): Promise<unknown> {
        return remote()
      }
      @twice(Get())
      @twice(Responses({ 200: text() }))
      static shared(): Promise<string> {
        return remote()
      }
    }
    expect(mistakesOf(Odd)).toEqual([
      ['a static member cannot be a route', 'Odd.shared'],
      ['a route must have a name that is a string', 'Odd.Symbol(secret)'],
    ])
  })
})

it('all mistakes are told at once, and again at each try', () => {
  @Client({ name: 'members', path: 'api' })
  class Members {
    @Get('/{id}')
    byId(@Param('di') id: number, other: string): Promise<unknown> {
      return remote(id, other)
    }
    @Post('/x')
    add(@Body() a: string, @Body() b: string, @Query('q') q: string): Promise<unknown> {
      return remote(a, b, q)
    }
  }
  const make = () => createClient(Members, { url: 'http://service.test', transport: mockTransport() })
  const message = `Members has 5 mistakes:
  the path of @Client must be empty or begin with /, ?, # or {
    at Members
  the parameter has no decorator; add @Param, @Query, @Header, @Body, ...
    at Members.byId, parameter 2
  the template has no {di}; did you mean {id}?
    at Members.byId, parameter 1
  nothing binds {id} of the template; add a parameter with @Param('id')
    at Members.byId
  @Body() is already bound by parameter 1
    at Members.add, parameter 2`
  for (let i = 0; i < 2; i++) expect(make).toThrow(expect.objectContaining({ message }))
  expect(make).toThrow(DeclarationError)
})
