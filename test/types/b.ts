import { z } from 'zod'
import { Body, Get, Param, Responses, remote, returns, throws, text, Query, QueryMap } from '../../src/index.js'
const Member = z.object({ id: z.number(), name: z.string() })
type Member = z.infer<typeof Member>
@Responses({ 200: Member })
export class Bad {
  @Get() @Responses({ 404: returns(null) }) a(): Promise<Member> { return remote() }
  @Get() b(@Body(Member) m: string): Promise<Member> { return remote(m) }
  @Get() c(@Param('x') m: { a: { b: 1 } }): Promise<Member> { return remote(m) }
  @Get() d(): Member { return remote() }
  @Get() @Responses({ '6xx': Member }) e(): Promise<Member> { return remote() }
  @Get() @Responses({ 200: text() }) health!: () => Promise<number>
  @Get() f(@Query('x') m: { a: 1 }, @QueryMap() n: { a: { b: 1 } }): Promise<Member> { return remote(m, n) }
  @Get() @Responses({ 200: throws(() => 'x') }) g(): Promise<Member> { return remote() }
}
