/** The body is not what its schema takes. */
// expect: Mistake<"A @Body(schema) must be what goes into its schema", { is: string; wants: { name: string; } | undefined; }>
import { Body, Post, remote } from 'guise'
import { NewMember } from '../fixtures.js'

export class Members {
  @Post()
  send(
    @Body(NewMember) value: string, // <- here
  ): Promise<unknown> {
    return remote(value)
  }
}
