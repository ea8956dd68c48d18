/** A small program as a user has it: plain options, the built package, its types checked too. */
import {
  Body,
  Call,
  type CallOptions,
  Client,
  createClient,
  Get,
  HttpError,
  Param,
  Post,
  type Reply,
  Responses,
  remote,
  reply,
  returns,
  throws,
} from 'guise'
import { parseTemplate } from 'guise/template'
import { z } from 'zod'

const Member = z.object({ id: z.number(), name: z.string() })
type Member = z.infer<typeof Member>
const Problem = z.object({ title: z.string() })
class Down extends HttpError {}

@Client({ name: 'member', path: '/api/members' })
@Responses({ '5xx': throws(Down) })
class Members {
  @Get('/{id}')
  @Responses({ 200: Member, 404: returns(null) })
  byId(@Param('id') id: number, @Call() options?: CallOptions): Promise<Member | null> {
    return remote(id, options)
  }

  @Post()
  @Responses({ 201: reply(Member), 409: reply(Problem) })
  create(@Body(Member) member: Member): Promise<Reply<201, Member> | Reply<409, { title: string }>> {
    return remote(member)
  }
}

const members = createClient(Members, { url: 'http://member-svc:8080', methods: { byId: { timeout: 500 } } })
const created = await members.create({ id: 1, name: 'Ada' })
const name: string = created.status === 409 ? created.body.title : created.body.name
const member: Member | null = await members.byId(1, { signal: AbortSignal.timeout(100) })
const expanded: string = parseTemplate('/a{?b}').expand({ b: 1 })
// @ts-expect-error a text is no number: the types of the package are there, and are not `any`
await members.byId('1')
console.log(name, member, expanded)
