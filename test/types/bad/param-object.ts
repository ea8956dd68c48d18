/** An object in an object cannot be expanded. */
// expect: Mistake<"A @Param must be text (string, number, bigint, boolean, Date), a list of text or a flat record of text", { is: { page: { size: number; }; }; }>
import { Get, Param, remote } from 'guise'

export class Members {
  @Get('/{value}')
  send(
    @Param('value') value: { page: { size: number } }, // <- here
  ): Promise<unknown> {
    return remote(value)
  }
}
