/** The headers of a reply are others. */
// expect: Mistake<"The method must be able to return all that its response table resolves to", { is: Reply<200, { id: number; name: string; }, { etag: string; }>; wants:
import { Get, type Reply, Responses, remote, reply } from 'guise'
import { z } from 'zod'
import { Member } from '../fixtures.js'

export class Members {
  @Get()
  @Responses({ 200: reply(Member, { headers: z.object({ etag: z.string() }) }) }) // <- here
  first(): Promise<Reply<200, Member, { link: string }>> {
    return remote()
  }
}
