/** A record of headers is flat. */
// expect: Mistake<"A @HeaderMap must be a flat record: its values are text or lists of text", { is: { a: { b: string; }; }; }>
import { Get, HeaderMap, remote } from 'guise'

export class Members {
  @Get()
  send(
    @HeaderMap() value: { a: { b: string } }, // <- here
  ): Promise<unknown> {
    return remote(value)
  }
}
