import { z } from 'zod'
import { HttpError, Responses, remote, reply, returns, type Reply, text, throws, } from 'guise'
const Member = z.object({ id: z.number(), name: z.string() })
type Member = z.infer<typeof Member>
const Problem = z.object({ title: z.string() })
const common = { 401: throws(HttpError), '5xx': throws(HttpError) }
export class R {
  @Responses({ 200: text }) a3(): Promise<string> { return remote() }
  @Responses({ 200: null }) a4(): Promise<string> { return remote() }
  @Responses({ 200: [text(), null] }) a5(): Promise<string> { return remote() }
  @Responses({ '6xx': Member, 200: Member }) a6(): Promise<Member> { return remote() }
  @Responses({ ok: Member, 200: Member }) a7(): Promise<Member> { return remote() }
  @Responses({ 200: reply(Member), 409: reply(Problem) }) c2(): Promise<Reply<201, Member> | Reply<409, { title: string }>> { return remote() }
  @Responses({ ...common, 200: [throws(HttpError, Problem, { status: e => e.title.length }), Member], 404: returns(null) }) d1(): Promise<Member | null> { return remote() }
  @Responses({ ...common, 200: [throws(HttpError, Problem, { status: e => e.title.length }), Member], 404: returns(null) }) d2(): Promise<Member> { return remote() }
  @Responses({ 200: reply(Member), 409: reply(Problem) }) d3(): Promise<Reply<200, Member> | Reply<409, { title: string }>> { return remote() }
  @Responses({ 200: Member, 404: returns([]), 500: throws(r => new Error(r.text)) }) d4(): Promise<Member | string[]> { return remote() }
  @Responses({}) d5(): Promise<Member | string[]> { return remote() }
  @Responses([]) d6(): Promise<Member | string[]> { return remote() }
  @Responses(Member) d7(): Promise<Member | string[]> { return remote() }
}
