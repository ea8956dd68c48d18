/** An object cannot be a cookie. */
// expect: Mistake<"A @Cookie must be text (string, number, bigint, boolean, Date) or a list of text", { is: { a: string; }; }>
import { Cookie, Get, remote } from 'guise'

export class Members {
  @Get()
  send(
    @Cookie('a') value: { a: string }, // <- here
  ): Promise<unknown> {
    return remote(value)
  }
}
