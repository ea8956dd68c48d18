/** Response tables with every kind of entry. */
import type { Readable } from 'node:stream'
import {
  bytes,
  Get,
  nothing,
  type Rejects,
  type Reply,
  type Resolves,
  Responses,
  remote,
  reply,
  returns,
  stream,
  text,
  throws,
  type Whole,
} from 'guise'
import { z } from 'zod'
import { type Equal, type Expect, typeIs } from '../equal.js'
import { Down, Member, NameTaken, Problem } from '../fixtures.js'

const Failure = z.object({ statusCode: z.number() })
const failed = throws(Down, Failure, { status: body => body.statusCode })
const common = { 401: throws(Down), 403: throws(Down), '5xx': throws(Down) }

@Responses({ ...common, default: throws(Down), 418: [throws(NameTaken, Problem), throws(Down)] })
export class Entries {
  @Get() @Responses({ 200: Member }) schema!: () => Promise<Member>
  @Get() @Responses({ 200: Member, 404: returns(null) }) orNull!: () => Promise<Member | null>
  @Get() @Responses({ 200: Member, 404: returns(undefined) }) orNothing!: () => Promise<Member | undefined>
  @Get() @Responses({ 200: Member.array(), 404: returns([]) }) orEmpty!: () => Promise<Member[]>
  @Get() @Responses({ 204: returns(true), 404: returns(false) }) exists!: () => Promise<boolean>
  @Get() @Responses({ 200: text() }) text!: () => Promise<string>
  @Get() @Responses({ 200: bytes() }) bytes!: () => Promise<Uint8Array>
  @Get() @Responses({ 200: stream() }) stream!: () => Promise<Readable>
  @Get() @Responses({ 204: nothing() }) nothing!: () => Promise<void>
  @Get() @Responses({ 200: nothing(), '2xx': nothing() }) noValue!: () => Promise<undefined>
  @Get() @Responses({ '2xx': Member, default: throws(Down) }) classes!: () => Promise<Member>
  @Get() @Responses({ ...common, 200: Member }) spread!: () => Promise<Member>
  @Get() @Responses({ '200': Member }) textKey!: () => Promise<Member>
  @Get() @Responses({ 404: throws(Down) }) onlyErrors!: () => Promise<Member>
  @Get() @Responses({}) empty!: () => Promise<Member>

  /** What is wider than the table is fine: a caller sees the declared type. */
  @Get() @Responses({ 200: Member }) wider!: () => Promise<unknown>
  @Get() @Responses({ 200: Member }) part!: () => Promise<{ readonly id: number | string }>

  @Get()
  @Responses({ 200: [failed, Member], 202: [returns(null)], 207: [failed, Member, Problem] })
  lists(): Promise<Member | Problem | null> {
    return remote()
  }

  /** A literal inside of an object needs `as const`. */
  @Get()
  @Responses({ 200: Member, 404: returns({ found: false } as const) })
  literal(): Promise<Member | { found: false }> {
    return remote()
  }

  @Get()
  @Responses({ 200: Member, 409: reply(Problem) })
  mixed(): Promise<Member | Reply<409, Problem>> {
    return remote()
  }
}

declare const entries: Entries
typeIs<Readable>()(await entries.stream())
typeIs<void>()(await entries.nothing())

const whole = reply(Member)
const withHeaders = reply(nothing(), { headers: z.object({ etag: z.string() }) })
const [none, list, yes] = [returns(null), returns([]), returns(true)]
const [asText, asBytes, asStream, asNothing] = [text(), bytes(), stream(), nothing()]
export type Checks = [
  Expect<Equal<typeof failed, Rejects>>,
  Expect<Equal<typeof whole, Whole<Member, Headers>>>,
  Expect<Equal<typeof withHeaders, Whole<undefined, { etag: string }>>>,
  Expect<Equal<typeof none, Resolves<null>>>,
  Expect<Equal<typeof list, Resolves<never[]>>>,
  Expect<Equal<typeof yes, Resolves<true>>>,
  Expect<Equal<typeof asText, Resolves<string>>>,
  Expect<Equal<typeof asBytes, Resolves<Uint8Array>>>,
  Expect<Equal<typeof asStream, Resolves<Readable & AsyncDisposable>>>,
  Expect<Equal<typeof asNothing, Resolves<undefined>>>,
]
