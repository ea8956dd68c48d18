// Mistakes in what makes a body: the exact words of each, and the place.
import {
  Bearer,
  Body,
  contractOf,
  Field,
  FieldMap,
  Get,
  Head,
  HeaderMap,
  IdempotencyKey,
  Part,
  PartMap,
  Post,
  Put,
  Query,
  remote,
  Url,
} from 'guise'
import { expect, it } from 'vitest'
import { mistakesOf } from './support.js'

const any = (...args: unknown[]): Promise<unknown> => remote(...args)

it('a body on GET and HEAD, and kinds that cannot stand together', () => {
  class D {
    @Get()
    get(@Query('q') q: string, @Body() body: unknown): Promise<unknown> {
      return any(q, body)
    }
    @Head()
    head(@FieldMap() fields: Record<string, string>): Promise<unknown> {
      return any(fields)
    }
    @Get()
    parts(@PartMap() parts: Record<string, string>): Promise<unknown> {
      return any(parts)
    }
    @Put()
    mixed(@Part('p') part: string, @Field('f') field: string, @Body() body: unknown): Promise<unknown> {
      return any(part, field, body)
    }
  }
  expect(mistakesOf(D)).toEqual([
    ['a GET request has no body; use @Query, or another verb', 'D.get, parameter 2'],
    ['a HEAD request has no body; use @Query, or another verb', 'D.head, parameter 1'],
    ['a GET request has no body; use @Query, or another verb', 'D.parts, parameter 1'],
    ['@Body and form fields cannot stand together', 'D.mixed, parameter 2'],
    ['@Body and @Part cannot stand together', 'D.mixed, parameter 1'],
    ['form fields and @Part cannot stand together', 'D.mixed, parameter 1'],
  ])
})

it('schemas that are none, and types that are no media type (row 1)', () => {
  class S {
    @Post()
    schema(@Body({ '~standard': {} } as never) body: never): Promise<unknown> {
      return any(body)
    }
    @Post()
    type(@Body(undefined, { type: 'text/plain\r\nx-evil: 1' }) body: string): Promise<unknown> {
      return any(body)
    }
    @Post()
    parts(
      @Part('a', { type: 'json' }) a: string,
      @Part('b', { type: 'text/html; charset=utf-8' }) b: string,
    ): Promise<unknown> {
      return any(a, b)
    }
  }
  expect(mistakesOf(S)).toEqual([
    [
      'the argument of @Body is no schema; it must implement Standard Schema, as zod does',
      'S.schema, parameter 1',
    ],
    ['the type of @Body() is no media type', 'S.type, parameter 1'],
    ["the type of @Part('a') is no media type", 'S.parts, parameter 1'],
  ])
})

it('each kind is told by the contract', () => {
  class K {
    @Post()
    none(
      @Url() url: string,
      @Bearer() token: string,
      @IdempotencyKey() key: string,
      @HeaderMap() map: Record<string, string>,
    ): Promise<unknown> {
      return any(url, token, key, map)
    }
    @Post()
    single(@Body() body: string): Promise<unknown> {
      return any(body)
    }
    @Post()
    form(@Field('a') a: string, @FieldMap() map: Record<string, string>): Promise<unknown> {
      return any(a, map)
    }
    @Post()
    multipart(@Part('a') a: string, @PartMap() map: Record<string, string>): Promise<unknown> {
      return any(a, map)
    }
  }
  for (const [name, { body }] of Object.entries(contractOf(K).methods)) expect(body).toBe(name)
})
