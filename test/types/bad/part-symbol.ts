/** A symbol cannot be a part. */
// expect: Mistake<"A @Part cannot be written", { is: symbol; wants:
import { Part, Post, remote } from 'guise'

export class Members {
  @Post()
  send(
    @Part('a') value: symbol, // <- here
  ): Promise<unknown> {
    return remote(value)
  }
}
