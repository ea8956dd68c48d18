/** A URL cannot be left out. */
// expect: Mistake<"A @Url must be a string or a URL", { is: undefined; wants: string | URL; }>
import { Get, remote, Url } from 'guise'

export class Members {
  @Get()
  send(
    @Url() value: string | undefined, // <- here
  ): Promise<unknown> {
    return remote(value)
  }
}
