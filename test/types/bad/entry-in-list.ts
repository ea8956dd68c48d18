/** A list holds what is no entry. */
// expect: Mistake<"An entry is a schema, returns(...), throws(...), reply(...), text(), ... or a list of them", { is: readonly [
import { Get, Responses, remote } from 'guise'
import { Member } from '../fixtures.js'

export class Members {
  @Get()
  @Responses({
    200: [Member, null], // <- here
  })
  first(): Promise<Member | null> {
    return remote()
  }
}
