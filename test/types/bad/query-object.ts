/** An object in a query needs the style deepObject. */
// expect: Mistake<"A @Query must be text (string, number, bigint, boolean, Date) or a list of text", { is: { name: string; }; }>
import { Get, Query, remote } from 'guise'

export class Members {
  @Get()
  send(
    @Query('filter') value: { name: string }, // <- here
  ): Promise<unknown> {
    return remote(value)
  }
}
