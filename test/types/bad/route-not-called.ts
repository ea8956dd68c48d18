/** A route that was not called. */
// expect: 'Get' accepts too few arguments to be used as a decorator here. Did you mean to call it first and write '@Get()'?
import { Get, remote } from 'guise'
import type { Member } from '../fixtures.js'

export class Members {
  @Get // <- here
  first(): Promise<Member> {
    return remote()
  }
}
