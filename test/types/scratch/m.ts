import { z } from 'zod'
import { Agent } from 'undici'
import { Bearer, Body, Call, type CallOptions, Client, Cookie, createClient, type ErrorReply, Get, HttpError, Param, Query, Responses, remote, reply, returns, type Reply, stream, text, throws, nothing, type Schema, Head, bytes } from 'guise'
const Member = z.object({ id: z.number(), name: z.string() })
type Member = z.infer<typeof Member>
const Problem = z.object({ title: z.string() })
class Own extends Error { constructor(message: string) { super(message) } }
class Plain extends Error {}
class NotError { constructor(readonly reply: { status: number }) {} }
class NameTaken extends Error { constructor(reply: ErrorReply<{ title: string }>) { super(reply.body.title) } }
abstract class Abs extends HttpError {}
export class A {
  @Get() private a(): Promise<Member> { return remote() }
  @Get() protected b(@Param('x') x: string): Promise<Member> { return remote(x) }
  @Get a2(): Promise<Member> { return remote() }
  @Get() @Responses({ 200: text }) a3(): Promise<string> { return remote() }
  @Get() @Responses({ 200: null }) a4(): Promise<string> { return remote() }
  @Get() @Responses({ 200: throws(Own) }) a5(): Promise<string> { return remote() }
  @Get() @Responses({ 200: throws(NotError) }) a6(): Promise<string> { return remote() }
  @Get() @Responses({ 200: throws(NameTaken) }) a7(): Promise<string> { return remote() }
  @Get() @Responses({ 200: throws(NameTaken, Member) }) a8(): Promise<string> { return remote() }
  @Get() @Responses({ 200: throws(Abs) }) a9(): Promise<string> { return remote() }
  @Get() @Responses({ 200: throws(Plain) }) b1(): Promise<string> { return remote() }
  @Get() @Responses({ 200: throws(HttpError, Member, { status: m => m.name }) }) b2(): Promise<string> { return remote() }
  @Get() @Responses({ 200: throws(HttpError, Member, { status: m => m.nme }) }) b3(): Promise<string> { return remote() }
  @Get() @Responses({ 200: throws(r => new Error(r.body.title)) }) b4(): Promise<string> { return remote() }
  @Get() @Responses({ 200: throws(r => new Error(r.body.title), Problem) }) b4ok(): Promise<string> { return remote() }
  @Get() b5(@Call() o: number): Promise<string> { return remote(o) }
  @Get() b6(@Bearer o: number): Promise<string> { return remote(o) }
  @Client() b7(): Promise<string> { return remote() }
  @Get() b8 = 7
  @Get() b9(@Query('x', { style: 'cvs' }) o: number): Promise<string> { return remote(o) }
  @Get() @Responses({ 200: reply(throws(HttpError)) }) c1(): Promise<string> { return remote() }
  @Get() @Responses({ 200: reply(Member), 409: reply(Problem) }) c2(): Promise<Reply<201, Member> | Reply<409, { title: string }>> { return remote() }
  @Get() @Responses({ 200: stream() }) c3(): Promise<string> { return remote() }
  @Get() @Responses({ 200: Member }) c4(): Promise<void> { return remote() }
  @Get() @Responses({ 204: nothing() }) c5(): Promise<void> { return remote() }
  @Get() @Responses({ 204: nothing() }) c6(): Promise<Member> { return remote() }
  @Get() c7(@Param('a') a: string, b: number): Promise<Member> { return remote(a) }
  @Get() c8(@Cookie('a') a: { b: 1 }): Promise<Member> { return remote(a) }
  @Get() @Responses({ 200: returns({ found: false }) }) c9(): Promise<{ found: false }> { return remote() }
  @Get() @Responses({ 200: reply(Member) }) d1(): Promise<Reply<200, Member> | Reply<409, { title: string }>> { return remote() }
  @Get() static d2(): Promise<Reply<200, Member> | Reply<409, { title: string }>> { return remote() }
  @Get() @Responses({ 200: bytes() }) d3(): Promise<Buffer> { return remote() }
}
@Get() export class B { constructor(readonly url: string) {} }
@Client({ nme: 'x' }) export abstract class C { @Head() a(@Body(Member) m?: Member, @Call() o?: CallOptions): Promise<void> { return remote(m, o) } b() {} }
@Responses({ 404: returns(null) }) export class D extends C {}
@Responses({ 404: [throws(HttpError, Member), Member] }) export class E extends C {}
createClient(B, { url: 'x' })
createClient(C, { url: 'x' })
createClient(D, {})
const d = createClient(D, { url: 'x', dispatcher: new Agent() })
createClient(D, { url: 'x', timeuot: 1 })
createClient(D, { url: 'x', timeout: { totl: 1 } })
createClient(D, { url: 'x', methods: { c: {} } })
createClient(D, { url: 'x', methods: { b: {} } })
createClient(D, { url: 'x', methods: { a: { timout: 1 } } })
createClient(D, { url: 'x', connections: '1' })
d.a('x')
d.a({ id: 1, name: 's' }, { tmeout: 1 })
d.e()
export function crud<T, I>(schema: Schema<unknown, T>, input: Schema<I>) {
  class Crud {
    @Get('/{id}') @Responses({ 200: schema, 404: returns(null) }) byId(@Param('id') id: number): Promise<T | null> { return remote(id) }
    @Get('/{id}') @Responses({ 200: schema }) create(@Body(input) i: I): Promise<T> { return remote(i) }
  }
  return Crud
}
export class Gen<T, Id extends string> {
  @Get('/{id}') byId(@Param('id') id: Id): Promise<T | null> { return remote(id) }
  @Get('/{id}') byId2(@Param('id') id: string): Promise<T | null> { return remote(id) }
  @Get('/{id}') @Responses({ 200: Member }) byId3(@Param('id') id: string): Promise<T | null> { return remote(id) }
  @Get('/{id}') @Responses({ 404: returns(null) }) byId4(@Param('id') id: string): Promise<T | null> { return remote(id) }
}
