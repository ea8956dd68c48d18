/** There is no such style. */
// expect: Type '"cvs"' is not assignable to type 'QueryStyle
import { Get, Query, remote } from 'guise'

export class Members {
  @Get()
  send(
    @Query('ids', { style: 'cvs' }) value: string[], // <- here
  ): Promise<unknown> {
    return remote(value)
  }
}
