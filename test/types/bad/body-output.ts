/** The body is what comes out of its schema, not what goes in. */
// expect: Mistake<"A @Body(schema) must be what goes into its schema", { is: Date; wants: string | undefined; }>
import { Body, Post, remote } from 'guise'
import { z } from 'zod'

export class Members {
  @Post()
  send(
    @Body(z.iso.datetime().transform(text => new Date(text))) at: Date, // <- here
  ): Promise<unknown> {
    return remote(at)
  }
}
