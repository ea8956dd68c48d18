/** Schemas of any library: what goes in is checked at `@Body`, what comes out at the response table. */
import { Body, Get, type InputOf, type OutputOf, Post, Responses, remote, type Schema, throws } from 'guise'
import { z } from 'zod'
import { type Equal, type Expect, typeIs } from '../equal.js'
import { Down, Member } from '../fixtures.js'

/** As valibot declares its schemas: an interface with more than Standard Schema wants. */
interface ForeignSchema<In, Out> {
  readonly kind: 'schema'
  readonly '~standard': {
    readonly version: 1
    readonly vendor: 'foreign'
    readonly types?: { readonly input: In; readonly output: Out } | undefined
    readonly validate: (
      value: unknown,
    ) => { value: Out } | { issues: readonly { message: string; path?: readonly PropertyKey[] }[] }
  }
}
declare const Count: ForeignSchema<string, number>

/** As arktype does: a schema that is a function. */
declare const Colour: ((value: unknown) => string) & Schema<'red' | 'blue'>

/** Written by hand. */
const Flag: Schema<'yes' | 'no', boolean> = {
  '~standard': {
    version: 1,
    vendor: 'hand-written',
    validate: value =>
      value === 'yes' || value === 'no' ? { value: value === 'yes' } : { issues: [{ message: 'no flag' }] },
  },
}

/** An envelope around the data: input and output differ. */
const Envelope = <T>(data: z.ZodType<T>) =>
  z.object({ status: z.number(), data }).transform(envelope => envelope.data)
const Page = <T>(item: z.ZodType<T>) => z.object({ items: z.array(item), next: z.string().nullable() })
const Failure = z.object({ statusCode: z.number() })
const Saved = z.object({
  at: z.iso.datetime().transform(text => new Date(text)),
  by: z.string().default('me'),
})
const MemberId = z.number().brand<'MemberId'>()

export class Schemas {
  @Get()
  @Responses({ 200: Count })
  count(): Promise<number> {
    return remote()
  }

  @Post()
  @Responses({ 200: Colour })
  paint(@Body(Colour) colour: 'red'): Promise<'red' | 'blue'> {
    return remote(colour)
  }

  @Post()
  @Responses({ 200: Flag })
  flag(@Body(Flag) flag: 'yes' | 'no'): Promise<boolean> {
    return remote(flag)
  }

  @Get()
  @Responses({ 200: [throws(Down, Failure, { status: e => e.statusCode }), Envelope(Member)] })
  enveloped(): Promise<Member> {
    return remote()
  }

  @Get()
  @Responses({ 200: Envelope(Page(Member)) })
  page(): Promise<{ items: Member[]; next: string | null }> {
    return remote()
  }

  /** In: text, and `by` may be left out. Out: a Date, and `by` is there. */
  @Post()
  @Responses({ 200: Saved })
  save(@Body(Saved) saved: { at: string; by?: string }): Promise<{ at: Date; by: string }> {
    return remote(saved)
  }

  @Post()
  @Responses({ 200: MemberId })
  branded(@Body(z.number()) id: z.infer<typeof MemberId>): Promise<z.infer<typeof MemberId>> {
    return remote(id)
  }

  @Post()
  optional(@Body(Member.partial()) member?: z.input<ReturnType<typeof Member.partial>>): Promise<void> {
    return remote(member)
  }

  @Post()
  union(@Body(z.union([Member, Member.array()])) body: Member | Member[]): Promise<void> {
    return remote(body)
  }
}

declare const schemas: Schemas
typeIs<{ items: Member[]; next: string | null }>()(await schemas.page())

export type Checks = [
  Expect<Equal<InputOf<typeof Count>, string>>,
  Expect<Equal<OutputOf<typeof Count>, number>>,
  Expect<Equal<OutputOf<typeof Colour>, 'red' | 'blue'>>,
  Expect<Equal<InputOf<typeof Flag>, 'yes' | 'no'>>,
  Expect<Equal<OutputOf<typeof Flag>, boolean>>,
  Expect<Equal<InputOf<typeof Member>, Member>>,
  Expect<Equal<OutputOf<typeof Member>, Member>>,
  Expect<Equal<OutputOf<typeof Saved>, { at: Date; by: string }>>,
  Expect<Equal<InputOf<typeof Saved>, { at: string; by?: string | undefined }>>,
  // A schema that does not tell its types is not taken for `any`.
  Expect<Equal<OutputOf<Schema>, unknown>>,
]
