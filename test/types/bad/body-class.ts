/** A class is no schema. */
// expect: is not assignable to parameter of type
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
