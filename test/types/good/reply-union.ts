/** Replies as a discriminated union: the status tells which body it is. */
import { bytes, createClient, Get, nothing, type Reply, Responses, remote, reply, text } from 'guise'
import { z } from 'zod'
import { type Equal, type Expect, typeIs } from '../equal.js'
import { Member, Problem } from '../fixtures.js'

const Caching = z.object({ etag: z.string(), 'cache-control': z.string().optional() })

export class Orders {
  @Get()
  @Responses({ 200: reply(Member), 409: reply(Problem) })
  place(): Promise<Reply<200, Member> | Reply<409, Problem>> {
    return remote()
  }

  @Get()
  @Responses({
    200: reply(Member, { headers: Caching }),
    304: reply(nothing()),
    '4xx': reply(text()),
    default: reply(bytes()),
  })
  cached(): Promise<
    Reply<200, Member, z.infer<typeof Caching>> | Reply<304, undefined> | Reply<number, string | Uint8Array>
  > {
    return remote()
  }

  /** Written out, as somebody may who does not know `Reply`. */
  @Get()
  @Responses({ 200: reply(Member), 409: reply(Problem) })
  plain(): Promise<{ status: 200; headers: unknown; body: Member } | { status: 409; body: Problem }> {
    return remote()
  }
}

await using orders = createClient(Orders, { url: 'http://orders:8080' })

const placed = await orders.place()
typeIs<200 | 409>()(placed.status)
typeIs<Headers>()(placed.headers)
if (placed.status === 409) typeIs<string>()(placed.body.title)
else typeIs<string>()(placed.body.name)

const cached = await orders.cached()
typeIs<number>()(cached.status)
if ('etag' in cached.headers) typeIs<string>()(cached.headers.etag)

const plain = await orders.plain()
switch (plain.status) {
  case 200:
    typeIs<number>()(plain.body.id)
    break
  case 409:
    typeIs<string>()(plain.body.title)
    break
  default:
    typeIs<never>()(plain)
}

export type Checks = [
  Expect<Equal<Reply<200, Member>['headers'], Headers>>,
  Expect<Equal<Reply<200, Member, { etag: string }>['headers'], { etag: string }>>,
]
