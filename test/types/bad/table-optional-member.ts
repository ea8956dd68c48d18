/** What the schema may leave out, the method promises. */
// expect: Mistake<"The method must be able to return all that its response table resolves to", { is: { id: number; name?: string | undefined; }; wants: { id: number; name: string; }; }>
import { Get, Responses, remote } from 'guise'
import { Member } from '../fixtures.js'

export class Members {
  @Get()
  @Responses({ 200: Member.partial({ name: true }) }) // <- here
  first(): Promise<Member> {
    return remote()
  }
}
