/** A list of lists has no form in a query. */
// expect: Mistake<"A @Query must be text (string, number, bigint, boolean, Date) or a list of text", { is: string[][]; }>
import { Get, Query, remote } from 'guise'

export class Members {
  @Get()
  send(
    @Query('ids') value: string[][], // <- here
  ): Promise<unknown> {
    return remote(value)
  }
}
