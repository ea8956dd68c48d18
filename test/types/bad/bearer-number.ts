/** A token is a string. */
// expect: Mistake<"A @Bearer must be a string", { is: number; wants: string | null | undefined; }>
import { Bearer, Get, remote } from 'guise'

export class Members {
  @Get()
  send(
    @Bearer() value: number, // <- here
  ): Promise<unknown> {
    return remote(value)
  }
}
