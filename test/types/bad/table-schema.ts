/** The table has the schema of something else. */
// expect: Mistake<"The method must be able to return all that its response table resolves to", { is: { title: string; }; wants: { id: number; name: string; }; }>
import { Get, Responses, remote } from 'guise'
import { type Member, Problem } from '../fixtures.js'

export class Members {
  @Get()
  @Responses({ 200: Problem }) // <- here
  first(): Promise<Member> {
    return remote()
  }
}
