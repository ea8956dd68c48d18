/** An error class without throws(...). */
// expect: Mistake<"An entry is a schema, returns(...), throws(...), reply(...), text(), ... or a list of them", { is: typeof Down; }>
import { Get, Responses, remote } from 'guise'
import { Down, Member } from '../fixtures.js'

export class Members {
  @Get()
  @Responses({
    200: Member,
    404: Down, // <- here
  })
  first(): Promise<Member> {
    return remote()
  }
}
