/** The default gives what the method does not return. */
// expect: Mistake<"The method must be able to return all that its response table resolves to", { is: string; wants: { id: number; name: string; }; }>
import { Get, Responses, remote, text } from 'guise'
import { Member } from '../fixtures.js'

export class Members {
  @Get()
  @Responses({ 200: Member, default: text() }) // <- here
  first(): Promise<Member> {
    return remote()
  }
}
