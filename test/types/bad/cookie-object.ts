/** An object cannot be a cookie. */
// expect: Mistake<"A @Cookie must be text"
import { Cookie, Get, remote } from 'guise'

export class Members {
  @Get()
  send(
    @Cookie('a') value: { a: string }, // <- here
  ): Promise<unknown> {
    return remote(value)
  }
}
