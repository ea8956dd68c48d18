/** A class is no schema. */
// expect: Property ''~standard'' is missing in type 'typeof NameTaken'
import { Body, Post, remote } from 'guise'
import { NameTaken } from '../fixtures.js'

export class Members {
  @Post()
  send(
    @Body(NameTaken) value: NameTaken, // <- here
  ): Promise<unknown> {
    return remote(value)
  }
}
