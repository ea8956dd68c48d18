// What the compiler knows of a stub from the class alone; `npm run check` is what fails here, more than the run.
import { Body, Call, type CallOptions, Get, Param, Patch, Post, Query, remote } from 'guise'
import { type StubBody, type StubCall, type StubHandlers, type StubValue, stub } from 'guise/testing'
import { expect, expectTypeOf, it } from 'vitest'

interface Member {
  readonly id: number
  readonly born: Date
  readonly tags: readonly string[]
  readonly nick?: string
}

class Members {
  @Get('/health') health!: () => Promise<string>

  @Get('/{id}')
  byId(@Param('id') id: number | Date, @Call() options?: CallOptions): Promise<Member> {
    return remote(id, options)
  }
  @Get('/')
  list(@Query('tag') tags: readonly string[] | undefined, @Query('page') page?: number): Promise<Member[]> {
    return remote(tags, page)
  }
  @Post('/')
  create(@Body() member: Member, @Call() options?: CallOptions): Promise<Member> {
    return remote(member, options)
  }
  @Patch('/{id}')
  patch(@Param('id') id: string, @Body() change: { readonly nick?: string }): Promise<void> {
    return remote(id, change)
  }
  @Post('/raw')
  raw(@Body() bytes: Uint8Array | URLSearchParams): Promise<void> {
    return remote(bytes)
  }
  async ids(): Promise<number[]> {
    return (await this.list([])).map(({ id }) => id)
  }
  name = 'members'
}

interface WrittenMember {
  readonly id: number
  readonly born: string
  readonly tags: readonly string[]
  readonly nick?: string
}

it('handlers get what the class knows of their requests', async () => {
  type Of<K extends keyof Members> = StubCall<Members[K]>
  expectTypeOf<Of<'health'>['params']>().toEqualTypeOf<Readonly<Record<string, string>>>()
  expectTypeOf<Of<'byId'>['params']>().toEqualTypeOf<Readonly<Record<string, string>>>()
  expectTypeOf<Of<'byId'>['body']>().toEqualTypeOf<unknown>()
  expectTypeOf<Of<'list'>['query']>().toEqualTypeOf<Readonly<Record<string, string | readonly string[]>>>()
  expectTypeOf<Of<'patch'>['params'][string]>().toEqualTypeOf<
    string | { readonly [name: string]: StubValue }
  >()
  expectTypeOf<Of<'patch'>['body']>().toEqualTypeOf<{ readonly nick?: string }>()
  expectTypeOf<StubBody<Members['create']>>().toEqualTypeOf<WrittenMember>()
  expectTypeOf<StubBody<Members['raw']>>().toEqualTypeOf<Uint8Array | URLSearchParams>()
  expectTypeOf<keyof StubHandlers<Members>>().toEqualTypeOf<
    'health' | 'byId' | 'list' | 'create' | 'patch' | 'raw' | 'ids'
  >()

  await using server = await stub(Members, {
    health: () => 'up',
    create: ({ body }) => ({ ...body, born: body.born.slice(0, 4) }),
  })
  expectTypeOf(server.requests[0]?.route).toEqualTypeOf<keyof StubHandlers<Members> | undefined>()
  // @ts-expect-error a member that is no method
  await expect(stub(Members, { name: () => 'x' })).rejects.toThrow('no route is named name')
  // @ts-expect-error a handler is a function
  await expect(stub(Members, { ids: 7 })).rejects.toThrow('no route is named ids')
  // @ts-expect-error there is no such parameter of a handler
  const wrong: StubHandlers<Members> = { byId: ({ args }) => args }
  expect(Object.keys(wrong)).toEqual(['byId'])
})
