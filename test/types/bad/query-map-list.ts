/** A record of query parameters is no list. */
// expect: Mistake<"A @QueryMap must be a flat record: its values are text or lists of text", { is: string[]; }>
import { Get, QueryMap, remote } from 'guise'

export class Members {
  @Get()
  send(
    @QueryMap() value: string[], // <- here
  ): Promise<unknown> {
    return remote(value)
  }
}
