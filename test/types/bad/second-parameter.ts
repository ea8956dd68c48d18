/** Each parameter is checked by its own place. */
// expect: Mistake<"A @Query must be text (string, number, bigint, boolean, Date) or a list of text", { is: { name: string; }; }>
import { Get, Param, Query, remote } from 'guise'

export class Members {
  @Get('{?id}')
  find(
    @Param('id') id: number,
    @Query('filter') filter: { name: string }, // <- here
  ): Promise<unknown> {
    return remote(id, filter)
  }
}
