/** A record of query parameters is flat. */
// expect: Mistake<"A @QueryMap must be a flat record: its values are text or lists of text", { is: { page: { size: number; }; }; }>
import { Get, QueryMap, remote } from 'guise'

export class Members {
  @Get()
  send(
    @QueryMap() value: { page: { size: number } }, // <- here
  ): Promise<unknown> {
    return remote(value)
  }
}
