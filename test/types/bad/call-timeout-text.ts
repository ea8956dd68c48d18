/** A timeout is no text. */
// expect: Mistake<"A @Call must be CallOptions", { is: { timeout: string; }; wants: CallOptions | undefined; }>
import { Call, Get, remote } from 'guise'

export class Members {
  @Get()
  send(
    @Call() value: { timeout: string }, // <- here
  ): Promise<unknown> {
    return remote(value)
  }
}
