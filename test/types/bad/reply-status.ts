/** The status of a reply is another. */
// expect: Mistake<"The method must be able to return all that its response table resolves to", { is: Reply<200, { id: number; name: string; }, Headers>; wants: Reply<201,
import { Post, type Reply, Responses, remote, reply } from 'guise'
import { Member } from '../fixtures.js'

export class Members {
  @Post()
  @Responses({ 200: reply(Member) }) // <- here
  create(): Promise<Reply<201, Member>> {
    return remote()
  }
}
