/** A shared table that is spread in gives what the method does not return. */
// expect: Mistake<"The method must be able to return all that its response table resolves to", { is: null; wants: { id: number; name: string; }; }>
import { Get, Responses, remote, returns, throws } from 'guise'
import { Down, Member } from '../fixtures.js'

const common = { 401: throws(Down), 404: returns(null) }

export class Members {
  @Get()
  @Responses({ ...common, 200: Member }) // <- here
  first(): Promise<Member> {
    return remote()
  }
}
