/** A reply of a status that the method does not list. */
// expect: Mistake<"The method must be able to return all that its response table resolves to", { is: Reply<404, undefined, Headers>; wants:
import { Get, nothing, type Reply, Responses, remote, reply } from 'guise'
import { Member } from '../fixtures.js'

export class Members {
  @Get()
  @Responses({ 200: reply(Member), 404: reply(nothing()) }) // <- here
  first(): Promise<Reply<200, Member>> {
    return remote()
  }
}
