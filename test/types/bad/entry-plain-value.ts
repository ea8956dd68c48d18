/** A value without returns(...). */
// expect: Mistake<"An entry is a schema, returns(...), throws(...), reply(...), text(), ... or a list of them", { is: null; }>
import { Get, Responses, remote } from 'guise'
import { Member } from '../fixtures.js'

export class Members {
  @Get()
  @Responses({
    200: Member,
    404: null, // <- here
  })
  first(): Promise<Member | null> {
    return remote()
  }
}
