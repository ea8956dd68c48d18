/** One entry of a list gives what the method does not return. */
// expect: Mistake<"The method must be able to return all that its response table resolves to", { is: { title: string; }; wants: { id: number; name: string; }; }>
import { Get, Responses, remote, throws } from 'guise'
import { Down, Member, Problem } from '../fixtures.js'

export class Members {
  @Get()
  @Responses({ 200: [throws(Down), Member, Problem] }) // <- here
  first(): Promise<Member> {
    return remote()
  }
}
