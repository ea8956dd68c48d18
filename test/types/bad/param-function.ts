/** A function cannot be expanded. */
// expect: Mistake<"A @Param must be text (string, number, bigint, boolean, Date), a list of text or a flat record of text", { is: () => string; }>
import { Get, Param, remote } from 'guise'

export class Members {
  @Get('/{value}')
  send(
    @Param('value') value: () => string, // <- here
  ): Promise<unknown> {
    return remote(value)
  }
}
