/** The style deepObject writes objects only. */
// expect: Mistake<"A deepObject @Query must be an object", { is: string; wants: object | null | undefined; }>
import { Get, Query, remote } from 'guise'

export class Members {
  @Get()
  send(
    @Query('filter', { style: 'deepObject' }) value: string, // <- here
  ): Promise<unknown> {
    return remote(value)
  }
}
