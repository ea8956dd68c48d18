/** An object cannot be a header. */
// expect: Mistake<"A @Header must be text (string, number, bigint, boolean, Date) or a list of text", { is: { a: string; }; }>
import { Get, Header, remote } from 'guise'

export class Members {
  @Get()
  send(
    @Header('x-a') value: { a: string }, // <- here
  ): Promise<unknown> {
    return remote(value)
  }
}
