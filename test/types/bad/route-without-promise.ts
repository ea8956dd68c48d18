/** A route takes its time. */
// expect: Mistake<"A route must be a method that returns a Promise", { is: () => { id: number; name: string; }; wants: RemoteMethod; }>
import { Get, Responses, remote } from 'guise'
import { Member } from '../fixtures.js'

export class Members {
  @Get() // <- here
  @Responses({ 200: Member })
  first(): Member {
    return remote()
  }
}
