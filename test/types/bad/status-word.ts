/** A key of a table is no word. */
// expect: Mistake<"A key of a response table is a status, '2xx' to '5xx' or 'default'", { is: "ok"; }>
import { Get, Responses, remote } from 'guise'
import { Member } from '../fixtures.js'

export class Members {
  @Get()
  @Responses({
    ok: Member, // <- here
  })
  first(): Promise<Member> {
    return remote()
  }
}
