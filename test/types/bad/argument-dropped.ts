/** A parameter that is not handed to remote(...). */
// expect: 'size' is declared but its value is never read
import { Get, Param, remote } from 'guise'

export class Members {
  @Get('{?page,size}')
  list(
    @Param('page') page: number,
    // biome-ignore lint/correctness/noUnusedFunctionParameters: the mistake
    @Param('size') size: number, // <- here
  ): Promise<unknown> {
    return remote(page)
  }
}
