/** The argument of @Body is no schema. */
// expect: 'name' does not exist in type 'Schema<unknown, unknown>'
import { Body, Post, remote } from 'guise'

export class Members {
  @Post()
  send(
    @Body({ name: String }) member: { name: string }, // <- here
  ): Promise<unknown> {
    return remote(member)
  }
}
