/** A member that the schema needs is missing. */
// expect: Mistake<"A @Body(schema) must be what goes into its schema", { is: { id: number; }; wants: { id: number; name: string; } | undefined; }>
import { Body, Post, remote } from 'guise'
import { Member } from '../fixtures.js'

export class Members {
  @Post()
  send(
    @Body(Member) value: { id: number }, // <- here
  ): Promise<unknown> {
    return remote(value)
  }
}
