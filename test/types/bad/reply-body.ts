/** The body of a reply is another. */
// expect: Mistake<"The method must be able to return all that its response table resolves to", { is: Reply<409, { title: string; }, Headers>; wants:
import { Post, type Reply, Responses, remote, reply } from 'guise'
import { Member, Problem } from '../fixtures.js'

export class Members {
  @Post()
  @Responses({ 200: reply(Member), 409: reply(Problem) }) // <- here
  create(): Promise<Reply<200, Member> | Reply<409, string>> {
    return remote()
  }
}
