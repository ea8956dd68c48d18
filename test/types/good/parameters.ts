/** All kinds of parameter types that can be written as text, as a list of text or as a flat record. */
import { Field, Get, Header, HeaderMap, Param, Query, QueryMap, remote } from 'guise'
import type { z } from 'zod'

enum Level {
  Low,
  High,
}
enum Colour {
  Red = 'red',
  Blue = 'blue',
}
type MemberId = number & z.$brand<'MemberId'>
type Sku = string & { readonly brand: unique symbol }

interface Filter {
  name?: string
  readonly tags: readonly string[]
  since: Date | null
  level: Level | undefined
}

interface Range {
  from: number
  to?: number
}

export class Texts {
  @Get('/{a}')
  scalars(
    @Param('a') a: string,
    @Query('b') b: number,
    @Query('c') c: bigint,
    @Query('d') d: boolean,
    @Query('e') e: Date,
    @Query('f') f: null,
    @Header('g') g: undefined,
  ): Promise<unknown> {
    return remote(a, b, c, d, e, f, g)
  }

  @Get('/{a}')
  narrow(
    @Param('a') a: 'asc' | 'desc' | 1,
    @Query('b') b: Level,
    @Query('c') c: Colour.Red,
    @Query('d') d: MemberId,
    @Query('e') e: Sku,
    @Query('f') f: `v${number}`,
    @Header('g') g: Colour | Level | Date | null,
  ): Promise<unknown> {
    return remote(a, b, c, d, e, f, g)
  }

  @Get('/{a}{?b,c}')
  optional(@Param('a') a: string, @Param('b') b: number | undefined, @Param('c') c?: Sku): Promise<unknown> {
    return remote(a, b, c)
  }

  @Get('{?size}')
  withDefault(@Param('size') size = 20, @Query('sort') sort: 'asc' | 'desc' = 'asc'): Promise<unknown> {
    return remote(size, sort)
  }
}

export class Lists {
  @Get('{/a*}{?b}')
  lists(
    @Param('a') a: string[],
    @Param('b') b: readonly [number, Date],
    @Query('c') c: (MemberId | null)[],
    @Query('d', { style: 'pipes' }) d?: Level[],
    @Field('e') e: string | string[] = [],
  ): Promise<unknown> {
    return remote(a, b, c, d, e)
  }
}

export class Records {
  @Get('{?range*}')
  records(
    @Param('range') range: Range,
    @QueryMap() filter: Filter,
    @QueryMap() map: ReadonlyMap<string, string | string[]>,
    @HeaderMap() headers?: Readonly<Record<string, string>>,
  ): Promise<unknown> {
    return remote(range, filter, map, headers)
  }

  @Get()
  deep(@Query('page', { style: 'deepObject' }) page?: { sort: { by: string }[] } | null): Promise<unknown> {
    return remote(page)
  }
}
