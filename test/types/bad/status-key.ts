/** There is no such class of statuses. */
// expect: Mistake<"A key of a response table is a status, '2xx' to '5xx' or 'default'", { is: "6xx"; }>
import { Get, Responses, remote } from 'guise'
import { Member } from '../fixtures.js'

export class Members {
  @Get()
  @Responses({
    200: Member,
    '6xx': Member, // <- here
  })
  first(): Promise<Member> {
    return remote()
  }
}
