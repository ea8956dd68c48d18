/** The table returns a value that the method does not. */
// expect: Mistake<"The method must be able to return all that its response table resolves to", { is: null; wants: { id: number; name: string; }; }>
import { Get, Responses, remote, returns } from 'guise'
import { Member } from '../fixtures.js'

export class Members {
  @Get()
  @Responses({ 200: Member, 404: returns(null) }) // <- here
  first(): Promise<Member> {
    return remote()
  }
}
