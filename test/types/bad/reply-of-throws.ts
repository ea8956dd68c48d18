/** An error is not the body of a reply. */
// expect: Argument of type 'Rejects' is not assignable to parameter of type
import { Get, Responses, remote, reply, throws } from 'guise'
import { Down } from '../fixtures.js'

export class Members {
  @Get()
  @Responses({ 409: reply(throws(Down)) }) // <- here
  first(): Promise<unknown> {
    return remote()
  }
}
