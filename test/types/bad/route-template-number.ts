/** A template is a string. */
// expect: Argument of type 'number' is not assignable to parameter of type 'string'
import { Get, remote } from 'guise'
import type { Member } from '../fixtures.js'

export class Members {
  @Get(7) // <- here
  first(): Promise<Member> {
    return remote()
  }
}
