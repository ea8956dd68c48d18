/** Of an unknown type nothing is known. */
// expect: Mistake<"A @Param must be text (string, number, bigint, boolean, Date), a list of text or a flat record of text", { is: unknown; }>
import { Get, Param, remote } from 'guise'

export class Members {
  @Get('/{value}')
  send(
    @Param('value') value: unknown, // <- here
  ): Promise<unknown> {
    return remote(value)
  }
}
