/** The table has the schema of one, the method returns many. */
// expect: Mistake<"The method must be able to return all that its response table resolves to", { is: { id: number; name: string; }; wants: { id: number; name: string; }[]; }>
import { Get, Responses, remote } from 'guise'
import { Member } from '../fixtures.js'

export class Members {
  @Get()
  @Responses({ 200: Member }) // <- here
  all(): Promise<Member[]> {
    return remote()
  }
}
