/** The options of a call are no number. */
// expect: Mistake<"A @Call must be CallOptions", { is: number; wants: CallOptions | undefined; }>
import { Call, Get, remote } from 'guise'

export class Members {
  @Get()
  send(
    @Call() value: number, // <- here
  ): Promise<unknown> {
    return remote(value)
  }
}
