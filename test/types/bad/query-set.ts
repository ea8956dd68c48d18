/** A Set is no list. */
// expect: Mistake<"A @Query must be text (string, number, bigint, boolean, Date) or a list of text", { is: Set<string>; }>
import { Get, Query, remote } from 'guise'

export class Members {
  @Get()
  send(
    @Query('ids', { style: 'csv' }) value: Set<string>, // <- here
  ): Promise<unknown> {
    return remote(value)
  }
}
