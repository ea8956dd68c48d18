/** A decorator of a parameter that was not called. */
// expect: 'Bearer' accepts too few arguments to be used as a decorator here. Did you mean to call it first and write '@Bearer()'?
import { Bearer, Get, remote } from 'guise'

export class Members {
  @Get()
  send(
    @Bearer value: string, // <- here
  ): Promise<unknown> {
    return remote(value)
  }
}
