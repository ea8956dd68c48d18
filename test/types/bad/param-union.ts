/** One member of the union cannot be expanded. */
// expect: Mistake<"A @Param must be text (string, number, bigint, boolean, Date), a list of text or a flat record of text", { is: { a: { b: number; }; }; wants: string; }>
import { Get, Param, remote } from 'guise'

export class Members {
  @Get('/{value}')
  send(
    @Param('value') value: string | { a: { b: number } }, // <- here
  ): Promise<unknown> {
    return remote(value)
  }
}
